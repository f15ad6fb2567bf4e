# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the default policy does in simulated outages; tests/benchmark/bench_outages.py prints the figures."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._failover.decision import Policy
from support.outages import (
    BAD_WAY,
    BURSTS,
    CUT_OFF,
    CUT_OFF_HARD,
    ERROR_PAGE,
    FLUCTUATING,
    HALF,
    HARD,
    HOUR,
    MINUTE,
    MONTH,
    ORIGIN,
    THIRD,
    WATCH,
    Bursts,
    Course,
    Guard,
    InARow,
    Scenario,
    Spell,
    Twinzone,
    Watched,
    measure,
    run,
)

COURSES = 8

#: Seconds that a burst of probes takes when all fail, and one more.
BURST = 13


def auto() -> Guard:
    return Twinzone(policy=Policy(failback="auto"))


def test_lost_probes_move_nothing_in_a_month() -> None:
    """Three in a hundred, with a run every two minutes; a rule that goes at the first failure moves every hour."""
    assert run(MONTH, Twinzone(), 120, 1) == Course(0, 0, 0.0, None)
    week = replace(MONTH, spells=[Spell(7 * 24 * HOUR)])
    assert run(week, Twinzone(vantages=3), 60, 2).switches == 0
    assert run(week, Twinzone(), 300, 3).switches == 0
    assert run(week, InARow(1, back=True), 60, 4).wrong > 200


def test_the_watcher_beside_a_schedule_moves_nothing_in_a_month_and_adds_few_runs() -> None:
    """Probes that are lost make it start a run now and then, which then looks by the full policy."""
    guard = Watched(Twinzone())
    assert run(MONTH, guard, WATCH, 1) == Course(0, 0, 0.0, None)
    assert 100 < guard.extra < MONTH.seconds / 120 / 2


@pytest.mark.parametrize("scenario", [HARD, FLUCTUATING, ERROR_PAGE], ids=["hard", "fluctuating", "error page"])
def test_the_watcher_leaves_an_outage_within_seconds(scenario: Scenario) -> None:
    """Mostly by the first run; where a lost probe of the other front makes it wait, by one of the next."""
    for seed in range(COURSES):
        course = run(scenario, Watched(Twinzone()), WATCH, seed)
        assert (course.switches, course.wrong) == (1, 0)
    assert measure(scenario, lambda: Watched(Twinzone()), WATCH, 4 * COURSES).until < 30


@pytest.mark.parametrize("period", [60, 120])
@pytest.mark.parametrize("scenario", [HARD, FLUCTUATING, ERROR_PAGE], ids=["hard", "fluctuating", "error page"])
def test_an_outage_is_left_once_by_one_of_the_first_runs_that_meet_it(scenario: Scenario, period: int) -> None:
    """By the first, unless a lost probe of the other front makes it wait."""
    for seed in range(COURSES):
        course = run(scenario, Twinzone(), period, seed)
        assert (course.switches, course.wrong) == (1, 0)
        assert course.until is not None
        assert course.until < 3 * period + BURST
    assert measure(scenario, Twinzone, period, 4 * COURSES).until < period


def test_the_way_back_is_taken_once_after_the_last_of_the_trouble() -> None:
    """Good spells of five minutes are no reason to return."""
    for seed in range(COURSES):
        course = run(FLUCTUATING, auto(), 60, seed)
        assert (course.switches, course.wrong) == (2, 0)
    assert measure(FLUCTUATING, lambda: InARow(3, back=True), 60, COURSES).switches > 10


@pytest.mark.parametrize("period", [60, 120])
@pytest.mark.parametrize("scenario", [HALF, THIRD], ids=["half", "third"])
def test_a_silent_brownout_is_recognised_and_left(scenario: Scenario, period: int) -> None:
    """By three vantages always, soon after `degraded_for`. By one alone mostly, and never wrongly."""
    scenario = replace(scenario, silent=True)
    together = measure(scenario, lambda: Twinzone(3), period, COURSES)
    assert (together.left, together.switches, together.wrong) == (1, 1, 0)
    assert together.until < 600 + 2 * period + BURST
    alone = measure(scenario, Twinzone, period, 4 * COURSES)
    assert alone.left >= (0.95 if scenario.spells == HALF.spells else 0.75)
    assert (alone.switches, alone.wrong) == (alone.left, 0)
    assert alone.left > measure(scenario, lambda: InARow(3, back=False), period, 4 * COURSES).left


def test_errors_that_the_front_answers_are_left_from_a_single_vantage_too() -> None:
    """By the second run that sees them, as no network makes answers; what is lost instead is waited for."""
    found = measure(HALF, lambda: Watched(Twinzone()), WATCH, 4 * COURSES)
    assert (found.left, found.switches, found.wrong) == (1, 1, 0)
    assert found.until < 90
    lost = measure(replace(HALF, silent=True), lambda: Watched(Twinzone()), WATCH, COURSES)
    assert lost.until > 5 * found.until
    waiting = measure(HALF, lambda: Watched(Twinzone(policy=Policy(severe_at=0))), WATCH, COURSES)
    assert waiting.until > 5 * found.until


@pytest.mark.parametrize("bursts", [Bursts(HOUR, 2 * MINUTE, 0.2), Bursts(HOUR, 5 * MINUTE, 0.5, True)])
def test_what_is_lost_is_no_error_of_the_front_however_much_that_is(bursts: Bursts) -> None:
    """It moves as little as it does where such errors count for nothing."""
    day = Scenario("", [Spell(24 * HOUR)], lost=0.03, bursts=bursts)
    deaf = Watched(Twinzone(policy=Policy(severe_at=0)))
    assert run(day, Watched(Twinzone()), WATCH, 1) == run(day, deaf, WATCH, 1)


@pytest.mark.parametrize("seconds", [5, 7])
def test_errors_of_a_moment_move_nothing(seconds: int) -> None:
    """A front that is restarted answers nothing but errors for some seconds, every ten minutes of a day."""
    day = Scenario("", [*([Spell(10 * MINUTE), Spell(seconds, 1.0)] * 144), Spell(10 * MINUTE)])
    assert run(day, Watched(Twinzone()), WATCH, 1).switches == 0


@pytest.mark.parametrize("watched", [True, False], ids=["watched", "every minute"])
def test_half_of_the_requests_failing_is_left_at_once_by_several_vantages(watched: bool) -> None:
    """By one of the first runs, as they agree; one alone waits, since it may be its own network."""

    def guard() -> Guard:
        return Watched(Twinzone(3)) if watched else Twinzone(3)

    found = measure(HALF, guard, WATCH if watched else 60, 4 * COURSES)
    assert (found.left, found.switches, found.wrong) == (1, 1, 0)
    assert found.until < (60 if watched else 90)
    waiting = measure(HALF, lambda: Twinzone(3, Policy(severe_at=0)), 60, COURSES)
    assert waiting.until > 5 * found.until


@pytest.mark.parametrize("scenario", [BURSTS, BAD_WAY], ids=["bursts", "bad way"])
def test_what_one_of_several_vantages_loses_moves_nothing(scenario: Scenario) -> None:
    """However much that is, and on its way to whatever."""
    for seed in range(3):
        assert run(scenario, Watched(Twinzone(3)), WATCH, seed) == Course(0, 0, 0.0, None)
    worst = Bursts(10 * MINUTE, 5 * MINUTE, 0.6, way_to_the_first=True)
    assert run(replace(scenario, bursts=worst), Watched(Twinzone(3)), WATCH, 3).switches == 0


def test_nothing_moves_while_everything_looks_bad() -> None:
    for guard in (Twinzone(), Twinzone(3), auto()):
        assert run(ORIGIN, guard, 60, 1).switches == 0
    assert run(ORIGIN, InARow(3, back=False), 60, 1).switches > 10


def test_a_vantage_that_is_cut_off_moves_nothing_and_hinders_nobody() -> None:
    """Alone it holds; of three, the other two see to it that the outage is left."""
    assert run(CUT_OFF, Twinzone(), 60, 1).switches == run(CUT_OFF, Twinzone(3), 60, 1).switches == 0
    assert run(CUT_OFF_HARD, Twinzone(), 60, 1).switches == 0
    course = run(CUT_OFF_HARD, Twinzone(3), 60, 1)
    assert (course.switches, course.wrong) == (1, 0)
    assert course.until is not None
    assert course.until < 3 * 60 + BURST


def test_the_same_seed_is_the_same_course() -> None:
    assert run(THIRD, Twinzone(), 60, 5) == run(THIRD, Twinzone(), 60, 5)
    assert len({run(THIRD, Twinzone(), 60, seed) for seed in range(COURSES)}) > 1

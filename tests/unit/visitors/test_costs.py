# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What outages cost the visitors: the figures that the documentation shows are those that a replay gives."""

from __future__ import annotations

import pytest
from support.visitors import measure, report
from support.visitors.course import Course
from support.visitors.measure import (
    COURSES,
    FLOOR,
    FROM_THREE,
    NO_FAILOVER,
    SHARP,
    SHARP_EYED,
    STRATEGIES,
    WATCHED,
    cost,
    mean,
)
from support.visitors.replays import (
    AWS_BALANCER,
    AWS_ORIGIN,
    AZURE,
    DECEMBER,
    DECEMBER_LOCKED,
    EDGE,
    FEBRUARY,
    LEAD,
    NOVEMBER,
    NOVEMBER_LOCKED,
    REPLAYS,
    SEPTEMBER,
    STANDBY,
    Replay,
    Spell,
)
from support.visitors.strategies.twinzone import Twinzone

COSTS, WORTH = measure.kept()
MEANS = {name: {head: mean(minutes) for head, minutes in of.items()} for name, of in COSTS.items()}

#: Cheap to play again.
SHORT = (NOVEMBER, DECEMBER, DECEMBER_LOCKED, SEPTEMBER, AWS_ORIGIN)


@pytest.mark.parametrize("name", STRATEGIES)
def test_the_figures_are_those_of_a_replay(name: str) -> None:
    """One course of each here, the same to the last digit; `make visitors` plays all of them again."""
    again = [cost(replay, STRATEGIES[name], 0) for replay in SHORT]
    assert again == [COSTS[name][replay.short][0] for replay in SHORT], "run `make visitors`"


def test_all_of_them_are_there() -> None:
    assert list(COSTS) == list(STRATEGIES)
    for of in COSTS.values():
        assert list(of) == [replay.short for replay in REPLAYS]
        assert {len(minutes) for minutes in of.values()} == {COURSES}


WHOLE = (NOVEMBER, NOVEMBER_LOCKED, DECEMBER, DECEMBER_LOCKED, FEBRUARY)


@pytest.mark.parametrize("name", [WATCHED, FROM_THREE, SHARP_EYED])
@pytest.mark.parametrize("replay", WHOLE, ids=lambda one: one.short)
def test_watched_it_is_within_half_as_much_again_of_the_floor(name: str, replay: Replay) -> None:
    """In every outage of the whole edge, whether it answers errors or not at all."""
    assert MEANS[name][replay.short] <= 1.5 * MEANS[FLOOR][replay.short]


@pytest.mark.parametrize("replay", [AZURE, AWS_BALANCER], ids=lambda one: one.short)
def test_brownouts_are_left_early_from_several_vantages_or_by_a_sharper_policy(replay: Replay) -> None:
    floor = MEANS[FLOOR][replay.short]
    assert MEANS[SHARP_EYED][replay.short] <= 1.5 * floor < MEANS[WATCHED][replay.short] / 4
    # Where connections time out, the probes of a run have to wait for that.
    assert MEANS[FROM_THREE][replay.short] <= (1.6 if replay.hangs else 1.5) * floor
    assert MEANS[WATCHED][replay.short] < MEANS[NO_FAILOVER][replay.short] / 3


def test_nothing_loses_less_than_the_floor() -> None:
    for by_replay in MEANS.values():
        for head, minutes in by_replay.items():
            # Route 53 and Cloudflare's load balancer have one provider each, which can always be written, and the
            # latter another TTL.
            assert minutes >= MEANS[FLOOR][head] - 0.02 or len(head.split("*")) > 1


def test_nothing_moves_where_there_is_nowhere_to_go_or_nothing_fails() -> None:
    for replay in (AWS_ORIGIN, SEPTEMBER):
        course = Course(replay, 3)
        Twinzone(watched=True).play(course)
        assert [one.moves for one in course.servers.values()] == [0, 0]


@pytest.mark.parametrize("strategy", [Twinzone(watched=True), SHARP], ids=["default", "sharp"])
def test_lost_probes_move_nothing_in_a_day(strategy: Twinzone) -> None:
    """Three in a hundred; the figures have a week of each."""
    assert measure.moves(strategy, 1) == 0
    assert set(WORTH["week"].values()) == {0.0}


def test_a_survivor_is_written_while_the_other_provider_is_not() -> None:
    """And that one is brought in line when it can be written again."""
    replay = Replay("", "", [Spell(20, 1.0)], "", locked=[(0, 10)])
    course = Course(replay, 1)
    Twinzone(watched=True).play(course)

    def served(when: float) -> list[str | None]:
        found = (one.said(0, LEAD + 60 * when) for one in course.servers.values())
        return [said.front if said else None for said in found]

    assert served(2) == served(9) == [EDGE, STANDBY]
    assert served(13) == [STANDBY, STANDBY]


def test_what_can_be_read_of_the_report() -> None:
    text = report.table(COSTS)
    assert all(name in text for name in STRATEGIES)
    assert all(replay.name in report.legend() for replay in REPLAYS)

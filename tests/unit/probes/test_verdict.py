# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verdict on an address and on a front, for any tries in any order."""

from __future__ import annotations

import itertools

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._probes.evidence import Seen
from ansible_collections.twinzone.edge.plugins.module_utils._probes.thresholds import (
    DEGRADED,
    DOWN,
    UNKNOWN,
    UP,
    Thresholds,
    thresholds,
)
from ansible_collections.twinzone.edge.plugins.module_utils._probes.verdict import Try, front_verdict, judge, reason
from hypothesis import given
from hypothesis import strategies as st

GOOD = Try()
REFUSED = Try("connect", "connection refused")
ERROR = Try("status", "status 500, expected 200", status=500)


@st.composite
def numbers(draw: st.DrawFn) -> Thresholds:
    probes = draw(st.integers(1, 8))
    down_at = draw(st.integers(1, probes))
    return Thresholds(probes, 0.0, draw(st.integers(0, down_at - 1)), down_at)


@st.composite
def complete_runs(draw: st.DrawFn) -> tuple[Thresholds, list[Try]]:
    """Thresholds, and as many tries as they allow."""
    rules = draw(numbers())
    tries = st.lists(st.sampled_from([GOOD, REFUSED, ERROR]), min_size=rules.probes, max_size=rules.probes)
    return rules, draw(tries)


def stopped_early(tries: list[Try], rules: Thresholds) -> list[Try]:
    """The tries that are made when probing stops as soon as the verdict is settled."""
    return next(
        tries[:count] for count in range(len(tries) + 1) if rules.settled(count, sum(one.bad for one in tries[:count]))
    )


@given(complete_runs())
def test_stopping_early_never_changes_the_verdict(run: tuple[Thresholds, list[Try]]) -> None:
    rules, tries = run
    short = stopped_early(tries, rules)
    assert short, "at least one try is needed to tell up from down"
    assert judge(short, rules).verdict == judge(tries, rules).verdict


@given(complete_runs())
def test_it_stops_no_later_than_it_must(run: tuple[Thresholds, list[Try]]) -> None:
    """One try before the end, some outcome of the rest would have given another verdict."""
    rules, tries = run
    shorter = stopped_early(tries, rules)[:-1]
    rest = rules.probes - len(shorter)
    futures = {judge([*shorter, *future], rules).verdict for future in itertools.product((GOOD, ERROR), repeat=rest)}
    assert len(futures) > 1


@given(complete_runs(), st.randoms())
def test_the_order_of_the_tries_does_not_matter(run: tuple[Thresholds, list[Try]], random: object) -> None:
    rules, tries = run
    shuffled = list(tries)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert judge(shuffled, rules).verdict == judge(tries, rules).verdict
    assert judge(stopped_early(shuffled, rules), rules).verdict == judge(tries, rules).verdict


@given(numbers())
def test_more_bad_tries_never_make_an_address_better(rules: Thresholds) -> None:
    order = [UP, DEGRADED, DOWN]
    ranks = [order.index(rules.verdict(bad)) for bad in range(rules.probes + 1)]
    assert ranks == sorted(ranks)
    assert (ranks[0], ranks[-1]) == (0, 2), "all good is up, all bad is down, whatever the thresholds"


@given(complete_runs())
def test_the_evidence_is_a_failure_whenever_there_was_one(run: tuple[Thresholds, list[Try]]) -> None:
    rules, tries = run
    address = judge(tries, rules)
    assert address.bad == sum(one.bad for one in tries)
    assert address.evidence.bad == (address.bad > 0)
    assert address.clean == (address.bad == 0)


def test_the_evidence_is_the_phase_that_failed_most_often_then_the_latest() -> None:
    rules = Thresholds(5, 0, 1, 4)
    assert judge([ERROR, REFUSED, ERROR, GOOD], rules).evidence == ERROR
    assert judge([ERROR, REFUSED], rules).evidence == REFUSED


@given(st.lists(st.sampled_from([UP, DEGRADED, DOWN])), st.booleans())
def test_every_front_gets_one_of_the_verdicts(addresses: list[str], reached: bool) -> None:
    verdict = front_verdict(addresses, reached)
    assert verdict in (UP, DEGRADED, DOWN, UNKNOWN)
    assert (verdict == UP) == (bool(addresses) and all(one == UP for one in addresses))
    assert (verdict == UNKNOWN) == (not addresses or (verdict != UP and not reached))
    assert verdict != DOWN or set(addresses) == {DOWN}
    assert front_verdict(sorted(addresses), reached) == verdict


@given(st.none() | st.integers(-1, 9), st.none() | st.integers(-1, 9), st.none() | st.integers(-1, 9))
def test_any_options_give_valid_thresholds_or_a_reason(
    probes: int | None, tolerate: int | None, down_at: int | None
) -> None:
    given_options = {
        name: value
        for name, value in (("probes", probes), ("tolerate", tolerate), ("down_at", down_at))
        if value is not None
    }
    try:
        rules = thresholds(**given_options)
    except ValueError as error:
        assert str(error)
        return
    assert 0 <= rules.tolerate < rules.down_at <= rules.probes
    assert given_options.items() <= rules._asdict().items(), "what the user said is never changed"


@pytest.mark.parametrize("probes", range(1, 30))
def test_whoever_sets_only_probes_gets_valid_thresholds(probes: int) -> None:
    rules = thresholds(probes=probes)
    assert rules.down_at == min(4, probes)
    assert rules.tolerate == (1 if probes > 1 else 0)


def test_a_tolerance_above_the_default_moves_the_other_threshold() -> None:
    assert thresholds(probes=8, tolerate=5) == Thresholds(8, 3.0, 5, 6)
    assert thresholds(probes=5, down_at=1) == Thresholds(5, 3.0, 0, 1)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"probes": 0}, "at least one"),
        ({"interval": -1.0}, "interval"),
        ({"interval": float("nan")}, "interval"),
        ({"interval": float("inf")}, "interval"),
        ({"tolerate": 4, "down_at": 4}, "tolerate < down_at"),
        ({"probes": 3, "down_at": 4}, "down_at <= probes"),
        ({"probes": 3, "tolerate": 3}, "down_at <= probes"),
        ({"tolerate": -1}, "0 <= tolerate"),
    ],
)
def test_what_cannot_be_is_refused_with_words(options: dict[str, float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        thresholds(**options)  # type: ignore[arg-type]


RULES = Thresholds(2, 0, 0, 2)
DEAD = judge([ERROR, ERROR], RULES)
LAME = judge([ERROR, GOOD], RULES)
FINE = judge([GOOD, GOOD], RULES)
SHAKY = judge([REFUSED, GOOD], Thresholds(2, 0, 1, 2))
_HIT = Seen(None, 30, 0, True, "age: 30, x-cache: HIT", {})
CACHED = judge([GOOD._replace(seen=_HIT)] * 2, RULES)
CACHED_ERROR = judge([ERROR._replace(seen=_HIT)] * 2, RULES)
PASSED = judge([GOOD._replace(seen=_HIT._replace(cached=False, cache="x-cache: MISS"))] * 2, RULES)


@pytest.mark.parametrize(
    ("addresses", "left_out", "reached", "line"),
    [
        ([FINE, FINE], [], True, "2 of 2 addresses up"),
        ([FINE], ["no route"], False, "1 of 1 address up"),
        ([DEAD, DEAD], [], True, "2 of 2 addresses down: status 500, expected 200"),
        ([FINE, DEAD], [], True, "1 of 2 addresses down, 1 up: status 500, expected 200"),
        ([LAME], [], True, "1 of 1 address degraded: status 500, expected 200"),
        ([FINE, SHAKY], [], True, "2 of 2 addresses up, with 1 of 2 tries bad: connection refused"),
        (
            [DEAD],
            [],
            False,
            "none of the controls can be reached from here either; 1 of 1 address down: status 500, expected 200",
        ),
        ([PASSED, CACHED], [], True, "2 of 2 addresses up; from a cache: age: 30, x-cache: HIT"),
        (
            [CACHED_ERROR],
            [],
            True,
            "1 of 1 address down: status 500, expected 200; from a cache: age: 30, x-cache: HIT",
        ),
        ([], ["no route", "no route"], True, "no address can be probed from here: no route"),
    ],
)
def test_the_reason_is_one_plain_line(addresses: list, left_out: list[str], reached: bool, line: str) -> None:  # type: ignore[type-arg]
    assert reason(addresses, left_out, reached) == line


def test_many_different_faults_are_counted_not_listed() -> None:
    faults = [judge([Try("tls", f"fault {number}")], Thresholds(1, 0, 0, 1)) for number in range(5)]
    assert reason(faults, [], True) == "5 of 5 addresses down: fault 0; fault 1; and 3 more"

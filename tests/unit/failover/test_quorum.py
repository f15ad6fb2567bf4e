# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What several vantages saw becomes one verdict, for any votes in any order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._failover.quorum import (
    DEGRADED,
    DOWN,
    UNKNOWN,
    UP,
    Health,
    by_front,
    count,
)
from hypothesis import given
from hypothesis import strategies as st

CLEAN = Health(UP, True, "fine")
UNCLEAN = Health(UP, False, "1 of 5 tries bad")
ILL = Health(DEGRADED, False, "1 of 2 addresses down")
DEAD = Health(DOWN, False, "refused")
BLIND = Health(UNKNOWN, False, "offline")

votes = st.lists(st.sampled_from([CLEAN, UNCLEAN, ILL, DEAD, BLIND]), max_size=7)
quorums = st.none() | st.integers(1, 7)


@pytest.mark.parametrize(
    ("given_votes", "quorum", "verdict", "clean"),
    [
        ([CLEAN], None, UP, True),
        ([UNCLEAN], None, UP, False),
        ([DEAD], None, DOWN, False),
        ([ILL], None, DEGRADED, False),
        ([BLIND], None, UNKNOWN, False),
        ([], None, UNKNOWN, False),
        ([DEAD, DEAD, CLEAN], None, DOWN, False),
        ([CLEAN, CLEAN, DEAD], None, UP, False),  # a known vote is against it
        ([CLEAN, CLEAN, BLIND], None, UP, True),
        ([CLEAN, CLEAN, UNCLEAN], None, UP, True),
        ([CLEAN, UNCLEAN], None, UP, False),
        ([CLEAN, DEAD], None, DEGRADED, False),
        ([ILL, ILL, CLEAN], None, DEGRADED, False),
        ([DEAD, BLIND, BLIND], None, DOWN, False),
        ([DEAD, BLIND, BLIND], 2, UNKNOWN, False),
        ([DEAD, DEAD, BLIND], 2, DOWN, False),
        ([DEAD, CLEAN, CLEAN], 1, DOWN, False),
        ([CLEAN, CLEAN], 3, UNKNOWN, False),
    ],
)
def test_one_verdict_from_many(given_votes: list[Health], quorum: int | None, verdict: str, clean: bool) -> None:
    counted = count(given_votes, quorum)
    assert (counted.verdict, counted.clean) == (verdict, clean)


@given(votes, quorums)
def test_the_rules_hold_for_any_votes(found: list[Health], quorum: int | None) -> None:
    counted = count(found, quorum)
    known = [vote for vote in found if vote.verdict != UNKNOWN]
    needed = quorum if quorum is not None else len(known) // 2 + 1
    assert counted.reason
    if counted.clean:
        assert counted.verdict == UP
        assert all(vote.verdict == UP for vote in known)
        assert sum(vote.clean for vote in known) >= needed
    if len(known) < needed:
        assert counted.verdict == UNKNOWN
    if counted.verdict in (UP, DOWN):
        assert sum(vote.verdict == counted.verdict for vote in known) >= needed
    if known and {vote.verdict for vote in known} == {counted.verdict}:
        assert len(known) >= needed
    if counted.verdict == DOWN and quorum is None:
        assert sum(vote.verdict == DOWN for vote in known) * 2 > len(known), "a majority, never less"


@given(votes, quorums, st.data())
def test_the_order_of_the_vantages_does_not_matter(found: list[Health], quorum: int | None, data: Any) -> None:
    one, other = count(found, quorum), count(data.draw(st.permutations(found)), quorum)
    assert (one.verdict, one.clean) == (other.verdict, other.clean)


@given(votes, quorums, st.integers(1, 3))
def test_a_vantage_that_saw_nothing_decides_nothing(found: list[Health], quorum: int | None, blind: int) -> None:
    one, other = count(found, quorum), count([*found, *[BLIND] * blind], quorum)
    assert (one.verdict, one.clean) == (other.verdict, other.clean)


@given(votes.filter(bool), quorums, st.data())
def test_a_worse_vote_never_makes_a_front_better(found: list[Health], quorum: int | None, data: Any) -> None:
    position = data.draw(st.integers(0, len(found) - 1))
    if found[position].verdict == UNKNOWN:
        return
    worse = [*found[:position], DEAD, *found[position + 1 :]]
    rank = {UP: 0, DEGRADED: 1, DOWN: 2, UNKNOWN: 1}
    before, after = count(found, quorum), count(worse, quorum)
    assert rank[after.verdict] >= rank[before.verdict]
    assert before.clean or not after.clean


shaky = st.integers(0, 10).flatmap(
    lambda bad: st.integers(0, bad).map(lambda errors: Health(DEGRADED, False, "bad tries", bad, errors))
)
shaky_votes = st.lists(
    st.sampled_from([CLEAN, UNCLEAN, replace(UNCLEAN, bad=4), DEAD, BLIND]) | shaky, min_size=1, max_size=7
)


@given(shaky_votes, quorums)
def test_bad_tries_count_as_far_as_a_quorum_of_several_has_seen_them(found: list[Health], quorum: int | None) -> None:
    counted = count(found, quorum)
    known = [vote for vote in found if vote.verdict != UNKNOWN]
    needed = quorum if quorum is not None else len(known) // 2 + 1
    if counted.bad:
        assert counted.verdict == DEGRADED
        assert needed > 1
        assert sum(one.bad * needed >= counted.bad and one.verdict != UP for one in known) >= needed
    if counted.errors:
        assert counted.verdict == DEGRADED
        assert sum(one.errors >= counted.errors and one.verdict != UP for one in known) >= needed


@given(shaky_votes, shaky)
def test_a_single_vantage_makes_nothing_severe(found: list[Health], claimed: Health) -> None:
    """Whatever it claims: among others that are well it adds nothing. Alone it may be its own network, unless the front
    has answered."""
    alone = count([claimed], None)
    assert (alone.bad, alone.errors) == (0, claimed.errors)
    well = [vote for vote in found if vote.verdict != UNKNOWN and (vote.verdict == UP or not vote.bad)]
    together = count([*well, claimed], None)
    assert (together.bad, together.errors) == (0, 0) or not well


def test_the_reason_names_how_many_saw_what() -> None:
    assert count([DEAD, DEAD, CLEAN], None).reason == "2 of 3 vantages: refused"
    assert count([DEAD], None).reason == "refused"
    assert count([BLIND], None).reason == "offline"


def test_a_front_that_a_vantage_did_not_probe_is_unknown_to_it() -> None:
    found = by_front([{"a": DEAD}, {"a": DEAD, "b": CLEAN}], ["a", "b", "c"], 2)
    assert {front: health.verdict for front, health in found.items()} == {"a": DOWN, "b": UNKNOWN, "c": UNKNOWN}

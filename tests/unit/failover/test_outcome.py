# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The outcome: what is served at the end, whether the next failover would work, and what check mode may promise."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._failover.decision import GO, HOLD, Decision
from ansible_collections.twinzone.edge.plugins.module_utils._failover.outcome import judge, predicted
from ansible_collections.twinzone.edge.plugins.module_utils._failover.router import Served

QUIET = Decision("active_up", GO, "a is up", "a", "a")
MOVE = Decision("active_down", GO, "a is down", "b", "a", ("one", "two"))
HELD = Decision("all_down", HOLD, "both are down", "a", "a")


def at(**fronts: str) -> dict[str, Served]:
    return {name: Served("front", front, {f"ns.{name}": front}) for name, front in fronts.items()}


@pytest.mark.parametrize(
    ("decision", "after", "unready", "unmoved", "outcome"),
    [
        (QUIET, at(one="a", two="a"), [], [], "unchanged"),
        (QUIET, at(one="a", two="a"), ["no token"], [], "unready"),
        (QUIET, at(one="a", two="a"), [], ["www bypasses the router"], "unready"),
        (MOVE, at(one="b", two="b"), ["no place for reports"], [], "switched"),
        (MOVE, at(one="b", two="b"), [], ["www bypasses the router"], "unverified"),
        (MOVE, at(one="b", two="a"), ["no token"], [], "partial"),
        (HELD, at(one="a", two="a"), ["no token"], [], "held"),
    ],
)
def test_a_finding_is_red_only_where_nothing_worse_is(
    decision: Decision, after: Mapping[str, Served], unready: list[str], unmoved: list[str], outcome: str
) -> None:
    accepted = {name: served.front == decision.front for name, served in after.items()} if decision.writes else {}
    assert judge(decision, accepted, after, unready, unmoved) == outcome


@pytest.mark.parametrize(
    ("accepted", "outcome"),
    [
        ({"one": True, "two": True}, "switched"),
        ({"one": True, "two": False}, "partial"),
        ({"one": False, "two": False}, "failed"),
    ],
)
def test_check_mode_promises_no_more_than_the_apis_that_can_be_read(accepted: dict[str, bool], outcome: str) -> None:
    assert predicted(MOVE, accepted, at(one="a", two="a")) == outcome


def test_check_mode_of_a_quiet_run() -> None:
    assert predicted(QUIET, {}, at(one="a", two="a")) == "unchanged"
    assert predicted(QUIET, {}, at(one="a", two="a"), ["no token"]) == "unready"

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From which provider a sync copies a router that is missing at another one."""

from __future__ import annotations

import time

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._engine import steering
from ansible_collections.twinzone.edge.plugins.module_utils._failover.marker import Marker, Pin
from ansible_collections.twinzone.edge.plugins.module_utils._zone import rdata
from ansible_collections.twinzone.edge.plugins.module_utils._zone.plan import Held
from ansible_collections.twinzone.edge.plugins.module_utils._zone.record_sets import RecordSet

ZONE = "example.com"
FRONTS = {"router": {"a": "a.example.net.", "b": "b.example.net."}}
MARKER = "_twinzone.router"


def zone(target: str = "", marker: Marker | None = None) -> Held:
    """What a provider holds: a router, a marker, or neither."""
    sets = {}
    if target:
        value = rdata.parse("CNAME", f"{target}.example.net.", ZONE)
        sets["router", "CNAME"] = RecordSet("router", "CNAME", 60, (value,))
    if marker is not None:
        sets[MARKER, "TXT"] = RecordSet(MARKER, "TXT", 60, (rdata.parse("TXT", marker.to_text(), ZONE),))
    return Held(sets, 60)


def at(seq: int, front: str, pin: str = "") -> Marker:
    return Marker(seq, front, int(time.time()), "run", pin=Pin(pin) if pin else None, given=front)


@pytest.mark.parametrize(
    ("here", "others", "copied"),
    [
        (zone(), [zone("a")], ["0"]),
        (zone(), [zone("a", at(5, "a"))], ["0"]),
        (zone(), [zone("b", at(5, "a"))], []),
        (zone(), [zone("b", at(5, "a", pin="b"))], ["0"]),
        (zone(), [zone("x", at(5, "a"))], []),
        (zone(), [zone("a", at(5, "a")), zone("b", at(6, "b"))], ["1"]),
        (zone(), [zone("a", at(5, "a")), zone("x", at(6, "b"))], []),
        (zone(marker=at(6, "a")), [zone("a", at(5, "a"))], []),
        (zone(marker=at(5, "a")), [zone("a", at(5, "a"))], ["0"]),
    ],
)
def test_only_one_in_line_with_the_newest_marker_is_copied(here: Held, others: list[Held], copied: list[str]) -> None:
    kept, left = steering.sources(FRONTS, here, {str(number): one for number, one in enumerate(others)})
    assert [name for name, one in kept.items() if ("router", "CNAME") in one.sets] == copied
    assert [name for name, one in kept.items() if (MARKER, "TXT") in one.sets] == [
        name for name in copied if (MARKER, "TXT") in others[int(name)].sets
    ], "together, or not at all"
    assert bool(left) == (not copied)
    assert not left or "left missing" in left["router"]


def test_without_the_fronts_a_router_with_a_marker_is_left_missing() -> None:
    kept, left = steering.sources({}, zone(), {"0": zone("a", at(5, "a"))})
    assert not kept["0"].sets
    assert set(left) == {"router", MARKER}


def test_a_router_that_stands_here_is_nobody_else_s_business() -> None:
    others = {"0": zone("b", at(5, "a"))}
    assert steering.sources(FRONTS, zone("a", at(4, "a")), others) == (others, {})

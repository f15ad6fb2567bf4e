# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose hand it was, line by line: which class a provider has, and what a run does about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._failover import hands
from ansible_collections.twinzone.edge.plugins.module_utils._failover.confirmation import Holding, Reading, newest
from ansible_collections.twinzone.edge.plugins.module_utils._failover.decision import GO, HOLD, REFUSE, Request
from ansible_collections.twinzone.edge.plugins.module_utils._failover.marker import Marker, Pin
from ansible_collections.twinzone.edge.plugins.module_utils._failover.router import MISSING, OTHER, SILENT, UNCLEAR
from support.failover_world import ILL, NOW
from support.hands_world import LATE, STUCK, A, B, C, World, X

# --- The class of one provider ---

#: The newest marker, which another provider confirms. A person asked for something an hour ago.
NEWEST = Marker(9, A, NOW - 9000, "earlier", pinseq=0, asked=NOW - 3600)
OURS = replace(NEWEST, given=A)
BEFORE = Marker(7, B, NOW - 9000, "before", given=B)
BEFORE_WITHOUT_GIVEN = replace(BEFORE, given=None)
#: As an older version writes it.
OLD_NEWEST = replace(NEWEST, pinseq=None, asked=None)
NEWER = Marker(11, B, NOW - 60, "newer", pinseq=0, given=B)


def by_api(router: str, marker: Marker | None, changed: int = NOW - 60) -> Holding:
    reading = Reading(router, marker)
    return Holding({"ns1": reading, "ns2": reading}, reading, changed=changed)


def by_servers(*readings: Reading | None) -> Holding:
    """The API was asked and did not answer."""
    return Holding({f"ns{number}": reading for number, reading in enumerate(readings)}, unreachable=True)


def both(router: str, marker: Marker | None) -> Holding:
    return by_servers(Reading(router, marker), Reading(router, marker))


LATER, EARLIER = NOW - 60, NOW - 7200

CLASSES = {
    "its API cannot be asked, and its servers differ": (
        by_servers(Reading(A, OURS), Reading(B, OURS)),
        hands.UNKNOWN,
    ),
    "its API cannot be asked, and its servers differ in the marker alone": (
        by_servers(Reading(A, OURS), Reading(A, BEFORE)),
        hands.UNKNOWN,
    ),
    "its API cannot be asked, and one server that answers shows a newer marker": (
        by_servers(Reading(A, NEWER), None),
        hands.UNKNOWN,
    ),
    "its API cannot be asked, and no server answers": (by_servers(None, None), hands.UNKNOWN),
    "its API cannot be asked, and its servers hide the router": (both(UNCLEAR, OURS), hands.UNKNOWN),
    "the router is missing, by the API": (by_api(MISSING, None), hands.LACKS),
    "the router is missing, by the servers": (both(MISSING, None), hands.LACKS),
    "the router is the intent": (by_api(A, OURS), hands.IN_LINE),
    "the router is the intent, with an older marker": (by_api(A, BEFORE), hands.IN_LINE),
    "the router is the intent, by the servers": (both(A, OURS), hands.IN_LINE),
    "it leads elsewhere, changed after the request": (by_api(OTHER, OURS, LATER), hands.FOREIGN),
    "it leads elsewhere, and the API cannot be asked": (both(OTHER, OURS), hands.FOREIGN),
    "it leads elsewhere, changed before the request": (by_api(OTHER, BEFORE, EARLIER), hands.LAGS),
    "it has no marker": (by_api(B, None), hands.LAGS),
    "the router is what it was given": (by_api(B, BEFORE), hands.LAGS),
    "the router is what it was given, by the servers": (both(B, BEFORE), hands.LAGS),
    "an old marker that is not the newest": (by_api(C, BEFORE_WITHOUT_GIVEN), hands.LAGS),
    "another front than it was given": (by_api(C, BEFORE), hands.CHANGED),
    "another front than it was given, with the newest marker": (by_api(B, OURS), hands.CHANGED),
    "another front than it was given, and the API cannot be asked": (both(B, OURS), hands.UNKNOWN),
}


@pytest.mark.parametrize("line", CLASSES)
def test_the_class_of_a_provider(line: str) -> None:
    holding, expected = CLASSES[line]
    assert hands.seen({"P0": holding}, NEWEST, A).classes == {"P0": expected}


def test_what_leads_elsewhere_is_foreign_where_nobody_ever_asked() -> None:
    never = replace(NEWEST, asked=None)
    for changed in (LATER, EARLIER):
        assert hands.seen({"P0": by_api(OTHER, OURS, changed)}, never, A).classes == {"P0": hands.FOREIGN}


def test_the_newest_old_marker_went_with_its_front() -> None:
    known = newest([OLD_NEWEST])
    assert hands.seen({"P0": by_api(B, OLD_NEWEST)}, known, A).classes == {"P0": hands.CHANGED}
    assert hands.seen({"P0": both(B, OLD_NEWEST)}, known, A).classes == {"P0": hands.UNKNOWN}


def test_a_silent_provider_is_unknown() -> None:
    assert by_servers(None, None).router == SILENT


# --- What is believed ---


def test_the_intent_is_that_of_the_highest_seq_and_the_pin_that_of_the_highest_pinseq() -> None:
    pinned = replace(OURS, seq=8, pin=Pin(A), pinseq=8)
    moved = replace(OURS, seq=9, front=B, pinseq=0)
    found = newest([pinned, moved])
    assert found is not None
    assert (found.seq, found.front, found.pin, found.pinseq) == (9, B, Pin(A), 8)


@pytest.mark.parametrize(
    ("holding", "believed"),
    [
        (by_api(B, NEWER), True),
        (replace(by_api(A, OURS), servers={"ns1": Reading(B, NEWER), "ns2": Reading(B, NEWER)}), False),
        (both(B, NEWER), True),
        (by_servers(Reading(B, NEWER), None), False),
        (by_servers(Reading(B, NEWER), Reading(A, OURS)), False),
    ],
    ids=["the API", "servers against the API", "two servers", "one server", "servers that differ"],
)
def test_whose_marker_is_believed(holding: Holding, believed: bool) -> None:
    assert (holding.marker == NEWER) is believed


# --- What a run does ---


def remembering(count: int = 2) -> World:
    world = World(count)
    world.remember()
    return world


def _refused() -> World:
    world = remembering()
    world.providers["P1"].api = False
    world.serve("P0", 1, STUCK)
    world.run(Request(to=B))
    world.providers["P1"].api, world.providers["P0"].api = True, False
    world.wait(60)
    return world


def _led(*fronts: str, wait: int = 310) -> Callable[[], World]:
    """Somebody led the providers so, a while ago. Empty: that one was left alone."""

    def make() -> World:
        world = remembering(len(fronts))
        for name, front in zip(world.providers, fronts, strict=True):
            if front:
                world.hand(name, front)
        world.wait(wait)
        return world

    return make


def _pinned(*fronts: str, down: tuple[str, ...] = ()) -> Callable[[], World]:
    def make() -> World:
        world = remembering()
        world.run(Request(pin=Pin(A)))
        world.wait(60)
        for name, front in zip(world.providers, fronts, strict=False):
            world.hand(name, front)
        world.wait(310)
        world.down(*down)
        return world

    return make


def _pin_in_doubt() -> World:
    """A pin that only one provider has, whose API and second server are gone; and the front that is meant is down."""
    world = remembering()
    world.providers["P1"].api = False
    world.serve("P0", 1, STUCK)
    world.run(Request(pin=Pin(A)))
    world.providers["P1"].api, world.providers["P0"].api = True, False
    world.wait(60)
    world.down(A)
    return world


def _pin_contradicted() -> World:
    """The same, but the second server answers, and shows what was there before."""
    world = remembering()
    world.providers["P1"].api = False
    world.serve("P0", 1, LATE)
    world.run(Request(pin=Pin(A)))
    world.providers["P1"].api, world.providers["P0"].api = True, False
    world.wait(60)
    world.down(A)
    return world


def _down_and_in_doubt() -> World:
    """One provider may be at the next front already: its API cannot be asked, and one server alone says so."""
    world = remembering()
    world.hand("P0", B)
    world.lie("P0", B, Marker(world.now, B, world.now, "liar").to_text())
    world.serve("P0", 0, STUCK)
    world.providers["P0"].api = False
    world.down(A)
    return world


def _down_and_silent() -> World:
    world = remembering()
    for index in range(2):
        world.serve("P0", index, STUCK)
    world.providers["P0"].api = False
    world.down(A)
    return world


def _changed_with(make: Callable[[], World], change: Callable[[World], object]) -> Callable[[], World]:
    def made() -> World:
        world = make()
        change(world)
        return world

    return made


def _api_dead(name: str) -> Callable[[World], object]:
    return lambda world: setattr(world.providers[name], "api", False)


def _down(*fronts: str) -> Callable[[World], object]:
    return lambda world: world.down(*fronts)


def _ill(world: World) -> None:
    world.health[A] = ILL


def _fought(world: World) -> None:
    """Three restorations within the hour, and the tool is at it again."""
    for _time in range(3):
        world.tool("P0", B)
        world.wait(310)
        world.run()
    world.tool("P0", B)
    world.wait(310)


def _lagging(world: World) -> None:
    world.providers["P0"].api = False
    world.run(Request(to=B))
    world.providers["P0"].api = True
    world.wait(60)


SITUATIONS: dict[str, tuple[Callable[[], World], Request, tuple[str, str, tuple[str, ...]]]] = {
    "a front is asked for while something newer is seen at a provider that cannot be asked": (
        _refused,
        Request(to=A),
        ("refused", REFUSE, ()),
    ),
    "a pin is lifted while something newer is seen at a provider that cannot be asked": (
        _refused,
        Request(lift=True),
        ("refused", REFUSE, ()),
    ),
    "a pin is asked for anyway": (_refused, Request(pin=Pin(C)), ("pinned", GO, ("P0", "P1"))),
    "a request writes all, foreign ones included": (_led(X, ""), Request(to=B), ("requested", GO, ("P0", "P1"))),
    "all lead elsewhere": (_led(X, X), Request(), ("unmanaged", HOLD, ())),
    "a pin, and one changed": (_pinned(B), Request(), ("pinned", GO, ("P0",))),
    "a pin, and all changed to a clean front": (_pinned(B, B), Request(), ("pinned", GO, ("P0", "P1"))),
    "a pin, and one missing": (
        _changed_with(_pinned(), lambda world: world.delete("P0")),
        Request(),
        ("pinned", GO, ("P0",)),
    ),
    "a pin, and one leads elsewhere": (_pinned(X), Request(), ("unmanaged", HOLD, ())),
    "a pin whose front is down": (_pinned(down=(A,)), Request(), ("pinned", HOLD, ())),
    "down, and a newer pin that nothing confirms or contradicts": (_pin_in_doubt, Request(), ("pinned", HOLD, ())),
    "down, and a newer pin that a server contradicts": (
        _pin_contradicted,
        Request(),
        ("active_down", GO, ("P0", "P1")),
    ),
    "down": (_changed_with(_led("", ""), _down(A)), Request(), ("active_down", GO, ("P0", "P1"))),
    "down, and one leads elsewhere": (_changed_with(_led(X, ""), _down(A)), Request(), ("active_down", GO, ("P1",))),
    "down, and two are at different clean fronts": (
        _changed_with(_led(C, B, ""), _down(A)),
        Request(),
        ("active_down", GO, ("P0", "P2")),
    ),
    "down, and they were led there a moment ago": (
        _changed_with(_led(C, B, "", wait=10), _down(A)),
        Request(),
        ("active_down", GO, ("P0", "P2")),
    ),
    "down, and one is unknown": (_down_and_silent, Request(), ("active_down", GO, ("P0", "P1"))),
    "down, and one is unknown, perhaps where the others go": (
        _down_and_in_doubt,
        Request(),
        ("active_down", GO, ("P0", "P1")),
    ),
    "all at one clean front": (_led(B, B), Request(), ("adopted_by_hand", GO, ())),
    "all at one clean front, at once": (_led(B, B, wait=0), Request(), ("adopted_by_hand", GO, ())),
    "all at one front that is down": (
        _changed_with(_led(B, B), _down(B)),
        Request(),
        ("active_up", GO, ("P0", "P1")),
    ),
    "one changed, the other unknown": (
        _changed_with(_led(B, B), _api_dead("P1")),
        Request(),
        ("half_moved", HOLD, ()),
    ),
    "two changed, the third unknown": (
        _changed_with(_led(B, B, B), _api_dead("P2")),
        Request(),
        ("half_moved", HOLD, ()),
    ),
    "one changed, one elsewhere, the third unknown": (
        _changed_with(_led(B, "", B), _api_dead("P2")),
        Request(),
        ("active_up", GO, ("P0",)),
    ),
    "changed a moment ago": (_led(B, "", wait=299), Request(), ("half_moved", HOLD, ())),
    "changed a moment ago to a front that is down": (
        _changed_with(_led(B, "", wait=299), _down(B)),
        Request(),
        ("active_up", GO, ("P0",)),
    ),
    "contested, at a clean front": (_changed_with(remembering, _fought), Request(), ("contested", HOLD, ())),
    "contested, at a front that is down": (
        _changed_with(_changed_with(remembering, _fought), _down(B)),
        Request(),
        ("active_up", GO, ("P0",)),
    ),
    "changed": (_led(B, ""), Request(), ("active_up", GO, ("P0",))),
    "changed to a clean front, while the one that is meant is not": (
        _changed_with(_led(B, ""), _ill),
        Request(),
        ("half_moved", HOLD, ()),
    ),
    "lags": (_changed_with(remembering, _lagging), Request(), ("failback_manual", GO, ("P0",))),
    "missing": (
        _changed_with(remembering, lambda world: world.delete("P0")),
        Request(),
        ("active_up", GO, ("P0",)),
    ),
    "leads elsewhere": (_led(X, ""), Request(), ("unmanaged", HOLD, ())),
    "unknown": (
        _changed_with(_changed_with(remembering, lambda world: world.serve("P0", 0, STUCK)), _api_dead("P0")),
        Request(),
        ("active_up", GO, ()),
    ),
}


@pytest.mark.parametrize("line", SITUATIONS)
def test_what_a_run_does(line: str) -> None:
    make, request, expected = SITUATIONS[line]
    decision = make().run(request)
    assert (decision.rule, decision.kind, decision.writes) == expected, decision.reason


def test_a_refusal_names_the_provider() -> None:
    assert "P0" in _refused().run(Request(to=A)).reason


def test_an_adoption_gives_all_their_marker_and_counts_as_a_restoration() -> None:
    world = _led(B, B)()
    world.run()
    marker = world.situation().marker
    assert marker is not None
    assert (marker.front, marker.restored.count) == (B, 1)
    assert {f"given={B}" in one.text for one in world.providers.values()} == {True}


def test_what_is_behind_in_its_marker_alone_gets_the_newest_with_the_same_seq() -> None:
    """Its router was written by somebody else as we would have; the marker says what it was given, with the pin."""
    world = remembering()
    world.providers["P0"].api = False
    world.run(Request(pin=Pin(A)))
    seq = max(world.seqs())
    world.providers["P0"].api = True
    world.wait(60)
    assert world.run().writes == ()
    assert world.seqs() == {seq}
    assert all("pin=" in one.text and f"given={A}" in one.text for one in world.providers.values())


def test_every_write_of_a_router_gives_its_marker_to_all_with_one_seq() -> None:
    world = remembering()
    before = world.seqs()
    world.hand("P0", B)
    world.wait(310)
    assert world.run().writes == ("P0",)
    assert len(world.seqs()) == 1
    assert world.seqs() != before


def test_a_run_that_finds_a_newer_pin_at_the_write_decides_again() -> None:
    for request, kinds in ((Request(to=B), [GO, REFUSE]), (Request(), [GO, HOLD])):
        world = remembering()
        world.down(A)
        slow = world.steps(request, run="slow")
        next(slow)
        world.wait(1)
        world.run(Request(pin=Pin(A), force=True), run="pin")
        for _step in slow:
            pass
        assert world.routers() == [A, A]
        assert [one.kind for one in world.decisions[1:]] == kinds

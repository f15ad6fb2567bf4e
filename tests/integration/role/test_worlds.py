# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What green means, in generated worlds: at every authoritative server that can be asked the public names lead to the
chosen front, which is clean; and when that front dies, the next run moves every one of them. And no site that is well
is ever red.

TWINZONE_WORLDS=500 tries so many worlds of each layout, other ones each time.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._failover.marker import Marker, Pin
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from support import lab_jobs
from support.lab_worlds import BOTH, ELSEWHERE, FRONTS, LAYOUTS, A, B, Layout, World
from support.role_in_process import modules_in_process
from twinzone_lab.client import LabClient

WORLDS = int(os.environ.get("TWINZONE_WORLDS", "0"))

#: Worlds of each layout.
MANY = settings(
    max_examples=WORLDS or 5,
    derandomize=not WORLDS,
    deadline=None,
    # The story of a world is short enough, and each world takes a second.
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
FEW = settings(MANY, max_examples=1 if not WORLDS else min(WORLDS, 6))

_NOW = 1_700_000_000

layouts = pytest.mark.parametrize("name", LAYOUTS)


@pytest.fixture(autouse=True)
def in_process() -> Iterator[None]:
    """Modules run in this process."""
    with modules_in_process():
        yield


def marker(front: str, **fields: Any) -> str:
    return Marker(_NOW, front, _NOW, "earlier", **fields).to_text()


# --- What happens ---


@dataclass(frozen=True)
class Event:
    """Something that happens to a world, in words."""

    text: str
    happen: Callable[[World], object] = field(repr=False)


def _lead(provider: str, to: str) -> Event:
    return Event(f"{provider}'s router to {to or 'nothing'}", lambda world: world.lead(provider, to))


def _stand_in(provider: str, front: str, how: str) -> Event:
    return Event(f"{provider}'s router looks like {front}: {how}", lambda world: world.stand_in(provider, front, how))


def _lead_all(to: str) -> Event:
    def happen(world: World) -> None:
        for provider in world.layout.providers:
            world.lead(provider, to)

    return Event(f"all routers to {to}", happen)


def _name(provider: str, how: str) -> Event:
    return Event(f"www at {provider}: {how}", lambda world: world.name(provider, how))


def _remember(provider: str, text: str) -> Event:
    return Event(f"{provider}'s marker: {text or 'none'}", lambda world: world.remember(provider, text))


def _fault(part: str, fault: str, options: dict[str, Any]) -> Event:
    return Event(f"{part}: {fault} {options}", lambda world: world.break_(part, fault, **options))


def _server(provider: str, number: int, fault: str) -> Event:
    def happen(world: World) -> None:
        server = list(world.lab.info["providers"][provider]["name_servers"].values())[number]
        part = f"{provider}_ns/{server}"
        if fault == "stale":
            world.freeze(part)
        elif fault:
            world.break_(part, fault)
        else:
            world.repair(part)

    return Event(f"{provider}'s server {number}: {fault or 'well'}", happen)


def _weather(down: frozenset[str]) -> Event:
    return Event(f"down: {sorted(down)}", lambda world: world.weather(set(down)))


def _lose(provider: str) -> Event:
    def happen(world: World) -> None:
        world.token_lost = provider

    return Event(f"no token for {provider or 'none'}", happen)


_WRITE = {"methods": "POST,PATCH,PUT"}
API_FAULTS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    provider: [
        ("refuse", {}),
        ("500", _WRITE),
        ("401", {}),
        ("500_after_commit", {**_WRITE, "count": 1}),
        ("reset_after_commit", {**_WRITE, "count": 1}),
        *more,
    ]
    for provider, more in {"cloudflare": [], "desec": [("nsmaster_down", _WRITE), ("nslord_down", _WRITE)]}.items()
}
MARKERS = ["", '"not ours"', marker(A), marker(B), marker(A, given=A, pinseq=0), marker(B, given=A)]
MARKERS += [marker(B, pin=Pin(B), pinseq=_NOW), marker(A, pin=Pin(A)), f'"v=twinzone1 seq=999999999999 front={B}"']


#: What stands at the router and looks like a front: its addresses, or its record, proxied or not as it is not.
LIKE_A_FRONT = ("its addresses", "the other way round")

#: How a public name leads past the router.
PAST = (
    "missing",
    "proxied",
    "to the first front",
    "to the second front",
    "addresses of a front",
    "the origin, proxied",
)


def _events(layout: Layout) -> st.SearchStrategy[Event]:
    provider = st.sampled_from(layout.providers)
    anywhere = st.sampled_from(sorted({one for zone in layout.zones.values() for one in zone}))
    kinds: list[st.SearchStrategy[Event]] = [
        st.builds(_lead, provider, st.sampled_from([A, B, B, ELSEWHERE, ""])),
        st.builds(_stand_in, provider, st.sampled_from(FRONTS), st.sampled_from(LIKE_A_FRONT)),
        st.builds(_lead_all, st.sampled_from([A, B])),
        st.builds(_remember, provider, st.sampled_from(MARKERS)),
        provider.flatmap(lambda name: st.sampled_from(API_FAULTS[name]).map(lambda one: _fault(f"{name}_api", *one))),
        st.builds(_server, anywhere, st.integers(0, 1), st.sampled_from(["refused", "stale", ""])),
        st.builds(_weather, st.frozensets(st.sampled_from(FRONTS))),
        st.just(Event("all repaired", lambda world: world.repair())),
        st.builds(_lose, st.sampled_from([*layout.providers, ""])),
        st.builds(
            lambda seconds: Event(f"{seconds} seconds later", lambda world: world.wait(seconds)),
            st.sampled_from([30, 310, 4000]),
        ),
    ]
    if layout.public:
        kinds.append(
            st.builds(
                _name,
                st.sampled_from(layout.public),
                st.sampled_from([*PAST, "right", "right"]),
            )
        )
    return st.one_of(kinds)


requests = st.sampled_from(
    [*[{}] * 6, *({"failover_to": front} for front in FRONTS), {"failover_pin": B}, {"failover_pin": "none"}]
)
policies = st.sampled_from([{}, {}, {"failback": "auto", "failback_after": "1s"}, {"failback": "never"}])
memories = st.sampled_from([None, "new", "old"])


def _begin(lab: LabClient, layout: Layout, active: str, memory: str | None, policy: dict[str, Any]) -> World:
    world = World(lab, layout, policy)
    given_to = {"given": active, "pinseq": 0} if memory == "new" else {}
    world.begin(active, marker(active, **given_to) if memory else None)
    return world


@layouts
@MANY
@given(data=st.data())
def test_green_means_that_nobody_is_lost(name: str, lab_process: LabClient, data: st.DataObject) -> None:
    draw, layout = data.draw, LAYOUTS[name]
    world = _begin(lab_process, layout, draw(st.sampled_from(FRONTS), label="active"), draw(memories), draw(policies))
    steps = st.tuples(st.lists(_events(layout), min_size=1, max_size=3), requests)
    result: dict[str, Any] = {}
    for events, request in draw(st.lists(steps, min_size=1, max_size=4)):
        for event in events:
            world.history.append(event.text)
            event.happen(world)
        asked = {**request, "failover_force": "true"} if request else {}
        result = world.run(asked)
        world.check(result, bool(asked))
    result = world.run()
    if world.check(result):
        world.die(result)


@layouts
@FEW
@given(active=st.sampled_from(FRONTS), memory=memories)
def test_a_site_that_is_well_is_never_red(name: str, lab_process: LabClient, active: str, memory: str | None) -> None:
    """Nor after its front died and came back, and somebody has asked for the way back."""
    world = _begin(lab_process, LAYOUTS[name], active, memory, {})
    other = B if active == A else A
    for down, asked, outcome, front in (
        (set(), {}, "unchanged", active),
        ({active}, {}, "switched", other),
        ({active}, {}, "unchanged", other),
        (set(), {}, "unchanged", other),
        (set(), {"failover_to": active}, "switched", active),
        (set(), {}, "unchanged", active),
    ):
        world.weather(down)
        world.wait(60)
        result = world.run(asked, patient=True)
        assert (result["outcome"], result["front"]) == (outcome, front), f"{result['message']} {result['paths']}"
        assert world.check(result)
        assert {one["verdict"] for one in result["paths"]} == {"through"}, world.story()


# --- Worlds that chance does not often make ---


@pytest.mark.parametrize("name", ["a router in the zone", "a custom hostname", "the public name itself"])
def test_a_lost_write_is_not_green_and_is_made_up_for(name: str, lab_process: LabClient) -> None:
    """deSEC keeps the write, and its servers never get it. They all go on showing what was there before."""
    world = _begin(lab_process, LAYOUTS[name], A, "new", {})
    world.break_("desec_api", "nsmaster_down", **_WRITE)
    world.weather({A})
    assert not world.check(world.run()), world.story()
    assert A in world.led().values(), "the test loses nothing"
    world.repair()
    world.wait(60)
    assert world.check(world.run(patient=True)), world.story()
    assert set(world.led().values()) == {B}, world.story()


@pytest.mark.parametrize("name", ["a router in the zone", "a router that leads out of the zone"])
def test_half_a_switch_is_finished_by_what_was_remembered(name: str, lab_process: LabClient) -> None:
    """Though the first front is well again, so that nothing but the marker tells what was meant."""
    world = _begin(lab_process, LAYOUTS[name], A, "new", {})
    world.break_("cloudflare_api", "refuse")
    world.weather({A})
    assert not world.check(world.run()), world.story()
    lab_jobs.soon(lambda: set(world.led().values()), {A, B})
    world.repair()
    world.weather(set())
    world.wait(60)
    result = world.run(patient=True)
    assert (result["outcome"], result["front"]) == ("converged", B), world.story()
    assert world.check(result)
    world.die(result)


@pytest.mark.parametrize("provider", BOTH)
def test_one_server_that_stays_behind_is_not_green(provider: str, lab_process: LabClient) -> None:
    world = _begin(lab_process, LAYOUTS["a router that leads out of the zone"], A, "new", {})
    _server(provider, 1, "stale").happen(world)
    world.weather({A})
    assert world.run()["outcome"] == "unverified", world.story()
    world.repair()
    world.wait(60)
    assert world.check(world.run(patient=True)), world.story()


@layouts
def test_what_only_answers_like_a_front_is_not_green(name: str, lab_process: LabClient) -> None:
    """A name that was proxied before has the addresses of the edge, and its record belongs to no front."""
    layout = LAYOUTS[name]
    for provider in layout.providers:
        for front, how in itertools.product(FRONTS, LIKE_A_FRONT):
            world = _begin(lab_process, layout, front, None, {})
            event = _stand_in(provider, front, how)
            world.history.append(event.text)
            event.happen(world)
            result = world.run()
            if not world.check(result):
                assert (result["outcome"], result["rule"]) == ("held", "unmanaged"), world.story()
                assert f"{provider} holds " in result["reason"], world.story()
                # What the run says next.
                result = world.run({"failover_to": front}, patient=True)
                assert world.check(result), world.story()
            world.die(result)


@pytest.mark.parametrize("name", ["a router in the zone", "a router that leads out of the zone", "a steering zone"])
def test_every_way_past_the_router(name: str, lab_process: LabClient) -> None:
    layout = LAYOUTS[name]
    for how in PAST:
        for provider in layout.public:
            world = _begin(lab_process, layout, A, None, {})
            world.name(provider, how)
            world.history.append(f"www at {provider}: {how}")
            result = world.run()
            if world.check(result):
                world.die(result)

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs remember for each other: any sequence of runs, on machines that know nothing but the markers."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._decision import (
    GO,
    HOUR,
    Decision,
    Policy,
    Request,
    Situation,
    decide,
)
from ansible_collections.twinzone.edge.plugins.module_utils._marker import Marker, Pin, parse
from ansible_collections.twinzone.edge.plugins.module_utils._memory import QUIET, next_marker
from ansible_collections.twinzone.edge.plugins.module_utils._votes import UP
from failover_world import (
    CLEAN,
    DEAD,
    FRONTS,
    ILL,
    NOW,
    PROVIDERS,
    Weather,
    World,
    policies,
    serving,
    situations,
    weathers,
)
from hypothesis import given, settings
from hypothesis import strategies as st

AUTOMATIC = {"active_down", "active_degraded", "failback"}
A, B, C = FRONTS


@given(situations(), policies)
def test_a_marker_can_always_be_read_again_and_is_newer(situation: Situation, policy: Policy) -> None:
    decision = decide(situation, policy, NOW)
    marker = next_marker(situation, decision, policy, NOW, "run-1")
    if decision.kind != GO:
        assert marker is None
        return
    assert marker is not None or not decision.writes, "a write without a marker would be forgotten"
    if marker is None:
        return
    assert marker.front == decision.front
    assert marker.seq > (situation.marker.seq if situation.marker else 0)
    assert parse(marker.to_text(), NOW) == replace(marker, switches=marker.switches[-12:])


@given(policies, st.lists(weathers(troubled=True), min_size=1, max_size=40))
@settings(max_examples=200)
def test_no_hour_has_more_automatic_switches_than_allowed(policy: Policy, forecast: list[Weather]) -> None:
    world = World(policy)
    for weather in forecast:
        world.run(weather)
    moves = [when for when, _health, decision in world.seen if decision.switches and decision.rule in AUTOMATIC]
    for start in moves:
        assert sum(start <= when < start + HOUR for when in moves) <= policy.max_switches_per_hour


@given(policies, st.lists(weathers(troubled=True), min_size=1, max_size=20))
def test_after_one_quiet_run_all_providers_serve_the_same(policy: Policy, forecast: list[Weather]) -> None:
    world = World(policy)
    for weather in forecast:
        world.run(weather)
    decision = world.run(Weather(1, {A: CLEAN, B: CLEAN, C: CLEAN}))
    assert decision.kind == GO
    assert set(world.routers.values()) == {decision.front}


@given(policies, st.lists(weathers(), max_size=10), st.sampled_from(PROVIDERS), weathers())
def test_a_provider_that_comes_back_never_pulls_traffic_back(
    policy: Policy, forecast: list[Weather], lost: str, last: Weather
) -> None:
    world = World(policy)
    for weather in forecast:
        world.run(weather)
    old = state_of(world, lost)
    world.run(Weather(60, {A: DEAD, B: CLEAN, C: CLEAN}, silent=(lost,), deaf=(lost,)))
    world.run(Weather(60, {A: DEAD, B: CLEAN, C: CLEAN}, silent=(lost,), deaf=(lost,)))
    (other,) = set(PROVIDERS) - {lost}
    intended = world.routers[other]
    world.routers[lost], world.notes[lost] = old
    situation = world.situation(replace(last, silent=()))
    if situation.marker is None:
        return
    decision = decide(situation, policy, world.now + 1)
    assert decision.active == intended
    if decision.kind == GO and not decision.switches:
        assert (lost in decision.writes) == (old[0] != intended), "it is brought forward"


def state_of(world: World, provider: str) -> tuple[str, str]:
    """What a provider serves and remembers now."""
    return world.routers[provider], world.notes[provider]


@given(policies.filter(lambda policy: policy.failback_after > 0), st.lists(weathers(600), min_size=1, max_size=40))
@settings(max_examples=200)
def test_no_failback_before_the_preferred_front_was_healthy_for_long_enough(
    policy: Policy, forecast: list[Weather]
) -> None:
    policy = replace(policy, failback="auto")
    world = World(policy)
    for weather in forecast:
        decision = world.run(weather)
        if decision.rule == "failback":
            start = world.now - policy.failback_after
            # A run that holds writes nothing, hence remembers nothing.
            recent = [(when, health[A].clean) for when, health, run in world.seen if when > start and run.kind == GO]
            assert all(clean for _when, clean in recent)
            observed = [when for when, _health, _run in world.seen if when >= start]
            assert all(later - earlier <= policy.failback_gap for earlier, later in pairwise([start, *observed]))


@pytest.mark.parametrize("interval", [10, 60, 300, 450, 600, 900])
def test_failback_comes_with_runs_at_any_sensible_interval(interval: int) -> None:
    world = World(Policy(failback="auto"))
    world.run(Weather(60, {A: DEAD, B: CLEAN, C: CLEAN}))
    while world.run(Weather(interval, {A: CLEAN, B: CLEAN, C: CLEAN})).rule != "failback":
        assert world.now < NOW + 1800 + QUIET + 2 * interval + 60
    assert world.now >= NOW + 1800


@given(policies.filter(lambda policy: policy.degraded_for > 0), st.lists(weathers(600), min_size=1, max_size=40))
@settings(max_examples=200)
def test_a_front_is_left_as_degraded_only_if_it_was_never_seen_better_meanwhile(
    policy: Policy, forecast: list[Weather]
) -> None:
    world = World(policy)
    for weather in forecast:
        before = world.now
        decision = world.run(weather)
        if decision.rule == "active_degraded":
            seen = [
                health[str(decision.active)].verdict
                for when, health, _decision in world.seen
                if before >= when > world.now - policy.degraded_for
            ]
            assert UP not in seen


FINE, PREFERRED_ILL = {A: CLEAN, B: CLEAN, C: CLEAN}, {A: ILL, B: CLEAN, C: CLEAN}


def test_an_ill_preferred_front_breaks_the_wait_also_soon_after_a_write() -> None:
    world = World(Policy(failback="auto"))
    world.run(Weather(60, {A: DEAD, B: CLEAN, C: CLEAN}))
    world.run(Weather(600, FINE))
    world.run(Weather(60, PREFERRED_ILL))
    broken = world.now
    while world.run(Weather(60, FINE)).rule != "failback":
        assert world.now < broken + 4000
    assert world.now - broken >= 1800


def test_a_recovery_ends_the_bad_time_also_soon_after_a_write() -> None:
    world = World(Policy())
    world.run(Weather(60, PREFERRED_ILL))
    world.run(Weather(60, FINE))
    rules = [world.run(Weather(600, PREFERRED_ILL)).rule for _run in range(2)]
    assert rules == ["active_up", "active_degraded"], "counted from the second bad time on"


@given(policies, st.lists(weathers(60), min_size=2, max_size=40))
def test_remembering_alone_is_written_seldom(policy: Policy, forecast: list[Weather]) -> None:
    """deSEC allows 300 writes a day for a domain."""
    world = World(policy)
    written = []
    for weather in forecast:
        before = dict(world.notes)
        decision = world.run(weather)
        if before != world.notes and not decision.writes:
            written.append(world.now)
    for start in written:
        assert sum(start <= when < start + QUIET for when in written) <= 2, "the end of a wait may follow its begin"


def test_a_quiet_site_is_never_written() -> None:
    world = World(Policy())
    for _run in range(50):
        decision = world.run(Weather(300, {A: CLEAN, B: CLEAN, C: CLEAN}))
        assert (decision.rule, decision.writes) == ("active_up", ())
    assert set(world.notes.values()) == {""}


def test_a_story_of_a_failover_and_the_way_back() -> None:
    fine, ill = {A: CLEAN, B: CLEAN, C: CLEAN}, {A: DEAD, B: CLEAN, C: CLEAN}
    world = World(Policy(failback="auto"))
    assert world.run(Weather(60, fine)).rule == "active_up"
    assert world.run(Weather(60, ill, deaf=("cloudflare",))).writes == PROVIDERS
    assert world.routers == {"cloudflare": A, "desec": B}
    assert world.run(Weather(60, ill, silent=("cloudflare",), deaf=("cloudflare",))).writes == ()
    laggard = world.run(Weather(60, ill))
    assert (laggard.writes, laggard.switches) == (("cloudflare",), False)
    rules = [world.run(Weather(300, fine)).rule for _run in range(8)]
    # Counted from the second of these runs on: the first comes too soon after a write to be remembered.
    assert rules == ["failback_waiting"] * 7 + ["failback"]
    assert set(world.routers.values()) == {A}


def test_a_pin_is_kept_by_every_later_run_and_lifted_once() -> None:
    fine = {A: CLEAN, B: CLEAN, C: CLEAN}
    world = World(Policy())
    assert world.run(Weather(60, fine), Request(pin=Pin(B, world.now + 4000, "INC-7"))).rule == "pinned"
    for _run in range(5):
        decision = world.run(Weather(600, fine))
        assert (decision.rule, decision.front) == ("pinned", B)
    assert world.run(Weather(60, fine), Request(lift=True)).rule == "failback_manual"
    assert world.run(Weather(60, fine)).rule == "failback_manual", "it stays lifted"


def test_a_pin_ends_by_itself() -> None:
    fine = {A: CLEAN, B: CLEAN, C: CLEAN}
    world = World(Policy())
    world.run(Weather(60, fine), Request(pin=Pin(B, world.now + 1000)))
    assert world.run(Weather(900, fine)).rule == "pinned"
    assert world.run(Weather(100, fine)).rule == "failback_manual"


@pytest.mark.parametrize("by_request", [True, False])
def test_what_a_hand_has_moved_stays_once_a_run_agrees(by_request: bool) -> None:
    """Also soon after the last write. Without the marker the next run would undo it."""
    fine, ill = {A: CLEAN, B: CLEAN, C: CLEAN}, {A: DEAD, B: CLEAN, C: CLEAN}
    world = World(Policy())
    assert world.run(Weather(60, fine), Request(to=B)).writes == PROVIDERS
    assert world.run(Weather(60, fine), Request(to=A)).writes == PROVIDERS
    world.routers = dict.fromkeys(PROVIDERS, B)
    agreed = world.run(Weather(60, fine), Request(to=B)) if by_request else world.run(Weather(60, ill))
    assert (agreed.front, agreed.writes) == (B, ())
    assert world.run(Weather(60, fine)).front == B


def remembered(front: str, seen: Decision, old: Marker) -> Marker | None:
    served = {provider: serving(front) for provider in PROVIDERS}
    health = {A: ILL, B: CLEAN, C: CLEAN}
    return next_marker(Situation(FRONTS, health, served, old), seen, Policy(), NOW, "run")


@pytest.mark.parametrize(("written", "expected"), [(NOW - QUIET, True), (NOW - QUIET + 1, False), (0, True)])
def test_the_begin_of_a_bad_time_is_remembered_but_not_too_often(written: int, expected: bool) -> None:
    old = Marker(7, A, NOW - 9000, written=written)
    marker = remembered(A, Decision("active_up", GO, "", A, A), old)
    assert (marker is not None) == expected
    if marker is not None:
        assert (marker.degraded_since, marker.seq, marker.since, marker.written) == (NOW, 8, NOW - 9000, NOW)

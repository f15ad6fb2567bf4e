# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs remember for each other: any sequence of runs, on machines that know nothing but the markers."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle, pairwise

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._failover.decision import (
    GO,
    HOLD,
    HOUR,
    REFUSE,
    Decision,
    Policy,
    Request,
    Situation,
    active_front,
    decide,
)
from ansible_collections.twinzone.edge.plugins.module_utils._failover.marker import NEVER, Marker, Pin, Span, parse
from ansible_collections.twinzone.edge.plugins.module_utils._failover.next_marker import (
    QUIET,
    next_marker,
    next_markers,
)
from ansible_collections.twinzone.edge.plugins.module_utils._failover.quorum import DEGRADED, DOWN, Health
from hypothesis import given, settings
from hypothesis import strategies as st
from support.failover_world import (
    BLIND,
    CLEAN,
    DEAD,
    FRONTS,
    ILL,
    NOW,
    PROVIDERS,
    UNCLEAN,
    Weather,
    World,
    holding,
    policies,
    situations,
    weathers,
)

A, B, C = FRONTS
FINE, PREFERRED_ILL = {A: CLEAN, B: CLEAN, C: CLEAN}, {A: ILL, B: CLEAN, C: CLEAN}


@given(situations(), policies)
def test_a_marker_can_always_be_read_again_and_is_newer(situation: Situation, policy: Policy) -> None:
    decision = decide(situation, policy, NOW)
    marker = next_marker(situation, decision, policy, NOW, "run-1")
    if decision.kind == REFUSE:
        assert marker is None
    markers = next_markers(situation, decision, policy, NOW, "run-1")
    for provider in decision.writes:
        known = situation.holdings[provider].marker
        assert provider in markers or (known is not None and known == situation.marker)
    if marker is None:
        return
    assert marker.front == decision.front
    assert marker.seq > (situation.marker.seq if situation.marker else 0)
    assert parse(marker.to_text(), NOW) == replace(marker, switches=marker.switches[-12:])


def forecasts(longest_pause: int) -> st.SearchStrategy[list[Weather]]:
    return st.lists(weathers(longest_pause), min_size=2, max_size=40)


@given(policies, st.lists(weathers(troubled=True), min_size=1, max_size=40))
@settings(max_examples=200)
def test_no_hour_has_more_switches_than_allowed(policy: Policy, forecast: list[Weather]) -> None:
    """Of those that nobody asked for. Those that were asked for count, but are not refused."""
    world = World(policy)
    for weather in forecast:
        world.run(weather)
    moves = [when for when, _health, decision in world.seen if decision.switches]
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


def unbroken(sightings: list[int], start: int, gap: int) -> bool:
    """Whether what was seen at these times was never out of sight for longer than the gap, from `start` on."""
    before = [when for when in sightings if when <= start][-1:]
    return bool(before) and all(b - a <= gap for a, b in pairwise(before + [t for t in sightings if t > start]))


LONG_WAITS = policies.filter(lambda policy: policy.failback_after > 0 and policy.degraded_for > 0)


@given(LONG_WAITS, forecasts(1200))
@settings(max_examples=200)
def test_no_failback_that_continuous_observation_does_not_justify(policy: Policy, forecast: list[Weather]) -> None:
    """Whatever was seen under a hold counts like the rest."""
    world = World(replace(policy, failback="auto"))
    for weather in forecast:
        decision = world.run(weather)
        if decision.rule == "failback":
            start = world.now - policy.failback_after
            verdicts = [health[A].verdict for when, health, _run in world.seen if when >= start]
            assert not {DEGRADED, DOWN} & {*verdicts}
            assert unbroken([when for when, health, _run in world.seen if health[A].clean], start, policy.gap)


@given(LONG_WAITS, forecasts(1200))
@settings(max_examples=200)
def test_no_front_is_left_as_degraded_that_was_seen_clean_or_not_looked_at(
    policy: Policy, forecast: list[Weather]
) -> None:
    world = World(policy)
    for weather in forecast:
        decision = world.run(weather)
        if decision.rule == "active_degraded":
            active, start = str(decision.active), world.now - policy.degraded_for
            assert not any(health[active].clean for when, health, _run in world.seen if when >= start)
            ill = [when for when, health, _run in world.seen if health[active].verdict == DEGRADED]
            assert unbroken(ill, start, policy.gap)
            first, *between = [when for when in ill if when >= max(when for when in ill if when <= start)][:-1]
            assert between or world.now - first <= policy.gap // 3, "two observations, and nothing between them"


@pytest.mark.parametrize(
    ("pauses", "moves"),
    [((700,), False), ((700, 700), True), ((300, 300), True), ((299, 301), False), ((890, 11), True)],
)
def test_two_observations_far_apart_prove_nothing_of_the_time_between(pauses: tuple[int, ...], moves: bool) -> None:
    """As with runs that only an alarm starts: two of them may meet a front in a bad moment, and all was well between.

    What came less than five minutes after the beginning was not written down, so it was not seen.
    """
    world = World(Policy())
    world.run(Weather(60, FINE))
    world.run(Weather(60, {**FINE, A: ILL}))
    rules = [world.run(Weather(pause, {**FINE, A: ILL})).rule for pause in pauses]
    assert (rules[-1] == "active_degraded") == moves
    assert "active_degraded" not in rules[:-1]


@given(st.integers(10, 900), st.integers(0, 4000), st.data())
@settings(max_examples=60)
def test_failback_comes_in_time_with_runs_at_any_pace(period: int, after: int, data: st.DataObject) -> None:
    """Every so many seconds, or at times that differ but keep within that."""
    pauses = data.draw(st.sampled_from([st.just(period), st.integers(1 + period // 2, period)]))
    world = World(Policy(failback="auto", failback_after=after))
    world.run(Weather(60, {A: DEAD, B: CLEAN, C: CLEAN}))
    well = world.now
    while world.run(Weather(data.draw(pauses), FINE)).rule != "failback":
        assert world.now <= well + after + 2 * period
    assert world.now >= well + after


@pytest.mark.parametrize("pauses", [(290, 302), (299, 601), (449, 453), (890, 900)])
def test_failback_comes_in_time_with_runs_that_are_not_quite_punctual(pauses: tuple[int, int]) -> None:
    world = World(Policy(failback="auto"))
    world.run(Weather(60, {A: DEAD, B: CLEAN, C: CLEAN}))
    well, pause = world.now, cycle(pauses)
    while world.run(Weather(next(pause), FINE)).rule != "failback":
        assert world.now <= well + 1800 + 2 * max(pauses)


@given(st.integers(10, 900), st.integers(901, 5000), st.integers(1, 1790))
@settings(max_examples=60)
def test_a_time_in_which_nobody_looked_counts_for_nothing(period: int, gap: int, before: int) -> None:
    world = World(Policy(failback="auto"))
    world.run(Weather(60, {A: DEAD, B: CLEAN, C: CLEAN}))
    gone = world.now + before
    while world.now + period <= gone:
        assert world.run(Weather(period, FINE)).rule == "failback_waiting"
    world.run(Weather(gap, FINE))
    again = world.now
    while world.run(Weather(period, FINE)).rule != "failback":
        assert world.now <= again + 1800 + 2 * period + QUIET
    assert world.now >= again + 1800


@pytest.mark.parametrize("preferred", [ILL, DEAD])
def test_an_ill_preferred_front_breaks_the_wait_also_soon_after_a_write(preferred: Health) -> None:
    world = World(Policy(failback="auto"))
    world.run(Weather(60, {A: DEAD, B: CLEAN, C: CLEAN}))
    world.run(Weather(600, FINE))
    world.run(Weather(60, {**FINE, A: preferred}))
    broken = world.now
    while world.run(Weather(60, FINE)).rule != "failback":
        assert world.now < broken + 4000
    assert world.now - broken >= 1800


def test_a_recovery_ends_the_bad_time_also_soon_after_a_write() -> None:
    world = World(Policy())
    world.run(Weather(60, PREFERRED_ILL))
    world.run(Weather(60, FINE))
    rules = [world.run(Weather(pause, PREFERRED_ILL)).rule for pause in (600, 300, 300)]
    assert rules == ["active_up", "active_up", "active_degraded"], "counted from the second bad time on"


def counted(marker: Marker | None) -> list[Span]:
    return [marker.degraded, marker.healthy] if marker else [NEVER, NEVER]


@given(policies, st.sampled_from([10, 60, 600]).flatmap(forecasts))
@settings(max_examples=200)
def test_remembering_alone_is_written_rarely(policy: Policy, forecast: list[Weather]) -> None:
    """A begin at most once in ten minutes, that it goes on at most thrice in a gap, and one end for each begin."""
    world = World(policy)
    begun: list[int] = []
    gone_on: list[int] = []
    ended = 0
    for weather in forecast:
        before = world.marker()
        decision = world.run(weather)
        after = world.marker()
        if before == after or decision.writes:
            continue
        assert after is not None
        changes = list(zip(counted(before), counted(after), strict=True))
        ends = sum(new == NEVER != old for old, new in changes)
        ended += ends
        begins = any(new.since == world.now for _old, new in changes)
        if not ends:
            (begun if begins else gone_on).append(world.now)
    assert all(later - earlier >= QUIET for earlier, later in pairwise(begun))
    assert all(later - earlier >= min(policy.gap // 3, QUIET) for earlier, later in pairwise(sorted(begun + gone_on)))
    switched = sum(bool(decision.writes) for _when, _health, decision in world.seen)
    assert ended <= 2 * (len(begun) + switched)


def test_a_front_that_comes_and_goes_at_the_worst_pace_leaves_a_day_s_writes_in_the_limit() -> None:
    """deSEC takes 300 a day for a domain."""
    world = World(Policy())
    texts = set()
    while world.now < NOW + 86400:
        idle = world.marker() is None or counted(world.marker())[0] == NEVER
        world.run(Weather(60, PREFERRED_ILL if idle else FINE))
        texts.add(world.notes["desec"])
    assert 200 < len(texts) <= 289


@pytest.mark.parametrize(
    "health",
    [FINE, {A: UNCLEAN, B: CLEAN, C: CLEAN}, {A: CLEAN, B: DEAD, C: ILL}, dict.fromkeys(FRONTS, ILL)],
    ids=["well", "nearly", "others ill", "all ill"],
)
def test_a_site_where_nothing_is_waited_for_is_never_written(health: dict[str, Health]) -> None:
    world = World(Policy(failback="auto"))
    for _run in range(50):
        decision = world.run(Weather(300, health))
        assert (decision.rule, decision.writes) == ("active_up", ())
    assert set(world.notes.values()) == {""}


def test_a_first_front_that_is_never_quite_well_is_not_waited_for() -> None:
    world = World(Policy(failback="auto"))
    world.run(Weather(60, {A: DEAD, B: CLEAN, C: CLEAN}))
    before = dict(world.notes)
    for _run in range(50):
        assert world.run(Weather(300, {**FINE, A: UNCLEAN})).rule == "active_up"
    assert world.notes == before


def test_what_a_gap_has_ended_is_not_ended_again() -> None:
    world = World(Policy(failback="auto"))
    world.run(Weather(60, {A: DEAD, B: CLEAN, C: CLEAN}))
    world.run(Weather(60, FINE))
    before = dict(world.notes)
    world.run(Weather(901, {**FINE, A: DEAD}))
    assert world.notes == before


@pytest.mark.parametrize("first", [CLEAN, ILL])
def test_a_pinned_site_is_never_written(first: Health) -> None:
    """On a front that ails, or while the first one is well and would be returned to: the pin is what counts."""
    health = {A: first, B: ILL if first == CLEAN else CLEAN, C: CLEAN}
    world = World(Policy(failback="auto"))
    world.run(Weather(60, health), Request(pin=Pin(A if first == ILL else B), force=True))
    before = dict(world.notes)
    for _run in range(50):
        assert world.run(Weather(300, health)).rule == "pinned"
    assert world.notes == before
    lifted = world.now
    world.run(Weather(60, health), Request(lift=True))
    while not world.run(Weather(60, health)).switches:
        assert world.now < lifted + 2000
    assert world.now >= lifted + 600, "what was so under the pin does not count"


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
    assert rules == ["failback_waiting"] * 6 + ["failback", "active_up"]
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
    holdings = {provider: holding(front, old) for provider in PROVIDERS}
    health = {A: ILL, B: CLEAN, C: CLEAN}
    return next_marker(Situation(FRONTS, health, holdings), seen, Policy(), NOW, "run")


@pytest.mark.parametrize(("noted", "expected"), [(NOW - QUIET, True), (NOW - QUIET + 1, False), (0, True)])
def test_the_begin_of_a_bad_time_is_remembered_but_not_too_often(noted: int, expected: bool) -> None:
    old = Marker(7, A, NOW - 9000, noted=noted)
    marker = remembered(A, Decision("active_up", GO, "", A, A), old)
    assert (marker is not None) == expected
    if marker is not None:
        assert (marker.degraded, marker.seq, marker.since, marker.noted) == (Span(NOW, NOW), NOW, NOW - 9000, NOW)


@pytest.mark.parametrize("health", [ILL, UNCLEAN])
def test_a_bad_time_is_that_of_one_front(health: Health) -> None:
    world = World(Policy())
    for _run in range(10):
        world.run(Weather(60, PREFERRED_ILL))
    ill = {A: ILL, B: health, C: CLEAN}
    world.run(Weather(1, ill), Request(to=B, force=True))
    assert world.run(Weather(300, {**ill, B: ILL})).rule == "active_up"


# --- Under a hold ---


def test_a_hold_breaks_the_wait_for_the_way_back() -> None:
    """B is down while A ails, so the run holds; A must be waited for again."""
    world = World(Policy(failback="auto"), fronts=(A, B))
    world.run(Weather(60, {A: DEAD, B: CLEAN}))
    world.run(Weather(900, {A: CLEAN, B: CLEAN}))
    routers = dict(world.routers)
    assert world.run(Weather(900, {A: ILL, B: DEAD})).rule == "all_down"
    assert world.routers == routers
    held = world.now
    while world.run(Weather(300, {A: CLEAN, B: CLEAN})).rule != "failback":
        assert world.now < held + 4000
    assert world.now >= held + 1800


def test_a_front_that_stays_bad_while_the_limit_holds_is_left_as_soon_as_it_may_be() -> None:
    world = World(Policy(max_switches_per_hour=1))
    world.run(Weather(60, {A: DEAD, B: CLEAN, C: CLEAN}))
    switched = world.now
    while (decision := world.run(Weather(60, {A: DEAD, B: ILL, C: CLEAN}))).rule != "active_degraded":
        assert decision.rule == ("switch_limit" if world.now - switched >= 660 else "active_up")
        assert world.now < switched + 3660
    assert world.now == switched + 3600


@pytest.mark.parametrize("health", [{A: DEAD, B: DEAD}, {A: BLIND, B: BLIND}, {A: BLIND, B: CLEAN}])
def test_a_pin_that_is_lifted_under_a_hold_stays_lifted(health: dict[str, Health]) -> None:
    world = World(Policy(), fronts=(A, B))
    world.run(Weather(60, {A: CLEAN, B: CLEAN}), Request(pin=Pin(A)))
    assert world.run(Weather(60, health), Request(lift=True)).kind == HOLD
    assert world.run(Weather(60, {A: DEAD, B: CLEAN})).rule == "active_down"


@given(situations(), policies)
def test_a_hold_remembers_without_moving(situation: Situation, policy: Policy) -> None:
    decision = decide(situation, policy, NOW)
    marker = next_marker(situation, decision, policy, NOW, "run")
    if decision.kind != HOLD or marker is None:
        return
    assert decision.writes == ()
    assert marker.front == decision.front == active_front(situation)
    assert marker.switches == (situation.marker.switches if situation.marker else ())

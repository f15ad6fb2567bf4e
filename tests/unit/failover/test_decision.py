# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which front is chosen: the rules one by one, and what holds in every situation."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._failover.decision import (
    APART,
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
    standing_pin,
)
from ansible_collections.twinzone.edge.plugins.module_utils._failover.hands import FOREIGN, IN_LINE, LACKS, LAGS
from ansible_collections.twinzone.edge.plugins.module_utils._failover.marker import Marker, Pin, Span
from ansible_collections.twinzone.edge.plugins.module_utils._failover.quorum import DEGRADED, UNKNOWN, Health
from ansible_collections.twinzone.edge.plugins.module_utils._failover.restorations import Restorations
from ansible_collections.twinzone.edge.plugins.module_utils._failover.router import (
    MISSING,
    MIXED,
    OTHER,
    SILENT,
    UNCLEAR,
)
from hypothesis import event, given
from hypothesis import strategies as st
from support.failover_world import BLIND, CLEAN, DEAD, ILL, NOW, PROVIDERS, UNCLEAN, holding, policies, situations

RULES = {
    "refused",
    "pinned",
    "requested",
    "blind",
    "router_missing",
    "unmanaged",
    "vantage_offline",
    "all_down",
    "switch_limit",
    "active_down",
    "active_degraded",
    "failback",
    "failback_waiting",
    "failback_manual",
    "active_unknown",
    "active_up",
    "adopted_by_hand",
    "half_moved",
    "contested",
}

#: The rules under which a run moves traffic on its own account.
AUTOMATIC = {"active_down", "active_degraded", "failback"}

#: The rules under which somebody else's move is followed.
FOLLOWED = {"adopted_by_hand"}


# --- In every situation ---


@given(situations(), policies)
def test_every_situation_is_decided_by_a_rule_with_a_reason(situation: Situation, policy: Policy) -> None:
    decision = decide(situation, policy, NOW)
    event(decision.rule)
    assert decision.rule in RULES
    assert decision.kind in (GO, HOLD, REFUSE)
    assert decision.reason
    assert decide(situation, policy, NOW) == decision, "the same input gives the same decision"


@given(situations(), policies)
def test_only_a_clean_front_becomes_a_target(situation: Situation, policy: Policy) -> None:
    decision = decide(situation, policy, NOW)
    if decision.kind != GO:
        return
    assert decision.front in situation.fronts
    pin = standing_pin(situation, NOW)
    stays = decision.front == active_front(situation) or (pin is not None and decision.front == pin.front)
    clean = situation.health.get(str(decision.front), Health(UNKNOWN)).clean
    assert clean or stays or situation.request.force


@given(situations(), policies)
def test_without_go_nothing_is_written(situation: Situation, policy: Policy) -> None:
    decision = decide(situation, policy, NOW)
    if decision.kind != GO:
        assert decision.writes == ()
        assert not decision.switches


@given(situations(), policies)
def test_what_is_ours_is_written_and_what_is_in_line_is_not(situation: Situation, policy: Policy) -> None:
    decision = decide(situation, policy, NOW)
    if decision.kind != GO or decision.front is None or decision.rule in FOLLOWED:
        return
    classes = situation.hands(decision.front).classes
    for provider, one in classes.items():
        if one in (LACKS, LAGS):
            assert provider in decision.writes
        if one == IN_LINE:
            assert provider not in decision.writes
        if one == FOREIGN and not (situation.request.asks or policy.adopt):
            assert provider not in decision.writes
        if not situation.holdings[provider].known:
            assert (provider in decision.writes) == (decision.switches and decision.rule != "pinned") or (
                situation.request.asks
            ), "a silent one is written when a switch is due"


@given(situations(), policies)
def test_a_pin_is_kept_by_every_rule(situation: Situation, policy: Policy) -> None:
    situation = replace(situation, request=replace(situation.request, lift=False))
    pin = situation.request.pin or standing_pin(situation, NOW)
    decision = decide(situation, policy, NOW)
    if pin is not None and decision.kind == GO:
        assert decision.front == pin.front
        assert decision.rule == "pinned"


@given(situations(), policies)
def test_no_switch_beyond_the_limit_whatever_the_marker_says(situation: Situation, policy: Policy) -> None:
    decision = decide(situation, policy, NOW)
    if decision.rule in AUTOMATIC:
        assert situation.marker is None or (
            sum(NOW - when < HOUR for when in situation.marker.switches) < policy.max_switches_per_hour
        )


@given(situations(), policies, st.sampled_from([DEAD, ILL, UNCLEAN]))
def test_nothing_moves_when_everything_looks_bad(situation: Situation, policy: Policy, bad: Health) -> None:
    situation = replace(situation, health=dict.fromkeys(situation.fronts, bad), request=Request())
    decision = decide(situation, policy, NOW)
    pin = standing_pin(situation, NOW)
    assert decision.front in (active_front(situation), pin.front if pin else None, None)
    assert not (decision.switches and decision.rule != "pinned")


@given(situations(), policies)
def test_a_run_that_sees_nothing_moves_nothing(situation: Situation, policy: Policy) -> None:
    offline = replace(situation, health=dict.fromkeys(situation.fronts, BLIND), request=Request())
    decision = decide(offline, policy, NOW)
    assert decision.rule not in AUTOMATIC
    assert decision.rule == "pinned" or decision.kind != GO


@given(situations(), policies)
def test_what_was_done_is_not_done_again(situation: Situation, policy: Policy) -> None:
    first = decide(situation, policy, NOW)
    if first.kind != GO or first.front is None or not situation.health.get(first.front, BLIND).clean:
        return
    marker = Marker(1, first.front, NOW)
    holdings = {provider: holding(first.front, marker) for provider in situation.holdings}
    after = Situation(situation.fronts, situation.health, holdings)
    again = decide(after, replace(policy, failback="manual"), NOW + 1)
    assert (again.kind, again.front, again.writes) == (GO, first.front, ())


def left_for(situation: Situation, policy: Policy, **seen: Any) -> bool:
    """Whether it changes the decision that this is seen of the active front. It may only mean that a degraded front is
    left for a clean one, or that it would be."""
    active = active_front(situation)
    if active is None or active not in situation.health:
        return False
    health = situation.health[active]
    found = replace(situation, health={**situation.health, active: replace(health, **seen)})
    before, after = decide(situation, policy, NOW), decide(found, policy, NOW)
    assert decide(found, replace(policy, severe_at=0), NOW) == before
    if after == before:
        return False
    assert health.verdict == DEGRADED
    assert any(one.clean for front, one in situation.health.items() if front != active)
    assert after.rule in ("active_degraded", "switch_limit", "pinned")
    assert after.rule == "active_degraded" or after.kind == HOLD
    return True


@given(situations(), policies)
def test_a_severe_degradation_is_left_at_once_and_changes_nothing_else(situation: Situation, policy: Policy) -> None:
    left_for(situation, policy, bad=8)


@given(situations(), policies)
def test_errors_of_the_front_itself_only_shorten_the_wait(situation: Situation, policy: Policy) -> None:
    """They count where an earlier run found it degraded, and change nothing but that it is left."""
    if left_for(situation, policy, errors=4):
        assert situation.marker is not None
        assert situation.marker.degraded.seconds(NOW, policy.gap) >= APART


# --- The rules one by one ---

A, B = "cloudflare", "bunny"


def see(
    a: Health = CLEAN,
    b: Health = CLEAN,
    at: tuple[str, str] = (A, A),
    marker: Marker | None = None,
    **request: Any,
) -> Situation:
    holdings = {provider: holding(what, marker) for provider, what in zip(PROVIDERS, at, strict=True)}
    return Situation((A, B), {A: a, B: b}, holdings, Request(**request))


def remember(front: str = A, **more: Any) -> Marker:
    return Marker(3, front, NOW - 5000, "earlier", **more)


def expect(decision: Decision, rule: str, kind: str, front: str | None = None, *writes: str) -> None:
    assert (decision.rule, decision.kind, decision.front, decision.writes) == (rule, kind, front, writes)


def waiting(since: int, seen: int, **more: Any) -> Situation:
    """At the second front, with the first one healthy for so many seconds, last seen so many seconds ago."""
    return see(at=(B, B), marker=remember(B, healthy=Span(NOW - since, NOW - seen), **more))


BOTH = PROVIDERS
BUSY = tuple(NOW - ago for ago in (3599, 1800, 900, 60))
SEVERE = replace(ILL, bad=8)
ERRORS = replace(ILL, errors=4)
JUST_ILL = Span(NOW - 20, NOW - 20)
LONG_ILL = Span(NOW - 600, NOW - 60)
AUTO = Policy(failback="auto")
ONE = Restorations((NOW - 60,), NOW - 60, 1)
THREE = Restorations((NOW - 2000, NOW - 1500, NOW - 1000), NOW - 2000, 3)


CASES: list[tuple[Situation, Policy, tuple[Any, ...]]] = [
    # Requests
    (see(to="nonesuch"), Policy(), ("refused", REFUSE, None)),
    (see(b=UNCLEAN, to=B), Policy(), ("refused", REFUSE, None)),
    (see(b=DEAD, to=B), Policy(), ("refused", REFUSE, None)),
    (see(b=DEAD, to=B, force=True), Policy(), ("requested", GO, B, *BOTH)),
    (see(to=B), Policy(), ("requested", GO, B, *BOTH)),
    (see(to=A), Policy(), ("requested", GO, A)),
    (see(to=A, at=(B, B), marker=remember(B)), Policy(), ("requested", GO, A, *BOTH)),
    (see(to=B, marker=remember(switches=BUSY)), Policy(), ("requested", GO, B, *BOTH)),
    (see(pin=Pin(B)), Policy(), ("pinned", GO, B, *BOTH)),
    (see(b=ILL, pin=Pin(B)), Policy(), ("refused", REFUSE, None)),
    (see(b=ILL, pin=Pin(B), force=True), Policy(), ("pinned", GO, B, *BOTH)),
    (see(pin=Pin("nonesuch")), Policy(), ("refused", REFUSE, None)),
    # Pins of earlier runs
    (see(marker=remember(pin=Pin(A))), Policy(), ("pinned", GO, A)),
    (see(a=ILL, marker=remember(pin=Pin(A), degraded=Span(1, NOW))), Policy(), ("pinned", GO, A)),
    (see(a=BLIND, b=BLIND, marker=remember(pin=Pin(A))), Policy(), ("pinned", GO, A)),
    (see(a=DEAD, marker=remember(pin=Pin(A))), Policy(), ("pinned", HOLD, A)),
    (see(at=(A, B), marker=remember(pin=Pin(A))), Policy(), ("pinned", GO, A, "desec")),
    (see(a=DEAD, marker=remember(pin=Pin(A, NOW))), Policy(), ("active_down", GO, B, *BOTH)),
    (see(a=DEAD, marker=remember(pin=Pin(A)), lift=True), Policy(), ("active_down", GO, B, *BOTH)),
    (see(marker=remember(pin=Pin("gone"))), Policy(), ("active_up", GO, A)),
    (see(to=B, marker=remember(pin=Pin(A))), Policy(), ("refused", REFUSE, None)),
    (see(to=B, marker=remember(pin=Pin(A)), lift=True), Policy(), ("requested", GO, B, *BOTH)),
    (see(pin=Pin(B), marker=remember(pin=Pin(A))), Policy(), ("pinned", GO, B, *BOTH)),
    # Without an active front
    (see(at=(SILENT, SILENT)), Policy(adopt=True), ("blind", HOLD, None)),
    (see(at=(UNCLEAR, SILENT)), Policy(), ("blind", HOLD, None)),
    (see(at=(MISSING, SILENT)), Policy(adopt=True), ("blind", HOLD, None)),
    (see(at=(MISSING, MISSING)), Policy(), ("router_missing", REFUSE, None)),
    (see(at=(MISSING, MISSING)), Policy(adopt=True), ("router_missing", GO, A, *BOTH)),
    (see(at=(OTHER, OTHER)), Policy(), ("unmanaged", HOLD, None)),
    (see(a=DEAD, at=(OTHER, OTHER)), Policy(adopt=True), ("unmanaged", GO, B, *BOTH)),
    (see(DEAD, DEAD, (OTHER, OTHER)), Policy(adopt=True), ("all_down", HOLD, None)),
    (see(at=(A, B)), Policy(), ("unmanaged", HOLD, None)),
    (see(at=(B, A)), Policy(adopt=True), ("unmanaged", GO, A, "cloudflare")),
    (see(a=DEAD, at=(A, B)), Policy(adopt=True), ("unmanaged", GO, B, "cloudflare")),
    # The active front
    (see(BLIND, BLIND), Policy(), ("vantage_offline", HOLD, A)),
    (see(), Policy(), ("active_up", GO, A)),
    (see(a=UNCLEAN), Policy(), ("active_up", GO, A)),
    (see(b=DEAD), Policy(), ("active_up", GO, A)),
    (see(at=(A, SILENT)), Policy(), ("active_up", GO, A)),
    (see(at=(A, MISSING)), Policy(), ("active_up", GO, A, "desec")),
    (see(at=(A, OTHER)), Policy(), ("unmanaged", HOLD, A)),
    (see(at=(A, OTHER)), Policy(adopt=True), ("active_up", GO, A, "desec")),
    (see(at=(A, OTHER), to=A), Policy(), ("requested", GO, A, "desec")),
    (see(at=(A, OTHER), marker=remember(asked=NOW - 60)), Policy(), ("active_up", GO, A, "desec")),
    (see(at=(A, OTHER), marker=remember(asked=NOW - 99999)), Policy(), ("unmanaged", HOLD, A)),
    (see(at=(OTHER, OTHER), marker=remember()), Policy(), ("unmanaged", HOLD, A)),
    (see(a=DEAD, at=(OTHER, OTHER), marker=remember()), Policy(), ("unmanaged", HOLD, A)),
    (see(a=DEAD, at=(OTHER, A), marker=remember()), Policy(), ("active_down", GO, B, "desec")),
    (see(at=(MIXED, A), marker=remember()), Policy(), ("active_up", GO, A)),
    # Other hands
    (see(at=(B, B), marker=remember()), Policy(), ("adopted_by_hand", GO, B)),
    (see(b=UNCLEAN, at=(B, B), marker=remember()), Policy(), ("active_up", GO, A, *BOTH)),
    (see(a=BLIND, at=(B, B), marker=remember()), Policy(), ("adopted_by_hand", GO, B)),
    (see(at=(B, B), marker=remember(pin=Pin(A))), Policy(), ("pinned", GO, A, *BOTH)),
    (see(at=(B, B), marker=remember(restored=ONE)), Policy(), ("adopted_by_hand", HOLD, A)),
    (see(at=(B, SILENT), marker=remember()), Policy(), ("half_moved", HOLD, A)),
    (see(a=UNCLEAN, at=(B, A), marker=remember()), Policy(), ("half_moved", HOLD, A)),
    (see(at=(B, A), marker=remember(restored=THREE)), Policy(), ("contested", HOLD, A)),
    (see(b=DEAD, at=(B, A), marker=remember(restored=THREE)), Policy(), ("active_up", GO, A, "cloudflare")),
    (see(b=DEAD, at=(B, A), marker=remember(restored=ONE)), Policy(), ("contested", HOLD, A)),
    (see(a=DEAD, at=(B, A), marker=remember(restored=THREE)), Policy(), ("active_down", GO, B, "desec")),
    (see(at=(A, SILENT), marker=remember()), Policy(), ("active_up", GO, A)),
    (see(at=(A, B), marker=remember(B)), Policy(failback="never"), ("active_up", GO, B, "cloudflare")),
    (see(a=BLIND), Policy(), ("active_unknown", HOLD, A)),
    (see(a=DEAD), Policy(), ("active_down", GO, B, *BOTH)),
    (see(a=DEAD, at=(A, SILENT)), Policy(), ("active_down", GO, B, *BOTH)),
    (see(a=DEAD, at=(A, B), marker=remember()), Policy(), ("active_down", GO, B, "cloudflare")),
    (see(DEAD, DEAD), Policy(), ("all_down", HOLD, A)),
    (see(DEAD, ILL), Policy(), ("all_down", HOLD, A)),
    (see(DEAD, UNCLEAN), Policy(), ("all_down", HOLD, A)),
    (see(DEAD, BLIND), Policy(), ("all_down", HOLD, A)),
    (see(a=DEAD, marker=remember(switches=BUSY)), Policy(), ("switch_limit", HOLD, A)),
    (see(a=DEAD, marker=remember(switches=BUSY[1:])), Policy(), ("active_down", GO, B, *BOTH)),
    (see(a=ILL), Policy(), ("active_up", GO, A)),
    (see(a=ILL, marker=remember(degraded=Span(NOW - 599, NOW - 60))), Policy(), ("active_up", GO, A)),
    (see(a=ILL, marker=remember(degraded=Span(NOW - 600, NOW - 60))), Policy(), ("active_degraded", GO, B, *BOTH)),
    (see(ILL, UNCLEAN, marker=remember(degraded=Span(NOW - 6000, NOW - 60))), Policy(), ("active_up", GO, A)),
    (see(a=ILL, marker=remember(degraded=Span(NOW - 9000, NOW - 901))), Policy(), ("active_up", GO, A)),
    (see(a=ILL, marker=remember(degraded=LONG_ILL, switches=BUSY)), Policy(), ("switch_limit", HOLD, A)),
    (see(a=SEVERE), Policy(), ("active_degraded", GO, B, *BOTH)),
    (see(a=replace(SEVERE, bad=7)), Policy(), ("active_up", GO, A)),
    (see(a=SEVERE), Policy(severe_at=0), ("active_up", GO, A)),
    (see(SEVERE, UNCLEAN), Policy(), ("active_up", GO, A)),
    (see(a=SEVERE, marker=remember(switches=BUSY)), Policy(), ("switch_limit", HOLD, A)),
    (see(a=ERRORS, marker=remember(degraded=JUST_ILL)), Policy(), ("active_degraded", GO, B, *BOTH)),
    (see(a=ILL, marker=remember(degraded=JUST_ILL)), Policy(), ("active_up", GO, A)),
    (see(a=ERRORS), Policy(), ("active_up", GO, A)),
    (see(a=ERRORS, marker=remember(degraded=Span(NOW - 19, NOW - 19))), Policy(), ("active_up", GO, A)),
    (see(a=ERRORS, marker=remember(degraded=Span(NOW - 301, NOW - 301))), Policy(), ("active_up", GO, A)),
    (see(a=replace(ERRORS, errors=3), marker=remember(degraded=JUST_ILL)), Policy(), ("active_up", GO, A)),
    (see(a=ERRORS, marker=remember(degraded=JUST_ILL)), Policy(severe_at=0), ("active_up", GO, A)),
    (see(ERRORS, UNCLEAN, marker=remember(degraded=JUST_ILL)), Policy(), ("active_up", GO, A)),
    # The way back
    (see(at=(B, B)), Policy(), ("failback_manual", GO, B)),
    (see(at=(B, B)), Policy(failback="never"), ("active_up", GO, B)),
    (see(a=UNCLEAN, at=(B, B)), Policy(), ("active_up", GO, B)),
    (see(at=(B, B)), AUTO, ("failback_waiting", GO, B)),
    (waiting(1799, 60), AUTO, ("failback_waiting", GO, B)),
    (waiting(1800, 60), AUTO, ("failback", GO, A, *BOTH)),
    (waiting(9000, 901), AUTO, ("failback_waiting", GO, B)),
    (waiting(9000, 60, switches=BUSY), AUTO, ("failback_waiting", GO, B)),
    (see(b=DEAD, at=(B, B), marker=remember(B)), AUTO, ("active_down", GO, A, *BOTH)),
]  # fmt: skip


@pytest.mark.parametrize(("situation", "policy", "expected"), CASES)
def test_the_first_rule_that_fits_decides(situation: Situation, policy: Policy, expected: tuple[Any, ...]) -> None:
    rule, kind, front, *writes = expected
    expect(decide(situation, policy, NOW), rule, kind, front, *writes)


def test_every_rule_can_be_reached() -> None:
    assert {expected[0] for _situation, _policy, expected in CASES} == RULES


def test_reasons_name_what_a_person_must_know() -> None:
    assert "failover_force=true" in decide(see(b=DEAD, to=B), Policy(), NOW).reason
    assert "failover_pin=none" in decide(see(to=B, marker=remember(pin=Pin(A))), Policy(), NOW).reason
    assert "failover_adopt=true" in decide(see(at=(OTHER, OTHER)), Policy(), NOW).reason
    assert "by INC-7" in decide(see(marker=remember(pin=Pin(A, 0, "INC-7"))), Policy(), NOW).reason
    assert "failover_to=cloudflare" in decide(see(at=(B, B)), Policy(), NOW).reason
    assert "refused" in decide(see(a=DEAD), Policy(), NOW).reason


def test_a_front_that_was_not_probed_is_unknown() -> None:
    situation = replace(see(), health={})
    assert decide(situation, Policy(), NOW).rule == "vantage_offline"


def test_what_may_have_arrived_by_half_is_nobodys_intent() -> None:
    """Where router and marker are written one after the other, both at another front are led back, not followed."""
    here = see(at=(B, B), marker=remember())
    expect(decide(here, Policy(), NOW), "adopted_by_hand", GO, B)
    separate = {name: replace(one, separate=True) for name, one in here.holdings.items()}
    found = decide(replace(here, holdings=separate), Policy(), NOW)
    expect(found, "active_up", GO, A, *PROVIDERS)
    assert found.restores == PROVIDERS
    one = {**here.holdings, PROVIDERS[0]: separate[PROVIDERS[0]]}
    expect(decide(replace(here, holdings=one), Policy(), NOW), "adopted_by_hand", GO, B)

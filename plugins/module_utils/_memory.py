# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The next marker: what a run has to remember for the runs to come. Pure."""

from __future__ import annotations

from dataclasses import replace

from ._decision import GO, Decision, Policy, Situation, standing_pin
from ._marker import Marker, Pin
from ._votes import DEGRADED

#: Seconds between two writes that only remember. deSEC allows 300 writes a day for a domain.
#: Only the end of a time that is being counted is written at once: later runs would count on, over what broke it.
QUIET = 600


def next_marker(situation: Situation, decision: Decision, policy: Policy, now: int, run: str) -> Marker | None:
    """The marker to write with the decision; None when there is nothing to remember that is worth a write."""
    if decision.kind != GO or decision.front is None:
        return None
    old = situation.marker or Marker(0, decision.active or decision.front, now)
    healthy_since, healthy_seen = _healthy(situation, decision, policy, old, now)
    new = replace(
        old,
        front=decision.front,
        since=now if decision.switches else old.since,
        switches=(*old.switches, now) if decision.switches else old.switches,
        pin=_pin(situation, now),
        degraded_since=_degraded_since(situation, decision, old, now),
        healthy_since=healthy_since,
        healthy_seen=healthy_seen,
    )
    asked_for = new.pin != old.pin or (situation.request.to is not None and situation.marker is None)
    ended = old.degraded_since > 0 == new.degraded_since or old.healthy_since > 0 == new.healthy_since
    worth_it = new != old and (ended or now - old.written >= QUIET)
    # A switch without a write: somebody has led the router there by hand. Forgotten, the next run would undo it.
    if not (decision.writes or decision.switches or asked_for or worth_it):
        return None
    return replace(new, seq=old.seq + 1, run=run, written=now)


def _pin(situation: Situation, now: int) -> Pin | None:
    if situation.request.pin is not None:
        return situation.request.pin
    return None if situation.request.lift else standing_pin(situation, now)


def _degraded_since(situation: Situation, decision: Decision, old: Marker, now: int) -> int:
    health = situation.health.get(decision.front or "")
    if health is None or health.verdict != DEGRADED:
        return 0
    return old.degraded_since if old.degraded_since and not decision.switches else now


def _healthy(situation: Situation, decision: Decision, policy: Policy, old: Marker, now: int) -> tuple[int, int]:
    """Since when, and when last, the preferred front was seen healthy; counted while a return to it is waited for."""
    preferred = situation.fronts[0]
    health = situation.health.get(preferred)
    if policy.failback != "auto" or decision.front == preferred or health is None or not health.clean:
        return 0, 0
    unbroken = old.healthy_since and now - old.healthy_seen <= policy.failback_gap
    return old.healthy_since if unbroken else now, now

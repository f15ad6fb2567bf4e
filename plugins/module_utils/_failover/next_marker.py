# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The next marker: what a run has to remember for the runs to come. Pure.

Two times are counted: for how long the active front has been degraded while another one is clean, and for how long the
preferred front has been healthy while a return to it is waited for. Runs know of each other only what a write has left,
and writes are dear: deSEC allows 300 a day for a domain. So what is seen is written

- when a time begins, at most once in `QUIET`;
- when a time ends, at once, whenever that is. An end that is kept to oneself would be counted over by the next run that
  sees the front as before, since nothing tells it what was seen in between. With "at most once in ten minutes" for ends
  too, no time could be counted that is longer than that and certain;
- when a time goes on, each third of the longest gap. Less often, runs at some paces within that gap could not tell that
  there was none: what a run does not write, it has not seen.

That makes three writes in ten minutes at most where one time is counted, and 288 in a day, if a front comes and goes at
the worst pace. No write is due where nothing is waited for: at a site that is well, that is pinned, or that has no
clean front to go to.

A run that holds remembers too: what it sees ends times as well, and a pin that is lifted stays lifted. It writes no
router. A refused run writes nothing at all, so what it sees counts for nothing.
"""

from __future__ import annotations

from dataclasses import replace

from .decision import REFUSE, Decision, Policy, Situation, standing_pin
from .marker import NEVER, Marker, Pin, Span
from .quorum import DEGRADED, DOWN, UNKNOWN, Health

#: Seconds between two writes that only note that something has begun.
QUIET = 600


def next_marker(situation: Situation, decision: Decision, policy: Policy, now: int, run: str) -> Marker | None:
    """The marker to write with the decision; None when there is nothing to remember that is worth a write."""
    if decision.kind == REFUSE or decision.front is None:
        return None
    old = situation.marker or Marker(0, decision.active or decision.front, now)
    new = replace(_after(situation, decision, decision.front, policy, old, now), seq=old.seq + 1, run=run)
    if decision.writes or decision.switches or _asked_for(situation, old) or _something_ended(old, new, policy, now):
        return new
    return replace(new, noted=now) if _something_noted(old, new, policy) else None


def _after(situation: Situation, decision: Decision, front: str, policy: Policy, old: Marker, now: int) -> Marker:
    """What is known after this run. front: the chosen one."""
    pin = _pin(situation, now)
    new = replace(
        old,
        front=front,
        pin=pin,
        degraded=NEVER if pin else _degraded(situation, decision, policy, old, now),
        healthy=NEVER if pin else _healthy(situation, decision, policy, old, now),
    )
    return replace(new, since=now, switches=(*old.switches, now)) if decision.switches else new


def _asked_for(situation: Situation, old: Marker) -> bool:
    """Whether a person asked for what must be remembered.

    A switch without a write: somebody has led the router there by hand. Forgotten, the next run would undo it.
    """
    request = situation.request
    return bool(request.pin or (request.lift and old.pin) or (request.to and situation.marker is None))


def _times(old: Marker, new: Marker) -> list[tuple[Span, Span]]:
    return [(old.degraded, new.degraded), (old.healthy, new.healthy)]


def _something_ended(old: Marker, new: Marker, policy: Policy, now: int) -> bool:
    return any(before.lasts(now, policy.gap) and after == NEVER for before, after in _times(old, new))


def _something_noted(old: Marker, new: Marker, policy: Policy) -> bool:
    return any(_worth_noting(before, after, old.noted, policy.gap) for before, after in _times(old, new))


def _pin(situation: Situation, now: int) -> Pin | None:
    if situation.request.pin is not None:
        return situation.request.pin
    return None if situation.request.lift else standing_pin(situation, now)


def _worth_noting(before: Span, after: Span, noted: int, gap: int) -> bool:
    if after.since == before.since:
        return after.seen - before.seen >= gap // 3
    return after.seen - noted >= QUIET


def _counted(span: Span, holds: bool | None, now: int, gap: int) -> Span:
    """A time after one more look, which shows that it holds, or that it does not, or nothing."""
    if holds is None:
        return span
    if not holds:
        return NEVER
    return Span(span.since if span.lasts(now, gap) else now, now)


def _degraded(situation: Situation, decision: Decision, policy: Policy, old: Marker, now: int) -> Span:
    """Begun and fed by a degraded look at the active front, ended by a clean one.

    Under a brownout the looks differ: with a third of the requests failing, one in five finds a front of two addresses
    up, but with a bad try. If such looks ended the time, a single vantage would leave one brownout in five within half
    an hour; like this it is nine in ten (tests/outages.py).
    """
    health = situation.health.get(decision.front or "", Health(UNKNOWN))
    another = any(one.clean for name, one in situation.health.items() if name != decision.front)
    holds = False if health.clean else True if health.verdict == DEGRADED and another else None
    return _counted(NEVER if decision.switches else old.degraded, holds, now, policy.gap)


def _healthy(situation: Situation, decision: Decision, policy: Policy, old: Marker, now: int) -> Span:
    """Begun and fed by a clean look at the preferred front, ended by one that finds it degraded or down."""
    preferred = situation.fronts[0]
    if policy.failback != "auto" or decision.front == preferred:
        return NEVER
    health = situation.health.get(preferred, Health(UNKNOWN))
    holds = False if health.verdict in (DEGRADED, DOWN) else True if health.clean else None
    return _counted(old.healthy, holds, now, policy.gap)

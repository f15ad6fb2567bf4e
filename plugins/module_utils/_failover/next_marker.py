# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The next marker: what a run has to remember for the runs to come. Pure.

Two times are counted: for how long the active front has been degraded while another one is clean, and for how long the
preferred front has been healthy while a return to it is waited for. Runs know of each other only what a write has left,
and writes are limited: deSEC allows 300 a day for a domain. So what is seen is written

- when a time begins, at most once in `QUIET`;
- when a time ends, at once, whenever that is. Without a recorded end, the gap would be counted by the next run that
  sees the front as before, since nothing says what was seen in between. With "at most once in ten minutes" for ends
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

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from . import hands
from .decision import GO, REFUSE, Decision, Policy, Situation, standing_pin
from .hands import IN_LINE, UNKNOWN
from .marker import NEVER, Marker, Pin, Span
from .placing import ADOPTED, HANDS_OFF
from .quorum import DEGRADED, DOWN, Health
from .quorum import UNKNOWN as UNSEEN
from .restorations import HOUR, Restorations

#: Seconds between two writes that only note that something has begun.
QUIET = 600


def next_markers(
    situation: Situation,
    decision: Decision,
    policy: Policy,
    now: int,
    run: str,
    gave: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, Marker]:
    """The marker that each provider gets with the decision; none where nothing is worth a write.

    All providers get the same one but for `given` and `gave`, so that each can tell later whether its router was
    changed. gave: by provider, the fingerprint of the addresses that an apex is about to be given.
    """
    new = next_marker(situation, decision, policy, now, run)
    if new is None:
        return _brought_in_line(situation, decision, gave)
    found = situation.hands(decision.front or "")
    return {
        name: replace(new, given=_given(situation, decision, name), gave=_gave(situation, decision, name, gave))
        for name in situation.holdings
        if name in decision.writes or found.classes[name] != UNKNOWN
    }


def _given(situation: Situation, decision: Decision, name: str) -> str | None:
    """Which front the provider's router was last given, once the decision is carried out.

    Where nobody knows, the provider is taken for one that missed the writes since, so what it leads to was given to it.
    Without that, the next run would take it for changed, as its marker would be the newest, and of another front.
    """
    holding = situation.holdings[name]
    if name in decision.writes or holding.router == decision.front:
        return decision.front
    given = hands.given_to(holding, situation.marker)
    return holding.router if given is None and holding.router in situation.fronts else given


def _gave(situation: Situation, decision: Decision, name: str, gave: Mapping[str, str]) -> str | None:
    """The fingerprint of the addresses that the provider's apex has for the front in `given`; None without any."""
    holding = situation.holdings[name]
    if name in decision.writes:
        return gave.get(name) or None
    if holding.router == decision.front:
        return holding.stands or None
    return holding.marker.gave if holding.marker else None


def _brought_in_line(situation: Situation, decision: Decision, gave: Mapping[str, str]) -> dict[str, Marker]:
    """The newest marker, for providers that missed it: with the same seq, as two runs would outdo each other otherwise.

    decision: one that makes no new marker.
    """
    newest = situation.marker
    if newest is None or decision.kind == REFUSE or (decision.rule in HANDS_OFF and decision.kind != GO):
        return {}
    in_line = situation.hands(decision.front or "").being(IN_LINE)
    due = {*decision.writes, *(name for name in in_line if situation.holdings[name].api is not None)}
    return {
        name: marker
        for name, holding in situation.holdings.items()
        for marker in [replace(newest, given=decision.front, gave=_gave(situation, decision, name, gave))]
        if holding.marker != marker and name in due
    }


def next_marker(situation: Situation, decision: Decision, policy: Policy, now: int, run: str) -> Marker | None:
    """The next marker, without what is the affair of one provider; None when there is nothing new to remember."""
    if decision.kind == REFUSE or decision.front is None:
        return None
    old = situation.marker or Marker(0, decision.active or decision.front, now)
    # A time rather than a count: two requests that reach different providers in an outage are told apart by it.
    seq = max(old.seq + 1, now)
    new = replace(_after(situation, decision, decision.front, policy, old, now), seq=seq, run=run)
    if situation.request.asks:
        pinseq = seq if situation.request.pin or situation.request.lift else old.pinseq
        return replace(new, asked=now, pinseq=pinseq)
    if decision.kind != GO and decision.rule in HANDS_OFF:
        return None
    if _is_news(situation, decision, old, new) or _something_ended(old, new, policy, now):
        return new
    return replace(new, noted=now) if _something_noted(old, new, policy) else None


def _is_news(situation: Situation, decision: Decision, old: Marker, new: Marker) -> bool:
    """Whether the run does something that later runs must know: a first write, a switch, a restoration."""
    first = situation.marker is None and bool(decision.writes)
    led_back = bool(decision.restores) or new.restored != old.restored
    return first or decision.switches or led_back or new.renewed != old.renewed


def _after(situation: Situation, decision: Decision, front: str, policy: Policy, old: Marker, now: int) -> Marker:
    """What is known after this run. front: the chosen one."""
    pin = _pin(situation, now)
    new = replace(
        old,
        front=front,
        pin=pin,
        restored=_restored(situation, decision, old, now),
        renewed=old.renewed.with_one_at(now) if _renews(situation, decision) else old.renewed,
        degraded=NEVER if pin else _degraded(situation, decision, policy, old, now),
        healthy=NEVER if pin else _healthy(situation, decision, policy, old, now),
    )
    if not decision.switches:
        return new
    # What somebody else has moved does not use up a failover.
    switches = old.switches if decision.rule == ADOPTED else (*old.switches, now)
    return replace(new, since=now, switches=switches)


def _restored(situation: Situation, decision: Decision, old: Marker, now: int) -> Restorations:
    """How often the router was led back, after this run."""
    if situation.request.asks:
        return old.restored.forgiven()
    if decision.restores or (decision.kind == GO and decision.rule == ADOPTED):
        return old.restored.with_one_at(now)
    return old.restored.forgiven() if old.restored.contested and _agreed(situation, decision, now) else old.restored


def _renews(situation: Situation, decision: Decision) -> bool:
    """Whether addresses at an apex are exchanged while its front stays."""
    holdings = [situation.holdings[name] for name in decision.writes]
    return any(one.stale and one.router == decision.front for one in holdings)


def _agreed(situation: Situation, decision: Decision, now: int) -> bool:
    """Whether all APIs say that the router has been in line for an hour."""
    found = situation.hands(decision.front or "")
    times: Mapping[str, int] = found.changed
    return set(found.classes.values()) == {IN_LINE} and all(0 < when <= now - HOUR for when in times.values())


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
    health = situation.health.get(decision.front or "", Health(UNSEEN))
    another = any(one.clean for name, one in situation.health.items() if name != decision.front)
    holds = False if health.clean else True if health.verdict == DEGRADED and another else None
    return _counted(NEVER if decision.switches else old.degraded, holds, now, policy.gap)


def _healthy(situation: Situation, decision: Decision, policy: Policy, old: Marker, now: int) -> Span:
    """Begun and fed by a clean look at the preferred front, ended by one that finds it degraded or down."""
    preferred = situation.fronts[0]
    if policy.failback != "auto" or decision.front == preferred:
        return NEVER
    health = situation.health.get(preferred, Health(UNSEEN))
    holds = False if health.verdict in (DEGRADED, DOWN) else True if health.clean else None
    return _counted(old.healthy, holds, now, policy.gap)

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which front the router shall lead to, and which providers must be written for that. Pure: no I/O, no clock.

The rules are tried in order; the first that fits decides, and together they cover every situation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .marker import Marker, Pin, Span
from .quorum import DEGRADED, DOWN, UNKNOWN, Health
from .router import MISSING, OTHER, Served

HOUR = 3600

#: The reserved name that lifts a pin.
NO_FRONT = "none"

#: Kinds of decision: carry on (perhaps with writes), hold still and report, or refuse the request.
GO, HOLD, REFUSE = "go", "hold", "refuse"


@dataclass(frozen=True)
class Policy:
    """When to move. degraded_for, failback_after, gap: seconds. failback: manual, auto or never.

    gap: a time in which nobody looked for longer than that counts neither as degraded nor as healthy.
    """

    degraded_for: int = 600
    failback: str = "manual"
    failback_after: int = 1800
    gap: int = 900
    max_switches_per_hour: int = 4
    adopt: bool = False


@dataclass(frozen=True)
class Request:
    """What a person asks for. to: switch once. pin: a Pin to set; lift: end the pin. force: also to a bad front."""

    to: str | None = None
    pin: Pin | None = None
    lift: bool = False
    force: bool = False


@dataclass(frozen=True)
class Situation:
    """All that is known. fronts: in order of preference. health: by front. served: by provider."""

    fronts: Sequence[str]
    health: Mapping[str, Health]
    served: Mapping[str, Served]
    marker: Marker | None = None
    request: Request = field(default_factory=Request)


@dataclass(frozen=True)
class Decision:
    """What to do and why. front: the chosen one; active: the one before. writes: providers to bring in line."""

    rule: str
    kind: str
    reason: str
    front: str | None = None
    active: str | None = None
    writes: tuple[str, ...] = ()

    @property
    def switches(self) -> bool:
        """Whether the chosen front is another one than before."""
        return self.kind == GO and self.front != self.active


def decide(situation: Situation, policy: Policy, now: int) -> Decision:
    """The decision for the situation at the Unix time `now`."""
    return _Rules(situation, policy, now).decide()


def active_front(situation: Situation) -> str | None:
    """The intended front: the marker's, else the one that all providers serve whose answer is known."""
    if situation.marker is not None:
        return situation.marker.front
    fronts = _fronts_seen(situation)
    return fronts[0] if len(fronts) == 1 else None


def standing_pin(situation: Situation, now: int) -> Pin | None:
    """The pin that holds, set by an earlier run."""
    pin = situation.marker.pin if situation.marker else None
    return pin if pin is not None and pin.holds(now) and pin.front in situation.fronts else None


def _fronts_seen(situation: Situation) -> list[str]:
    """The fronts that servers serve, in order of preference."""
    seen = {what for served in situation.served.values() for what in (served.front, *served.servers.values())}
    return [front for front in situation.fronts if front in seen]


class _Rules:
    def __init__(self, situation: Situation, policy: Policy, now: int) -> None:
        self.situation = situation
        self.policy = policy
        self.now = now
        self.active = active_front(situation)
        self._memory = situation.marker or Marker(0, "", 0)
        self.clean = [front for front in situation.fronts if self._health(front).clean]

    def decide(self) -> Decision:
        request = self.situation.request
        wanted = request.pin.front if request.pin else request.to
        if wanted is not None and (refusal := self._refusal(wanted)):
            return refusal
        if request.pin is not None:
            return self._go("pinned", request.pin.front, f"pinned to {request.pin.front} by request")
        pin = None if request.lift else standing_pin(self.situation, self.now)
        if pin is not None:
            return self._pinned(pin)
        if request.to is not None:
            return self._go("requested", request.to, f"{request.to} was asked for")
        return self._without_active() if self.active is None else self._with_active(self.active)

    def _health(self, front: str) -> Health:
        return self.situation.health.get(front, Health(UNKNOWN, reason="not probed"))

    def _refusal(self, wanted: str) -> Decision | None:
        fronts = self.situation.fronts
        if wanted not in fronts:
            return self._refuse(f"there is no front {wanted!r}; the fronts are {', '.join(fronts)}")
        pin = standing_pin(self.situation, self.now)
        if self.situation.request.to is not None and pin is not None and not self.situation.request.lift:
            return self._refuse(f"the site is pinned to {pin.front}; lift the pin first with failover_pin={NO_FRONT}")
        if wanted not in self.clean and not self.situation.request.force:
            health = self._health(wanted)
            return self._refuse(f"{wanted} is {health.verdict} ({health.reason}); add failover_force=true to insist")
        return None

    def _pinned(self, pin: Pin) -> Decision:
        by = f" by {pin.tag}" if pin.tag else ""
        health = self._health(pin.front)
        if health.verdict == DOWN:
            return self._hold(
                "pinned", f"pinned to {pin.front}{by}, which is down ({health.reason}); lift the pin to let it move"
            )
        return self._go("pinned", pin.front, f"pinned to {pin.front}{by}")

    def _without_active(self) -> Decision:
        """No marker, and what the providers serve names no single front."""
        served = self.situation.served
        fronts = _fronts_seen(self.situation)
        if fronts:
            return self._adopt(
                [front for front in fronts if front in self.clean],
                "unmanaged",
                f"the providers serve different fronts ({_shown(served)}) and no marker tells which is meant",
            )
        states = {one.state for one in served.values()}
        if OTHER in states:
            return self._adopt(self.clean, "unmanaged", f"the router points at none of the fronts ({_shown(served)})")
        if MISSING in states and states <= {MISSING}:
            return self._adopt(self.clean, "router_missing", "the router does not exist at any provider", REFUSE)
        return self._hold("blind", f"neither name servers nor APIs tell what is served ({_shown(served)})")

    def _adopt(self, clean: Sequence[str], rule: str, reason: str, otherwise: str = HOLD) -> Decision:
        if not self.policy.adopt:
            remedy = "run the sync first, or take it over with failover_adopt=true"
            return Decision(rule, otherwise, f"{reason}; {remedy}", None, self.active)
        if not clean:
            return self._hold("all_down", f"{reason}, and there is no clean front to lead it to")
        return self._go(rule, clean[0], f"{reason}; adopted")

    def _with_active(self, active: str) -> Decision:
        if all(self._health(front).verdict == UNKNOWN for front in self.situation.fronts):
            return self._hold("vantage_offline", f"no vantage could probe any front ({self._health(active).reason})")
        health = self._health(active)
        others = [front for front in self.clean if front != active]
        if health.verdict == DOWN:
            if not others:
                return self._hold("all_down", f"{active} is down ({health.reason}), and no other front is clean")
            return self._move("active_down", others[0], f"{active} is down: {health.reason}")
        degraded = self._seconds(self._memory.degraded)
        if health.verdict == DEGRADED and others and degraded >= self.policy.degraded_for:
            reason = f"{active} has been degraded for {degraded // 60} minutes: {health.reason}"
            return self._move("active_degraded", others[0], reason)
        if health.verdict == UNKNOWN:
            return self._hold("active_unknown", f"the health of {active} is unknown ({health.reason})")
        return self._failback(active, health)

    def _seconds(self, span: Span) -> int:
        return span.seconds(self.now, self.policy.gap)

    def _failback(self, active: str, health: Health) -> Decision:
        preferred = self.situation.fronts[0]
        up = f"{active} is {health.verdict}" + (f" ({health.reason})" if health.verdict == DEGRADED else "")
        if active == preferred or preferred not in self.clean or self.policy.failback == "never":
            return self._go("active_up", active, up)
        if self.policy.failback == "manual":
            return self._go("failback_manual", active, f"{up}; {preferred} is healthy again: failover_to={preferred}")
        healthy = self._seconds(self._memory.healthy)
        if healthy >= self.policy.failback_after and not self._limit_reached():
            return self._go("failback", preferred, f"{preferred} has been healthy for {healthy // 60} minutes")
        return self._go(
            "failback_waiting", active, f"{up}; {preferred} is healthy, back after {self.policy.failback_after} seconds"
        )

    def _limit_reached(self) -> bool:
        return sum(self.now - time < HOUR for time in self._memory.switches) >= self.policy.max_switches_per_hour

    def _move(self, rule: str, front: str, reason: str) -> Decision:
        if self._limit_reached():
            limit = self.policy.max_switches_per_hour
            return self._hold("switch_limit", f"{reason}; but there were {limit} switches in the last hour already")
        return self._go(rule, front, reason)

    def _go(self, rule: str, front: str, reason: str) -> Decision:
        due = front != self.active
        writes = tuple(
            provider
            for provider, served in self.situation.served.items()
            if (served.front != front or served.outdated if served.known else due)
        )
        return Decision(rule, GO, reason, front, self.active, writes)

    def _hold(self, rule: str, reason: str) -> Decision:
        return Decision(rule, HOLD, reason, self.active, self.active)

    def _refuse(self, reason: str) -> Decision:
        return Decision("refused", REFUSE, reason, None, self.active)


def _shown(served: Mapping[str, Served]) -> str:
    return ", ".join(f"{provider}: {one.shown()}" for provider, one in served.items())

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which front the router should lead to, and which providers must be written for that. Pure: no I/O, no clock.

The rules are tried in order; the first that fits decides, and together they cover every situation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from . import confirmation, hands, placing
from .confirmation import Holding
from .hands import CHANGED, FOREIGN, IN_LINE, LAGS, Hands
from .marker import Marker, Pin, Span
from .placing import Placing
from .quorum import DEGRADED, DOWN, UNKNOWN, Health
from .router import MISSING, OTHER, Served
from .suspects import Suspect

HOUR = 3600

#: Seconds from one run to another that sees something else: a front that is restarted answers errors for a moment, and
#: the last try of the one may lie twelve seconds after its first.
APART = 20

#: The reserved name that lifts a pin.
NO_FRONT = "none"

#: Kinds of decision: carry on (perhaps with writes), hold still and report, or refuse the request.
GO, HOLD, REFUSE = "go", "hold", "refuse"


@dataclass(frozen=True)
class Policy:
    """When to move. degraded_for, failback_after, gap: seconds. failback: manual, auto or never.

    severe_at: with so many bad tries that a quorum of several vantages has seen together, a degraded front is left
    without waiting for degraded_for; 0 for never. A server error that each of a quorum has seen, be it of one, counts
    twice, where an earlier run has found the front degraded too.
    gap: a time in which nobody looked for longer than that counts neither as degraded nor as healthy; nor does one of
    which only beginning and end were seen, more than a third of it apart.
    """

    degraded_for: int = 600
    severe_at: int = 8
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

    @property
    def asks(self) -> bool:
        """Whether a person asked for anything."""
        return bool(self.pin or self.to or self.lift)


@dataclass(frozen=True)
class Situation:
    """All that is known.

    fronts: in order of preference. health: by front. holdings: by provider. daily_writes: how many writes a provider
    takes in a day, None for no known limit. shared: what all fronts have in common where none is up. nowhere: why
    nobody knows the zone.
    """

    fronts: Sequence[str]
    health: Mapping[str, Health]
    holdings: Mapping[str, Holding]
    request: Request = field(default_factory=Request)
    daily_writes: Mapping[str, int | None] = field(default_factory=dict)
    shared: Suspect | None = None
    nowhere: Suspect | None = None

    @cached_property
    def marker(self) -> Marker | None:
        """What all confirmed markers say together."""
        return confirmation.newest(holding.marker for holding in self.holdings.values())

    @property
    def served(self) -> dict[str, Served]:
        """What each provider serves, in short."""
        return {name: holding.served for name, holding in self.holdings.items()}

    def hands(self, front: str) -> Hands:
        """Whose hand left each provider as it is. front: the one that is meant."""
        return hands.seen(self.holdings, self.marker, front)


@dataclass(frozen=True)
class Decision:
    """What to do and why.

    front: the chosen one; active: the one before. writes: providers whose router is written. restores: those of them
    that somebody else had changed. remedy: what a person should change, where that is known.
    """

    rule: str
    kind: str
    reason: str
    front: str | None = None
    active: str | None = None
    writes: tuple[str, ...] = ()
    restores: tuple[str, ...] = ()
    remedy: str = ""

    @property
    def switches(self) -> bool:
        """Whether the chosen front is another one than before."""
        return self.kind == GO and self.front != self.active


def decide(situation: Situation, policy: Policy, now: int) -> Decision:
    """The decision for the situation at the Unix time `now`."""
    return _Rules(situation, policy, now).decide()


def active_front(situation: Situation) -> str | None:
    """The intended front: the marker's, else the one that all providers show whose router is known."""
    if situation.marker is not None:
        return situation.marker.front
    fronts = _fronts_seen(situation)
    return fronts[0] if len(fronts) == 1 else None


def standing_pin(situation: Situation, now: int) -> Pin | None:
    """The pin that holds, set by an earlier run."""
    pin = situation.marker.pin if situation.marker else None
    return pin if pin is not None and pin.holds(now) and pin.front in situation.fronts else None


def _fronts_seen(situation: Situation) -> list[str]:
    """The fronts that providers show, in order of preference."""
    seen = set()
    for holding in situation.holdings.values():
        readings = [holding.api] if holding.api is not None else holding.heard
        seen |= {reading.router for reading in readings}
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
        if refusal := self._refusal(wanted):
            return refusal
        if request.pin is not None:
            return self._asked("pinned", request.pin.front, f"pinned to {request.pin.front} by request")
        pin = None if request.lift else standing_pin(self.situation, self.now)
        if pin is None and request.to is not None:
            return self._asked("requested", request.to, f"{request.to} was asked for")
        meant = pin.front if pin else self.active
        if meant is not None and self._all_foreign(meant):
            return self._hold("unmanaged", placing.leads_elsewhere(self.situation.holdings))
        if pin is not None:
            return self._pinned(pin)
        return self._without_active() if self.active is None else self._with_active(self.active)

    def _health(self, front: str) -> Health:
        return self.situation.health.get(front, Health(UNKNOWN, reason="not probed"))

    def _hands(self, front: str) -> Hands:
        """With `adopt`, what leads elsewhere is taken back like any provider that lags."""
        found = self.situation.hands(front)
        if not self.policy.adopt:
            return found
        classes = {name: LAGS if one == FOREIGN else one for name, one in found.classes.items()}
        return Hands(classes, found.at, found.changed)

    def _all_foreign(self, front: str) -> bool:
        return set(self._hands(front).classes.values()) == {FOREIGN}

    def _at_providers(self, front: str, found: Hands | None = None) -> placing.AtProviders:
        """What to write for a front. found: whose hand is at each provider; by default as seen from that front."""
        here = self.situation
        return placing.AtProviders(
            front,
            found or self._hands(front),
            here.holdings,
            self._health,
            self._memory.restored,
            self._memory.renewed,
            here.daily_writes,
            self.now,
        )

    def _refusal(self, wanted: str | None) -> Decision | None:
        request = self.situation.request
        if request.pin is None and (request.to is not None or request.lift) and (unseen := self._unseen()):
            return self._refuse(
                f"the API of {unseen} cannot be asked, and its servers show something newer that nothing confirms; "
                "ask again when it answers, or pin the site, which counts more than what is there"
            )
        if wanted is None:
            return None
        fronts = self.situation.fronts
        if wanted not in fronts:
            return self._refuse(f"there is no front {wanted!r}; the fronts are {', '.join(fronts)}")
        pin = standing_pin(self.situation, self.now)
        if request.to is not None and pin is not None and not request.lift:
            return self._refuse(f"the site is pinned to {pin.front}; lift the pin first with failover_pin={NO_FRONT}")
        if wanted not in self.clean and not request.force:
            health = self._health(wanted)
            return self._refuse(f"{wanted} is {health.verdict} ({health.reason}); add failover_force=true to insist")
        return None

    def _unseen(self) -> str:
        """The providers that may hold a newer intent or pin than the one that is known."""
        newest = self.situation.marker
        return " and ".join(
            name
            for name, holding in self.situation.holdings.items()
            if holding.unreachable and any(confirmation.is_newer(claim, newest) for claim in holding.claims)
        )

    def _claimed_pin(self) -> str:
        """The provider whose servers show a newer pin that nothing confirms, and none of them contradicts."""
        known = confirmation.pin_number(self.situation.marker)
        for name, holding in self.situation.holdings.items():
            claims = holding.claims if holding.unreachable and not holding.differs else []
            for claim in claims:
                if claim.pin is not None and claim.pin.holds(self.now) and confirmation.pin_number(claim) > known:
                    return name
        return ""

    def _pinned(self, pin: Pin) -> Decision:
        by = f" by {pin.tag}" if pin.tag else ""
        health = self._health(pin.front)
        if health.verdict == DOWN:
            return self._hold(
                "pinned", f"pinned to {pin.front}{by}, which is down ({health.reason}); lift the pin to let it move"
            )
        return self._placed("pinned", pin.front, f"pinned to {pin.front}{by}", self._at_providers(pin.front).pinned())

    def _without_active(self) -> Decision:
        """No marker, and what the providers show names no single front."""
        fronts = _fronts_seen(self.situation)
        if fronts:
            return self._adopt(
                [front for front in fronts if front in self.clean],
                "unmanaged",
                f"the providers serve different fronts ({self._shown()}) and no marker says which is meant",
            )
        states = {one.router for one in self.situation.holdings.values()}
        if OTHER in states:
            return self._adopt(self.clean, "unmanaged", f"the router points at none of the fronts ({self._shown()})")
        if MISSING in states and states <= {MISSING}:
            return self._adopt(
                self.clean, "router_missing", "no provider has the router (is `failover_router` right?)", REFUSE
            )
        reason = f"neither name servers nor APIs show what is served ({self._shown()})"
        return self._suspected(self._hold("blind", reason), self.situation.nowhere or self.situation.shared)

    def _adopt(self, clean: Sequence[str], rule: str, reason: str, otherwise: str = HOLD) -> Decision:
        if not self.policy.adopt:
            remedy = "run the sync first, or take it over with failover_adopt=true"
            return Decision(rule, otherwise, f"{reason}; {remedy}", None, self.active)
        if not clean:
            return self._all_down(f"{reason}, and there is no clean front to lead it to")
        return self._asked(rule, clean[0], f"{reason}; adopted")

    def _with_active(self, active: str) -> Decision:
        if all(self._health(front).verdict == UNKNOWN for front in self.situation.fronts):
            reason = f"no vantage could probe any front ({self._health(active).reason})"
            return self._suspected(self._hold("vantage_offline", reason), self.situation.shared)
        health = self._health(active)
        others = self._others(active)
        if health.verdict == DOWN:
            if not others:
                return self._all_down(f"{active} is down ({health.reason}), and no other front is clean")
            return self._move("active_down", others[0], f"{active} is down: {health.reason}")
        if others and (why := self._too_degraded(health)):
            return self._move("active_degraded", others[0], f"{active} {why}: {health.reason}")
        if led := self._led_by_hand(active):
            return self._adopted_by_hand(led)
        if health.verdict == UNKNOWN:
            return self._hold("active_unknown", f"the health of {active} is unknown ({health.reason})")
        return self._failback(active, health)

    def _too_degraded(self, health: Health) -> str:
        """Why a degraded front is to be left, in words; empty where it is not."""
        if health.verdict != DEGRADED:
            return ""
        degraded = self._seconds(self._memory.degraded)
        if degraded >= self.policy.degraded_for:
            return f"has been degraded for {degraded // 60} minutes"
        if 0 < self.policy.severe_at <= health.bad:
            return "is degraded at every address, as several vantages see at once"
        if degraded >= APART and 0 < self.policy.severe_at <= 2 * health.errors:
            return f"has been degraded for {degraded} seconds, and answers with errors of its own at every address"
        return ""

    def _others(self, active: str) -> list[str]:
        """The clean fronts to move to: first those to which somebody has led a provider already."""
        led = self._hands(active).led_to()
        return sorted((front for front in self.clean if front != active), key=lambda front: front not in led)

    def _led_by_hand(self, active: str) -> str:
        """The clean front to which somebody led the router at all providers, each as its API says.

        Where router and marker are written one after the other, it may be a write of ours that arrived by half.
        """
        found, holdings = self._hands(active), self.situation.holdings
        at = set(found.at.values())
        by_api = all(holding.api is not None for holding in holdings.values())
        if not by_api or len(at) != 1 or all(holdings[name].separate for name in found.being(CHANGED)):
            return ""
        (front,) = at
        return front if front in self.clean else ""

    def _adopted_by_hand(self, front: str) -> Decision:
        reason = f"somebody else led the router to {front} at all providers, and it is clean"
        limits = (self.situation.daily_writes.get(name) for name in self.situation.holdings)
        if not all(self._memory.restored.allow(self.now, limit) for limit in limits):
            return self._hold("adopted_by_hand", f"{reason}; it was changed too often to note it now")
        return Decision("adopted_by_hand", GO, reason, front, self.active)

    def _seconds(self, span: Span) -> int:
        return span.seconds(self.now, self.policy.gap)

    def _failback(self, active: str, health: Health) -> Decision:
        preferred = self.situation.fronts[0]
        up = f"{active} is {health.verdict}" + (f" ({health.reason})" if health.verdict == DEGRADED else "")
        if active == preferred or preferred not in self.clean or self.policy.failback == "never":
            return self._keep("active_up", active, up)
        if self.policy.failback == "manual":
            return self._keep("failback_manual", active, f"{up}; {preferred} is healthy again: failover_to={preferred}")
        healthy = self._seconds(self._memory.healthy)
        if healthy >= self.policy.failback_after and not self._limit_reached() and not self._in_other_hands(active):
            reason = f"{preferred} has been healthy for {healthy // 60} minutes"
            return self._placed("failback", preferred, reason, self._moved(active, preferred))
        return self._keep(
            "failback_waiting", active, f"{up}; {preferred} is healthy, back after {self.policy.failback_after} seconds"
        )

    def _in_other_hands(self, active: str) -> bool:
        """Whether somebody is moving the router, or a pin may stand that nothing confirms: no time to go back."""
        return bool(self._hands(active).being(CHANGED) or self._claimed_pin())

    def _limit_reached(self) -> bool:
        return sum(self.now - time < HOUR for time in self._memory.switches) >= self.policy.max_switches_per_hour

    def _move(self, rule: str, front: str, reason: str) -> Decision:
        if provider := self._claimed_pin():
            claim = f"the servers of {provider} show a pin, and its API cannot be asked whether it stands"
            return self._hold("pinned", f"{reason}; but {claim}")
        if self._limit_reached():
            limit = self.policy.max_switches_per_hour
            return self._hold("switch_limit", f"{reason}; but there were {limit} switches in the last hour already")
        return self._placed(rule, front, reason, self._moved(self.active or front, front))

    def _moved(self, active: str, front: str) -> Placing:
        """A move from one front to another: who changed what is seen from the front that was meant so far."""
        before = self._hands(active)
        classes = {
            name: IN_LINE if before.at[name] == front and one != hands.UNKNOWN else one
            for name, one in before.classes.items()
        }
        return self._at_providers(front, Hands(classes, before.at, before.changed)).moved()

    def _asked(self, rule: str, front: str, reason: str) -> Decision:
        return self._placed(rule, front, reason, self._at_providers(front).asked_for())

    def _keep(self, rule: str, front: str, reason: str) -> Decision:
        return self._placed(rule, front, reason, self._at_providers(front).kept())

    def _placed(self, rule: str, front: str, reason: str, found: Placing) -> Decision:
        if found.hold:
            return self._hold(found.hold, found.reason)
        return Decision(rule, GO, reason, front, self.active, found.writes, found.restores)

    def _all_down(self, reason: str) -> Decision:
        return self._suspected(self._hold("all_down", reason), self.situation.shared)

    def _suspected(self, hold: Decision, suspect: Suspect | None) -> Decision:
        """The hold with what several failures share, which is suspected before each of them."""
        if suspect is None:
            return hold
        seen = suspect.seen if suspect.seen and suspect.seen not in hold.reason else ""
        return replace(hold, reason="; ".join(filter(None, [hold.reason, seen])), remedy=suspect.remedy)

    def _hold(self, rule: str, reason: str) -> Decision:
        return Decision(rule, HOLD, reason, self.active, self.active)

    def _refuse(self, reason: str) -> Decision:
        return Decision("refused", REFUSE, reason, None, self.active)

    def _shown(self) -> str:
        return ", ".join(f"{name}: {holding.router}" for name, holding in self.situation.holdings.items())

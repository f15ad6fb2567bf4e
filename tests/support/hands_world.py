# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small world in which several hands are at one router: runs, people, other tools, deletions and syncs.

Each provider has an API and two name servers; APIs die, servers are late or silent, one of them may lie. A run looks,
decides and writes with the rules of the product, one provider at a time, and anything may happen between its steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ansible_collections.twinzone.edge.plugins.module_utils._failover import confirmation
from ansible_collections.twinzone.edge.plugins.module_utils._failover.confirmation import Holding, Reading
from ansible_collections.twinzone.edge.plugins.module_utils._failover.decision import (
    GO,
    Decision,
    Policy,
    Request,
    Situation,
    decide,
)
from ansible_collections.twinzone.edge.plugins.module_utils._failover.expectation import expected
from ansible_collections.twinzone.edge.plugins.module_utils._failover.marker import Marker, Pin, parse
from ansible_collections.twinzone.edge.plugins.module_utils._failover.next_marker import next_markers
from ansible_collections.twinzone.edge.plugins.module_utils._failover.placing import ADOPTED
from ansible_collections.twinzone.edge.plugins.module_utils._failover.quorum import DOWN, Health
from ansible_collections.twinzone.edge.plugins.module_utils._failover.router import MISSING, OTHER

from .failover_world import CLEAN, NOW

FRONTS = A, B, C = ("cloudflare", "bunny", "fastly")

#: What a person leads the router to that is none of the fronts.
X = OTHER

OK, LATE, STUCK = "ok", "late", "silent"

#: A run gives up after so many decisions.
_TRIES = 3


@dataclass
class Provider:
    """What one provider holds, and what its two servers serve. text: its marker. changed: of the router, by the API."""

    router: str = A
    text: str = ""
    changed: int = 0
    api: bool = True
    modes: list[str] = field(default_factory=lambda: [OK, OK])
    served: list[tuple[str, str]] = field(default_factory=lambda: [(A, ""), (A, "")])
    lie: tuple[str, str] | None = None
    #: What somebody led the router to, and when; None once we may write it again.
    hand: tuple[str, int] | None = None
    #: Whether anybody or any tool led the router where it is.
    led: bool = False

    def publish(self) -> None:
        """Servers that are not late serve what is held."""
        for index, mode in enumerate(self.modes):
            if mode != LATE:
                self.served[index] = (self.router, self.text)


@dataclass
class World:
    """The providers of one site. health: of its fronts. pin: the one that must stand. writes: how many there were."""

    count: int = 2
    now: int = NOW
    health: dict[str, Health] = field(default_factory=lambda: dict.fromkeys(FRONTS, CLEAN))
    policy: Policy = field(default_factory=lambda: Policy(max_switches_per_hour=12))
    providers: dict[str, Provider] = field(default_factory=dict)
    pin: Pin | None = None
    writes: int = 0
    #: When an automatic run led a router back from a front that was clean, since anybody asked for anything.
    restored: list[int] = field(default_factory=list)
    #: When somebody last asked for something that was written.
    asked: int = 0
    #: By how many seconds the clock of runs is ahead, and the most by which it ever was wrong.
    skew: int = 0
    skewed: int = 0
    decisions: list[Decision] = field(default_factory=list)
    #: Providers whose servers may hide what they hold: their APIs are read with every run, and need not answer.
    hiding: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.providers = {f"P{number}": Provider(changed=self.now - 90000) for number in range(self.count)}

    # --- What happens to it ---

    def remember(self, front: str = A, *, old: bool = False) -> None:
        """Markers of earlier runs, as this version or an older one left them."""
        marker = Marker(7, front, self.now - 90000, "earlier")
        for provider in self.providers.values():
            given = marker if old else replace(marker, given=front)
            provider.text = given.to_text()
            provider.publish()

    def hand(self, name: str, front: str) -> None:
        """Somebody leads the router elsewhere."""
        if self.providers[name].router != front:
            self._lead(name, front)
            self.providers[name].hand = (front, self.now)

    def tool(self, name: str, front: str) -> None:
        """Another tool does, once more."""
        self._lead(name, front)

    def _lead(self, name: str, front: str) -> None:
        provider = self.providers[name]
        if provider.router != front:
            provider.router, provider.changed, provider.led = front, self.now, True
            provider.publish()

    def delete(self, name: str) -> None:
        """Somebody deletes router and marker."""
        provider = self.providers[name]
        provider.router, provider.text, provider.changed = MISSING, "", self.now
        provider.hand, provider.led = None, False
        provider.publish()

    def lie(self, name: str, router: str, text: str) -> None:
        """The second server of one provider shows something else."""
        self.providers[name].lie = (router, text)

    def serve(self, name: str, index: int, mode: str) -> None:
        provider = self.providers[name]
        provider.modes[index] = mode
        provider.publish()

    def down(self, *fronts: str) -> None:
        self.health = {front: Health(DOWN, False, "refused") if front in fronts else CLEAN for front in FRONTS}

    def heal(self) -> None:
        """All APIs and servers are well again; what runs see of the fronts stays."""
        for provider in self.providers.values():
            provider.api, provider.lie, provider.modes = True, None, [OK, OK]
            provider.publish()

    def set_clock(self, skew: int) -> None:
        """The clock of runs from now on. APIs keep the right time."""
        self.skew = skew
        self.skewed = max(self.skewed, abs(skew))

    def sync(self) -> None:
        """The role zone_sync, where a router is missing: see `may_be_copied`."""
        if not all(provider.api for provider in self.providers.values()):
            return
        newest = confirmation.newest(self._marker(provider) for provider in self.providers.values())
        if newest is None:
            return
        sources = [one for one in self.providers.values() if self._marker_is(one, newest)]
        for provider in self.providers.values():
            if provider.router == MISSING and sources:
                provider.router, provider.text, provider.changed = sources[0].router, sources[0].text, self.now
                provider.publish()

    def _marker_is(self, provider: Provider, newest: Marker) -> bool:
        marker = self._marker(provider)
        pinned = newest.pin.front if newest.pin and newest.pin.holds(self.now) else newest.front
        return marker is not None and marker.seq == newest.seq and provider.router == pinned

    # --- What runs do ---

    def _marker(self, provider: Provider) -> Marker | None:
        return self._parsed(provider.text)

    def _parsed(self, text: str) -> Marker | None:
        marker = parse(text, self.now + self.skew)
        return marker if marker is not None and marker.front in FRONTS else None

    def holdings(self, *, ask: bool = False) -> dict[str, Holding]:
        found = {name: Holding(self._at_servers(one)) for name, one in self.providers.items()}
        for name in self.providers if ask else confirmation.to_ask(found, self.now + self.skew):
            found[name] = self._asked(self.providers[name], found[name])
        for name in self.hiding:
            if self.providers[name].api and found[name].api is None:
                found[name] = self._asked(self.providers[name], found[name])
        return found

    def _at_servers(self, provider: Provider) -> dict[str, Reading | None]:
        shown = list(provider.served)
        if provider.lie is not None:
            shown[1] = provider.lie
        return {
            f"ns{index}": None if provider.modes[index] == STUCK else Reading(router, self._parsed(text))
            for index, (router, text) in enumerate(shown)
        }

    def _asked(self, provider: Provider, holding: Holding) -> Holding:
        if not provider.api:
            return replace(holding, unreachable=True)
        return replace(holding, api=Reading(provider.router, self._marker(provider)), changed=provider.changed)

    def situation(self, request: Request | None = None, everything: bool = False) -> Situation:
        request = request or Request()
        limits: Mapping[str, int | None] = dict.fromkeys(self.providers, 300)
        return Situation(FRONTS, self.health, self.holdings(ask=request.asks or everything), request, limits)

    def steps(self, request: Request | None = None, order: Sequence[str] = (), run: str = "run") -> Iterator[str]:
        """One run, step by step; whoever stops asking for the next step has killed it."""
        request = request or Request()
        for _try in range(_TRIES):
            began = self.now + self.skew
            situation = self.situation(request, everything=_try > 0)
            yield "looked"
            decision = decide(situation, self.policy, began)
            markers = next_markers(situation, decision, self.policy, began, run)
            expects = expected(situation, decision)
            self.decisions.append(decision)
            self._check_adoption(decision)
            again = False
            for name in order or [*self.providers]:
                ours = markers.get(name)
                if ours is None and name not in decision.writes:
                    continue
                yield name
                provider = self.providers[name]
                if not provider.api:
                    continue
                if expects[name].overtaken(provider.router, self._marker(provider), ours):
                    again = True
                    continue
                self._write(name, decision, ours, request, began)
            if not again:
                return

    def _write(self, name: str, decision: Decision, ours: Marker | None, request: Request, began: int) -> None:
        provider = self.providers[name]
        before = (provider.router, provider.text)
        if name in decision.writes and decision.front != provider.router:
            self.check_overwrite(name, decision, request, began)
            self._check_pin(name, decision, request)
            self._count_restoration(name, decision, began)
            assert provider.led or name not in decision.restores, f"nobody changed {name}: {decision}"
            provider.router, provider.changed = str(decision.front), self.now
            provider.hand, provider.led = None, False
        if request.asks:
            self.restored.clear()
            self.asked = began
        if ours is not None:
            provider.text = ours.to_text()
            if request.pin is not None:
                self.pin = request.pin
            elif request.lift:
                self.pin = None
        self.writes += before != (provider.router, provider.text)
        provider.publish()

    def check_overwrite(self, name: str, decision: Decision, request: Request, began: int) -> None:
        """No hand of a person is overwritten without a request, but where its front is down, or it stands alone, or the
        site leaves a front that is down."""
        provider = self.providers[name]
        if request.asks or provider.hand is None or provider.hand[0] != provider.router:
            return
        if provider.hand[0] != X and self._never_knew(provider):
            return
        front, when = provider.hand
        newest = self.situation(Request(lift=True)).marker
        if newest is not None and newest.asked is not None and newest.asked >= when:
            return
        assert front != X, f"{name} leads elsewhere by hand: {decision}"
        if decision.rule == "active_down":
            return
        if newest is not None and newest.pin is not None:
            return
        down = self.health[front].verdict == DOWN
        fresh = began - when < 300
        assert down or not fresh, f"{name} was led to {front} a moment ago: {decision}"
        clean = self.health[front].clean
        assert not clean or self.health[str(decision.front)].clean, f"{name} is led from a clean front: {decision}"
        others = self.providers.values()
        everywhere = all(one.hand and one.router == front and not self._never_knew(one) for one in others)
        assert not (clean and everywhere), f"all were led to {front} by hand: {decision}"

    def _never_knew(self, provider: Provider) -> bool:
        """Whether no marker says what the provider was given, so that it looks like one that missed a write:
        it has none, or one of an older version that is not the newest.
        """
        marker = self._marker(provider)
        return marker is None or (marker.given is None and marker.seq < max(self.seqs()))

    def _check_adoption(self, decision: Decision) -> None:
        """What somebody did everywhere is the new intent only where all APIs say so."""
        if decision.rule == ADOPTED and decision.kind == GO:
            unseen = [name for name, one in self.providers.items() if not one.api]
            assert not unseen, f"{unseen} cannot be seen: {decision}"

    def _check_pin(self, name: str, decision: Decision, request: Request) -> None:
        """No run leads a provider away from the pin that stands there."""
        marker = self._marker(self.providers[name])
        if request.asks or self.pin is None or marker is None or marker.pin != self.pin:
            return
        assert decision.front == self.pin.front, f"{name} is pinned to {self.pin.front}: {decision}"

    def _count_restoration(self, name: str, decision: Decision, began: int) -> None:
        """After three in an hour a front that is clean is left to whoever led the router there."""
        pinned = decision.rule == "pinned"
        if pinned or name not in decision.restores or not self.health[self.providers[name].router].clean:
            return
        if began in self.restored:
            return
        latest = [when for when in self.restored if began - when <= 3600]
        assert len(latest) < 3, f"{name} is led back from a clean front once more: {decision}"
        self.restored.append(began)

    def run(self, request: Request | None = None, order: Sequence[str] = (), run: str = "run") -> Decision:
        """One run that nothing disturbs; its last decision."""
        before = len(self.decisions)
        for _step in self.steps(request, order, run):
            pass
        assert len(self.decisions) > before
        return self.decisions[-1]

    def wait(self, seconds: int) -> None:
        self.now += seconds

    def routers(self) -> list[str]:
        return [provider.router for provider in self.providers.values()]

    def seqs(self) -> set[int]:
        return {marker.seq for provider in self.providers.values() if (marker := self._marker(provider))}

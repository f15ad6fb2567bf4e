# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Situations of a failover: strategies for any one of them, and a world in which runs follow each other."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from ansible_collections.twinzone.edge.plugins.module_utils._failover import confirmation
from ansible_collections.twinzone.edge.plugins.module_utils._failover import marker as failover_marker
from ansible_collections.twinzone.edge.plugins.module_utils._failover.confirmation import Holding, Reading
from ansible_collections.twinzone.edge.plugins.module_utils._failover.decision import (
    REFUSE,
    Decision,
    Policy,
    Request,
    Situation,
    decide,
)
from ansible_collections.twinzone.edge.plugins.module_utils._failover.marker import NEVER, Marker, Pin, Span
from ansible_collections.twinzone.edge.plugins.module_utils._failover.next_marker import next_markers
from ansible_collections.twinzone.edge.plugins.module_utils._failover.quorum import DEGRADED, DOWN, UNKNOWN, UP, Health
from ansible_collections.twinzone.edge.plugins.module_utils._failover.router import (
    MISSING,
    MIXED,
    OTHER,
    SILENT,
    UNCLEAR,
)
from hypothesis import strategies as st

NOW = 1_800_000_000
FRONTS = ("cloudflare", "bunny", "fastly")
PROVIDERS = ("cloudflare", "desec")

CLEAN = Health(UP, True, "fine")
UNCLEAN = Health(UP, False, "1 of 5 tries bad")
ILL = Health(DEGRADED, False, "1 of 2 addresses down")
DEAD = Health(DOWN, False, "refused")
BLIND = Health(UNKNOWN, False, "offline")

healths = st.sampled_from([CLEAN, UNCLEAN, ILL, DEAD, BLIND])
some_fronts = st.integers(1, 3).map(lambda count: FRONTS[:count])
front_names = st.sampled_from([*FRONTS, "nonesuch"])
pins = st.builds(Pin, front_names, st.just(0) | st.integers(NOW - 9000, NOW + 9000), st.sampled_from(["", "INC-7"]))
policies = st.builds(
    Policy,
    degraded_for=st.sampled_from([0, 60, 600, 1800]),
    failback=st.sampled_from(["manual", "auto", "never"]),
    failback_after=st.sampled_from([0, 300, 1800]),
    gap=st.sampled_from([60, 900]),
    max_switches_per_hour=st.integers(1, 6),
    adopt=st.booleans(),
)
requests = st.just(Request()) | st.builds(
    Request, st.none() | front_names, st.none() | pins, lift=st.booleans(), force=st.booleans()
)
times = st.just(0) | st.integers(NOW - 7200, NOW)
pairs = st.lists(st.integers(NOW - 7200, NOW), min_size=2, max_size=2).map(sorted)
spans = st.just(NEVER) | pairs.map(lambda pair: Span(*pair))


def holding(what: str, marker: Marker | None = None) -> Holding:
    """A provider whose API shows a front, or that there is none; or one of which nothing certain is known."""
    reading = Reading(what, marker)
    servers: dict[str, Reading | None] = {"ns1": reading, "ns2": reading}
    if what == SILENT:
        return Holding({"ns1": None, "ns2": None}, unreachable=True)
    if what == MIXED:
        return Holding({"ns1": Reading(FRONTS[0], marker), "ns2": Reading(FRONTS[1], marker)}, unreachable=True)
    if what == UNCLEAR:
        return Holding(servers, unreachable=True)
    return Holding(servers, reading, changed=NOW - 90000)


@st.composite
def markers(draw: st.DrawFn, fronts: Collection[str]) -> Marker:
    return Marker(
        seq=draw(st.just(99)),
        front=draw(st.sampled_from(sorted(fronts))),
        since=draw(times),
        run="earlier",
        pin=draw(st.none() | pins),
        switches=tuple(sorted(draw(st.lists(st.integers(NOW - 7200, NOW), max_size=8)))),
        degraded=draw(spans),
        healthy=draw(spans),
        noted=draw(times),
    )


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    fronts = draw(some_fronts)
    states = st.sampled_from([*fronts, OTHER, MISSING, SILENT, UNCLEAR, MIXED])
    marker = draw(st.none() | markers(fronts))
    return Situation(
        fronts=fronts,
        health={front: draw(healths) for front in fronts if draw(st.integers(0, 9))},
        holdings={provider: holding(draw(states), marker) for provider in PROVIDERS},
        request=draw(requests),
    )


@dataclass(frozen=True)
class Weather:
    """What one run meets. silent: providers whose servers and API do not answer; deaf: those that take no write."""

    pause: int
    health: Mapping[str, Health]
    silent: Collection[str] = ()
    deaf: Collection[str] = ()


@dataclass
class World:
    """Two providers with a router and markers, and runs of a failover that remember nothing but the markers.

    seen: of each run its time, the health it saw, its decision, and the active front before.
    """

    policy: Policy
    fronts: tuple[str, ...] = FRONTS
    now: int = NOW
    routers: dict[str, str] = field(default_factory=lambda: dict.fromkeys(PROVIDERS, FRONTS[0]))
    notes: dict[str, str] = field(default_factory=lambda: dict.fromkeys(PROVIDERS, ""))
    seen: list[tuple[int, Mapping[str, Health], Decision]] = field(default_factory=list)

    def marker(self) -> Marker | None:
        """What runs that hear both providers remember."""
        return confirmation.newest(map(self._marker_at, PROVIDERS))

    def _marker_at(self, provider: str) -> Marker | None:
        return failover_marker.latest([self.notes[provider]], self.fronts, self.now)

    def situation(self, weather: Weather, request: Request | None = None) -> Situation:
        holdings = {
            provider: holding(SILENT)
            if provider in weather.silent
            else holding(self.routers[provider], self._marker_at(provider))
            for provider in PROVIDERS
        }
        return Situation(self.fronts, weather.health, holdings, request or Request())

    def run(self, weather: Weather, request: Request | None = None) -> Decision:
        """One run: a pause, then observe, decide, and write to the providers that take it."""
        self.now += weather.pause
        situation = self.situation(weather, request)
        decision = decide(situation, self.policy, self.now)
        markers = next_markers(situation, decision, self.policy, self.now, f"run{len(self.seen)}")
        assert decision.kind != REFUSE or not markers
        for provider in PROVIDERS:
            if provider in weather.deaf:
                continue
            if provider in decision.writes:
                assert decision.front is not None
                self.routers[provider] = decision.front
            if provider in markers:
                self.notes[provider] = markers[provider].to_text()
        self.seen.append((self.now, weather.health, decision))
        return decision


@st.composite
def weathers(draw: st.DrawFn, longest_pause: int = 1200, troubled: bool = False) -> Weather:
    """Any weather. troubled: deSEC may fall silent and deaf too; Cloudflare always answers."""
    trouble = draw(st.sampled_from([(), ("desec",)])) if troubled else ()
    return Weather(
        pause=draw(st.integers(1, longest_pause)),
        health={front: draw(healths) for front in FRONTS},
        silent=trouble,
        deaf=trouble or (draw(st.sampled_from([(), ("desec",)])) if troubled else ()),
    )

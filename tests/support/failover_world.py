# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Situations of a failover: strategies for any one of them, and a world in which runs follow each other."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from ansible_collections.twinzone.edge.plugins.module_utils._failover import marker as failover_marker
from ansible_collections.twinzone.edge.plugins.module_utils._failover.decision import (
    REFUSE,
    Decision,
    Policy,
    Request,
    Situation,
    decide,
)
from ansible_collections.twinzone.edge.plugins.module_utils._failover.marker import NEVER, Marker, Pin, Span
from ansible_collections.twinzone.edge.plugins.module_utils._failover.next_marker import next_marker
from ansible_collections.twinzone.edge.plugins.module_utils._failover.quorum import DEGRADED, DOWN, UNKNOWN, UP, Health
from ansible_collections.twinzone.edge.plugins.module_utils._failover.router import (
    MISSING,
    MIXED,
    OTHER,
    SILENT,
    UNCLEAR,
    Served,
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


def serving(what: str) -> Served:
    """A provider that serves a front, or is in one of the other states."""
    return Served("front", what, {"ns1": what}) if what in FRONTS else Served(what, servers={"ns1": what})


@st.composite
def markers(draw: st.DrawFn, fronts: Collection[str]) -> Marker:
    return Marker(
        seq=draw(st.integers(0, 99)),
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
    return Situation(
        fronts=fronts,
        health={front: draw(healths) for front in fronts if draw(st.integers(0, 9))},
        served={provider: serving(draw(states)) for provider in PROVIDERS},
        marker=draw(st.none() | markers(fronts)),
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
        return failover_marker.latest(self.notes.values(), self.fronts, self.now)

    def situation(self, weather: Weather, request: Request | None = None) -> Situation:
        heard = [provider for provider in PROVIDERS if provider not in weather.silent]
        texts = [self.notes[provider] for provider in heard]
        served = {provider: serving(self.routers[provider] if provider in heard else SILENT) for provider in PROVIDERS}
        marker = failover_marker.latest(texts, self.fronts, self.now)
        return Situation(self.fronts, weather.health, served, marker, request or Request())

    def run(self, weather: Weather, request: Request | None = None) -> Decision:
        """One run: a pause, then observe, decide, and write to the providers that take it."""
        self.now += weather.pause
        situation = self.situation(weather, request)
        decision = decide(situation, self.policy, self.now)
        marker = next_marker(situation, decision, self.policy, self.now, f"run{len(self.seen)}")
        assert decision.kind != REFUSE or marker is None
        for provider in decision.writes or PROVIDERS:
            if provider in weather.deaf:
                continue
            if provider in decision.writes:
                assert decision.front is not None
                self.routers[provider] = decision.front
            if marker is not None:
                self.notes[provider] = marker.to_text()
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

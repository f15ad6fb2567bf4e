# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the name servers of a provider serve for the zone, and since when: the lab's answers, in simulated time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from operator import itemgetter

import dns.name
import dns.rdataset
from dns.rdatatype import RdataType
from twinzone_lab.dns.messages import Question, read_query, render_answer
from twinzone_lab.dns.served import RRsets, ServedZone, Snapshot

from .replays import EDGE, STANDBY

ZONE = "shop.example"
ROUTER = "web-router"
#: Outside the zone, as the documentation recommends.
TARGETS = {EDGE: "edge.first-cdn.example.", STANDBY: "edge.second-cdn.example."}
_FRONT_AT = {target: front for front, target in TARGETS.items()}

ORIGIN = dns.name.from_text(ZONE)
_ROUTER_NAME = dns.name.from_text(ROUTER, ORIGIN)

#: Seconds from a write until each of a provider's name servers serves it. Assumed: operators promise seconds.
LAGS = (2.0, 5.0)


@dataclass(frozen=True)
class Said:
    """What a name server says of the router. front: None where there is none. seconds: how long that may be kept."""

    front: str | None
    seconds: float


@dataclass
class Servers:
    """The name servers of one provider. silent: whether they answer nothing, as long as that is so."""

    provider: str
    lags: Sequence[float] = LAGS
    silent: bool = False
    _zone: ServedZone = field(default_factory=lambda: ServedZone(ORIGIN, ORIGIN, ORIGIN))
    _states: list[tuple[float, Snapshot]] = field(default_factory=list)
    _said: dict[int, Said] = field(default_factory=dict)

    def publish(self, when: float, rrsets: RRsets | Callable[[], RRsets]) -> None:
        """A new state of the zone, which the servers serve after their lags."""
        self._zone.publish(rrsets)
        self._states.append((when, self._zone.snapshot))

    def lead(self, when: float, front: str | None, ttl: int) -> None:
        """Publish a zone whose router leads to this front, or has no record."""
        rrsets = {}
        if front is not None:
            rrsets[_ROUTER_NAME, RdataType.CNAME] = dns.rdataset.from_text("IN", "CNAME", ttl, TARGETS[front])
        self.publish(when, rrsets)

    @property
    def changes(self) -> list[float]:
        """The seconds at which some server begins to serve another state."""
        return sorted(when + lag for when, _state in self._states for lag in self.lags)

    @property
    def moves(self) -> int:
        """How often the router was led to another front."""
        fronts = [_read(state).front for _when, state in self._states]
        return sum(before != after for before, after in pairwise(fronts))

    def state(self, server: int, when: float) -> int:
        """The number of the state that a server serves at a second."""
        return max(0, bisect_right(self._states, when - self.lags[server], key=itemgetter(0)) - 1)

    def reply(self, server: int, when: float, query: bytes) -> bytes:
        """The answer to a query in wire format."""
        question = read_query(query)
        assert isinstance(question, Question)
        snapshot = self._states[self.state(server, when)][1]
        return render_answer(question, snapshot.answer(question.name, question.type), tcp=True)

    def said(self, server: int, when: float) -> Said | None:
        """What a resolver learns of the router; None where the server does not answer."""
        if self.silent:
            return None
        number = self.state(server, when)
        if number not in self._said:
            self._said[number] = _read(self._states[number][1])
        return self._said[number]


def _read(snapshot: Snapshot) -> Said:
    answer = snapshot.answer(_ROUTER_NAME, RdataType.A)
    if answer.answer:
        first = answer.answer[0]
        return Said(_FRONT_AT[str(first[0].target)], first.ttl)
    (soa,) = answer.authority
    # RFC 2308, section 5.
    return Said(None, min(soa.ttl, soa[0].minimum))

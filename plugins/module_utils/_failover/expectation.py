# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run has decided, checked once more by the write. Pure.

Between looking and writing somebody else may have written: another run, a person with a pin, another tool. Neither API
has a write that depends on what is there. So the provider is read again just before the write.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import confirmation
from . import marker as failover_marker
from . import router as failover_router
from .confirmation import Holding
from .data.observed import Record
from .decision import Decision, Situation
from .marker import Marker
from .router import OTHER, Shape


@dataclass(frozen=True)
class Expected:
    """What one provider is expected to hold for a router before it is written.

    router: a front's name or one of the words of `router`; empty where it could not be seen, or does not matter as a
    person asked for another one. marker: the one that was confirmed there. seq, pinseq: of the newest marker that was
    known. asked: whether a person asked for the write.
    """

    router: str
    marker: Marker | None
    seq: int
    pinseq: int
    asked: bool

    def overtaken(self, router: str, marker: Marker | None, ours: Marker | None) -> bool:
        """Whether what stands there now is not what was decided. ours: the marker that is about to be written.

        An automatic write gives way to whatever came in between. What a person asked for only gives way to a newer
        marker, and is decided again; so it is where it found nothing to write but the marker, and the router has been
        led elsewhere since.
        """
        if marker is not None and marker == ours:
            return False
        if self.asked:
            return self._is_request_overtaken(router, marker, ours)
        if self.router:
            return (router, marker) != (self.router, self.marker)
        return router == OTHER or self._is_newer(marker)

    def _is_request_overtaken(self, router: str, marker: Marker | None, ours: Marker | None) -> bool:
        if self.router and router != self.router:
            return True
        return self._is_newer(marker) or (marker is not None and ours is not None and marker.seq >= ours.seq)

    def _is_newer(self, marker: Marker | None) -> bool:
        return marker is not None and (marker.seq > self.seq or confirmation.pin_number(marker) > self.pinseq)


def expected(situation: Situation, decision: Decision, adopt: bool = False) -> dict[str, Expected]:
    """What each provider is expected to hold. adopt: whether what leads elsewhere may be taken over."""
    newest = situation.marker
    asked = situation.request.asks or (adopt and bool(decision.writes))
    seq = newest.seq if newest else -1
    return {
        name: Expected(
            "" if asked and name in decision.writes else _certain(holding),
            holding.marker,
            seq,
            confirmation.pin_number(newest),
            asked,
        )
        for name, holding in situation.holdings.items()
    }


def _certain(holding: Holding) -> str:
    """What the router is, where that is settled; else empty."""
    return holding.router if holding.known and (holding.api is not None or not holding.differs) else ""


@dataclass(frozen=True)
class Guard:
    """What one provider is expected to hold for one router, as it passes through a module's options.

    name: of the router. shapes: what each front publishes there. seen, marker, seq, pinseq, asked: as in Expected, the
    marker as text. ours: the marker about to be written, as text; empty for none.
    """

    provider: str
    name: str
    shapes: Mapping[str, Shape]
    seen: str
    marker: str
    seq: int
    pinseq: int
    asked: bool
    ours: str

    def overtaken(self, records: Sequence[Record], markers: Sequence[str], now: int) -> bool:
        """Whether somebody else wrote since the decision. records: at the router, as declared; markers: as text."""
        expected = Expected(self.seen, self._parsed([self.marker], now), self.seq, self.pinseq, self.asked)
        marker = self._parsed(markers, now)
        there = failover_router.held(records, self.shapes, marker).shown()
        return expected.overtaken(there, marker, self._parsed([self.ours], now))

    def _parsed(self, texts: Sequence[str], now: int) -> Marker | None:
        return failover_marker.latest(texts, self.shapes, now)


def guard(provider: str, name: str, shapes: Mapping[str, Shape], seen: Expected, ours: Marker | None) -> dict[str, Any]:
    """A guard as plain data."""
    return {
        "provider": provider,
        "name": name,
        "shapes": {
            front: {rdtype: sorted(values) for rdtype, values in shape.items()} for front, shape in shapes.items()
        },
        "seen": seen.router,
        "marker": seen.marker.to_text() if seen.marker else "",
        "seq": seen.seq,
        "pinseq": seen.pinseq,
        "asked": seen.asked,
        "ours": ours.to_text() if ours else "",
    }


def read_guard(data: Mapping[str, Any]) -> Guard:
    """A guard from plain data."""
    shapes = {
        str(front): {str(rdtype): {str(value).lower() for value in values} for rdtype, values in shape.items()}
        for front, shape in data["shapes"].items()
    }
    return Guard(**{**data, "shapes": shapes})

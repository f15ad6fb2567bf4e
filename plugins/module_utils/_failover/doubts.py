# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The name servers whose marker is not believed, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .confirmation import Holding
from .marker import Marker


def lines(holdings: Mapping[str, Holding]) -> list[str]:
    """A line for each name server that shows another marker than the one that is confirmed."""
    return [line for provider, holding in holdings.items() for line in _of(provider, holding)]


def _of(provider: str, holding: Holding) -> Iterator[str]:
    has = "nothing confirms one" if holding.marker is None else f"{provider} has {_shown(holding.marker)}"
    for server, marker in holding.odd.items():
        yield f"{provider}'s {server} shows {_shown(marker)} and is not believed: {has}"


def _shown(marker: Marker | None) -> str:
    if marker is None:
        return "no marker"
    pin = f", pinned to {marker.pin.front}" if marker.pin is not None else ""
    return f"the marker {marker.seq} for {marker.front}{pin}"

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is not wrong and yet to be known: markers that are not believed, and how long resolvers stay behind. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from .._text import in_words
from .._zone.names import owner
from .confirmation import Holding
from .data.observed import Answer
from .data.site import Site
from .marker import Marker

#: Seconds above which the TTL of a router is worth a note: what a provider asks for at least is no longer.
_LONG = 3600


def lines(holdings: Mapping[str, Holding]) -> list[str]:
    """A line for each name server that shows another marker than the one that is confirmed."""
    return [line for provider, holding in holdings.items() for line in _of(provider, holding)]


def _of(provider: str, holding: Holding) -> Iterator[str]:
    has = "nothing confirms one" if holding.marker is None else f"{provider} has {_shown(holding.marker)}"
    for server, marker in holding.odd.items():
        yield f"{provider}'s {server} shows {_shown(marker)} and is not believed: {has}"


def of_ttl(site: Site, answers: Sequence[Answer]) -> Iterator[str]:
    """A line where resolvers may keep what the router was for long: its visitors follow a switch that late."""
    name = owner(site["router"], site["zone"])
    mine = [one for one in answers if (one["name"], one["type"]) == (name, "CNAME")]
    long = {one["provider"]: ttl for one in mine if (ttl := one.get("ttl") or 0) > _LONG}
    if long:
        yield (
            f"visitors follow a switch after up to {in_words(max(long.values()))}, by the TTL of {name.rstrip('.')} at "
            f"{' and '.join(long)}; lower it to {site['ttl']} s"
        )


def _shown(marker: Marker | None) -> str:
    if marker is None:
        return "no marker"
    pin = f", pinned to {marker.pin.front}" if marker.pin is not None else ""
    return f"the marker {marker.seq} for {marker.front}{pin}"

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of several targets a CNAME leads to, as one server answers it. Pure.

A server mostly shows the CNAME. Cloudflare's flatten one whose target lies in the same zone, and answer addresses.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from .replies import Reply


@dataclass(frozen=True)
class Route:
    """Where a name leads at one server.

    status: `cname`; `addresses` (flattened, or no CNAME at all); `missing` (no such name or no answer data);
    `silent` (no usable answer; `detail` says why). leads_to: the candidates it may be: one when it is known.
    possible: where the addresses are those of no candidate, the candidates that may have other addresses here.
    resolved: the addresses of each candidate, where they were wanted.
    """

    status: str
    cname: str = ""
    addresses: tuple[str, ...] = ()
    leads_to: tuple[str, ...] = ()
    possible: tuple[str, ...] = ()
    ttl: int | None = None
    detail: str = ""
    resolved: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def route(
    a: Reply,
    aaaa: Reply,
    candidates: Mapping[str, Collection[str]],
    addresses: Mapping[str, Collection[str]],
    elsewhere: Collection[str] = (),
) -> Route:
    """The route from the replies to the name's A and AAAA questions.

    candidates: names of targets to their absolute host names or addresses. addresses: of each host name, as the same
    server answers. elsewhere: the host names whose addresses come from a resolver, though the server may have flattened
    a CNAME to what it was answered itself.
    """
    for got in (a, aaaa):
        if got.trouble:
            return Route("silent", detail=got.trouble)
        if got.cnames:
            named = tuple(name for name, places in candidates.items() if got.cnames[0] in places)
            return Route("cname", got.cnames[0], leads_to=named, ttl=got.ttl)
    served = {value.text for got in (a, aaaa) for value in got.values}
    if not served:
        return Route("missing", detail=a.rcode)
    fits = overlapping(served, candidates, addresses)
    rest = () if fits else possible(candidates, elsewhere)
    return Route("addresses", "", tuple(sorted(served)), fits, rest, a.ttl or aaaa.ttl)


def overlapping(
    served: Collection[str], candidates: Mapping[str, Collection[str]], addresses: Mapping[str, Collection[str]]
) -> tuple[str, ...]:
    """The candidates that have some of the addresses served."""
    return tuple(name for name, places in candidates.items() if set(served) & _addresses_of(places, addresses))


def possible(candidates: Mapping[str, Collection[str]], elsewhere: Collection[str]) -> tuple[str, ...]:
    """The candidates that addresses of none may mean. elsewhere: host names that may have other addresses."""
    return tuple(name for name, places in candidates.items() if set(places) & set(elsewhere))


def _addresses_of(places: Collection[str], addresses: Mapping[str, Collection[str]]) -> set[str]:
    """The places that are addresses themselves, and the addresses of the host names among them."""
    return {*places, *(address for place in places for address in addresses.get(place, ()))}

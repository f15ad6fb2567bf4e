# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the records of zones, as their providers hold them, say: what is behind a CDN, and what cannot leave. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from .._failover.data.observed import Held, LeftOut, Record
from .._zone.names import owner
from .facts import Locked
from .lock_in import of_record

CDNS = (
    ".b-cdn.net.",
    ".cdn.cloudflare.net.",
    ".cloudfront.net.",
    ".fastly.net.",
    ".azurefd.net.",
    ".edgekey.net.",
)

#: Types that lead visitors. Where a product manages such a record, only its provider can answer for the name.
LEADING = ("A", "AAAA", "CNAME")

#: By zone and provider, as the modules zone_records_info and preflight_info return it.
HeldZones = Mapping[str, Mapping[str, Held]]


def is_proxied(provider: str, record: Record) -> bool:
    """Whether the provider answers with its own proxies in place of the record."""
    return bool(record.get("at", {}).get(provider, {}).get("proxied"))


def behind_a_cdn(provider: str, record: Record) -> bool:
    """Whether visitors of the record's name come to a CDN."""
    if is_proxied(provider, record):
        return True
    return record["type"] == "CNAME" and any(str(one).endswith(CDNS) for one in record.get("values", ()))


def readable(held: Mapping[str, Held]) -> dict[str, Held]:
    """What those providers hold whose APIs said so."""
    return {provider: one for provider, one in held.items() if not one["error"]}


def uncovered(zone: str, held: Mapping[str, Held], steered: Collection[str]) -> dict[str, str]:
    """The names of a zone behind a CDN that are on the way of no site. steered: absolute names that are.

    By relative name the provider whose proxies or products stand before it; empty where another CDN does.
    """
    found: dict[str, str] = {}
    for provider, one in readable(held).items():
        for name, proxied in _behind(provider, one):
            if owner(name, zone) not in steered:
                found[name] = found.get(name) or (provider if proxied else "")
    return dict(sorted(found.items()))


def _behind(provider: str, held: Held) -> Iterator[tuple[str, bool]]:
    """The names behind a CDN, and whether the provider itself is that."""
    for one in held["records"]:
        if behind_a_cdn(provider, one):
            yield one["name"], is_proxied(provider, one)
    yield from ((left["name"], True) for left in managed(held))


def managed(held: Held) -> Iterator[LeftOut]:
    """The sets that lead visitors and that a product of the provider manages."""
    return (left for left in held.get("left_out", ()) if left["type"] in LEADING)


def locked(zones: HeldZones) -> list[Locked]:
    """The records that cannot leave their provider, by absolute name."""
    found = {
        (name, rdtype): Locked(owner(name, zone), rdtype, product, provider)
        for zone, held in zones.items()
        for provider, one in readable(held).items()
        for name, rdtype, product in _of_provider(one)
    }
    return [found[key] for key in sorted(found)]


def _of_provider(held: Held) -> Iterator[tuple[str, str, str]]:
    yield from ((left["name"], left["type"], left["reason"]) for left in managed(held))
    yield from ((one["name"], one["type"], product) for one in held["records"] if (product := of_record(one)))


def unread(zones: HeldZones) -> list[str]:
    """The zones whose records a provider's API did not show, and why."""
    return [
        f"{zone} at {provider}: {one['error']['message']}"
        for zone, held in sorted(zones.items())
        for provider, one in sorted(held.items())
        if one["error"]
    ]

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the sites that a failover knows to what the module dependencies measures. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypedDict, cast
from urllib.parse import urlsplit

from .._failover.data.observed import CertificateData, Vote
from .._failover.data.site import Site
from .._zone.names import owner
from . import zone_records
from .facts import LockedData
from .visitors import on_the_way
from .zone_records import HeldZones

#: Where a failover runs when no other vantage is named; that is the runner itself.
_CONTROLLER = "localhost"


#: What the proxy before a name is called: there is one type of provider that has proxies.
_PROXY = "cloudflare"


class Options(TypedDict):
    """Options of the module. Of a webhook only the host is passed on: its address is often its secret.

    alone: zones in which no site lies, as if each were a name without one.
    """

    sites: list[dict[str, Any]]
    alone: list[dict[str, Any]]
    parties: dict[str, list[str]]
    locked: list[LockedData]
    unread: list[str]


def options(
    sites: Sequence[Site],
    webhooks: Iterable[Any] = (),
    resolver: str = "",
    votes: Sequence[Vote] = (),
    zones: HeldZones | None = None,
    places: Mapping[str, str] | None = None,
) -> Options:
    """What is to be measured for these sites. webhooks: URLs, or mappings with `url`.

    votes: what was seen of the fronts. zones: what the providers hold, where that was read. places: by vantage, the
    host name or address under which Ansible reaches it, where the inventory has one.
    """
    held = zones or {}
    return {
        "sites": [*(_site(site, votes) for site in sites), *_without_a_site(sites, held)],
        "alone": _alone(sites, held),
        "parties": _parties(sites, webhooks, resolver, places or {}),
        "locked": [cast(LockedData, asdict(one)) for one in zone_records.locked(held)],
        "unread": zone_records.unread(held),
    }


def _alone(sites: Sequence[Site], zones: HeldZones) -> list[dict[str, Any]]:
    steered = {site["zone"] for site in sites}
    return [{"site": zone, "zone": zone, "names": [f"{zone}."]} for zone in sorted(zones.keys() - steered)]


def _parties(
    sites: Sequence[Site], webhooks: Iterable[Any], resolver: str, places: Mapping[str, str]
) -> dict[str, list[str]]:
    """The hosts by what they are to the sites."""
    urls = [str(one.get("url", "")) if isinstance(one, Mapping) else str(one) for one in webhooks]
    found = {
        "controls": _hosts(str(control) for site in sites for control in site["controls"]),
        "vantages": _vantages(sites, places),
        "webhooks": _hosts(urls),
        "resolver": _hosts([resolver]),
    }
    return {role: hosts for role, hosts in found.items() if hosts}


def _vantages(sites: Sequence[Site], places: Mapping[str, str]) -> list[str]:
    vantages = {vantage for site in sites for vantage in site["vantages"]} - {_CONTROLLER}
    return sorted({places.get(one) or one for one in vantages})


def _without_a_site(sites: Sequence[Site], zones: HeldZones) -> Iterator[dict[str, Any]]:
    """The names behind a CDN that no failover moves, each for itself; those of wildcards cannot be followed."""
    steered = {name for site in sites for name in on_the_way(site)}
    for zone, held in sorted(zones.items()):
        for name, provider in zone_records.uncovered(zone, held, steered).items():
            if not name.startswith("*"):
                host = owner(name, zone)
                fronts = [{"name": _PROXY, "target": host}] if provider else []
                yield {"site": host.rstrip("."), "zone": zone, "names": [host], "fronts": fronts}


def _signed(site: Site, front: str, votes: Sequence[Vote]) -> dict[str, Any]:
    """Who signed the certificate of a front, and when it is over: of those that were seen, the one that ends first."""
    seen = [
        certificate
        for vote in votes
        for look in vote.get("fronts") or ()
        if (look["site"], look["name"]) == (site["site"], front)
        for address in look["addresses"]
        if (certificate := address.get("certificate"))
    ]
    if not seen:
        return {}
    first = min(seen, key=lambda one: one["not_after"])
    return {"issuer": issuers(first), "ends": first["not_after"]}


def issuers(certificate: CertificateData) -> str:
    """The names of all who vouch for a certificate: that of the nearest often says little."""
    return ", ".join(dict.fromkeys([certificate["issuer"], *(link["issuer"] for link in certificate["chain"])]))


def _hosts(places: Iterable[str]) -> list[str]:
    found = (urlsplit(place if "//" in place else f"//{place}").hostname for place in places if place)
    return sorted({host for host in found if host})


def _site(site: Site, votes: Sequence[Vote]) -> dict[str, Any]:
    fronts = [
        {"name": front["name"], "target": front["target"], **_signed(site, front["name"], votes)}
        for front in site["fronts"]
        if front["target"]
    ]
    keys = ("name", "type", "api_url", "server", "nameservers")
    providers = [{key: entry[key] for key in keys if entry.get(key)} for entry in map(dict, site["providers"])]
    return {
        "site": site["site"],
        "zone": site["zone"],
        # A wildcard cannot be followed as a name; where the site names none, the router stands for them.
        "names": [name for name in site["names"] if not name.startswith("*")] or [owner(site["router"], site["zone"])],
        "router": site["router"],
        "fronts": fronts,
        "providers": providers,
    }

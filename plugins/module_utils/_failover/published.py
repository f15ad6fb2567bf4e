# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fronts that publish record sets at the public name itself, each provider its own. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from .._zone import names
from .._zone.origins import ADDRESS_TYPES
from .._zone.routers import ROUTER_TYPES
from .data.observed import Record
from .data.site import Front, PublishedSet, Site
from .router import in_shape

#: What can stand at a name that is steered.
TYPES = ROUTER_TYPES


def is_proxied(sets: Mapping[str, PublishedSet]) -> bool:
    """Whether one of the sets is proxied."""
    return any(one["attributes"].get("proxied") for one in sets.values())


def proxies(front: Front) -> list[str]:
    """The providers that proxy the front."""
    return [provider for provider, sets in front["published"].items() if is_proxied(sets)]


def seen_as(front: Front, zone: str) -> list[str]:
    """The host names and addresses by which the front is recognised in a server's answer."""
    found: list[str] = [names.owner(front["canary"], zone)] if front["canary"] else []
    found += [front["target"]] if front["target"] else []
    for sets in front["published"].values():
        found += [value for one in sets.values() if not is_proxied(sets) for value in one["values"]]
    return list(dict.fromkeys(found))


def origins(front: Front) -> list[str]:
    """What lies behind the proxy: host names and addresses that must not be published elsewhere."""
    return list(
        dict.fromkeys(
            value
            for sets in front["published"].values()
            if is_proxied(sets)
            for one in sets.values()
            for value in one["values"]
        )
    )


def records(
    site: Site, front: Front, provider: str, copies: Sequence[str], standing: Collection[str] = ()
) -> list[Record]:
    """The entries that make the provider publish the front, as zone_records takes them.

    copies: the addresses to copy. What other fronts publish there goes in the same write, and so does what else leads
    somewhere. standing: the types that were seen there.
    """
    name, only = site["router"], [provider]
    found: list[Record] = []
    for rdtype, one in _sets(site, front, provider).items():
        values = [text for text in copies if (":" in text) == (rdtype == "AAAA")] if one["copied"] else one["values"]
        if values:
            entry = Record(name=name, only=only, type=rdtype, ttl=one["ttl"], values=values)
            found.append({**entry, "at": {provider: one["attributes"]}} if one["attributes"] else entry)
    gone = _types(site, provider).union(standing) - {entry["type"] for entry in found}
    return [*found, *(Record(name=name, only=only, type=rdtype, state="absent") for rdtype in sorted(gone))]


def _types(site: Site, provider: str) -> set[str]:
    """The types that fronts publish at a provider."""
    return {rdtype for one in site["fronts"] for rdtype in one["published"].get(provider, ())}


def _sets(site: Site, front: Front, provider: str) -> Mapping[str, PublishedSet]:
    """What the front publishes at the provider; a target is a CNAME at all of them, and nowhere proxied."""
    attributes = {"proxied": False} if provider in site.get("proxying", ()) else {}
    cname = PublishedSet(ttl=site["ttl"], values=[front["target"]], attributes=attributes, copied=False)
    return front["published"].get(provider) or {"CNAME": cname}


def shape(front: Front, provider: str, copies: Collection[str]) -> dict[str, set[str]]:
    """By type, the values that the front publishes at the provider; none for addresses to copy that are not known."""
    if not front["published"]:
        return {"CNAME": {front["target"].lower()}}
    sets = front["published"][provider]
    return {
        rdtype: {
            in_shape(value, bool(one["attributes"].get("proxied")))
            for value in (copies if one["copied"] else one["values"])
        }
        for rdtype, one in sets.items()
    }


def is_resolved(front: Front) -> bool:
    """Whether the front is published somewhere by the addresses of its target, as an apex is."""
    return bool(front["target"]) and any(is_copied(front, provider) for provider in front["published"])


def has_addresses(front: Front, provider: str) -> bool:
    """Whether the front is published at the provider by addresses, and not by a CNAME."""
    return any(rdtype in ADDRESS_TYPES for rdtype in front["published"].get(provider, ()))


def is_copied(front: Front, provider: str) -> bool:
    """Whether the front is published at the provider by addresses that are copied, from its proxy or its target."""
    return any(one["copied"] for one in front["published"].get(provider, {}).values())

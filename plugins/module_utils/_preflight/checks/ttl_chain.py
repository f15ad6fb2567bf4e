# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long do visitors take to follow a switch? Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..._dependencies.visitors import public_host
from ..._failover.data.observed import Record
from ..._failover.data.site import Site
from ..check import Check
from ..facts import SiteFacts
from ..finding import OK, WARN, Finding

_LONG = 300
"""Seconds above which a switch takes longer to be seen than most outages last."""


def look(facts: SiteFacts) -> Iterator[Finding]:
    types = {entry["name"]: entry["type"] for entry in facts.site["providers"]}
    for provider, records in facts.zone.readable().items():
        ttls = {name: ttl for name in _links(facts.site) for ttl in [_ttl(records, name)] if ttl}
        if facts.site["router"] not in ttls:
            continue
        seen = f"visitors follow after up to {ttls[facts.site['router']]} s ({_shown(facts, provider, ttls)})"
        if max(ttls.values()) > _LONG:
            yield Finding(
                WARN, provider, f"{seen}; resolvers may keep the old answer as long", _remedy(types[provider])
            )
        else:
            yield Finding(OK, provider, seen)


def _remedy(provider_type: str) -> str:
    """What helps at a provider of this type."""
    return "lower the TTL to 60" + ("; deSEC lowers its minimum on request" if provider_type == "desec" else "")


def _shown(facts: SiteFacts, provider: str, ttls: Mapping[str, int]) -> str:
    """Every link with its TTL, their sum, and for how long what is missing or delegated is kept."""
    parts = [f"{name} {ttl} s" for name, ttl in ttls.items()]
    if len(ttls) > 1:
        parts.append(f"{sum(ttls.values())} s together")
    negative = [one["negative_ttl"] for one in facts.zone.looks if one["provider"] == provider and one["negative_ttl"]]
    if negative:
        parts.append(f"missing names {max(negative)} s")
    if facts.zone.delegation_ttl:
        parts.append(f"the delegation {facts.zone.delegation_ttl} s")
    return ", ".join(parts)


def _links(site: Site) -> list[str]:
    """The public names, the router, and the fronts' targets that lie in the zone, relative to it."""
    zone = site["zone"].rstrip(".")
    absolute = [f"{public_host(site)}.", *site["names"], *(front["target"] for front in site["fronts"])]
    inside = [relative for name in absolute if (relative := _within(name.rstrip("."), zone))]
    return list(dict.fromkeys([site["router"], *inside]))


def _within(name: str, zone: str) -> str:
    return name[: -len(zone) - 1] if name.endswith(f".{zone}") else "@" if name == zone else ""


def _ttl(records: Sequence[Record], name: str) -> int:
    return max((one.get("ttl") or 0 for one in records if one["name"] == name and one["type"] in _STEERED), default=0)


_STEERED = ("A", "AAAA", "CNAME", "HTTPS", "SVCB")

CHECK = Check(
    "ttl_chain",
    "How long do visitors take to follow a switch?",
    warns="the TTL of the router, of a public name or of a front's target in the zone is above 300 s",
    site=look,
)

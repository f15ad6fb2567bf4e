# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long do visitors take to follow a switch? Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..._failover.data import Record, Site
from ..check import Check
from ..facts import SiteFacts, public_host
from ..finding import OK, WARN, Finding

_LONG = 300
"""Seconds above which a switch takes longer to be seen than most outages last."""


def look(facts: SiteFacts) -> Iterator[Finding]:
    for provider, records in facts.zone.readable().items():
        ttls = {name: ttl for name in _links(facts.site) for ttl in [_ttl(records, name)] if ttl}
        if facts.site["router"] not in ttls:
            continue
        total = ttls[facts.site["router"]]
        shown = ", ".join(f"{name} {ttl} s" for name, ttl in ttls.items())
        seen = f"visitors follow after up to {total} s ({shown})"
        if max(ttls.values()) > _LONG:
            remedy = "lower the TTL to 60; deSEC lowers its minimum on request"
            yield Finding(WARN, provider, f"{seen}; resolvers may keep the old answer as long", remedy)
        else:
            yield Finding(OK, provider, seen)


def _links(site: Site) -> list[str]:
    host, zone = public_host(site), site["zone"].rstrip(".")
    relative = host[: -len(zone) - 1] if host.endswith(f".{zone}") else "@" if host == zone else ""
    return list(dict.fromkeys(name for name in (site["router"], relative) if name))


def _ttl(records: Sequence[Record], name: str) -> int:
    return max((one.get("ttl") or 0 for one in records if one["name"] == name and one["type"] in _STEERED), default=0)


_STEERED = ("A", "AAAA", "CNAME", "HTTPS")

CHECK = Check(
    "ttl_chain",
    "How long do visitors take to follow a switch?",
    warns="the TTL of the router or of the public name is above 300 s",
    site=look,
)

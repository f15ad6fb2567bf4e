# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a name leads by the records that a provider's API shows. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from .._zone import names, routers
from .._zone.reach import wildcards
from .data.observed import Held, Record
from .data.site import Site

#: Links followed within a zone; a loop ends there.
_LONGEST_CHAIN = 16


def followed(
    start: str, router: str, zone: str, provider: str, held: Held, targets: Collection[str] = ()
) -> tuple[str, str, str]:
    """Verdict, record in the way and reason, for a name that should lead to the router; both absolute.

    targets: the absolute names to which the router may lead.
    """
    name, first = start, ""
    for _link in range(_LONGEST_CHAIN):
        if name == router:
            return "through", "", ""
        if not names.is_within(name, zone):
            if name in targets:
                return "bypasses", first, "does not lead through the router"
            return "unknown", "", f"leads on to {name}, and hides where that leads"
        at_name = _at(names.relative(name, zone), held["records"])
        if not at_name:
            return _unlisted(name, zone, held, first)
        proxied = [one for one in at_name if _is_proxied(one, provider)]
        in_the_way = proxied or [one for one in at_name if one["type"] != "CNAME"]
        if in_the_way:
            record = _shown(name, in_the_way[0], provider)
            if first:
                return "bypasses", first, f"does not lead through the router but to {record}"
            return "bypasses", record, "does not lead through the router"
        first = first or _shown(name, at_name[0], provider)
        name = at_name[0].get("values", [""])[0].lower()
    return "bypasses", first, "leads in a circle"


def standing(site: Site, provider: str, held: Held) -> str:
    """What a provider holds at the router, in words."""
    name = names.owner(site["router"], site["zone"])
    shown = [
        _shown(name, one, provider)
        for one in held["records"]
        if one["type"] != "TXT" and routers.owns((site["router"],), (one["name"], one["type"]))
    ]
    return f"{provider} holds {' and '.join(shown)}"


def _shown(name: str, record: Record, provider: str) -> str:
    proxied = ", proxied" if _is_proxied(record, provider) else ""
    return f"{name} {record['type']} {', '.join(record.get('values', []))}{proxied}"


def _is_proxied(record: Record, provider: str) -> bool:
    return bool(record.get("at", {}).get(provider, {}).get("proxied"))


def _at(name: str, records: Sequence[Record]) -> list[Record]:
    """The sets that can answer for addresses of a name; of a wildcard where nothing stands at the name (RFC 4592)."""
    mine = [one for one in records if one["type"] in ("A", "AAAA", "CNAME")]
    exact = [one for one in mine if one["name"] == name]
    if exact or any(one["name"] == name for one in records):
        return exact
    for wildcard in wildcards(name):
        if found := [one for one in mine if one["name"] == wildcard]:
            return found
    return []


def _unlisted(name: str, zone: str, held: Held, first: str) -> tuple[str, str, str]:
    relative = names.relative(name, zone)
    for one in held.get("left_out", []):
        if one["name"] == relative:
            return "bypasses", first or f"{name} {one['type']}", f"is {one['reason']}"
    return "unknown", "", f"its API shows no record of {name}"

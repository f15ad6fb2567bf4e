# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Do the name servers list the same servers as the parent? Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..check import Check
from ..facts import Zone
from ..finding import OK, WARN, Finding


def look(zone: Zone) -> Iterator[Finding]:
    if not zone.servers:
        return
    parent = {one["name"] for one in zone.servers}
    others: dict[tuple[str, ...], list[str]] = {}
    for one in zone.servers:
        if one["lists"] and set(one["lists"]) != parent:
            others.setdefault(tuple(sorted(one["lists"])), []).append(one["name"])
    for listed, servers in others.items():
        seen = f"{', '.join(servers)} list only {', '.join(listed)}"
        if set(listed) - parent:
            seen = f"{', '.join(servers)} list {', '.join(listed)}, unlike the parent"
        remedy = "publish the servers of all providers at each (zone_sync_apex_ns: union)"
        yield Finding(
            WARN, "", f"{seen}; a resolver that has asked them knows no others until their TTL is over", remedy
        )
    if not others:
        yield Finding(OK, "", "every name server lists the same servers as the parent")


CHECK = Check(
    "ns_sets",
    "Do the name servers list the same servers as the parent?",
    warns="one lists others: resolvers that know its list do not go to the other provider when it fails",
    zone=look,
)

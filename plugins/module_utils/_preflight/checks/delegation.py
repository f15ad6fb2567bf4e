# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Does the parent delegate the zone to every provider? Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..._failover.data import ProviderEntry
from ..check import Check
from ..facts import Zone
from ..finding import FAIL, OK, UNKNOWN, Finding


def look(zone: Zone) -> Iterator[Finding]:
    if not zone.delegation:
        yield Finding(UNKNOWN, "", "the parent's servers could not be asked", "look again, or check at the registrar")
        return
    for entry in zone.providers:
        yield _at(zone, entry)
        yield from _alone(zone, entry)


def _alone(zone: Zone, entry: ProviderEntry) -> Iterator[Finding]:
    """Of a provider that can give a zone up when the parent names servers of others."""
    account = zone.accounts.get(entry["name"])
    suffixes = zone.suffixes.get(entry["type"], ())
    others = [host for host in zone.delegation if not (suffixes and host.endswith(suffixes))]
    if account and account["multi_provider"] is False and others:
        seen = f"the parent also names {', '.join(others)}, and the zone is not set up for that (multi_provider)"
        yield Finding(FAIL, entry["name"], seen, "switch multi_provider on in the zone's DNS settings")


def _at(zone: Zone, entry: ProviderEntry) -> Finding:
    suffixes = zone.suffixes.get(entry["type"], ())
    declared = set(_host_names(entry))
    mine = [host for host in zone.delegation if host in declared or (suffixes and host.endswith(suffixes))]
    if mine:
        return Finding(OK, entry["name"], f"to {', '.join(mine)}")
    if not suffixes and not declared:
        seen = "the names of its name servers are not known"
        return Finding(UNKNOWN, entry["name"], seen, "give `nameservers` as host names")
    seen = f"the parent names only {', '.join(zone.delegation)}"
    return Finding(FAIL, entry["name"], seen, "add this provider's name servers at the registrar")


def _host_names(entry: ProviderEntry) -> Iterator[str]:
    """Its name servers, where they are declared by name."""
    declared: Any = entry.get("nameservers")
    for one in map(str, declared or ()):
        host = one.partition(":")[0] if one.count(":") == 1 else one
        if ":" not in host and not host.replace(".", "").isdigit():
            yield host.rstrip(".").lower() + "."


CHECK = Check(
    "delegation",
    "Does the parent delegate the zone to every provider?",
    fails="it names none of a provider's servers, or servers of others while Cloudflare's `multi_provider` is off",
    zone=look,
)

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Does the parent delegate the zone to every provider? Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..._failover.data.site import ProviderEntry
from ..._probes.places import is_address, place_with_port
from ..check import Check
from ..facts import Zone
from ..finding import FAIL, OK, UNKNOWN, Finding

DNS_PORT = 53


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
    mine = _mine(zone, entry)
    others = [host for host in zone.delegation if host not in mine]
    if account and account["multi_provider"] is False and others:
        seen = f"the parent also names {', '.join(others)}, and the zone is not set up for that (multi_provider)"
        yield Finding(FAIL, entry["name"], seen, "switch multi_provider on in the zone's DNS settings")


def _mine(zone: Zone, entry: ProviderEntry) -> list[str]:
    """Those of the delegation that are the provider's, also with vanity names.

    As they are declared, by name or address; by the ending of their names; by the primary that their SOA record names.
    """
    suffixes = zone.suffixes.get(entry["type"], ())
    declared = _declared(entry)
    seen = {one["name"]: one for one in zone.servers or ()}

    def belongs(host: str) -> bool:
        server = seen.get(host)
        names = [host, *([server["soa"]] if server else [])]
        addresses = server["addresses"] if server else ()
        return bool({host, *addresses} & declared) or bool(suffixes and any(one.endswith(suffixes) for one in names))

    return [host for host in zone.delegation if belongs(host)]


def _at(zone: Zone, entry: ProviderEntry) -> Finding:
    mine = _mine(zone, entry)
    if mine:
        return Finding(OK, entry["name"], f"to {', '.join(mine)}")
    if not zone.suffixes.get(entry["type"], ()) and not any(one.endswith(".") for one in _declared(entry)):
        seen = "the names of its name servers are not known"
        return Finding(UNKNOWN, entry["name"], seen, "give `nameservers` as host names")
    seen = f"the parent names only {', '.join(zone.delegation)}"
    return Finding(FAIL, entry["name"], seen, "add this provider's name servers at the registrar")


def _declared(entry: ProviderEntry) -> set[str]:
    """Its name servers as they are declared: addresses, and absolute names."""
    given: Any = entry.get("nameservers")
    hosts = (place_with_port(str(one).rstrip("."), DNS_PORT)[0] for one in given or ())
    return {host if is_address(host) else f"{host.lower()}." for host in hosts}


CHECK = Check(
    "delegation",
    "Does the parent delegate the zone to every provider?",
    fails="it names none of a provider's servers, or servers of others while Cloudflare's `multi_provider` is off",
    zone=look,
)

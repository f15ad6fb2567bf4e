# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Do the providers hold the same records? Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from ..._failover.data.observed import Record
from ..._zone.names import APEX, owner
from ..._zone.routers import owns
from ..check import Check
from ..comparable import comparable, proxied
from ..facts import Zone
from ..finding import FAIL, OK, WARN, Finding
from ..seen import Differing

_SHOWN = 5
_Key = tuple[str, str]
_SYNC = "run the sync playbook with --check --diff, and then without"
_ASK = "look again in some minutes; where it stays so, ask the provider what this name server serves"


def look(zone: Zone) -> Iterator[Finding]:
    readable = zone.readable()
    found = [*_between(zone, _different(readable, _apex(zone)) if len(readable) > 1 else []), *_served(zone)]
    yield from found
    if not found and (len(readable) > 1 or zone.serving):
        yield Finding(OK, "", _alike(zone, list(readable)))


def _between(zone: Zone, different: Sequence[_Key]) -> Iterator[Finding]:
    """What one provider's API holds, and another's does not."""
    steered = zone.steered()
    hard = [key for key in different if owner(key[0], zone.name) in steered]
    soft = [key for key in different if key not in hard]
    if hard:
        yield Finding(FAIL, "", f"steered names differ between the providers: {_listed(hard)}", _SYNC)
    if soft:
        yield Finding(WARN, "", f"{len(soft)} record sets differ between the providers: {_listed(soft)}", _SYNC)


def _served(zone: Zone) -> Iterator[Finding]:
    """What a name server serves otherwise than its provider's API holds it."""
    steered = zone.steered()
    by_server: dict[tuple[str, str], list[Differing]] = {}
    for one in zone.serving["differing"] if zone.serving else ():
        by_server.setdefault((one["provider"], one["server"]), []).append(one)
    for (provider, server), sets in by_server.items():
        hard = [one for one in sets if owner(one["name"], zone.name) in steered]
        shown = "; ".join(f"{one['name']} {one['type']}: {one['detail']}" for one in (hard or sets)[:_SHOWN])
        seen = f"{server} serves {len(sets)} record sets otherwise than they are held: {shown}"
        yield Finding(FAIL if hard else WARN, provider, seen, _ASK)


def _alike(zone: Zone, readable: Sequence[str]) -> str:
    words = (
        f"{' and '.join(readable)} hold the same, proxied records aside" if len(readable) > 1 else "one API was read"
    )
    if zone.serving is None:
        return words
    left = zone.serving["not_compared"]
    more = f" and {len(left) - _SHOWN} more" if len(left) > _SHOWN else ""
    not_compared = f"; not compared: {', '.join(left[:_SHOWN])}{more}" if left else ""
    return f"{words}; every server serves {zone.serving['compared']} record sets as they are held{not_compared}"


def _apex(zone: Zone) -> list[str]:
    return [APEX] if any(site["router"] == APEX for site in zone.sites) else []


def _different(readable: Mapping[str, Sequence[Record]], apex: Collection[str]) -> list[_Key]:
    """The record sets that not all providers hold alike. apex: where it is a router, whose form differs by itself."""
    sets = [_sets(records, apex) for records in readable.values()]
    hidden = {name for provider, records in readable.items() for name in proxied(provider, records)}
    keys = {key for of_provider in sets for key in of_provider if key[0] not in hidden}
    return sorted(key for key in keys if len({of_provider.get(key) for of_provider in sets}) > 1)


def _sets(records: Sequence[Record], apex: Collection[str]) -> dict[_Key, frozenset[str]]:
    found = {(one["name"], one["type"]): frozenset(map(str, one.get("values", ()))) for one in comparable(records)}
    return {key: values for key, values in found.items() if not owns(apex, key)}


def _listed(keys: Sequence[_Key]) -> str:
    more = f" and {len(keys) - _SHOWN} more" if len(keys) > _SHOWN else ""
    return ", ".join(f"{name} {rdtype}" for name, rdtype in keys[:_SHOWN]) + more


CHECK = Check(
    "zones_equal",
    "Do the providers hold the same records, and do all name servers serve them?",
    fails="a name on the way of visitors differs",
    warns="another name differs; proxied records and what each provider has of its own are not compared",
    zone=look,
)

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Do the providers hold the same records? Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from ..._failover.data import Record
from ..._zone.names import APEX, owner
from ..._zone.plan import DEFAULT_KEEP
from ..._zone.routers import owns
from ..check import Check
from ..facts import Zone
from ..finding import FAIL, OK, WARN, Finding

_OWN = ("SOA", "DNSKEY", "CDS", "CDNSKEY", "NSEC", "NSEC3PARAM", "RRSIG", "DS", "CAA")
"""What each provider has of its own, or what Cloudflare does not show."""
_SHOWN = 5
_Key = tuple[str, str]


def look(zone: Zone) -> Iterator[Finding]:
    readable = zone.readable()
    if len(readable) < 2:
        return
    different, steered = _different(readable, _apex(zone)), zone.steered()
    hard = [key for key in different if owner(key[0], zone.name) in steered]
    soft = [key for key in different if key not in hard]
    if hard:
        yield Finding(FAIL, "", f"steered names differ between the providers: {_listed(hard)}", _SYNC)
    if soft:
        yield Finding(WARN, "", f"{len(soft)} record sets differ between the providers: {_listed(soft)}", _SYNC)
    if not different:
        yield Finding(OK, "", f"{' and '.join(readable)} hold the same, proxied records aside")


def _apex(zone: Zone) -> list[str]:
    return [APEX] if any(site["router"] == APEX for site in zone.sites) else []


def _different(readable: Mapping[str, Sequence[Record]], apex: Collection[str]) -> list[_Key]:
    """The record sets that not all providers hold alike. apex: where it is a router, whose form differs by itself."""
    sets = [_sets(records, apex) for records in readable.values()]
    proxied = {name for provider, records in readable.items() for name in _proxied(provider, records)}
    keys = {key for of_provider in sets for key in of_provider if key[0] not in proxied}
    return sorted(key for key in keys if len({of_provider.get(key) for of_provider in sets}) > 1)


_SYNC = "run the sync playbook with --check --diff, and then without"


def _sets(records: Sequence[Record], apex: Collection[str]) -> dict[_Key, frozenset[str]]:
    keys = {(one["name"], one["type"]): frozenset(map(str, one.get("values", ()))) for one in records}
    return {key: values for key, values in keys.items() if _is_compared(key) and not owns(apex, key)}


def _is_compared(key: _Key) -> bool:
    name, rdtype = key
    return rdtype not in _OWN and key != ("@", "NS") and not _is_kept(name)


def _is_kept(name: str) -> bool:
    """Whether a sync leaves it where it stands, whoever made it."""
    return any(fnmatchcase(name, pattern["name"]) for pattern in DEFAULT_KEEP)


def _proxied(provider: str, records: Sequence[Record]) -> set[str]:
    return {one["name"] for one in records if one.get("at", {}).get(provider, {}).get("proxied")}


def _listed(keys: Sequence[_Key]) -> str:
    more = f" and {len(keys) - _SHOWN} more" if len(keys) > _SHOWN else ""
    return ", ".join(f"{name} {rdtype}" for name, rdtype in keys[:_SHOWN]) + more


CHECK = Check(
    "zones_equal",
    "Do the providers hold the same records?",
    fails="a name on the way of visitors differs",
    warns="another name differs; proxied records and what each provider has of its own are not compared",
    zone=look,
)

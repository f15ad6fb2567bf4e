# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The apex NS set: the providers' own, the servers of all of them, or what is declared. Pure.

A resolver that has learnt the set from a provider which names only itself never asks the other. And a set that names
the servers of an old host, as every converted zone file has it, sends resolvers there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from . import rdata
from .plan import Wanted
from .record_sets import Declared, RecordSet

KEEP, UNION, DECLARED = "keep", "union", "declared"
CHOICES = (KEEP, UNION, DECLARED)

_KEY = ("@", "NS")


@dataclass(frozen=True)
class ApexNs:
    """What to do about the apex NS set.

    choice: one of CHOICES. extra: host names of servers that are no provider's and serve the zone as well.
    declared: the host names in entries for the set, which are left out unless the choice is DECLARED.
    """

    choice: str = KEEP
    extra: tuple[str, ...] = ()
    declared: tuple[str, ...] = ()


def split(declared: Sequence[Declared], choice: str, extra: Iterable[str]) -> tuple[list[Declared], ApexNs, list[str]]:
    """The entries to publish, what to do about the apex NS set, and notes on what is left out."""
    if choice == DECLARED:
        return list(declared), ApexNs(choice), []
    apex = [entry for entry in declared if entry.key == _KEY]
    hosts = {value.text for entry in apex for value in _all_values(entry)}
    notes = [
        f"{entry.label}: left out, as the apex NS set stays the providers' own; with `apex_ns: declared` (in the role "
        "zone_sync: `zone_sync_apex_ns: declared`) it is published"
        for entry in apex
        if choice == KEEP
    ]
    rest = [entry for entry in declared if entry.key != _KEY]
    return rest, ApexNs(choice, tuple(map(_host, extra)), tuple(sorted(map(_host, hosts)))), notes


def _all_values(entry: Declared) -> list[rdata.Value]:
    return [value for one in (entry.record_set, *entry.overrides.values()) for value in one.values]


def _host(text: str) -> str:
    return text.strip().rstrip(".").lower() + "."


def union(
    zone: str,
    provider: str,
    servers: Mapping[str, Sequence[str]],
    names_own: bool,
    ttl: int | None,
    extra: Sequence[str] = (),
) -> Wanted | None:
    """The apex NS set of a provider with the servers of all; None when the servers of some provider are not known.

    servers: host names by provider. names_own: whether the set must name the provider's own servers; Cloudflare adds
    its own by itself, and refuses them in the set. ttl: seconds, for a set that does not exist yet.
    """
    if not all(servers.values()):
        return None
    named = {_host(host) for name, hosts in servers.items() if names_own or name != provider for host in hosts} | set(
        extra
    )
    if not named:
        return None
    values = tuple(rdata.parse("NS", host, zone) for host in sorted(named))
    return Wanted("apex NS", RecordSet("@", "NS", ttl, values))


def strangers(hosts: Iterable[str], known: Iterable[str]) -> list[str]:
    """The hosts that are none of the known servers."""
    ours = set(map(_host, known))
    return sorted({_host(host) for host in hosts} - ours)

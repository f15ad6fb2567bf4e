# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a thorough look asks every name server: does it serve what its provider holds?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from .._deadline import Deadline
from .._dns import asker, nameservers
from .._dns.asker import Asker
from .._dns.comparison import DIFFERENT, EXACT, NOT_COMPARABLE
from .._engine.job import Network, source
from .._errors import BadInput
from .._failover.data.observed import Held, Record
from .._preflight.comparable import comparable, proxied
from .._preflight.seen import Differing, ServingLook
from .._providers.base import Settings
from .._zone import names
from .._zone.record_sets import Declared
from .served_info import expected_of, read_declared

#: Seconds for all servers of a zone, and of them those in which a server may still come to what was written just now.
_SECONDS, _PATIENCE = 15.0, 2.0


def look(zone: str, providers: Sequence[Settings], held: Mapping[str, Held], network: Network) -> ServingLook:
    """What the servers of a zone serve, beside what its providers' APIs hold."""
    deadline = Deadline(_SECONDS)
    resolver = network.brief_resolver_within(deadline)
    found = nameservers.servers(zone, [source(one) for one in providers], resolver, deadline, network.port)
    sets, unread = readable_sets(_entries(providers, held), zone, providers)
    wanted = expected_of(sets, zone, providers, EXACT)
    askers = [Asker(server, zone, resolver, deadline) for server in found]
    findings = asker.find(askers, wanted, _PATIENCE) if wanted else []
    return ServingLook(
        compared=len({(one.name, one.record_set.type) for one in wanted}),
        differing=[
            Differing(
                provider=one.expectation.provider,
                server=one.server,
                name=one.expectation.record_set.name,
                type=one.expectation.record_set.type,
                detail=one.detail,
            )
            for one in findings
            if one.state == DIFFERENT
        ],
        not_compared=sorted(
            unread
            | {
                f"{names.relative(one.expectation.name, zone)} {one.expectation.record_set.type}"
                for one in findings
                if one.state == NOT_COMPARABLE
            }
        ),
    )


def readable_sets(
    entries: Iterable[Mapping[str, Any]], zone: str, providers: Sequence[Settings]
) -> tuple[list[Declared], set[str]]:
    """The sets that can be compared, and those that make no sense: an API may hold what no zone file may."""
    sets: list[Declared] = []
    unread: set[str] = set()
    for entry in entries:
        try:
            sets += read_declared([entry], zone, providers)
        except BadInput:
            unread.add(f"{entry['name']} {entry['type']}")
    return sets, unread


def _entries(providers: Sequence[Settings], held: Mapping[str, Held]) -> Iterator[dict[str, Any]]:
    """What each provider's servers should serve: what its API holds, else what another one's does."""
    readable = {name: one["records"] for name, one in held.items() if not one["error"]}
    for provider in providers:
        yield from (_for(provider.name, one) for one in _expected(provider.name, readable))


def _expected(provider: str, readable: Mapping[str, Sequence[Record]]) -> list[Record]:
    if provider in readable:
        return list(readable[provider])
    hidden = {name for other, records in readable.items() for name in proxied(other, records)}
    first = next(iter(readable.values()), ())
    return [one for one in comparable(first) if one["name"] not in hidden]


def _for(provider: str, record: Record) -> dict[str, Any]:
    attributes = {name: one for name, one in record.get("at", {}).items() if name == provider}
    return {**record, "only": [provider], "at": attributes} if attributes else {**_bare(record), "only": [provider]}


def _bare(record: Record) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key != "at"}

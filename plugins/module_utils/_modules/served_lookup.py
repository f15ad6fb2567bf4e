# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the authoritative name servers serve for one name, for the lookup served."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from .. import _parallel
from .._deadline import Deadline
from .._dns import nameservers
from .._dns.asker import Asker
from .._dns.wire import Resolver
from .._dns.zones import Zones, zone_of
from .._engine.job import Network, source
from .._errors import BadInput
from .._providers.base import Settings
from .._zone import names
from . import options, provider_entries
from .served_info import shown

#: Seconds that all the questions about one name may take.
_DEADLINE = 10.0


@dataclass(frozen=True)
class Wanted:
    """What is asked. zone: the one in which the names lie; empty to find it by the resolver."""

    zone: str
    rdtype: str
    providers: tuple[Settings, ...]
    network: Network


def read(given: Mapping[str, Any]) -> Wanted:
    """The options of the lookup as values. Raises BadInput with every problem."""
    entries, problems = provider_entries.read(given["providers"]) if given["providers"] else ([], [])
    zone = ""
    try:
        zone = names.zone_name(given["zone"]) if given["zone"] else ""
    except ValueError as error:
        problems.append(f"zone: {error}")
    if problems:
        raise BadInput(problems)
    settings = options.settings(entries, _DEADLINE) if entries else ()
    return Wanted(zone, str(given["type"]).upper(), settings, options.network(given))


def look_up(text: str, wanted: Wanted) -> dict[str, Any]:
    """What every server of its zone serves for a name. Raises BadInput where the name or its servers are no use."""
    deadline = Deadline(_DEADLINE)
    resolver = wanted.network.resolver_within(deadline)
    try:
        name = names.absolute(text, f"{wanted.zone}." if wanted.zone else ".")
    except ValueError as error:
        raise BadInput([str(error)]) from None
    zone = wanted.zone or zone_of(name, resolver)
    if not zone:
        raise BadInput([f"{name} lies in no zone that the resolver knows"])
    askers = _askers(zone, wanted, resolver, deadline)
    asked = _parallel.run({one.server: partial(_answer, one, name, wanted.rdtype) for one in askers})
    return _result(name, wanted.rdtype, zone, [asked[one.server] for one in askers])


def _askers(zone: str, wanted: Wanted, resolver: Resolver, deadline: Deadline) -> list[Asker]:
    """Those to ask about a zone: the providers' servers if the zone is theirs, and all to which it is delegated."""
    sources = [source(one) for one in wanted.providers]
    port = wanted.network.port
    known = nameservers.servers(zone, sources, resolver, deadline, port) if wanted.zone and sources else []
    askers = Zones(wanted.zone, known, sources, resolver, deadline, port).askers(zone)
    if not askers:
        raise BadInput([f"no name server of {zone} was found"])
    return askers


def _answer(asker: Asker, name: str, rdtype: str) -> dict[str, Any]:
    (got,) = asker.replies([(name, rdtype)]).values()
    return {"provider": asker.server.provider, "server": asker.server.label, **shown(asker, rdtype, got)}


def _result(name: str, rdtype: str, zone: str, answers: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """All answers, and the values if all servers answer the same."""
    first = answers[0]["values"]
    agreed = all(not one["error"] and one["values"] == first for one in answers)
    return {
        "name": name,
        "type": rdtype,
        "zone": zone,
        "agreed": agreed,
        "values": first if agreed else [],
        "answers": list(answers),
    }

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What servers that people run themselves refuse alike. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .._dns.wire import DNS_PORT, is_address, split_port
from .._zone.plan import Held
from .._zone.record_sets import RecordSet

_ONE_VALUE = ("DNAME",)


def problems(record_set: RecordSet) -> Iterator[str]:
    """Why such a server cannot hold the set, each reason as `field: text`; nothing when it can."""
    if record_set.type == "DS" and record_set.name == "@":
        yield "type: DS belongs into the parent zone"
    if record_set.type == "CNAME" and record_set.name == "@":
        yield "type: a name server has no CNAME at the apex; declare A and AAAA there, with `only`"
    if record_set.type in _ONE_VALUE and len(record_set.values) > 1:
        yield f"values: a {record_set.type} has one value"


def own_servers(nameservers: Sequence[str], held: Held) -> Sequence[str]:
    """The host names of a provider's servers: those that are named; where only addresses are, what the zone names."""
    hosts = [split_port(text, DNS_PORT)[0] for text in nameservers]
    named = [host.rstrip(".").lower() + "." for host in hosts if not is_address(host)]
    apex = held.sets.get(("@", "NS"))
    return named or [value.text.lower() for value in (apex.values if apex else ())]

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What PowerDNS refuses, or changes before it stores it. Pure.

It takes only what it would write in the same way, and names the first record with which that is not so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..._zone.record_sets import RecordSet
from .. import powerdns_values, self_hosted

_NAME = re.compile(r"@|\*|(\*\.)?[a-z0-9_/-]+(\.[a-z0-9_/-]+)*")

#: Centimetres: what it calculates with has 32 bits; an altitude begins 100 km below zero, and has a sign.
_GREATEST_ALTITUDE, _GREATEST_SIZE = 2**31 - 1 - 10_000_000, 4_000_000_000


def problems(record_set: RecordSet) -> Iterator[str]:
    """Why PowerDNS cannot hold the set, each reason as `field: text`; nothing when it can."""
    yield from self_hosted.problems(record_set)
    if not _NAME.fullmatch(record_set.name):
        yield "name: PowerDNS takes letters, digits, `-`, `_`, `/`, and `*` only as the first label"
    judge = _JUDGES.get(record_set.type, _anything)
    for value in record_set.values:
        yield from (f"values: {value.text}: {reason}" for reason in judge(value.rdata(record_set.type)))


def _anything(rdata: Any) -> Iterator[str]:
    return iter(())


def _host(name: Any, rdtype: str, root: bool = True) -> Iterator[str]:
    if not powerdns_values.is_host_name(name, root):
        yield f"PowerDNS takes only host names as the target of {rdtype}"


def _networks(rdata: Any) -> Iterator[str]:
    for network in powerdns_values.not_networks(rdata):
        yield f"PowerDNS takes only networks, such as {network}"


def _location(rdata: Any) -> Iterator[str]:
    if not all(powerdns_values.comes_back(angle) for angle in (rdata.latitude, rdata.longitude)):
        yield "PowerDNS rounds this angle; change it by a thousandth of a second"
    sizes = (rdata.size, rdata.horizontal_precision, rdata.vertical_precision)
    if rdata.altitude > _GREATEST_ALTITUDE or any(size > _GREATEST_SIZE for size in sizes):
        yield "PowerDNS takes altitudes up to 21374836.47 m, and sizes up to 40000000 m"


def _certificate(rdata: Any) -> Iterator[str]:
    if not rdata.certificate_type:
        yield "PowerDNS takes no CERT of the type 0, which is reserved"


_JUDGES: Mapping[str, Callable[[Any], Iterator[str]]] = {
    "APL": _networks,
    "CERT": _certificate,
    "LOC": _location,
    "MX": lambda rdata: _host(rdata.exchange, "MX"),
    "NS": lambda rdata: _host(rdata.target, "NS", root=False),
    "SRV": lambda rdata: _host(rdata.target, "SRV"),
}

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What deSEC refuses, spoils, or answers with an internal error, though it is legal in DNS. Pure.

All of it was seen at a server of its code (desec-stack d7ccaf7c, PowerDNS 4.7).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from ..._zone.rdata import Value
from ..._zone.record_sets import RecordSet
from .. import powerdns_values

with suppress(ImportError):  # the modules report a missing library
    import dns.rdatatype

#: Characters of a name, without the zone's.
_NAME_LENGTH = 178

_SUBNAME = re.compile(r"@|\*|(\*\.)?[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")

_NOT_AT_THE_APEX: Mapping[str, str] = {
    "CNAME": "deSEC has no CNAME at the apex, nor ALIAS; declare A and AAAA there, with `only`",
    "DS": "DS belongs into the parent zone",
}

#: Bytes of one record in wire format.
_MAX_BYTES = 64_000

#: What the server reckons for an RRset must fit into one DNS message: bytes for the set, with its name at its longest,
#: and for each record beside its text.
_MAX_SET = 65_535
_SET_OVERHEAD, _RECORD_OVERHEAD = 32 + 255 + 256, 12

#: Characters of a value that a message shows.
_SHOWN = 80

_ALIAS = re.compile(r"([a-z0-9_*-]+\.)+", re.IGNORECASE)

#: Parameters of service bindings that its PowerDNS does not know yet.
_NEW_PARAMETERS = frozenset({"dohpath", "ohttp", "docpath"})


def problems(record_set: RecordSet) -> Iterator[str]:
    """Why deSEC cannot hold the set, each reason as `field: text`; nothing when it can."""
    rdtype, apex = record_set.type, record_set.name == "@"
    if not _SUBNAME.fullmatch(record_set.name):
        yield "name: deSEC takes letters, digits, hyphens, underscores, and `*` only as the first label"
    if len(record_set.name) > _NAME_LENGTH:
        yield f"name: deSEC takes at most {_NAME_LENGTH} characters"
    if rdtype == "DNAME" and len(record_set.values) > 1:
        yield "values: a DNAME has one value"
    if apex and rdtype in _NOT_AT_THE_APEX:
        yield f"type: {_NOT_AT_THE_APEX[rdtype]}"
    if rdtype == "DNSKEY" and not apex:
        yield "type: deSEC takes DNSKEY only at the apex"
    yield from (f"values: {reason}" for reason in _value_problems(rdtype, record_set.values))


def _value_problems(rdtype: str, values: Sequence[Value]) -> Iterator[str]:
    judge = _JUDGES.get(rdtype)
    for value in values:
        shown = value.text if len(value.text) <= _SHOWN else value.text[:_SHOWN] + "…"
        if len(value.wire) > _MAX_BYTES:
            yield f"{shown}: deSEC takes at most {_MAX_BYTES} bytes in one record"
        if judge is not None:
            yield from (f"{shown}: {reason}" for reason in judge(value.rdata(rdtype)))
    size = _SET_OVERHEAD + sum(_RECORD_OVERHEAD + len(value.text) for value in values)
    if size > _MAX_SET:
        yield f"they are {size - _MAX_SET} bytes longer than deSEC takes in one set"


def _ascii(*fields: str) -> Callable[[Any], Iterator[str]]:
    """Bytes beyond ASCII in character strings are encoded once more at every pass of the server."""

    def judge(rdata: Any) -> Iterator[str]:
        if not all(getattr(rdata, field).isascii() for field in fields):
            yield f"deSEC corrupts {dns.rdatatype.to_text(rdata.rdtype)} values beyond ASCII"

    return judge


def _alias(rdata: Any) -> Iterator[str]:
    host = str(rdata.target)
    if not _ALIAS.fullmatch(host) and host != ".":
        yield "deSEC takes only names of letters, digits, `_`, `*` and `-` as a target"


def _host(name: Any, rdtype: str, root: bool = True) -> Iterator[str]:
    if not powerdns_values.is_host_name(name, root):
        yield f"deSEC takes only host names as the target of {rdtype}"


def _authorization(rdata: Any) -> Iterator[str]:
    yield from _ascii("tag", "value")(rdata)
    if not rdata.value:
        yield 'deSEC\'s servers spoil an empty value; write ";"'


def _uri(rdata: Any) -> Iterator[str]:
    yield from _ascii("target")(rdata)
    if b"\\" in rdata.target or b'"' in rdata.target:
        yield "deSEC loses backslashes and quotation marks in URI values"


def _location(rdata: Any) -> Iterator[str]:
    fields = rdata.to_text().split()
    # dnspython leaves out sizes that all have their default values, and PowerDNS wants them.
    if len(fields) < 12:
        yield "deSEC takes no LOC whose size and precisions are the default 1m 10000m 10m; change one of them"
    elif not all(_comes_back(angle) for angle in (rdata.latitude, rdata.longitude)):
        yield "deSEC's PowerDNS rounds this angle; change it by a thousandth of a second"


def _comes_back(angle: powerdns_values.Angle) -> bool:
    return powerdns_values.comes_back(angle) and not powerdns_values.is_zero(angle)


def _prefixes(rdata: Any) -> Iterator[str]:
    for network in powerdns_values.not_networks(rdata):
        yield f"deSEC takes only networks, such as {network}"


def _binding(rdata: Any) -> Iterator[str]:
    for field in rdata.to_text().split(" ")[2:]:
        name, _equals, parameter = field.partition("=")
        if name in _NEW_PARAMETERS or (name.startswith("key") and parameter in ("", '""')):
            yield f"deSEC does not take the parameter {name}"


_JUDGES: Mapping[str, Callable[[Any], Iterator[str]]] = {
    "CNAME": _alias,
    "NS": lambda rdata: _host(rdata.target, "NS", root=False),
    "MX": lambda rdata: _host(rdata.exchange, "MX"),
    "SRV": lambda rdata: _host(rdata.target, "SRV"),
    "CAA": _authorization,
    "HINFO": _ascii("cpu", "os"),
    "NAPTR": _ascii("flags", "service", "regexp"),
    "URI": _uri,
    "LOC": _location,
    "APL": _prefixes,
    "SVCB": _binding,
    "HTTPS": _binding,
}

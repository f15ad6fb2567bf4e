# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that are legal in DNS and that deSEC refuses, spoils, or answers with an internal error. Pure.

All of it was seen at a server of its code (desec-stack d7ccaf7c, PowerDNS 4.7).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .._rdata import Value

#: Bytes of one record in wire format.
_MAX_BYTES = 64_000

#: The server encodes bytes beyond ASCII in these types once more at every pass.
_ASCII_TYPES = frozenset({"CAA", "HINFO", "NAPTR"})

_HOST_NAME = re.compile(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+", re.IGNORECASE)
_ALIAS = re.compile(r"(\*\.)?([a-z0-9_]([a-z0-9_-]*[a-z0-9_])?\.)*", re.IGNORECASE)

#: Parameters of service bindings that its PowerDNS does not know yet.
_NEW_PARAMETERS = frozenset({"dohpath", "ohttp", "docpath"})


def problems(rdtype: str, value: Value) -> Iterator[str]:
    """Why deSEC cannot hold the value; nothing when it can."""
    if len(value.wire) > _MAX_BYTES:
        yield f"deSEC takes at most {_MAX_BYTES} bytes in one record"
    if rdtype in _ASCII_TYPES and any(byte >= 0x80 for byte in value.wire):
        yield f"{value.text}: deSEC corrupts {rdtype} values beyond ASCII"
    if judge := _JUDGES.get(rdtype):
        yield from (f"{value.text}: {reason}" for reason in judge(value.rdata(rdtype)))


def _target(host: str, pattern: re.Pattern[str], what: str) -> Iterator[str]:
    if not pattern.fullmatch(host):
        yield f"deSEC takes only {what}"


def _host(host: str, rdtype: str) -> Iterator[str]:
    return _target(host, _HOST_NAME, f"host names as the target of {rdtype}")


def _mail_exchanger(rdata: Any) -> Iterator[str]:
    return iter(()) if str(rdata.exchange) == "." else _host(str(rdata.exchange), "MX")


def _service(rdata: Any) -> Iterator[str]:
    return iter(()) if str(rdata.target) == "." else _host(str(rdata.target), "SRV")


def _authorization(rdata: Any) -> Iterator[str]:
    if not rdata.value:
        yield 'deSEC\'s servers spoil an empty value; write ";"'


def _uri(rdata: Any) -> Iterator[str]:
    if b"\\" in rdata.target or b'"' in rdata.target:
        yield "deSEC loses backslashes and quotation marks in URI values"


def _location(rdata: Any) -> Iterator[str]:
    fields = rdata.to_text().split()
    # dnspython leaves out sizes that all have their default values, and PowerDNS wants them.
    if len(fields) < 12:
        yield "deSEC takes no LOC whose size and precisions are the default 1m 10000m 10m; change one of them"
    elif not all(_comes_back(angle) for angle in (rdata.latitude, rdata.longitude)):
        yield "deSEC's PowerDNS rounds this angle; change it by a thousandth of a second"


def _comes_back(angle: tuple[int, int, int, int, int]) -> bool:
    """Whether the angle is the same after PowerDNS has calculated with it in binary fractions of a degree."""
    degrees, minutes, seconds, thousandths, _sign = angle
    value = (((degrees * 60 + minutes) * 60 + seconds) * 1000 + thousandths) / 3_600_000
    rest = (value - int(value)) * 60
    printed = int(value), int(rest), f"{(rest - int(rest)) * 60:.3f}"
    return printed == (degrees, minutes, f"{seconds}.{thousandths:03d}")


def _prefixes(rdata: Any) -> Iterator[str]:
    for item in rdata.items:
        if item.family in (1, 2):
            network = ipaddress.ip_interface(f"{item.address}/{item.prefix}")
            if network.ip != network.network.network_address:
                yield f"deSEC takes only networks, such as {network.network}"


def _binding(rdata: Any) -> Iterator[str]:
    for field in rdata.to_text().split(" ")[2:]:
        name, _equals, parameter = field.partition("=")
        if name in _NEW_PARAMETERS or (name.startswith("key") and parameter in ("", '""')):
            yield f"deSEC does not take the parameter {name}"


_JUDGES: Mapping[str, Callable[[Any], Iterator[str]]] = {
    "CNAME": lambda rdata: _target(str(rdata.target), _ALIAS, "host names, with `_` and a leading `*`, as a target"),
    "NS": lambda rdata: _host(str(rdata.target), "NS"),
    "MX": _mail_exchanger,
    "SRV": _service,
    "CAA": _authorization,
    "URI": _uri,
    "LOC": _location,
    "APL": _prefixes,
    "SVCB": _binding,
    "HTTPS": _binding,
}

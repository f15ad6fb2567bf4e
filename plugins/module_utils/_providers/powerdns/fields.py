# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PowerDNS' record sets (`rrsets`) to and from ours. Pure."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..._zone import names, rdata
from ..._zone.plan import Change
from ..._zone.rdata import Value
from ..._zone.record_sets import RecordSet
from .. import powerdns_values

#: What the server makes itself, and its own kinds of records, which are no DNS data.
_NOT_OURS = frozenset({"SOA", "ALIAS", "LUA"})


def record_set(item: Mapping[str, Any], zone: str) -> RecordSet | None:
    """The set that an item of `rrsets` is; None for one that is not ours, or has no record that is switched on."""
    if item["type"] in _NOT_OURS:
        return None
    texts = [record["content"] for record in item["records"] if not record.get("disabled")]
    if not texts:
        return None
    values = tuple(rdata.parse_held(item["type"], text, zone) for text in texts)
    return RecordSet(names.relative(item["name"], zone), item["type"], item["ttl"], values)


def switched_off(item: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The records of an item that exist without being served: a change of the others must not lose them."""
    return [{"content": one["content"], "disabled": True} for one in item["records"] if one.get("disabled")]


def rrset(change: Change, zone: str, disabled: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The change as an item of a PATCH. disabled: records of the set that are switched off."""
    item: dict[str, Any] = {"name": names.owner(change.key[0], zone), "type": change.key[1]}
    after = change.after
    if after is None and not disabled:
        return {**item, "changetype": "DELETE"}
    records = [
        {"content": _content(item["type"], value), "disabled": False} for value in (after.values if after else ())
    ]
    ttl = after.ttl if after else change.before.ttl if change.before else None
    return {**item, "changetype": "REPLACE", "ttl": ttl, "records": [*records, *disabled]}


def _content(rdtype: str, value: Value) -> str:
    """The value as PowerDNS parses it, which must also be how it would write it."""
    writer = _WRITERS.get(rdtype)
    return writer(value) if writer else value.text


def _certificate(value: Value) -> str:
    """It has no names for the types and algorithms of certificates."""
    found: Any = value.rdata("CERT")
    certificate = base64.b64encode(found.certificate).decode()
    return f"{int(found.certificate_type)} {found.key_tag} {int(found.algorithm)} {certificate}"


def _location(value: Value) -> str:
    """It wants the default sizes too, which dnspython leaves out, and writes zero as south or west."""
    found: Any = value.rdata("LOC")
    fields = value.text.split()
    fields[3] = "S" if powerdns_values.is_zero(found.latitude) else fields[3]
    fields[7] = "W" if powerdns_values.is_zero(found.longitude) else fields[7]
    return " ".join(fields if len(fields) >= _LOC_FIELDS else [*fields, _LOC_SIZES])


_LOC_FIELDS, _LOC_SIZES = 12, "1.00m 10000.00m 10.00m"


def _address(value: Value) -> str:
    """It reads no IPv6 address that ends like one of IPv4."""
    return rdata.without_dotted_end(value.text)


def _name(value: Value) -> str:
    """In names it escapes dots and backslashes only."""
    return _ESCAPED.sub(r"\1", value.text)


_ESCAPED = re.compile(r"\\([@$])")

#: Parameters of service bindings that it writes without quotation marks.
_PLAIN = re.compile(r'\b(mandatory|alpn|port|ipv4hint|ipv6hint)="([^"]*)"')
#: A parameter without a value that is known by its number only, outside of quotation marks.
_BARE = re.compile(r'(?<= )(key\d+)(?= |$)(?=(?:[^"]*"[^"]*")*[^"]*$)')


def _binding(value: Value) -> str:
    return _BARE.sub(r'\1=""', _PLAIN.sub(r"\1=\2", value.text))


_WRITERS: Mapping[str, Callable[[Value], str]] = {
    "CERT": _certificate,
    "DHCID": lambda value: "".join(value.text.split()),
    "HTTPS": _binding,
    "LOC": _location,
    "SVCB": _binding,
    "AAAA": _address,
    **dict.fromkeys((*rdata.TARGET_TYPES, "RP"), _name),
}

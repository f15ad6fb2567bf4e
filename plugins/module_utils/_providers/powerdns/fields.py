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
    """It wants sizes also where they have their default values, which dnspython leaves out."""
    return value.text if len(value.text.split()) >= _LOC_FIELDS else f"{value.text} {_LOC_SIZES}"


_LOC_FIELDS, _LOC_SIZES = 12, "1.00m 10000.00m 10.00m"

#: Parameters of service bindings that it writes without quotation marks.
_PLAIN = re.compile(r'\b(mandatory|alpn|port|ipv4hint|ipv6hint)="([^"]*)"')

_WRITERS: Mapping[str, Callable[[Value], str]] = {
    "CERT": _certificate,
    "DHCID": lambda value: "".join(value.text.split()),
    "HTTPS": lambda value: _PLAIN.sub(r"\1=\2", value.text),
    "LOC": _location,
    "SVCB": lambda value: _PLAIN.sub(r"\1=\2", value.text),
}

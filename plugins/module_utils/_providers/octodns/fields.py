# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values to and from octoDNS' data, in the form of its YAML files, which has been stable since its first release. Pure.

octoDNS keeps the strings of a TXT as one text, in which only a semicolon is escaped for sure; whether a backslash is an
escape depends on the provider. So a value with one is never written, and one that is held is carried as opaque.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from ..._zone import rdata
from ..._zone.rdata import Value

Data = Any
"""One value as octoDNS has it: a text, or a mapping of fields."""

#: By type, its fields in the order of the presentation format, and those that are quoted there.
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "CAA": ("flags", "tag", "value"),
    "DS": ("key_tag", "algorithm", "digest_type", "digest"),
    "MX": ("preference", "exchange"),
    "NAPTR": ("order", "preference", "flags", "service", "regexp", "replacement"),
    "SRV": ("priority", "weight", "port", "target"),
    "SSHFP": ("algorithm", "fingerprint_type", "fingerprint"),
    "TLSA": ("certificate_usage", "selector", "matching_type", "certificate_association_data"),
    "URI": ("priority", "weight", "target"),
}
_QUOTED: Mapping[str, frozenset[str]] = {
    "CAA": frozenset({"value"}),
    "NAPTR": frozenset({"flags", "service", "regexp"}),
    "URI": frozenset({"target"}),
}

#: Types of which octoDNS has a plain text.
_TEXTS = frozenset({"A", "AAAA", "CNAME", "DNAME", "NS", "OPENPGPKEY", "PTR"})

#: Types of which a record holds one value.
SINGLE = frozenset({"CNAME", "DNAME"})

#: Parameters of service bindings that octoDNS has as a list.
_LISTS = frozenset({"alpn", "ipv4hint", "ipv6hint", "mandatory"})

TYPES = frozenset({*_FIELDS, *_TEXTS, *rdata.TEXT_TYPES, *rdata.BINDING_TYPES, "LOC"})

_WORD = re.compile(r'"([^"]*)"|(\S+)')
_PARAMETER = re.compile(r'([a-z0-9-]+)(?:="([^"]*)")?(?: |$)')

#: Centimetres in a metre; thousandths in a second.
_CENTI, _MILLI = 100, 1000


def to_data(rdtype: str, value: Value) -> Data:
    """The value as octoDNS takes it; it must have passed the audit."""
    if rdtype in rdata.TEXT_TYPES:
        return rdata.joined(value).decode("ascii").replace(";", "\\;")
    if rdtype in _TEXTS:
        return value.text
    return _WRITERS[rdtype](value) if rdtype in _WRITERS else _by_fields(rdtype, value)


def from_data(rdtype: str, data: Data, zone: str) -> Value:
    """The value that octoDNS holds; what cannot be read is equal to nothing but itself."""
    try:
        if rdtype in rdata.TEXT_TYPES:
            text = str(data).replace("\\;", ";")
            return rdata.opaque(text) if set(text) & set('\\"') else rdata.parse(rdtype, f'"{text}"', zone)
        text = _READERS[rdtype](data) if rdtype in _READERS else _joined(rdtype, data)
        return rdata.opaque(text) if "\\" in text else rdata.parse(rdtype, text, zone)
    except (KeyError, TypeError, ValueError):
        return rdata.opaque(str(data))


def parameters(text: str) -> dict[str, str | None]:
    """The parameters of a service binding in its canonical text."""
    rest = text.split(" ", 2)[2:]
    return {match[1]: match[2] for match in _PARAMETER.finditer(rest[0])} if rest else {}


def _by_fields(rdtype: str, value: Value) -> dict[str, Any]:
    names = _FIELDS[rdtype]
    numbers = _NUMBERS - _QUOTED.get(rdtype, frozenset())
    words = [quoted or plain for quoted, plain in _WORD.findall(value.text)]
    last = len(names) - 1
    # dnspython writes long hexadecimal data in several words.
    cut = [*words[:last], "".join(words[last:])]
    return {name: int(word) if name in numbers else word for name, word in zip(names, cut, strict=True)}


_NUMBERS = frozenset(
    "flags key_tag algorithm digest_type preference order priority weight port fingerprint_type certificate_usage "
    "selector matching_type".split()
)


def _joined(rdtype: str, data: Data) -> str:
    if rdtype in _TEXTS:
        return str(data)
    quoted = _QUOTED.get(rdtype, frozenset())
    words = [(name, str(data[name])) for name in _FIELDS[rdtype]]
    return " ".join(f'"{word}"' if name in quoted else word for name, word in words)


def _binding(value: Value) -> dict[str, Any]:
    priority, target = value.text.split(" ", 2)[:2]
    found = parameters(value.text)
    lists = {name: text.split(",") if text and name in _LISTS else text for name, text in found.items()}
    return {"svcpriority": int(priority), "targetname": target, "svcparams": lists}


def _binding_text(data: Mapping[str, Any]) -> str:
    words = [str(data["svcpriority"]), str(data["targetname"])]
    for name, given in (data.get("svcparams") or {}).items():
        text = ",".join(given) if isinstance(given, list) else given
        words.append(name if text is None else f'{name}="{text}"')
    return " ".join(words)


def _location(value: Value) -> dict[str, Any]:
    found: Any = value.rdata("LOC")
    sizes = {
        "altitude": found.altitude,
        "size": found.size,
        "precision_horz": found.horizontal_precision,
        "precision_vert": found.vertical_precision,
    }
    return {
        **_angle("lat", found.latitude, "NS"),
        **_angle("long", found.longitude, "EW"),
        **{name: centimetres / _CENTI for name, centimetres in sizes.items()},
    }


def _angle(prefix: str, angle: tuple[int, int, int, int, int], directions: str) -> dict[str, Any]:
    degrees, minutes, seconds, thousandths, sign = angle
    return {
        f"{prefix}_degrees": degrees,
        f"{prefix}_minutes": minutes,
        f"{prefix}_seconds": seconds + thousandths / _MILLI,
        f"{prefix}_direction": directions[0 if sign > 0 else 1],
    }


def _location_text(data: Mapping[str, Any]) -> str:
    angles = [
        f"{data[f'{one}_degrees']} {data[f'{one}_minutes']} {data[f'{one}_seconds']:.3f} {data[f'{one}_direction']}"
        for one in ("lat", "long")
    ]
    sizes = [f"{data[name]:.2f}m" for name in ("altitude", "size", "precision_horz", "precision_vert")]
    return " ".join([*angles, *sizes])


_WRITERS: Mapping[str, Callable[[Value], Data]] = {"HTTPS": _binding, "SVCB": _binding, "LOC": _location}
_READERS: Mapping[str, Callable[[Any], str]] = {"HTTPS": _binding_text, "SVCB": _binding_text, "LOC": _location_text}

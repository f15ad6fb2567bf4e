# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Record contents of the Cloudflare emulator: from what a client sends to what is stored, answered and served.

Some types are written as `content`, the others as an object `data`, from which the emulator renders `content`.
"""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import dns.exception
import dns.name
import dns.rdata
from dns.rdatatype import RdataType

from .errors import invalid
from .text import TxtError, quote_txt

CONTENT_TYPES = frozenset({"A", "AAAA", "CNAME", "MX", "NS", "OPENPGPKEY", "PTR", "TXT"})
_MAX_TXT_WIRE = 4096


@dataclass(frozen=True)
class Content:
    """The validated value of one record."""

    content: str
    rdata: dns.rdata.Rdata
    data: Mapping[str, Any] | None = None
    priority: int | None = None


def read_content(kind: str, body: Mapping[str, Any]) -> Content:
    """Validate the value in a record's body. Raises `CloudflareError`."""
    if kind in CONTENT_TYPES:
        content = body.get("content")
        if not isinstance(content, str) or not content:
            raise invalid(f"content is required for a {kind} record")
        return _FROM_CONTENT[kind](content.strip(), body)
    data = body.get("data")
    if not isinstance(data, Mapping):
        raise invalid(f"data is required for a {kind} record")
    if kind in ("SRV", "URI"):  # the priority of both may stand at the record itself
        data = {"priority": body.get("priority"), **data}
    return _from_data(kind, data)


def _address_v4(content: str, body: Mapping[str, Any]) -> Content:
    try:
        address = ipaddress.IPv4Address(content)
    except ValueError:
        raise invalid("Content for A record must be a valid IPv4 address.", 9005) from None
    return Content(str(address), _rdata("A", str(address)))


def _address_v6(content: str, body: Mapping[str, Any]) -> Content:
    try:
        if "." in content:  # the IPv4 shorthand is refused
            raise ValueError(content)
        address = ipaddress.IPv6Address(content).compressed
    except ValueError:
        raise invalid("Content for AAAA record must be a valid IPv6 address.", 9006) from None
    return Content(address, _rdata("AAAA", address))


def _host(kind: str, code: int) -> Callable[[str, Mapping[str, Any]], Content]:
    def read(content: str, body: Mapping[str, Any]) -> Content:
        name = host_name(content, kind, code)
        return Content(name, _rdata(kind, _absolute(name)))

    return read


def _mail_exchanger(content: str, body: Mapping[str, Any]) -> Content:
    priority = _number("priority", body.get("priority"), 65535)
    name = host_name(content, "MX", 9009)
    return Content(name, _rdata("MX", f"{priority} {_absolute(name)}"), priority=priority)


def _text(content: str, body: Mapping[str, Any]) -> Content:
    try:
        stored = quote_txt(content)
        rdata = _rdata("TXT", stored)
    except TxtError as error:
        raise invalid(str(error)) from None
    if len(rdata.to_wire() or b"") > _MAX_TXT_WIRE:
        raise invalid(f"a TXT record may have at most {_MAX_TXT_WIRE} bytes in wire format")
    return Content(stored, rdata)


def _open_pgp(content: str, body: Mapping[str, Any]) -> Content:
    return Content("".join(content.split()), _rdata("OPENPGPKEY", content))


_FROM_CONTENT: Mapping[str, Callable[[str, Mapping[str, Any]], Content]] = {
    "A": _address_v4,
    "AAAA": _address_v6,
    "CNAME": _host("CNAME", 9007),
    "MX": _mail_exchanger,
    "NS": _host("NS", 9008),
    "OPENPGPKEY": _open_pgp,
    "PTR": _host("PTR", 1004),
    "TXT": _text,
}


@dataclass(frozen=True)
class _Shape:
    """The form of one type's `data`: integer fields with their maximum, text fields, and how `content` is made."""

    numbers: Mapping[str, int]
    texts: tuple[str, ...]
    rdata: Callable[[Mapping[str, Any]], str]
    """Zone file text."""
    content: Callable[[Mapping[str, Any]], str] | None = None
    """Default: as in the zone file."""
    stored: Callable[[Mapping[str, Any], dns.rdata.Rdata], Mapping[str, Any]] = field(default=lambda data, rdata: data)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _joined(text: str) -> str:
    return "".join(text.split())


def _hex_fields(*names: str) -> Callable[[Mapping[str, Any], dns.rdata.Rdata], Mapping[str, Any]]:
    return lambda data, rdata: {**data, **{name: _joined(data[name]) for name in names}}


def _service_stored(data: Mapping[str, Any], rdata: dns.rdata.Rdata) -> Mapping[str, Any]:
    """The value as the parser understood it: parameters in order and quoted."""
    value = rdata.to_text().split(" ", 2)[2:]
    return {**data, "value": value[0] if value else ""}


def _binding(kind: str) -> _Shape:
    def text(data: Mapping[str, Any]) -> str:
        return f"{data['priority']} {_absolute(data['target'])} {data['value']}".strip()

    return _Shape({"priority": 65535}, ("target", "value"), text, text, _service_stored)


def _association(data: Mapping[str, Any]) -> str:
    return f"{data['usage']} {data['selector']} {data['matching_type']} {_joined(data['certificate'])}"


_ASSOCIATION = _Shape(
    {"usage": 255, "selector": 255, "matching_type": 255},
    ("certificate",),
    _association,
    None,
    _hex_fields("certificate"),
)

_SHAPES: Mapping[str, _Shape] = {
    "CAA": _Shape({"flags": 255}, ("tag", "value"), lambda d: f"{d['flags']} {d['tag']} {_quoted(d['value'])}"),
    "CERT": _Shape(
        {"type": 65535, "key_tag": 65535, "algorithm": 255},
        ("certificate",),
        lambda d: f"{d['type']} {d['key_tag']} {d['algorithm']} {_joined(d['certificate'])}",
        None,
        _hex_fields("certificate"),
    ),
    "DNSKEY": _Shape(
        {"flags": 65535, "protocol": 255, "algorithm": 255},
        ("public_key",),
        lambda d: f"{d['flags']} {d['protocol']} {d['algorithm']} {_joined(d['public_key'])}",
        None,
        _hex_fields("public_key"),
    ),
    "DS": _Shape(
        {"key_tag": 65535, "algorithm": 255, "digest_type": 255},
        ("digest",),
        lambda d: f"{d['key_tag']} {d['algorithm']} {d['digest_type']} {_joined(d['digest'])}",
        None,
        _hex_fields("digest"),
    ),
    "HTTPS": _binding("HTTPS"),
    "SVCB": _binding("SVCB"),
    "NAPTR": _Shape(
        {"order": 65535, "preference": 65535},
        ("flags", "service", "regex", "replacement"),
        lambda d: (
            f"{d['order']} {d['preference']} {_quoted(d['flags'])} {_quoted(d['service'])} {_quoted(d['regex'])} "
            f"{_absolute(d['replacement'])}"
        ),
        lambda d: (
            f"{d['order']} {d['preference']} {_quoted(d['flags'])} {_quoted(d['service'])} {_quoted(d['regex'])} "
            f"{d['replacement']}"
        ),
    ),
    "SMIMEA": _ASSOCIATION,
    "TLSA": _ASSOCIATION,
    "SRV": _Shape(
        {"priority": 65535, "weight": 65535, "port": 65535},
        ("target",),
        lambda d: f"{d['priority']} {d['weight']} {d['port']} {_absolute(d['target'])}",
        lambda d: f"{d['weight']} {d['port']} {_relative(d['target'])}",
        lambda data, rdata: {**data, "target": _relative(data["target"])},
    ),
    "SSHFP": _Shape(
        {"algorithm": 255, "type": 255},
        ("fingerprint",),
        lambda d: f"{d['algorithm']} {d['type']} {_joined(d['fingerprint'])}",
        None,
        _hex_fields("fingerprint"),
    ),
    "URI": _Shape(
        {"priority": 65535, "weight": 65535},
        ("target",),
        lambda d: f"{d['priority']} {d['weight']} {_quoted(d['target'])}",
        lambda d: f"{d['weight']} {_quoted(d['target'])}",
    ),
}


def _from_data(kind: str, given: Mapping[str, Any]) -> Content:
    if kind == "LOC":
        return _location(given)
    shape = _SHAPES[kind]
    data: dict[str, Any] = {name: _number(name, given.get(name), limit) for name, limit in shape.numbers.items()}
    for name in shape.texts:
        value = given.get(name, "" if name == "value" and kind != "CAA" else None)
        if not isinstance(value, str):
            raise invalid(f"data.{name} is required for a {kind} record")
        data[name] = value.strip()
    rdata = _rdata(kind, shape.rdata(data))
    data = dict(shape.stored(data, rdata))
    content = (shape.content or shape.rdata)(data)
    priority = data["priority"] if kind in ("SRV", "URI") else None
    if kind == "URI":
        del data["priority"]  # stands at the record, not in `data`
    return Content(content, rdata, data, priority)


_LOCATION = {
    "lat_degrees": (0, 90, None),
    "lat_minutes": (0, 59, 0),
    "lat_seconds": (0, 59.999, 0),
    "long_degrees": (0, 180, None),
    "long_minutes": (0, 59, 0),
    "long_seconds": (0, 59.999, 0),
    "altitude": (-100000, 42849672.95, None),
    "size": (0, 90000000, 0),
    "precision_horz": (0, 90000000, 0),
    "precision_vert": (0, 90000000, 0),
}


def _location(given: Mapping[str, Any]) -> Content:
    data: dict[str, Any] = {}
    for name, (low, high, default) in _LOCATION.items():
        value = given.get(name, default)
        if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
            raise invalid(f"data.{name} must be a number from {low} to {high}")
        data[name] = value
    for name, directions in (("lat_direction", "NS"), ("long_direction", "EW")):
        if given.get(name) not in tuple(directions):
            raise invalid(f"data.{name} must be one of {', '.join(directions)}")
        data[name] = given[name]
    text = (
        f"{data['lat_degrees']} {data['lat_minutes']} {data['lat_seconds']:.3f} {data['lat_direction']} "
        f"{data['long_degrees']} {data['long_minutes']} {data['long_seconds']:.3f} {data['long_direction']} "
        f"{data['altitude']:.2f}m {data['size']:.2f}m {data['precision_horz']:.2f}m {data['precision_vert']:.2f}m"
    )
    return Content(f"IN LOC {text}", _rdata("LOC", text), data)


def host_name(content: str, kind: str, code: int) -> str:
    """A host name as Cloudflare stores it: Punycode, no dot at the end."""
    try:
        name = dns.name.from_text(content.rstrip(".") + ".", idna_codec=dns.name.IDNA_2003_Practical)
    except (dns.exception.DNSException, UnicodeError):
        raise invalid(f"Content for {kind} record is invalid.", code) from None
    if name == dns.name.root and kind not in ("MX", "SRV"):
        raise invalid(f"Content for {kind} record is invalid.", code)
    return name.to_text(omit_final_dot=True)


def _absolute(name: str) -> str:
    return name if name.endswith(".") else name + "."


def _relative(name: str) -> str:
    return name if name == "." else name.rstrip(".")


def _number(field_name: str, value: object, limit: int) -> int:
    """A whole number; digits in a string are one, too: widely used clients send `data` so."""
    if isinstance(value, str) and value.isdecimal():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value != int(value):
        raise invalid(f"{field_name} is required and must be a whole number")
    if not 0 <= value <= limit:
        raise invalid(f"{field_name} must be from 0 to {limit}")
    return int(value)


def _rdata(kind: str, text: str) -> dns.rdata.Rdata:
    try:
        return dns.rdata.from_text("IN", RdataType[kind], text, relativize=False)
    except (dns.exception.DNSException, ValueError) as error:
        raise invalid(f"{kind} record: {error}") from None

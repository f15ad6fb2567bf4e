# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cloudflare's fields of a record (`content`, `priority`, `data`) to and from record data in presentation format. Pure.

Which type wants `content` and which `data` follows Cloudflare's OpenAPI document (2026-07-27).
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

from ..._zone import rdata as zone_rdata
from ..._zone.rdata import Value


def fields(rdtype: str, value: Value) -> dict[str, Any]:
    """The fields by which Cloudflare takes the value of a record of this type."""
    writer = _WRITERS.get(rdtype)
    return writer(value.rdata(rdtype)) if writer else {"content": value.text}


def value_of(record: Mapping[str, Any], zone: str) -> Value:
    """The value of a record in the form in which Cloudflare answers it."""
    reader = _READERS.get(record["type"])
    try:
        text = reader(record) if reader else str(record["content"])
    except (AttributeError, KeyError, TypeError, ValueError):
        # `data` is missing or of another form than documented: `content` may still be presentation format.
        text = str(record.get("content", ""))
    return zone_rdata.parse_held(record["type"], text, zone)


def _target(name: Any) -> str:
    """A name as Cloudflare writes it: without the trailing dot, except for the root itself."""
    text = str(name)
    return text if text == "." else text.removesuffix(".")


def _dotted(name: str) -> str:
    """An absolute name again: Cloudflare mostly answers names without the trailing dot."""
    return name if name.endswith(".") else f"{name}."


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")  # anything else was refused before


def _metres(centimetres: float) -> float:
    return centimetres / 100


def _angle(value: tuple[int, int, int, int, int], axis: str, letters: str) -> dict[str, Any]:
    degrees, minutes, seconds, milliseconds, sign = value
    return {
        f"{axis}_degrees": degrees,
        f"{axis}_minutes": minutes,
        f"{axis}_seconds": seconds + milliseconds / 1000,
        f"{axis}_direction": letters[0] if sign > 0 else letters[1],
    }


def _write_loc(rdata: Any) -> dict[str, Any]:
    return {
        "data": {
            **_angle(rdata.latitude, "lat", "NS"),
            **_angle(rdata.longitude, "long", "EW"),
            "altitude": _metres(rdata.altitude),
            "size": _metres(rdata.size),
            "precision_horz": _metres(rdata.horizontal_precision),
            "precision_vert": _metres(rdata.vertical_precision),
        }
    }


def _write_svcb(rdata: Any) -> dict[str, Any]:
    _priority, _name, *params = rdata.to_text().split(" ", 2)
    return {"data": {"priority": rdata.priority, "target": rdata.target.to_text(), "value": "".join(params)}}


def _write_tlsa(rdata: Any) -> dict[str, Any]:
    return {
        "data": {
            "usage": rdata.usage,
            "selector": rdata.selector,
            "matching_type": rdata.mtype,
            "certificate": rdata.cert.hex(),
        }
    }


_WRITERS: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "AAAA": lambda r: {"content": zone_rdata.without_dotted_end(r.address)},
    "CNAME": lambda r: {"content": _target(r.target)},
    "NS": lambda r: {"content": _target(r.target)},
    "PTR": lambda r: {"content": _target(r.target)},
    "MX": lambda r: {"content": _target(r.exchange), "priority": r.preference},
    "CAA": lambda r: {"data": {"flags": r.flags, "tag": _text(r.tag), "value": _text(r.value)}},
    "CERT": lambda r: {
        "data": {
            "type": int(r.certificate_type),
            "key_tag": r.key_tag,
            "algorithm": int(r.algorithm),
            "certificate": _base64(r.certificate),
        }
    },
    "DNSKEY": lambda r: {
        "data": {
            "flags": int(r.flags),
            "protocol": r.protocol,
            "algorithm": int(r.algorithm),
            "public_key": _base64(r.key),
        }
    },
    "DS": lambda r: {
        "data": {
            "key_tag": r.key_tag,
            "algorithm": int(r.algorithm),
            "digest_type": int(r.digest_type),
            "digest": r.digest.hex(),
        }
    },
    "HTTPS": _write_svcb,
    "SVCB": _write_svcb,
    "LOC": _write_loc,
    "NAPTR": lambda r: {
        "data": {
            "order": r.order,
            "preference": r.preference,
            "flags": _text(r.flags),
            "service": _text(r.service),
            "regex": _text(r.regexp),
            "replacement": r.replacement.to_text(),
        }
    },
    "SMIMEA": _write_tlsa,
    "TLSA": _write_tlsa,
    "SRV": lambda r: {
        "data": {"priority": r.priority, "weight": r.weight, "port": r.port, "target": _target(r.target)}
    },
    "SSHFP": lambda r: {
        "data": {"algorithm": int(r.algorithm), "type": int(r.fp_type), "fingerprint": r.fingerprint.hex()}
    },
    "URI": lambda r: {"priority": r.priority, "data": {"weight": r.weight, "target": _text(r.target)}},
}


def _data(*names: str) -> Callable[[Mapping[str, Any]], str]:
    """A reader that puts fields of `data` side by side."""
    return lambda record: " ".join(str(record["data"][name]) for name in names)


def _read_loc(record: Mapping[str, Any]) -> str:
    data = record["data"]
    angles = " ".join(
        f"{data[f'{axis}_degrees']:g} {data[f'{axis}_minutes']:g} {data[f'{axis}_seconds']:.3f} "
        f"{data[f'{axis}_direction']}"
        for axis in ("lat", "long")
    )
    metres = " ".join(f"{data[name]:.2f}m" for name in ("altitude", "size", "precision_horz", "precision_vert"))
    return f"{angles} {metres}"


def _read_naptr(record: Mapping[str, Any]) -> str:
    data = record["data"]
    texts = " ".join(_quoted(data[name]) for name in ("flags", "service", "regex"))
    return f"{data['order']} {data['preference']} {texts} {_dotted(data['replacement'])}"


def _read_name(record: Mapping[str, Any]) -> str:
    return _dotted(record["content"])


def _read_svcb(record: Mapping[str, Any]) -> str:
    # `data.value` is half-parsed; `content` is as in a zone file.
    priority, target, *params = record["content"].split(maxsplit=2)
    return " ".join([priority, _dotted(target), *params])


_READERS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "CNAME": _read_name,
    "NS": _read_name,
    "PTR": _read_name,
    "MX": lambda record: f"{record['priority']} {_dotted(record['content'])}",
    "CAA": lambda record: f"{_data('flags', 'tag')(record)} {_quoted(record['data']['value'])}",
    "CERT": _data("type", "key_tag", "algorithm", "certificate"),
    "DNSKEY": _data("flags", "protocol", "algorithm", "public_key"),
    "DS": _data("key_tag", "algorithm", "digest_type", "digest"),
    "HTTPS": _read_svcb,
    "SVCB": _read_svcb,
    "LOC": _read_loc,
    "NAPTR": _read_naptr,
    "SMIMEA": _data("usage", "selector", "matching_type", "certificate"),
    "TLSA": _data("usage", "selector", "matching_type", "certificate"),
    # The format of an SRV's `content` differs between documents: compare on `data`.
    "SRV": lambda record: f"{_data('priority', 'weight', 'port')(record)} {_dotted(record['data']['target'])}",
    "SSHFP": _data("algorithm", "type", "fingerprint"),
    "URI": lambda record: f"{record['priority']} {record['data']['weight']} {_quoted(record['data']['target'])}",
}

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What octoDNS' model of records cannot carry, or what its providers write differently. Pure.

https://octodns.readthedocs.io/en/latest/records.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..._zone import rdata
from ..._zone.rdata import Value
from ..._zone.record_sets import RecordSet
from . import fields


def problems(record_set: RecordSet) -> Iterator[str]:
    """Why octoDNS cannot carry the set, each reason as `field: text`; nothing when it can."""
    if "\\" in record_set.name:
        yield "name: octoDNS has no names with escaped characters"
    if record_set.key == ("@", "CNAME"):
        yield "type: octoDNS has no CNAME at the apex; declare A and AAAA there, with `only`"
    if record_set.type in fields.SINGLE and len(record_set.values) > 1:
        yield f"values: a {record_set.type} has one value"
    for value in record_set.values if record_set.type in fields.TYPES else ():
        reason = (
            _text(record_set.type, value) if record_set.type in rdata.TEXT_TYPES else _value(record_set.type, value)
        )
        if reason:
            yield f"values: {value.text}: {reason}"


def of_class(kind: Any, record_set: RecordSet) -> list[str]:
    """Why a class of octoDNS cannot hold the set, though octoDNS can."""
    types = getattr(kind, "SUPPORTS", None)
    name = f"{kind.__module__}.{kind.__qualname__}"
    if isinstance(types, (set, frozenset)) and record_set.type not in types:
        return [f"type: {record_set.type} is not supported by {name}"]
    if record_set.key == ("@", "NS") and getattr(kind, "SUPPORTS_ROOT_NS", True) is False:
        return [f"type: NS at the apex is not supported by {name}"]
    if record_set.type == "PTR" and len(record_set.values) > 1 and not getattr(kind, "SUPPORTS_MULTIVALUE_PTR", True):
        return [f"values: several PTR values are not supported by {name}"]
    return []


def _text(rdtype: str, value: Value) -> str:
    text = rdata.joined(value).decode("latin-1")
    if not text:
        return "octoDNS has no empty text"
    if not text.isascii() or not text.isprintable() or set(text) & set('\\"'):
        return "octoDNS' providers do not agree on quotation marks, backslashes and what is not printable ASCII"
    if rdata.parse(rdtype, f'"{text}"', ".").wire != value.wire:
        return "octoDNS joins the strings of a text and cuts them again; write it as one text"
    return ""


def _value(rdtype: str, value: Value) -> str:
    if "\\" in value.text or not value.text.isascii():
        return "octoDNS' providers do not agree on backslashes and what is not printable ASCII"
    if rdtype == "URI" and value.text != value.text.lower():
        return "octoDNS writes the target of a URI in lower case, and case counts there"
    if rdtype in rdata.BINDING_TYPES:
        return _binding(fields.parameters(value.text))
    if rdtype == "NAPTR":
        return _naptr(value.text.split(" "))
    # dnspython leaves such sizes out, and octoDNS could not even read the zone any more.
    if rdtype == "LOC" and len(value.text.split()) < _LOC_WORDS:
        return "octoDNS wants sizes in a LOC; change one of 1m 10000m 10m"
    return ""


def _binding(found: Mapping[str, str | None]) -> str:
    if "ech" in found:
        return "octoDNS shortens the parameter ech"
    if unknown := sorted(_NEW_PARAMETERS & found.keys()):
        return f"octoDNS does not know the parameter {unknown[0]}"
    if any(name.startswith("key") for name in found):
        return "octoDNS' providers do not agree on parameters that have only a number"
    return "octoDNS has no parameters with blanks" if any(" " in (text or "") for text in found.values()) else ""


def _naptr(words: Sequence[str]) -> str:
    if len(words) != _NAPTR_WORDS:
        return "octoDNS has no NAPTR strings with blanks"
    flags = words[2]
    return "" if flags == flags.upper() else f"octoDNS writes the flags of a NAPTR in capitals; write {flags.upper()}"


_NAPTR_WORDS, _LOC_WORDS = 6, 12

_NEW_PARAMETERS = frozenset({"dohpath", "docpath", "ohttp"})

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Slips that are legal record data, but not what was meant. Pure."""

from __future__ import annotations

import ipaddress
import re
from contextlib import suppress
from functools import lru_cache

with suppress(ImportError):  # the modules report a missing library
    import dns.rdata
    import dns.rdataclass
    import dns.rdatatype
    import dns.tokenizer

_QUOTED_STRING = re.compile(r'"(\\.|[^"\\])*"')
_COMMENT_AT_A_WORD = re.compile(r'[^\s"\\];')
_ESCAPE_BEYOND_ASCII = re.compile(r"\\(12[89]|1[3-9]\d|2\d\d)")

#: The last label of a name that looks absolute: a top-level domain.
_TOP_LEVEL = re.compile(r"[a-z]{2,}|xn--[a-z0-9-]+", re.IGNORECASE)


#: Types that lead to a host.
_LEADING = frozenset({"AFSDB", "CNAME", "DNAME", "HTTPS", "KX", "LP", "MX", "NS", "PTR", "SRV", "SVCB"})


class Slip(ValueError):
    """A text that is refused, with the reason in plain words."""


def refuse_second_line(text: str) -> None:
    """Refuse a YAML block with a value on each line, of which dnspython, like deSEC, would keep the first only.

    A line break within parentheses ends nothing, as in a zone file.
    """
    lines = text.strip()
    if "\n" not in lines and "\r" not in lines:
        return
    tokenizer = dns.tokenizer.Tokenizer(lines)
    while not (token := tokenizer.get()).is_eof():
        if token.is_eol():
            raise Slip("it has a line break; write each value as an item of its own")


@lru_cache(maxsize=1)
def escapes_are_bytes() -> bool:
    """Whether dnspython reads `\\200` as one byte in every type; before 2.9 it makes two of it."""
    rdata = dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.CAA, r'0 issue "\200"')
    return bool(rdata.to_wire() == b"\0\x05issue\xc8")


def refuse_spoilt_escapes(text: str) -> None:
    """Refuse an escape that this version of dnspython reads as something else."""
    if (found := _ESCAPE_BEYOND_ASCII.search(text)) and not escapes_are_bytes():
        raise Slip(f"{found[0]} is spoilt by this dnspython; write the character itself, or install dnspython 2.9")


def refuse_cut_string(text: str) -> None:
    """Refuse `0 issue ca.example; account=7`, of which a zone file means only what stands before the semicolon."""
    if _COMMENT_AT_A_WORD.search(_QUOTED_STRING.sub('""', text)):
        raise Slip("a semicolon begins a comment; put the whole text in quotation marks")


def refuse_doubled_zone(text: str, canonical: str, zone: str) -> None:
    """Refuse `CNAME www.example.com` in example.com: without a trailing dot it means www.example.com.example.com."""
    written = text.lower().split()
    for field in canonical.lower().split():
        if f".{field}".endswith(f".{zone}.{zone}.") and field not in written and "\\#" not in written:
            meant = field.removesuffix(f"{zone}.")
            raise Slip(f"a name ends in the zone's own name without a trailing dot; write {meant!r}")


def refuse_address(rdtype: str, text: str) -> None:
    """Refuse `CNAME 192.0.2.1`, which is a name to a parser: 192.0.2.1.example.com."""
    host = " ".join(text.split()).rpartition(" ")[2].rstrip(".")
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return
    raise Slip(f"{host} is an address, and {rdtype} leads to a name; declare it as A or AAAA")


def undotted_target(rdtype: str, text: str) -> str:
    """The target of a value if it looks absolute and has no trailing dot, such as example.b-cdn.net; else empty."""
    fields = text.split()
    place = 1 if rdtype in ("HTTPS", "SVCB") else -1
    if rdtype not in _LEADING or len(fields) < 1 + (place == 1):
        return ""
    labels = fields[place].split(".")
    return fields[place] if len(labels) > 1 and _TOP_LEVEL.fullmatch(labels[-1]) else ""

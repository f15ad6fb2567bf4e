# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Record data (rdata): any legal spelling in, one canonical spelling and the wire format out, by dnspython."""

from __future__ import annotations

import ipaddress
import re
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

from . import names

with suppress(ImportError):  # the modules report a missing library
    import dns.exception
    import dns.name
    import dns.rdata
    import dns.rdataclass
    import dns.rdatatype
    import dns.rdtypes.ANY.TXT
    import dns.tokenizer

#: Types whose rdata is a list of character strings.
TEXT_TYPES = frozenset({"TXT", "SPF"})

#: Types whose rdata is a name, at its end, after nothing but numbers.
_TARGET_TYPES = frozenset({"AFSDB", "CNAME", "DNAME", "KX", "LP", "MX", "NS", "PTR", "SRV"})

#: Types with names and nothing that people write beyond ASCII.
_NAME_TYPES = _TARGET_TYPES | {"HTTPS", "RP", "SVCB"}

#: Types with character strings beside other data.
_STRING_TYPES = frozenset({"CAA", "HINFO", "NAPTR", "URI"})
_QUOTED_STRING = re.compile(r'"(\\.|[^"\\])*"')
_COMMENT_AT_A_WORD = re.compile(r'[^\s"\\];')
_ESCAPE_BEYOND_ASCII = re.compile(r"\\(12[89]|1[3-9]\d|2\d\d)")

#: What is left away around a text; other blanks, such as the one that does not break, are text.
_BLANKS = " \t\r\n"

#: A character string holds at most this many bytes (RFC 1035 section 3.3).
STRING_BYTES = 255

#: The length of record data is a 16-bit number (RFC 1035 section 3.2.1).
_MAX_BYTES = 65535


@dataclass(frozen=True)
class Value:
    """The rdata of one record.

    text: canonical presentation format with absolute names. wire: wire format, case of names kept.
    key: canonical wire format (RFC 4034 section 6.2, and alike for newer types): equal for what means the same.
    """

    text: str
    wire: bytes
    key: bytes

    def rdata(self, rdtype: str) -> dns.rdata.Rdata:
        """The value as dnspython's object, for a provider that sends its fields one by one."""
        number = dns.rdatatype.from_text(rdtype)
        return dns.rdata.from_wire(dns.rdataclass.IN, number, self.wire, 0, len(self.wire))


def _value(rdata: dns.rdata.Rdata) -> Value:
    wire = rdata.to_wire() or b""  # None only when a file is given
    if len(wire) > _MAX_BYTES:
        raise ValueError(f"it is longer than {_MAX_BYTES} bytes in wire format")
    return Value(rdata.to_text(), wire, _canonical(rdata).to_digestable())


def _canonical(rdata: dns.rdata.Rdata) -> dns.rdata.Rdata:
    """The rdata with the name in lower case that RFC 4034 does not list, being older than its type."""
    match dns.rdatatype.to_text(rdata.rdtype):
        case "HTTPS" | "SVCB":
            return rdata.replace(target=rdata.target.canonicalize())  # type: ignore[attr-defined]
        case "LP":
            return rdata.replace(fqdn=rdata.fqdn.canonicalize())  # type: ignore[attr-defined]
    return rdata


def is_type(rdtype: str) -> bool:
    """Whether records of this type exist."""
    try:
        return not dns.rdatatype.is_metatype(dns.rdatatype.from_text(rdtype))
    except (dns.exception.DNSException, ValueError):
        return False


@lru_cache(maxsize=65536)
def parse(rdtype: str, text: str, zone: str) -> Value:
    """The value that `text` means as rdata of a record in `zone`; relative names are relative to the zone.

    Raises ValueError with the reason. Cached: what a provider answers mostly has the spelling that was declared.
    """
    try:
        number = dns.rdatatype.from_text(rdtype)
        if rdtype in TEXT_TYPES:
            return _value(dns.rdtypes.ANY.TXT.TXT(dns.rdataclass.IN, number, _strings(text)))
        _refuse_second_line(text)
        if rdtype in _NAME_TYPES:
            names.refuse_ambiguous(text)
        if rdtype in _STRING_TYPES:
            _refuse_spoilt_escapes(text)
            _refuse_cut_string(text)
        # RFC 3597's form has whole names; dnspython before 2.9 makes them relative to the origin all the same.
        origin = None if text.strip().startswith("\\#") else dns.name.from_text(zone)
        rdata = dns.rdata.from_text(dns.rdataclass.IN, number, text, origin, relativize=False)
    except (dns.exception.DNSException, UnicodeError, ValueError) as error:
        raise ValueError(f"{text!r} is not {rdtype} data: {_reason(error)}") from None
    value = _value(rdata)
    if rdtype in _NAME_TYPES or rdtype == "NAPTR":
        _refuse_doubled_zone(text, value, zone)
    if rdtype in _TARGET_TYPES:
        _refuse_address(rdtype, text)
    return value


def parse_held(rdtype: str, text: str, zone: str) -> Value:
    """The value of a record that a provider holds. What cannot be parsed is equal to nothing but itself."""
    try:
        return parse(rdtype, text, zone)
    except ValueError:
        opaque = b"\xff" + text.encode("utf-8", "surrogatepass")  # JSON can hold half a character
        return Value(text, opaque, opaque)


def from_rdata(rdata: dns.rdata.Rdata) -> Value:
    """The value of rdata that a name server answered."""
    return _value(rdata)


def _strings(text: str) -> list[bytes]:
    """The character strings of a TXT value; one longer than 255 bytes is cut, as both providers' servers do.

    Text that begins with a quotation mark is a sequence of quoted strings, as in a zone file. Anything else is one
    string, blanks and all: what people paste from a mail provider's page. Escapes (`\\;`, `\\"`, `\\195`) mean the
    same in both.
    """
    text = text.strip(_BLANKS)
    if not text:
        raise ValueError('the text is empty; write "" for an empty string')
    if "\n" in text or "\r" in text:
        raise ValueError("the text has a line break")
    if text.startswith('"'):
        tokens = _quoted_tokens(text)
    else:
        tokens = [dns.tokenizer.Token(dns.tokenizer.QUOTED_STRING, text, "\\" in text)]
    strings = [token.unescape_to_bytes().value for token in tokens]
    return [
        string[start : start + STRING_BYTES]
        for string in (value.encode() if isinstance(value, str) else value for value in strings)
        for start in range(0, len(string) or 1, STRING_BYTES)
    ]


def _quoted_tokens(text: str) -> list[dns.tokenizer.Token]:
    tokenizer = dns.tokenizer.Tokenizer(text)
    tokens = []
    while not (token := tokenizer.get()).is_eol_or_eof():
        if not token.is_quoted_string():
            raise ValueError(f"{token.value!r} stands outside the quotation marks")
        tokens.append(token)
    return tokens


def _refuse_second_line(text: str) -> None:
    """Refuse a YAML block with a value on each line, of which dnspython, like deSEC, would keep the first only.

    A line break within parentheses ends nothing, as in a zone file.
    """
    lines = text.strip()
    if "\n" not in lines and "\r" not in lines:
        return
    tokenizer = dns.tokenizer.Tokenizer(lines)
    while not (token := tokenizer.get()).is_eof():
        if token.is_eol():
            raise ValueError("it has a line break; write each value as an item of its own")


@lru_cache(maxsize=1)
def _escapes_are_bytes() -> bool:
    """Whether dnspython reads `\\200` as one byte in every type; before 2.9 it makes two of it."""
    rdata = dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.CAA, r'0 issue "\200"')
    return bool(rdata.to_wire() == b"\0\x05issue\xc8")


def _refuse_spoilt_escapes(text: str) -> None:
    if (found := _ESCAPE_BEYOND_ASCII.search(text)) and not _escapes_are_bytes():
        raise ValueError(
            f"{found[0]} is spoilt by this dnspython; write the character itself, or install dnspython 2.9"
        )


def _refuse_cut_string(text: str) -> None:
    """Refuse `0 issue ca.example; account=7`, of which a zone file means only what stands before the semicolon."""
    if _COMMENT_AT_A_WORD.search(_QUOTED_STRING.sub('""', text)):
        raise ValueError("a semicolon begins a comment; put the whole text in quotation marks")


def _refuse_doubled_zone(text: str, value: Value, zone: str) -> None:
    """Refuse `CNAME www.example.com` in example.com: without a trailing dot it means www.example.com.example.com."""
    said = text.lower().split()
    for field in value.text.lower().split():
        if f".{field}".endswith(f".{zone}.{zone}.") and field not in said and "\\#" not in said:
            meant = field.removesuffix(f"{zone}.")
            raise ValueError(f"a name ends in the zone's own name without a trailing dot; write {meant!r}")


def _refuse_address(rdtype: str, text: str) -> None:
    """Refuse `CNAME 192.0.2.1`, which is a name to a parser: 192.0.2.1.example.com."""
    host = " ".join(text.split()).rpartition(" ")[2].rstrip(".")
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return
    raise ValueError(f"{host} is an address, and {rdtype} leads to a name; declare it as A or AAAA")


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Record data (rdata): any legal spelling in, one canonical spelling and the wire format out, by dnspython."""

from __future__ import annotations

import ipaddress
import re
import struct
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from . import character_strings, names, parse_errors, slips

with suppress(ImportError):  # the modules report a missing library
    import dns.exception
    import dns.name
    import dns.rdata
    import dns.rdataclass
    import dns.rdatatype
    import dns.rdtypes.ANY.LOC
    import dns.rdtypes.ANY.TXT

#: Types whose rdata is a list of character strings.
TEXT_TYPES = frozenset({"TXT", "SPF"})

#: Types whose rdata is a name, at its end, after nothing but numbers.
TARGET_TYPES = frozenset({"AFSDB", "CNAME", "DNAME", "KX", "LP", "MX", "NS", "PTR", "SRV"})

#: Types with names and nothing that people write beyond ASCII.
NAME_TYPES = TARGET_TYPES | {"HTTPS", "RP", "SVCB"}

#: Types with parameters of the form key=value.
BINDING_TYPES = frozenset({"HTTPS", "SVCB"})

#: Types with character strings beside other data.
_STRING_TYPES = frozenset({"CAA", "HINFO", "NAPTR", "URI"})

#: The form of RFC 3597, in which every type can be written, also a text.
_GENERIC = re.compile(r"\s*\\#\s+\d+(?:\s[0-9A-Fa-f()\s]*)?$")

#: Centimetres that a LOC record can express: the least and greatest altitude, the greatest size or precision.
_LEAST_ALTITUDE, _GREATEST_ALTITUDE, _GREATEST_SIZE = -10_000_000, 4_284_967_295, 9_000_000_000

#: The length of record data is a 16-bit number (RFC 1035 section 3.2.1).
_MAX_BYTES = 65535


@dataclass(frozen=True)
class Value:
    """The rdata of one record.

    text: canonical presentation format with absolute names. wire: wire format, case of names kept.
    key: canonical wire format (RFC 4034 section 6.2, and alike for newer types): equal for what means the same.
    is_opaque: whether a provider holds it and it cannot be parsed; then only its text is known.
    """

    text: str
    wire: bytes
    key: bytes
    is_opaque: bool = False

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


@lru_cache(maxsize=1024)
def type_name(text: str) -> str:
    """The name of a record type; TYPE65 is HTTPS. Raises ValueError when there are no records of this type."""
    try:
        number = dns.rdatatype.from_text(text)
    except (dns.exception.DNSException, ValueError):
        raise ValueError(f"{text} is not a record type of DNS") from None
    if dns.rdatatype.is_metatype(number):
        raise ValueError(f"{text} is not a record type of DNS")
    return dns.rdatatype.to_text(number)


@lru_cache(maxsize=65536)
def parse(rdtype: str, text: str, zone: str) -> Value:
    """The value that `text` means as rdata of a record in `zone`; relative names are relative to the zone.

    Raises ValueError with the reason. Cached: what a provider answers mostly has the spelling that was declared.
    """
    try:
        value = _value(_parsed(rdtype, text, zone))
    except slips.Slip as slip:
        raise ValueError(f"{text!r} is not {rdtype} data: {slip}") from None
    except (dns.exception.DNSException, UnicodeError, ValueError, struct.error) as error:
        raise ValueError(f"{text!r} is not {rdtype} data: {parse_errors.plain(rdtype, text, error)}") from None
    if rdtype in NAME_TYPES or rdtype == "NAPTR":
        slips.refuse_doubled_zone(text, value.text, zone)
    if rdtype in TARGET_TYPES:
        slips.refuse_address(rdtype, text)
    return value


def _parsed(rdtype: str, text: str, zone: str) -> dns.rdata.Rdata:
    """The rdata that a text means. Raises Slip, ValueError, and what dnspython raises."""
    number = dns.rdatatype.from_text(rdtype)
    if rdtype in TEXT_TYPES and not _GENERIC.match(text):
        return dns.rdtypes.ANY.TXT.TXT(dns.rdataclass.IN, number, character_strings.read(text))
    slips.refuse_second_line(text)
    if rdtype in NAME_TYPES:
        names.refuse_ambiguous(text)
    if rdtype in _STRING_TYPES:
        slips.refuse_spoilt_escapes(text)
        slips.refuse_cut_string(text)
    if rdtype in BINDING_TYPES:
        text = character_strings.with_lower_case_keys(text)
    # RFC 3597's form has whole names; dnspython before 2.9 makes them relative to the origin anyway.
    origin = None if text.strip().startswith("\\#") else dns.name.from_text(zone)
    rdata = dns.rdata.from_text(dns.rdataclass.IN, number, text, origin, relativize=False)
    return _expressible(rdata) if rdtype == "LOC" else rdata


def _expressible(loc: Any) -> dns.rdata.Rdata:
    """A LOC as its wire format has it: in whole centimetres, sizes cut to one digit and zeros (RFC 1876).

    Refuses what that cannot express, which dnspython would spoil.
    """
    for angle, most in ((loc.latitude, 90), (loc.longitude, 180)):
        if angle[0] == most and any(angle[1:4]):
            raise slips.Slip(f"an angle is more than {most} degrees")
    # In binary fractions 0.57 m are 56.99… cm, of which dnspython would take 56.
    altitude, *sizes = map(round, (loc.altitude, loc.size, loc.horizontal_precision, loc.vertical_precision))
    if not _LEAST_ALTITUDE <= altitude <= _GREATEST_ALTITUDE:
        raise slips.Slip("its altitude is not between -100000 m and 42849672.95 m")
    if not all(0 <= size <= _GREATEST_SIZE for size in sizes):
        raise slips.Slip("a size or precision is not between 0 m and 90000000 m")
    whole = dns.rdtypes.ANY.LOC.LOC(loc.rdclass, loc.rdtype, loc.latitude, loc.longitude, altitude, *sizes)
    wire = whole.to_wire() or b""  # None only when a file is given
    return dns.rdata.from_wire(loc.rdclass, loc.rdtype, wire, 0, len(wire))


def parse_held(rdtype: str, text: str, zone: str) -> Value:
    """The value of a record that a provider holds. What cannot be parsed is equal to nothing but itself."""
    try:
        return parse(rdtype, text, zone)
    except ValueError:
        return opaque(text)


def opaque(text: str) -> Value:
    """A value that a provider holds and that cannot be read."""
    key = b"\xff" + text.encode("utf-8", "surrogatepass")  # JSON can hold half a character
    return Value(text, key, key, is_opaque=True)


def without_dotted_end(address: str) -> str:
    """An IPv6 address without the form that ends like IPv4, which some providers refuse."""
    if "." not in address:
        return address
    head, _colon, end = address.rpartition(":")
    number = int(ipaddress.IPv4Address(end))
    return f"{head}:{number >> 16:x}:{number & 0xFFFF:x}"


def joined(value: Value) -> bytes:
    """The strings of a TXT, put together."""
    strings, rest = [], value.wire
    while rest:
        strings.append(rest[1 : 1 + rest[0]])
        rest = rest[1 + rest[0] :]
    return b"".join(strings)


def from_rdata(rdata: dns.rdata.Rdata) -> Value:
    """The value of rdata that a name server answered. What has a known type and cannot be read is opaque."""
    if isinstance(rdata, dns.rdata.GenericRdata) and dns.rdata.get_rdata_class(rdata.rdclass, rdata.rdtype) is not (
        dns.rdata.GenericRdata
    ):
        return opaque(rdata.to_text())
    return _value(rdata)

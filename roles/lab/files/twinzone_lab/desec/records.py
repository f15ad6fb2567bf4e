# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record contents deSEC accepts, and the canonical text it makes of them.

The real server parses a content with dnspython, writes it in wire format, reads that back and prints it, twice over;
whatever PowerDNS would print differently is then refused there. So are its quirks reproduced here, by the same route
where dnspython still behaves that way, explicitly where newer versions of dnspython have been fixed.
"""

from __future__ import annotations

import binascii
import re
import struct
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import dns.exception
import dns.ipv6
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.tokenizer
from dns.rdataclass import IN
from dns.rdatatype import RdataType
from dns.rdtypes.svcbbase import ParamKey, SVCBBase, key_to_text

MAX_WIRE = 64000
"""Octets of one record."""
STRING = 255
"""Octets of one character string (RFC 1035)."""

WRITABLE = frozenset(
    "A AAAA AFSDB APL CAA CDNSKEY CDS CERT CNAME CSYNC DHCID DLV DNAME DNSKEY DS EUI48 EUI64 HINFO HTTPS KX L32 L64 "
    "LOC LP MX NAPTR NID NS OPENPGPKEY PTR RP SMIMEA SPF SRV SSHFP SVCB TLSA TXT URI".split()
)
AUTOMATIC = frozenset("SOA NSEC NSEC3 NSEC3PARAM RRSIG OPT KEY".split())

_FREE_OF_EOL_CHECK = frozenset({"AAAA", "CNAME", "NS", "MX", "SRV", "CERT"})
"""Types the server reads with classes of its own: what follows the last field is dropped without a word."""

_HOST = re.compile(r"(([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)\.)+")
_ALIAS = re.compile(r"([A-Za-z0-9_*-]+\.)*")
_TARGETS: dict[str, tuple[str, re.Pattern[str], bool]] = {
    "CNAME": ("target", _ALIAS, True),
    "MX": ("exchange", _HOST, True),
    "NS": ("target", _HOST, False),
    "SRV": ("target", _HOST, True),
}
"""Attribute, allowed names, whether the root is allowed."""


class ContentError(ValueError):
    """A content that is refused; the text is the server's message."""


@dataclass(frozen=True)
class Content:
    """One record, read."""

    text: str
    wire: bytes
    folded: bytes
    """Wire format in which names that differ in case only are equal."""


def check(rtype: str, text: str) -> str:
    """The text after the first pass, on which an RRset is validated. Raises `ContentError`, or anything at all where
    the real server crashes."""
    content = _read(rtype, text)
    if len(content.wire) > MAX_WIRE:
        raise ContentError(
            f"Ensure this value has no more than {MAX_WIRE} byte in wire format (it has {len(content.wire)})."
        )
    return content.text


def folded(rtype: str, text: str) -> bytes:
    """What must differ between the records of one RRset."""
    return _read(rtype, text).folded


@lru_cache(maxsize=50_000)
def served(rtype: str, text: str) -> dns.rdata.Rdata:
    """The record as its name servers give it out."""
    wire = _read(rtype, text).wire
    if rtype == "CAA" and text.endswith(' ""'):  # an empty value comes out of PowerDNS with a NUL in it
        wire += b"\0"
    rdtype = RdataType[rtype]
    try:
        return dns.rdata.from_wire(IN, rdtype, wire, 0, len(wire))
    except dns.exception.DNSException:  # newer versions of dnspython are stricter than the server
        return dns.rdata.GenericRdata(IN, rdtype, wire)


@lru_cache(maxsize=50_000)
def _read(rtype: str, text: str) -> Content:
    try:
        content = _READERS.get(rtype, _ordinary)(rtype, text)
    except binascii.Error:
        raise ContentError("Cannot parse hexadecimal or base64 record contents") from None
    except dns.name.NameTooLong:
        raise ContentError("Hostname must be no longer than 255 characters") from None
    except dns.exception.SyntaxError as error:
        if "quote" in error.args[0]:
            raise ContentError(f"Data for {rtype} records must be given using quotation marks.") from None
        raise ContentError(f"Record content for type {rtype} malformed: {','.join(error.args)}") from None
    except dns.name.NeedAbsoluteNameOrOrigin:
        raise ContentError('Hostname must be fully qualified (i.e., end in a dot: "example.com.")') from None
    except ValueError as error:
        raise ContentError(f"Cannot parse record contents: {error}") from None
    return content


def _through_wire(rtype: str, rdata: dns.rdata.Rdata) -> Content:
    wire = cast(bytes, rdata.to_wire())
    again = dns.rdata.from_wire(IN, rdata.rdtype, wire, 0, len(wire))
    return Content(_PRINTERS.get(rtype, _unchunked)(again), wire, rdata.to_digestable())


_KEY_IN_CAPITALS = re.compile(r"(?<=\s)[A-Za-z0-9-]+(?==|\s|$)")


def _binding(rtype: str, text: str) -> Content:
    """Names of parameters are taken in any case, whatever newer versions of dnspython want."""
    head = re.match(r"\s*\S+\s+\S+", text)
    start = head.end() if head else 0
    rest = text[start:]
    if '"' not in rest:
        rest = _KEY_IN_CAPITALS.sub(lambda name: name[0].lower(), rest)
    return _with_any_ech(rtype, text[:start] + rest)


_ECH = re.compile(r'(?<=\sech=")[A-Za-z0-9+/]+={0,2}(?=")|(?<=\sech=)[A-Za-z0-9+/]+={0,2}(?=\s|$)')


def _with_any_ech(rtype: str, text: str) -> Content:
    """The server takes ECH lists of a wrong length; newer versions of dnspython refuse them, and get a good one."""
    found = _ECH.search(text)
    try:
        given = b64decode(found[0], validate=True) if found else b""
    except binascii.Error:
        given = b""
    if not found or len(given) <= _LENGTH:
        return _ordinary(rtype, text)
    right = (len(given) - _LENGTH).to_bytes(_LENGTH, "big") + given[_LENGTH:]
    content = _ordinary(rtype, text[: found.start()] + b64encode(right).decode() + text[found.end() :])
    shown = content.text.replace(b64encode(right).decode(), b64encode(given).decode())
    return Content(shown, content.wire.replace(right, given), content.folded.replace(right, given))


#: Octets of the length at the head of an ECH list.
_LENGTH = 2


def _ordinary(rtype: str, text: str) -> Content:
    rdtype = RdataType[rtype]
    if rtype not in _FREE_OF_EOL_CHECK:
        return _through_wire(rtype, dns.rdata.from_text(IN, rdtype, text, relativize=False))
    cls = dns.rdata.get_rdata_class(IN, rdtype)
    rdata = cls.from_text(IN, rdtype, dns.tokenizer.Tokenizer(text), None, False)
    content = _through_wire(rtype, rdata)
    if rtype in _TARGETS:
        attribute, allowed, root = _TARGETS[rtype]
        name = getattr(rdata, attribute)
        if not (root if name == dns.name.root else allowed.fullmatch(str(name))):
            raise ValueError(f"invalid {attribute}: {name}")
    return content


def _strict(reader: Callable[[dns.tokenizer.Tokenizer], Content]) -> Callable[[str, str], Content]:
    """A reader of our own that, like dnspython's general one, takes the generic syntax of RFC 3597, wants the line to
    end after the last field and knows no error but a syntax error."""

    def read(rtype: str, text: str) -> Content:
        if text.lstrip().startswith("\\#"):
            rdata = dns.rdata.from_text(IN, RdataType[rtype], text, relativize=False)
            return _through_wire(rtype, rdata)
        tokenizer = dns.tokenizer.Tokenizer(text)
        try:
            content = reader(tokenizer)
            tokenizer.get_eol()
        except (dns.exception.SyntaxError, dns.name.NeedAbsoluteNameOrOrigin):
            raise
        except Exception as error:
            raise dns.exception.SyntaxError(str(error)) from None
        return content

    return read


def _strings(rtype: str, text: str) -> Content:
    """TXT and SPF: quoted strings of any length; one that is too long for the wire is cut into pieces."""
    pieces: list[bytes] = []
    for token in dns.tokenizer.Tokenizer(text).get_remaining():
        token = token.unescape_to_bytes()
        if not token.is_quoted_string():
            raise dns.exception.SyntaxError("Content must be quoted.")
        value: bytes = token.value
        pieces += [value[start : start + STRING] for start in range(0, max(len(value), 1), STRING)]
    if not pieces:
        raise dns.exception.UnexpectedEnd
    wire = b"".join(bytes([len(piece)]) + piece for piece in pieces)
    return Content(" ".join(_quoted(piece) for piece in pieces), wire, wire)


def _again(tokenizer: dns.tokenizer.Tokenizer) -> bytes:
    """A character string whose octets from 128 on are encoded as if they were characters: it grows at every pass."""
    value = tokenizer.get_string().encode()
    if len(value) > STRING:
        raise ValueError("string too long")
    return value


def _caa(tokenizer: dns.tokenizer.Tokenizer) -> Content:
    flags, tag = tokenizer.get_uint8(), _again(tokenizer)
    value = tokenizer.get_string().encode()
    if not tag.isalnum():
        raise ValueError("tag is not alphanumeric")
    wire = bytes([flags, len(tag)]) + tag + value
    return Content(f"{flags} {_escaped(tag)} {_quoted(value)}", wire, wire)


def _hinfo(tokenizer: dns.tokenizer.Tokenizer) -> Content:
    fields = [_again(tokenizer), _again(tokenizer)]
    wire = b"".join(bytes([len(piece)]) + piece for piece in fields)
    return Content(" ".join(map(_quoted, fields)), wire, wire)


def _naptr(tokenizer: dns.tokenizer.Tokenizer) -> Content:
    order, preference = tokenizer.get_uint16(), tokenizer.get_uint16()
    fields = [_again(tokenizer) for _unused in range(3)]
    replacement = tokenizer.get_name()
    head = struct.pack("!HH", order, preference) + b"".join(bytes([len(piece)]) + piece for piece in fields)
    text = f"{order} {preference} {' '.join(map(_quoted, fields))} {replacement}"
    return Content(text, head + _name_wire(replacement), head + _name_wire(replacement.canonicalize()))


def _name_wire(name: dns.name.Name) -> bytes:
    return cast(bytes, name.to_wire())


def _uri(tokenizer: dns.tokenizer.Tokenizer) -> Content:
    """Printed without escaping anything, so that every pass takes a layer of backslashes away."""
    priority, weight = tokenizer.get_uint16(), tokenizer.get_uint16()
    token = tokenizer.get().unescape()
    if not (token.is_quoted_string() or token.is_identifier()):
        raise dns.exception.SyntaxError("URI target must be a string")
    if not token.value:
        raise dns.exception.SyntaxError("URI target cannot be empty")
    wire = struct.pack("!HH", priority, weight) + token.value.encode()
    return Content(f'{priority} {weight} "{token.value}"', wire, wire)


def _openpgpkey(tokenizer: dns.tokenizer.Tokenizer) -> Content:
    """Newer versions of dnspython refuse characters that base64 has not; the server skips them."""
    key = b64decode(tokenizer.concatenate_remaining_identifiers().encode())
    return Content(b64encode(key).decode(), key, key)


def _numbers_and_hex(*formats: str) -> Callable[[dns.tokenizer.Tokenizer], Content]:
    """TLSA and its like: the length of what is hexadecimal is nobody's business."""
    sizes = {"B": dns.tokenizer.Tokenizer.get_uint8, "H": dns.tokenizer.Tokenizer.get_uint16}

    def read(tokenizer: dns.tokenizer.Tokenizer) -> Content:
        numbers = [sizes[size](tokenizer) for size in formats]
        data = binascii.unhexlify(tokenizer.concatenate_remaining_identifiers().encode())
        wire = struct.pack("!" + "".join(formats), *numbers) + data
        return Content(" ".join([*map(str, numbers), data.hex()]), wire, wire)

    return read


_READERS: dict[str, Callable[[str, str], Content]] = {
    "HTTPS": _binding,
    "SVCB": _binding,
    "TXT": _strings,
    "SPF": _strings,
    "OPENPGPKEY": _strict(_openpgpkey),
    "CAA": _strict(_caa),
    "HINFO": _strict(_hinfo),
    "NAPTR": _strict(_naptr),
    "URI": _strict(_uri),
    "TLSA": _strict(_numbers_and_hex("B", "B", "B")),
    "SMIMEA": _strict(_numbers_and_hex("B", "B", "B")),
    "SSHFP": _strict(_numbers_and_hex("B", "B")),
}


def _escaped(value: bytes) -> str:
    return "".join(
        f"\\{chr(octet)}" if octet in b'"\\' else chr(octet) if 0x20 <= octet < 0x7F else f"\\{octet:03d}"
        for octet in value
    )


def _quoted(value: bytes) -> str:
    return f'"{_escaped(value)}"'


def _unchunked(rdata: dns.rdata.Rdata) -> str:
    return rdata.to_text(chunksize=0)


def _plain(rdata: dns.rdata.Rdata) -> str:
    return rdata.to_text()


def _aaaa(rdata: Any) -> str:
    """Hexadecimal to the end, also where others write the last 32 bits like IPv4."""
    groups = struct.unpack("!8H", dns.ipv6.inet_aton(rdata.address))
    return _compressed([f"{group:x}" for group in groups])


def _compressed(groups: list[str]) -> str:
    """RFC 5952: the longest run of zero groups, the first of equals, becomes `::`."""
    best_start, best_length = 0, 0
    for start in range(8):
        length = next((n for n, group in enumerate(groups[start:]) if group != "0"), 8 - start)
        if length > best_length:
            best_start, best_length = start, length
    head, tail = groups[:best_start], groups[best_start + best_length :]
    return f"{':'.join(head)}::{':'.join(tail)}" if best_length > 1 else ":".join(groups)


def _cert(rdata: Any) -> str:
    certificate = b64encode(rdata.certificate).decode()
    return f"{int(rdata.certificate_type)} {rdata.key_tag} {int(rdata.algorithm)} {certificate}"


_UNQUOTED = frozenset({ParamKey.MANDATORY, ParamKey.ALPN, ParamKey.PORT, ParamKey.IPV4HINT, ParamKey.IPV6HINT})


def _svcb(rdata: SVCBBase) -> str:
    """Parameters sorted by their number; PowerDNS wants some of them without quotes."""
    fields = [str(rdata.priority), str(rdata.target)]
    for key in sorted(rdata.params):
        value = rdata.params[key]
        name = key_to_text(key)
        if value is None:
            fields.append(name)
        else:
            text = value.to_text()
            fields.append(f"{name}={text[1:-1] if key in _UNQUOTED else text}")
    return " ".join(fields)


_PRINTERS: dict[str, Callable[[Any], str]] = {
    "AAAA": _aaaa,
    "CERT": _cert,
    "HTTPS": _svcb,
    "SVCB": _svcb,
    "OPENPGPKEY": _plain,
    "EUI48": _plain,
    "EUI64": _plain,
}

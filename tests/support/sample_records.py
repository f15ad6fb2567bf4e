# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Record data of every type that some provider takes, and strategies that write it in different spellings."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from ansible_collections.twinzone.edge.plugins.module_utils._zone import rdata
from ansible_collections.twinzone.edge.plugins.module_utils._zone.record_sets import RecordSet
from hypothesis import strategies as st

_KEY = base64.b64encode(bytes(range(64))).decode()
_DIGEST = "3a" * 32

#: Values of each type, in the zone example.com; several of one type may stand together in one set.
SAMPLES: Mapping[str, tuple[str, ...]] = {
    "A": ("192.0.2.1", "192.0.2.20", "203.0.113.7"),
    "AAAA": ("2001:db8::1", "2001:0DB8:0:0::2", "2001:db8:1:2:3:4:5:6"),
    "AFSDB": ("1 afs.example.org.",),
    "APL": ("1:192.0.2.0/24 !1:192.0.2.128/25",),
    "CAA": ('0 issue "letsencrypt.org"', "0 issuewild pki.goog", '0 iodef "mailto:security@example.com"'),
    "CDNSKEY": (f"257 3 13 {_KEY}",),
    "CDS": (f"12345 13 2 {_DIGEST}",),
    "CERT": (f"PKIX 1 RSASHA256 {_KEY}",),
    "CNAME": ("www.example.org.",),
    "CSYNC": ("66 3 A NS AAAA",),
    "DHCID": ("AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=",),
    "DLV": (f"12345 13 2 {_DIGEST}",),
    "DNAME": ("other.example.org.",),
    "DNSKEY": (f"256 3 13 {_KEY}",),
    "DS": (f"12345 13 2 {_DIGEST}",),
    "EUI48": ("00-00-5e-00-53-2A",),
    "EUI64": ("00-00-5e-ef-10-00-00-2A",),
    "HINFO": ('"PC" "Linux"',),
    "HTTPS": ('1 . alpn="h3,h2" ipv4hint=192.0.2.1', "2 other.example.org. port=8443"),
    "KX": ("10 kx.example.org.",),
    "L32": ("10 10.1.2.0",),
    "L64": ("10 2001:0DB8:1140:1000",),
    "LOC": ("52 22 23.000 N 4 53 32.000 E -2.00m 2.00m 100.00m 20.00m",),
    "LP": ("10 l64.example.org.",),
    "MX": ("10 mail.example.com.", "20 Mail.example.org."),
    "NAPTR": (
        '100 50 "s" "z3950+I2L+I2C" "" _z3950._tcp.example.org.',
        '100 60 "u" "E2U+sip" "!^.*$!sip:a@b.c!" .',
        '100 70 "U" "E2U+email" "!^.*$!mailto:a@b.c!" .',
    ),
    "NID": ("10 0014:4fff:ff20:ee64",),
    "NS": ("ns1.example.org.", "ns2.example.org."),
    "OPENPGPKEY": (_KEY,),
    "PTR": ("host.example.org.",),
    "RP": ("admin.example.org. txt.example.org.",),
    "SMIMEA": (f"3 1 1 {_DIGEST}",),
    "SPF": ("v=spf1 -all",),
    "SRV": ("0 5 5060 sip.example.com.", "10 5 5061 sip2.example.com."),
    "SSHFP": (f"4 2 {_DIGEST}", f"1 1 {'ab' * 20}"),
    "SVCB": ("1 svc.example.org. port=853 alpn=dot",),
    "TLSA": (f"3 1 1 {_DIGEST}", f"2 0 1 {'CD' * 32}"),
    "TXT": ("v=spf1 include:_spf.example.net -all", '"two" "strings"', 'a "quoted" word; and ü', "x" * 600),
    "URI": ('10 1 "https://www.example.org/path"',),
}

_hosts = st.lists(st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=8), min_size=1, max_size=3)


def _blanks(text: str) -> list[str]:
    return [text, f"  {text} ", text.replace(" ", "  "), text.replace(" ", "\t")]


def _hexadecimal(text: str) -> list[str]:
    return [text.lower(), text.upper(), " ".join(text[start : start + 8] for start in range(0, len(text), 8))]


@st.composite
def _addresses6(draw: st.DrawFn) -> list[str]:
    address = IPv6Address(
        draw(st.integers(0, 2**128 - 1) | st.integers(0, 2**16).map(lambda low: 0x20010DB8 << 96 | low))
    )
    return [str(address), address.exploded, address.exploded.upper(), str(address).upper()]


@st.composite
def _targets(draw: st.DrawFn) -> list[str]:
    host = ".".join(draw(_hosts))
    if draw(st.booleans()):
        return [host, f"{host}.example.com."]
    return [f"{host}.example.org."]


@st.composite
def _numbered_targets(draw: st.DrawFn, count: int) -> list[str]:
    numbers = [draw(st.integers(0, 65535)) for _unused in range(count)]
    targets = draw(_targets())
    return [
        " ".join([*(form.format(number) for number in numbers), target]) for form in ("{}", "0{}") for target in targets
    ]


@st.composite
def _texts(draw: st.DrawFn) -> list[str]:
    data = draw(st.text(st.characters(codec="utf-8", exclude_characters='\\"\0\n\r'), min_size=1, max_size=300)).strip()
    data = data or "x"
    escaped = "".join(f"\\{byte:03d}" for byte in data.encode())
    raw = data.encode()
    cut = " ".join(
        '"' + "".join(f"\\{byte:03d}" for byte in raw[start : start + 255]) + '"' for start in range(0, len(raw), 255)
    )
    return [data, f'"{data}"', f'"{escaped}"', escaped, cut, f"  {data}", data.replace(";", r"\;")]


@st.composite
def _bindings(draw: st.DrawFn) -> list[str]:
    port, hint = draw(st.integers(0, 65535)), IPv4Address(draw(st.integers(0, 2**32 - 1)))
    head = f"{draw(st.integers(1, 65535))} {draw(_targets())[0]}"
    params = ['alpn="h3,h2"', f"port={port}", f'ipv4hint="{hint}"']
    other = draw(st.permutations(["alpn=h3,h2", f'port="{port}"', f"ipv4hint={hint}"]))
    return [" ".join([head, *params]), " ".join([head, *other])]


@st.composite
def _authorities(draw: st.DrawFn) -> list[str]:
    flags, tag = draw(st.sampled_from([0, 128])), draw(st.sampled_from(["issue", "issuewild", "iodef"]))
    value = ".".join(draw(_hosts))
    return [f'{flags} {tag} "{value}"', f"{flags} {tag} {value}"]


_digests = st.binary(min_size=32, max_size=32).map(bytes.hex)

_SPELLERS: Mapping[str, st.SearchStrategy[list[str]]] = {
    "A": st.integers(0, 2**32 - 1).map(lambda number: _blanks(str(IPv4Address(number)))),
    "AAAA": _addresses6(),
    "CNAME": _targets(),
    "NS": _targets(),
    "PTR": _targets(),
    "MX": _numbered_targets(1),
    "SRV": _numbered_targets(3),
    "TXT": _texts(),
    "CAA": _authorities(),
    "HTTPS": _bindings(),
    "SVCB": _bindings(),
    "TLSA": _digests.map(lambda digest: [f"3 1 1 {form}" for form in _hexadecimal(digest)]),
    "SSHFP": _digests.map(lambda digest: [f"4 2 {form}" for form in _hexadecimal(digest)]),
    "DS": _digests.map(lambda digest: [f"1 {algorithm} 2 {digest}" for algorithm in ("13", "ECDSAP256SHA256")]),
}


@st.composite
def spellings(draw: st.DrawFn, types: Callable[[str], bool] = lambda rdtype: True) -> tuple[str, str, str]:
    """A type, and two spellings of one value."""
    rdtype = draw(st.sampled_from([rdtype for rdtype in _SPELLERS if types(rdtype)]))
    forms = draw(_SPELLERS[rdtype])
    return rdtype, draw(st.sampled_from(forms)), draw(st.sampled_from(forms))


def record_set(name: str, rdtype: str, *texts: str, ttl: int | None = 3600, **attributes: Any) -> RecordSet:
    """A record set in the zone example.com."""
    return RecordSet(name, rdtype, ttl, tuple(rdata.parse(rdtype, text, "example.com") for text in texts), attributes)

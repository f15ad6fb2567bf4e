# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a text is not record data, in plain words in place of dnspython's. Pure."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from contextlib import suppress

_LEADING_ZERO = re.compile(r"(?:^|\.)0\d")

#: How a value of a type is written.
_FORMS: Mapping[str, str] = {
    "CAA": 'flags, a tag and a value, such as 0 issue "letsencrypt.org"',
    "CNAME": "one name, such as www.example.com.",
    "DNSKEY": "flags, protocol, algorithm and a key in base64",
    "DS": "key tag, algorithm, digest type and a digest in hexadecimal digits",
    "HINFO": 'two texts, such as "PC" "Linux"',
    "HTTPS": "a priority, a target and parameters, such as 1 . alpn=h2",
    "LOC": "latitude, longitude and altitude, such as 52 22 23.000 N 4 53 32.000 E 0m",
    "MX": "a preference and a host, such as 10 mail.example.com.",
    "NAPTR": "order, preference, flags, service, expression and replacement",
    "NS": "one name, such as ns1.example.com.",
    "PTR": "one name, such as host.example.com.",
    "SMIMEA": "usage, selector, matching type and data in hexadecimal digits",
    "SRV": "priority, weight, port and a host, such as 10 5 5060 sip.example.com.",
    "SSHFP": "algorithm, type and a fingerprint in hexadecimal digits",
    "SVCB": "a priority, a target and parameters, such as 1 svc.example.com. alpn=h2",
    "TLSA": "usage, selector, matching type and data in hexadecimal digits",
    "URI": 'priority, weight and a target, such as 10 1 "https://www.example.com/"',
}

_MISSING = "a field is missing"

#: dnspython's words, as a pattern, and ours, with the groups of the pattern.
_PLAIN: Mapping[str, str] = {
    r'expected EOL or EOF, got \d+ "(.*)"': "{0!r} is too much; each value is an item of its own",
    r"expecting an integer": "a number is missing, or is not written in digits",
    r"expecting (?:an|another) identifier|expecting a string": _MISSING,
    r"Text input ended unexpectedly\.|unbalanced parenthes[ei]s": "a quotation mark or bracket is not closed",
    r"Odd-length string": "its hexadecimal digits are not an even number",
    r"Non-hexadecimal digit found": "it has characters that are not hexadecimal digits",
    r"Only base64 data is allowed|Incorrect padding|Invalid base64-encoded.*": "its data is not base64",
    r"digest length inconsistent with digest type": "its digest has not the length of its digest type",
    r"fingerprint length inconsistent.*": "its fingerprint has not the length of its type",
    r"certificate association data length inconsistent.*": "its data has not the length of its matching type",
    r"bad (.*) value": "out of range: {0}",
    r"invalid ECHConfigList": "its ech is not a list of ECH configurations",
    r"Dash expected.*": "it is written with hyphens, such as 00-00-5e-00-53-2a",
    r"generic rdata does not start with .*": "its data is written as \\#, its length, and hexadecimal digits",
    r"Text input is malformed\.": "it cannot be read; a backslash that is meant as one is written twice",
    r"IDNA processing exception: .*": "a name has a character that names cannot have; if it exists, write it as xn--…",
    r"A DNS label is empty\.": "a name has two dots in a row, or begins with one",
    r"A DNS label is > 63 octets long\.": "a part of a name is longer than 63 characters",
    r"A DNS name is > 255 octets long\.": "a name is longer than 255 characters",
    r"generic rdata hex data has wrong length": "the length after \\# is not that of the data",
    r"Unknown SVCB ParamKey": "it has a parameter that is not known; write it as key and its number",
    r'invalid key "(.*)"': "{0!r} is not the name of a parameter",
    r"duplicate key.*": "it has a parameter twice",
    r"(\w+) not in range \[(.*), (.*)\]": "its {0} are not between {1} and {2}",
    r"DNS message is malformed\.|not enough values to unpack.*": "its data is not of the form of this type",
    r"argument out of range|'.' format requires .*|.* value out of bounds": "a number is out of range",
}


def plain(rdtype: str, text: str, error: Exception) -> str:
    """Why the text is not data of the type, where `error` is what the parser raised."""
    if rdtype in ("A", "AAAA") and "\\#" not in text:
        return _address(rdtype, text.strip())
    why = reason(str(error))
    form = _FORMS.get(rdtype, "")
    return f"{why}; {rdtype} is {form}" if form else why


def reason(words: str) -> str:
    """What dnspython says, in plain words; as it is where that is not known."""
    if re.fullmatch(r"(\d+) is not an unsigned (\d+)-bit integer", words):
        number, bits = re.findall(r"\d+", words)
        return f"{number} is not between 0 and {2 ** int(bits) - 1}"
    for pattern, ours in _PLAIN.items():
        if match := re.fullmatch(pattern, words, re.DOTALL):
            return ours.format(*match.groups())
    return words if words and words != "SyntaxError" else _MISSING


def _address(rdtype: str, text: str) -> str:
    """Why a text is not an address of this family."""
    if len(text.split()) > 1:
        return "it is more than one address; each value is an item of its own"
    if "%" in text:
        return "an address with % is one of a single network, and none for DNS"
    with suppress(ValueError):
        other = "AAAA" if ipaddress.ip_address(text).version == 6 else "A"
        return f"it is an IPv{4 if other == 'A' else 6} address; its type is {other}"
    if rdtype == "A" and _LEADING_ZERO.search(text):
        return "leading zeros are not allowed in an IPv4 address"
    if re.search(r"[g-z]", text, re.IGNORECASE):
        return "it is not an address; a name is the target of a CNAME"
    return f"it is not an {'IPv4' if rdtype == 'A' else 'IPv6'} address"

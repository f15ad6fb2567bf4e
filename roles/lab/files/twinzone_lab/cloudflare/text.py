# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""TXT contents as Cloudflare keeps them: quoted character strings of at most 255 bytes each."""

from __future__ import annotations

import re

MAX_STRING = 255
_STRING = re.compile(r'\s*"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPE = re.compile(r"\\(\d{3})|\\(.)", re.DOTALL)


class TxtError(ValueError):
    """The content cannot be read as character strings."""


def quote_txt(content: str) -> str:
    """The stored form: text without any quote gets them, long strings are cut, short ones keep their spelling."""
    if '"' not in re.sub(r"\\.", "", content):
        return " ".join(_cut(content))
    strings: list[str] = []
    position = 0
    while match := _STRING.match(content, position):
        strings.extend(_cut(match[1]))
        position = match.end()
    if content[position:].strip():
        raise TxtError("TXT content must consist of quoted strings: a quotation mark is missing")
    return " ".join(strings)


def _cut(inner: str) -> list[str]:
    data = _unescape(inner)
    if len(data) <= MAX_STRING:
        return [f'"{inner}"']
    return [f'"{_escape(data[start : start + MAX_STRING])}"' for start in range(0, len(data), MAX_STRING)]


def _unescape(inner: str) -> bytes:
    def octet(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[2].encode().decode("latin-1")
        if int(match[1]) > 255:
            raise TxtError(f"TXT content has the impossible escape {match[0]}")
        return chr(int(match[1]))

    pieces = []
    end = 0
    for match in _ESCAPE.finditer(inner):
        pieces += [inner[end : match.start()].encode(), octet(match).encode("latin-1")]
        end = match.end()
    if inner.endswith("\\") and end < len(inner):
        raise TxtError("TXT content ends in a lone backslash")
    return b"".join([*pieces, inner[end:].encode()])


def _escape(data: bytes) -> str:
    return "".join(
        f"\\{chr(byte)}" if byte in b'"\\' else chr(byte) if 32 <= byte < 127 else f"\\{byte:03d}" for byte in data
    )

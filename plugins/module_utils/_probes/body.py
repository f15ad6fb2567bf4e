# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the bytes of a body to the text that a check searches. Pure."""

from __future__ import annotations

import codecs
import re
import zlib
from collections.abc import Callable, Iterable
from typing import NamedTuple

_BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_CHARSET = re.compile(r"""charset\s{0,9}=\s{0,9}["']?\s{0,9}([^\s"';>]+)""", re.IGNORECASE)
_SNIFFED = 1024
"""Bytes of a page in which browsers look for its charset."""
_KNOWN = re.compile(
    r"utf-?8|utf-?16(le|be)?|iso[-_]?8859[-_]?\d+|latin-?\d|(windows|cp)-?125\d|(us-)?ascii|koi8-[ru]|macintosh"
    r"|big5|euc-(jp|kr)|shift[-_]jis|iso-2022-jp|gbk|gb2312|gb18030",
    re.IGNORECASE,
)
_WINDOWS = re.compile(r"iso[-_]?8859[-_]?1|latin-?1|(us-)?ascii", re.IGNORECASE)
"""What browsers read as windows-1252."""


class Body(NamedTuple):
    """The beginning of a body."""

    data: bytes
    """Decompressed."""
    encoding: str = ""
    """The content encoding that cannot be undone here; the data is as it was sent then."""


class Text(NamedTuple):
    """What a body says."""

    text: str
    problem: str = ""
    """What may keep a pattern from matching, in plain words."""


def first_bytes(pieces: Iterable[bytes], content_encoding: str, size: int) -> Body:
    """The first `size` bytes of a body, decompressed. Never holds more of it than that.

    Raises ValueError when the body is not what its encoding announces.
    """
    encoding = content_encoding.strip().lower()
    unpack = _unpacker(encoding)
    found = bytearray()
    for piece in pieces:
        try:
            found += unpack(piece, size - len(found))
        except zlib.error:
            raise ValueError(f"the body is not the {encoding} that its header announces") from None
        if len(found) >= size:
            break
    unknown = encoding if unpack is _as_sent and encoding not in ("", "identity") else ""
    return Body(bytes(found[:size]), unknown)


def _unpacker(encoding: str) -> Callable[[bytes, int], bytes]:
    """What undoes an encoding, for at most so many bytes."""
    if encoding in ("gzip", "x-gzip"):
        return zlib.decompressobj(16 + zlib.MAX_WBITS).decompress
    return _Inflater() if encoding == "deflate" else _as_sent


def _as_sent(data: bytes, size: int) -> bytes:
    return data[:size]


class _Inflater:
    """Undoes deflate, which some servers send without the zlib header that belongs to it."""

    def __init__(self) -> None:
        self._unpack = zlib.decompressobj()
        self._begun = False

    def __call__(self, data: bytes, size: int) -> bytes:
        try:
            found = self._unpack.decompress(data, size)
        except zlib.error:
            if self._begun:
                raise
            self._unpack = zlib.decompressobj(-zlib.MAX_WBITS)
            found = self._unpack.decompress(data, size)
        self._begun = True
        return found


def read_text(body: Body, content_type: str) -> Text:
    """The text of a body, by its byte order mark, the charset of its header or of the page, else UTF-8 or Latin-1."""
    if body.encoding:
        problem = f"the body is compressed with {body.encoding[:20]!r}, which was not asked for and cannot be read here"
        return Text(body.data.decode("latin-1"), problem)
    for mark, charset in _BYTE_ORDER_MARKS:
        if body.data.startswith(mark):
            return Text(body.data[len(mark) :].decode(charset, "replace"))
    match = _CHARSET.search(content_type) or _CHARSET.search(body.data[:_SNIFFED].decode("latin-1"))
    if match and _KNOWN.fullmatch(match[1]):
        charset = "windows-1252" if _WINDOWS.fullmatch(match[1]) else match[1]
        return Text(body.data.decode(charset, "replace"))
    problem = f"its charset {match[1][:20]!r} is unknown here" if match else ""
    return Text(_guessed(body.data), problem)


def _guessed(data: bytes) -> str:
    """UTF-8 if it is; the end may be missing, as only the first bytes of a body are read."""
    try:
        return codecs.getincrementaldecoder("utf-8")("strict").decode(data)
    except UnicodeDecodeError:
        return data.decode("windows-1252", "replace")

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads an HTTP/1 answer as a browser would, from whatever delivers its bytes. Pure.

Not http.client: how many headers it allows, and which interim answers it skips, depends on the version of Python.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

_HEAD = 256 * 1024
"""Bytes of the head, interim answers included; what Chromium allows."""
_WHOLE = 512 * 1024
"""Bytes of an answer, head and framing included, that are read at most."""
_PIECE = 16384
_STATUS_LINE = re.compile(rb"HTTP/1\.\d ([1-5]\d\d)(?: .*)?")
_SWITCHING_PROTOCOLS = 101
_NO_BODY = (204, 304)


class NotHttp(Exception):
    """What came is not an HTTP/1 answer."""


class CutOff(Exception):
    """The connection ended before the answer did."""


class TooLong(Exception):
    """The answer goes on for longer than anyone would read. The message says what of it."""


class Head(NamedTuple):
    """Status and headers of the final answer."""

    status: int
    headers: Sequence[tuple[str, str]]
    """In their order, the names in lower case."""

    def values(self, name: str) -> list[str]:
        """All values of a header."""
        return [value for other, value in self.headers if other == name.lower()]

    def value(self, name: str) -> str:
        """The values of a header, joined by commas; empty when it is missing."""
        return ", ".join(self.values(name))


class Source:
    """The bytes of one answer.

    receive: returns at most so many bytes, and none at the end of the connection.
    """

    def __init__(self, receive: Callable[[int], bytes]) -> None:
        self._receive = receive
        self._buffer = bytearray()
        self._left = _WHOLE

    def _fill(self) -> bool:
        """Take in more bytes; False at the end."""
        if self._left <= 0:
            raise TooLong(f"the answer is longer than {_WHOLE // 1024} KiB, most of it not content")
        more = self._receive(min(_PIECE, self._left))
        self._left -= len(more)
        self._buffer += more
        return bool(more)

    def line(self, limit: int) -> bytes:
        """The next line without its end, of at most so many bytes."""
        while (end := self._buffer.find(b"\n")) < 0:
            if len(self._buffer) > limit:
                raise TooLong(f"the head of the answer is longer than {_HEAD // 1024} KiB")
            if not self._fill():
                raise CutOff
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line[:-1] if line.endswith(b"\r") else line

    def some(self, size: int) -> bytes:
        """At most so many bytes, none only at the end of the connection."""
        if not self._buffer:
            self._fill()
        piece = bytes(self._buffer[:size])
        del self._buffer[:size]
        return piece


def read_head(source: Source) -> Head:
    """The head of the final answer; interim answers such as 103 Early Hints are skipped.

    Raises NotHttp, CutOff or TooLong.
    """
    left = _HEAD
    while True:
        line = source.line(left)
        match = _STATUS_LINE.fullmatch(line)
        if not match:
            raise NotHttp
        headers, left = _read_headers(source, left - len(line))
        status = int(match[1])
        if status >= 200 or status == _SWITCHING_PROTOCOLS:
            return Head(status, headers)


def _read_headers(source: Source, left: int) -> tuple[list[tuple[str, str]], int]:
    """The headers up to the empty line, and how many bytes of a head may still follow."""
    headers: list[tuple[str, list[str]]] = []
    while True:
        line = source.line(left)
        left -= len(line) + 1
        if left < 0:
            raise TooLong(f"the head of the answer is longer than {_HEAD // 1024} KiB")
        text = line.decode("latin-1")
        name, colon, value = text.partition(":")
        if not text:
            return [(one, " ".join(parts).strip()) for one, parts in headers], left
        if text[0] in " \t" and headers:
            headers[-1][1].append(text.strip())
        elif colon and name.strip():  # like browsers, skip what is not a header
            headers.append((name.strip().lower(), [value.strip()]))


def body_pieces(source: Source, head: Head, method: str) -> Iterator[bytes]:
    """The body as it was sent, piece by piece, without its framing. Raises NotHttp, CutOff or TooLong."""
    if method == "HEAD" or head.status in _NO_BODY:
        return iter(())
    if head.value("transfer-encoding").lower().endswith("chunked"):
        return _chunks(source)
    lengths = {length.strip() for length in head.value("content-length").split(",")}
    if len(lengths) > 1:
        raise NotHttp
    (length,) = lengths
    return _exactly(source, int(length)) if length.isdecimal() and length.isascii() else _until_the_end(source)


def _exactly(source: Source, length: int) -> Iterator[bytes]:
    while length:
        piece = source.some(min(length, _PIECE))
        if not piece:
            raise CutOff
        length -= len(piece)
        yield piece


def _until_the_end(source: Source) -> Iterator[bytes]:
    return iter(lambda: source.some(_PIECE), b"")


def _chunks(source: Source) -> Iterator[bytes]:
    while True:
        size = source.line(_PIECE).partition(b";")[0].strip()
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,15}", size):
            raise NotHttp
        if not int(size, 16):
            return
        yield from _exactly(source, int(size, 16))
        if source.line(_PIECE):
            raise NotHttp

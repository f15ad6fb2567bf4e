# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An answer is read alike however the network cuts it, and no bytes raise anything but the known exceptions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._probes.http1 import (
    CutOff,
    NotHttp,
    Source,
    TooLong,
    body_pieces,
    read_head,
)
from hypothesis import given
from hypothesis import strategies as st

HEAD = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nX-A: 1\r\n folded\r\nx-a: 2\r\nnonsense\r\n"
ANSWERS = {
    "length": HEAD + b"Content-Length: 5\r\n\r\nhello and what nobody asked for",
    "chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\n2;a=b\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
    "until the end": HEAD + b"\r\nhello",
    "newlines alone": HEAD.replace(b"\r\n", b"\n") + b"\nhello",
    "a length that is none": HEAD + b"Content-Length: soon\r\n\r\nhello",
    "the same length twice": HEAD + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
}


def source(data: bytes, cuts: Sequence[int] = ()) -> Source:
    """Delivers the bytes in pieces of these sizes, over and over."""

    def pieces() -> Iterator[bytes]:
        place, turn = 0, 0
        while place < len(data):
            size = cuts[turn % len(cuts)] if cuts else len(data)
            yield data[place : place + size]
            place, turn = place + size, turn + 1

    rest = pieces()
    kept = bytearray()

    def receive(size: int) -> bytes:
        if not kept:
            kept.extend(next(rest, b""))
        piece = bytes(kept[:size])
        del kept[:size]
        return piece

    return Source(receive)


@given(st.sampled_from(sorted(ANSWERS)), st.lists(st.integers(1, 40), min_size=1, max_size=5))
def test_cuts_of_the_network_change_nothing(kind: str, cuts: list[int]) -> None:
    reading = source(ANSWERS[kind], cuts)
    head = read_head(reading)
    assert (head.status, head.values("X-A")) == (200, ["1 folded", "2"])
    assert b"".join(body_pieces(reading, head, "GET")) == b"hello"


@given(st.binary(max_size=300), st.sampled_from([b"", b"HTTP/1.1 200 OK\r\n", HEAD, *ANSWERS.values()]))
def test_any_bytes_are_survived(garbage: bytes, start: bytes) -> None:
    reading = source(start + garbage)
    try:
        head = read_head(reading)
        assert 101 <= head.status <= 599
        body = b"".join(body_pieces(reading, head, "GET"))
        assert len(body) <= len(start + garbage)
    except (CutOff, NotHttp, TooLong):
        return


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", CutOff),
        (b"HTTP/1.1 100 Continue\r\n\r\n", CutOff),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", CutOff),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhell", CutOff),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nhello", NotHttp),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", NotHttp),
        (b"HTTP/2 200\r\n\r\n", NotHttp),
        (b"HTTP/1.1 999 Denied\r\n\r\n", NotHttp),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 60_000, TooLong),
    ],
)
def test_what_is_no_answer(data: bytes, error: type[Exception]) -> None:
    reading = source(data)
    with pytest.raises(error):
        b"".join(body_pieces(reading, read_head(reading), "GET"))


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304)])
def test_some_answers_have_no_body(method: str, status: int) -> None:
    reading = source(b"HTTP/1.1 %d OK\r\nContent-Length: 9\r\n\r\n" % status)
    assert list(body_pieces(reading, read_head(reading), method)) == []

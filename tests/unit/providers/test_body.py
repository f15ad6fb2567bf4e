# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An API that never ends its answer, or sends what no API sends, costs little and is reported as malformed."""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._providers import body
from ansible_collections.twinzone.edge.plugins.module_utils._providers.body import Malformed
from hypothesis import given
from hypothesis import strategies as st

LIMIT = 1 << 20


class Endless:
    """Chunks without an end. taken: how many were asked for."""

    def __init__(self, chunk: bytes) -> None:
        self.chunk = chunk
        self.taken = 0

    def __iter__(self) -> Iterator[bytes]:
        while True:
            self.taken += 1
            yield self.chunk


def parts(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


@given(st.binary(max_size=5000), st.integers(1, 700))
def test_a_body_arrives_as_it_was_sent(data: bytes, size: int) -> None:
    assert body.read(parts(data, size), "", LIMIT) == data
    assert body.read(parts(gzip.compress(data), size), "GZip", LIMIT) == data


@pytest.mark.parametrize("coding", ["", "identity"])
def test_an_endless_body_is_left_at_the_limit(coding: str) -> None:
    endless = Endless(b"x" * 1000)
    with pytest.raises(Malformed, match="larger than 1 MiB"):
        body.read(endless, coding, LIMIT)
    assert endless.taken <= LIMIT // 1000 + 2


def test_a_bomb_is_never_unpacked_beyond_the_limit() -> None:
    bomb = gzip.compress(bytes(200 << 20), 9)
    assert len(bomb) < LIMIT, "the compressed body alone is no reason"
    with pytest.raises(Malformed, match="larger than 1 MiB"):
        body.read([bomb], "gzip", LIMIT)


def test_what_follows_a_compressed_body_counts_too() -> None:
    def chunks() -> Iterator[bytes]:
        yield gzip.compress(b"{}")
        yield from Endless(b"x" * 1000)

    with pytest.raises(Malformed, match="larger"):
        body.read(chunks(), "gzip", LIMIT)


@pytest.mark.parametrize(("coding", "data"), [("br", b"x"), ("gzip, gzip", b"x"), ("gzip", b"not compressed")])
def test_another_coding_is_malformed(coding: str, data: bytes) -> None:
    with pytest.raises(Malformed):
        body.read([data], coding, LIMIT)


@pytest.mark.parametrize(
    "text",
    [
        "", "<html>", '{"a": 1, "a": 2}', '[{"a": {"b": 1, "b": 1}}]', "NaN", "[Infinity]", '{"a": -Infinity}', "1e999",
        "[" * 100_000, '{"a":' * 200 + "1" + "}" * 200, "[" * 41 + "]" * 41, "9" * 5000, "\xff",
        '"\\ud83d"', '{"\\udc00": 1}',
    ],
)  # fmt: skip
def test_what_no_api_sends_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        body.decode(text.encode("latin-1"))


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**300), 10**300) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(plain)
def test_anything_else_is_read(data: Any) -> None:
    read = body.decode(json.dumps(data).encode())
    assert read == data or (isinstance(data, float) and math.isclose(read, data))

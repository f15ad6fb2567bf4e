# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bodies become the text that a browser would show."""

from __future__ import annotations

import gzip
import zlib

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._probes.body import Body, first_bytes, read_text
from hypothesis import given
from hypothesis import strategies as st

WORDS = "Käse für 3 €"


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        (WORDS.encode(), ""),
        (WORDS.encode(), "text/html; charset=utf-8"),
        (WORDS.encode("utf-8-sig"), "text/html; charset=iso-8859-1"),
        (WORDS.encode("utf-16"), "text/html"),
        (WORDS.encode("utf-16-be"), 'text/html; charset="UTF-16BE"'),
        (WORDS.encode("cp1252"), ""),
        (WORDS.encode("cp1252"), "text/html; charset=ISO-8859-1"),
        (WORDS.encode("iso-8859-15"), "text/html;charset=iso-8859-15"),
        (b'<meta charset="windows-1252">' + WORDS.encode("cp1252"), "text/html"),
    ],
)
def test_text_is_read_by_its_mark_its_header_or_a_guess(data: bytes, content_type: str) -> None:
    text = read_text(Body(data), content_type)
    assert text.text.endswith(WORDS)
    assert text.problem == ""


def test_a_character_that_is_cut_in_two_does_not_spoil_the_rest() -> None:
    assert read_text(Body(WORDS.encode()[:-1]), "").text.startswith("Käse für 3")


def test_what_cannot_be_read_is_named() -> None:
    assert "'klingon' is unknown" in read_text(Body(b"x"), "text/html; charset=klingon").problem
    assert "'br'" in read_text(Body(b"x", "br"), "").problem
    assert "unknown" in read_text(Body(b"x"), "text/html; charset=zlib_codec").problem, "no codec that is not text"


@given(st.binary(max_size=2000), st.sampled_from(["", "identity", "gzip", "x-gzip", "deflate"]), st.integers(1, 3000))
def test_compression_is_undone_up_to_the_size(data: bytes, encoding: str, size: int) -> None:
    sent = gzip.compress(data) if "gzip" in encoding else zlib.compress(data) if encoding == "deflate" else data
    pieces = [sent[place : place + 7] for place in range(0, len(sent), 7)]
    assert first_bytes(pieces, encoding, size) == Body(data[:size])


@given(st.binary(max_size=300), st.sampled_from(["gzip", "deflate", "br"]), st.text(max_size=40))
def test_any_bytes_are_survived(garbage: bytes, encoding: str, content_type: str) -> None:
    try:
        body = first_bytes([garbage], encoding, 100)
    except ValueError as error:
        assert encoding in str(error)
        return
    assert len(body.data) <= 100
    assert isinstance(read_text(body, content_type).text, str)

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No text that a front sends keeps a search going, ours or the user's. What counts is computing time, not the clock."""

from __future__ import annotations

import re
import signal
import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._probes import bounded_search
from ansible_collections.twinzone.edge.plugins.module_utils._probes.body import Body, first_bytes, read_text
from ansible_collections.twinzone.edge.plugins.module_utils._probes.bounded_search import BoundedSearch
from ansible_collections.twinzone.edge.plugins.module_utils._probes.edge_pages import bot_protection, cloudflare_error
from ansible_collections.twinzone.edge.plugins.module_utils._probes.http1 import Head, Source, body_pieces, read_head
from ansible_collections.twinzone.edge.plugins.module_utils._probes.judgement import TooSlow
from ansible_collections.twinzone.edge.plugins.module_utils._providers.api import Answer
from ansible_collections.twinzone.edge.plugins.module_utils._providers.desec.provider import next_cursor

#: A text of 64 KiB in which this plain pattern is searched for hours.
SLOW, MADE_FOR_IT = re.compile(r"status.*ok.*fine"), "status ok " * 6553

CPU_SECONDS = 20
"""What each of these needs a fraction of, and needed minutes of before."""


@pytest.fixture
def limited() -> Iterator[None]:
    """Interrupts what takes too much computing time of this process."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise AssertionError(f"took more than {CPU_SECONDS} s of computing time")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, CPU_SECONDS)
    yield
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    signal.signal(signal.SIGVTALRM, before)


@pytest.mark.usefixtures("limited")
def test_a_search_that_takes_too_long_is_given_up_and_not_begun_again(monkeypatch: pytest.MonkeyPatch) -> None:
    search = BoundedSearch()
    with pytest.raises(TooSlow):
        search(SLOW, MADE_FOR_IT)
    monkeypatch.setattr(bounded_search, "_search_elsewhere", None)
    with pytest.raises(TooSlow):
        search(SLOW, MADE_FOR_IT + "another text")
    assert search(re.compile("ok stat"), MADE_FOR_IT), "what is quick is still searched"


@pytest.mark.parametrize("size", [1, 100])
@pytest.mark.parametrize(
    "pattern", [r"all.*well", r"(?i)ALL +IS", r"^all( is)+ well\.", r"[0-9]{3}", r"(?s)is.*\Z", "ä.?ö", "none"]
)
def test_what_is_found_does_not_depend_on_who_searches(pattern: str, size: int) -> None:
    text, compiled = "all is well. äxö\n" * size, re.compile(pattern)
    search = BoundedSearch()
    assert [search(compiled, text) for _twice in range(2)] == [compiled.search(text) is not None] * 2


def test_where_no_process_can_be_started_this_one_searches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert BoundedSearch()(re.compile("w.*l"), "all is well" * 100)


def read_all(data: bytes) -> tuple[Head, Body]:
    rest = iter([data[place : place + 16384] for place in range(0, len(data), 16384)])
    source = Source(lambda size: next(rest, b""))
    head = read_head(source)
    return head, first_bytes(body_pieces(source, head, "GET"), "", 65536)


HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.usefixtures("limited")
@pytest.mark.parametrize(
    "work",
    [
        pytest.param(lambda: read_all(HEAD + b"a: b\n" + b" a\n" * 80000 + b"\n"), id="a header of many lines"),
        pytest.param(lambda: read_all(HEAD + b"content-length: 0,0" + b" " * 200000 + b",0\n\n"), id="content-length"),
        pytest.param(
            lambda: read_all(HEAD + b"transfer-encoding: chunked\n\n" + b"1\na\n" * 65536 + b"0\n\n"), id="chunks"
        ),
        pytest.param(lambda: read_text(Body(b"x"), "charset=" + " " * 200000 + ";"), id="charset of a header"),
        pytest.param(lambda: bot_protection(Head(403, []), "<TITLE>Access Denied</TITLE>" * 2340), id="bot protection"),
        pytest.param(
            lambda: cloudflare_error(Head(403, []), "cf-error-code" * 5041 + "<title>" * 9000), id="error code"
        ),
        pytest.param(lambda: next_cursor(Answer(200, {"Link": "<" * 65000}, b"")), id="next page"),
    ],
)
def test_no_answer_keeps_us_reading(work: Callable[[], Any]) -> None:
    work()

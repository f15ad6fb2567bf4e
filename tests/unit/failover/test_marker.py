# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The marker comes back as it was written; nothing else is believed, and nothing crashes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._failover.marker import (
    FOREVER,
    NEVER,
    Marker,
    Pin,
    Span,
    latest,
    parse,
)
from ansible_collections.twinzone.edge.plugins.module_utils._zone import rdata
from hypothesis import given
from hypothesis import strategies as st

NOW = 1_800_000_000
FRONTS = ["cloudflare", "bunny"]

words = st.text("abcXYZ019_.-", min_size=1, max_size=40)
times = st.integers(1, NOW)
spans = st.just(NEVER) | st.lists(times, min_size=2, max_size=2).map(lambda pair: Span(*sorted(pair)))
pins = st.builds(Pin, words, st.just(FOREVER) | st.integers(1, 10**12 - 1), st.just("") | words)


@st.composite
def markers(draw: st.DrawFn) -> Marker:
    return Marker(
        seq=draw(st.integers(0, 10**12 - 1)),
        front=draw(words),
        since=draw(times | st.just(0)),
        run=draw(words),
        pin=draw(st.none() | pins),
        switches=tuple(sorted(draw(st.lists(times, max_size=12)))),
        degraded=draw(spans),
        healthy=draw(spans),
        noted=draw(times | st.just(0)),
    )


@given(markers())
def test_a_marker_comes_back_as_it_was_written(marker: Marker) -> None:
    assert parse(marker.to_text(), NOW) == marker


@given(markers())
def test_a_marker_comes_back_from_dns(marker: Marker) -> None:
    """Providers cut a text of more than 255 bytes into strings."""
    served = rdata.parse("TXT", marker.to_text(), "example.com").text
    assert parse(served, NOW) == marker


@given(markers(), st.lists(times, min_size=13, max_size=40).map(sorted))
def test_only_the_latest_switches_are_kept(marker: Marker, switches: list[int]) -> None:
    again = parse(replace(marker, switches=tuple(switches)).to_text(), NOW)
    assert again is not None
    assert again.switches == tuple(switches[-12:])


@given(markers(), st.integers(0, NOW))
def test_times_of_the_future_are_dropped(marker: Marker, now: int) -> None:
    again = parse(marker.to_text(), now)
    assert again is not None
    assert (again.seq, again.front, again.run, again.pin) == (marker.seq, marker.front, marker.run, marker.pin)
    spans = [time for span in (again.degraded, again.healthy) for time in (span.since, span.seen)]
    seen = [again.since, *spans, again.noted, *again.switches]
    assert max(seen) <= now


@given(st.text(max_size=600))
def test_arbitrary_text_is_never_trusted(text: str) -> None:
    assert parse(text, NOW) is None


@given(markers(), st.data())
def test_a_damaged_marker_never_crashes(marker: Marker, data: st.DataObject) -> None:
    text = marker.to_text()
    position = data.draw(st.integers(0, len(text)))
    length = data.draw(st.integers(0, 20))
    damaged = text[:position] + data.draw(st.text(max_size=8)) + text[position + length :]
    again = parse(damaged, NOW)
    if again is not None:
        assert parse(again.to_text(), NOW) == again, "what is believed can be written again"


pieces = st.sampled_from(
    ["v=twinzone1", "v=twinzone2", "seq=1", "seq=-1", "seq=x", "seq=", "front=bunny", "front=", "front=a/b", "since=9",
     "switches=1,2", "switches=,,x", "healthy=1", "healthy=2,1", "healthy=1,2,3", "pin=bunny", "pin=", "until=0",
     "until=-5", "until=9" * 3, "tag=x", "tag=a/b", "run=r", "run=", "degraded=z", "degraded=5,6", "noted=", "=",
     "a=b=c", "\u0661"]
)  # fmt: skip


@given(st.lists(pieces, max_size=14))
def test_fields_in_any_combination_never_crash(parts: list[str]) -> None:
    marker = parse(" ".join(parts), NOW)
    if marker is not None:
        assert "v=twinzone1" in parts
        assert marker.front == "bunny"
        assert parse(marker.to_text(), NOW) == marker


@pytest.mark.parametrize(
    "text",
    [
        "",
        '""',
        "v=spf1 -all",
        "v=twinzone1",
        "v=twinzone1 seq=1",
        "v=twinzone1 front=bunny",
        "v=twinzone2 seq=1 front=bunny",
        "v=twinzone1 seq=1 front=bunny run=a/b",
        "v=twinzone1 seq=1e3 front=bunny",
        "v=twinzone1 seq=٣ front=bunny",
        "v=twinzone1 seq=1234567890123 front=bunny",
        "v=twinzone1 seq=1 front=" + "x" * 41,
        "v=twinzone1 seq=1 front=bunny " + "x" * 500,
        "seq=1 front=bunny",
    ],
)
def test_what_we_did_not_write_is_no_marker(text: str) -> None:
    assert parse(text, NOW) is None


def test_a_pin_that_cannot_be_read_is_none() -> None:
    for bad in ("pin=bunny", "pin=a/b until=0", "pin=bunny until=soon", "until=0"):
        marker = parse(f"v=twinzone1 seq=1 front=bunny {bad}", NOW)
        assert marker is not None
        assert marker.pin is None


def test_a_pin_holds_until_its_end() -> None:
    assert Pin("bunny", NOW + 1).holds(NOW)
    assert not Pin("bunny", NOW).holds(NOW)
    assert Pin("bunny", FOREVER).holds(NOW)


@given(
    st.lists(markers().map(lambda marker: replace(marker, front="bunny")), max_size=5), st.lists(st.text(max_size=30))
)
def test_the_highest_seq_tells_the_intended_front(found: list[Marker], noise: list[str]) -> None:
    texts = [*noise, *(marker.to_text() for marker in found)]
    best = latest(texts, FRONTS, NOW)
    if not found:
        assert best is None
        return
    assert best in found
    assert best is not None
    assert all((-best.seq, best.run) <= (-other.seq, other.run) for other in found)
    assert latest(reversed(texts), FRONTS, NOW) == best, "whatever server answered first"


def test_a_provider_that_comes_back_with_an_old_marker_is_not_believed() -> None:
    old, new = Marker(6, "cloudflare", 1), Marker(7, "bunny", 2)
    assert latest([old.to_text(), new.to_text()], FRONTS, NOW) == new


def test_a_marker_for_a_front_that_is_gone_is_as_good_as_none() -> None:
    texts = [Marker(9, "fastly", 1).to_text(), Marker(2, "bunny", 1).to_text()]
    best = latest(texts, FRONTS, NOW)
    assert best is not None
    assert best.front == "bunny"
    assert latest(texts[:1], FRONTS, NOW) is None

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The marker comes back as it was written; nothing else is believed, and nothing crashes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._failover.marker import (
    FOREVER,
    LONGEST_PIN,
    NEVER,
    Marker,
    Pin,
    Span,
    latest,
    parse,
)
from ansible_collections.twinzone.edge.plugins.module_utils._failover.restorations import NONE, Restorations
from ansible_collections.twinzone.edge.plugins.module_utils._zone import rdata
from hypothesis import given
from hypothesis import strategies as st
from support.paths import SHARED

NOW = 1_800_000_000
FRONTS = ["cloudflare", "bunny"]

words = st.text("abcXYZ019_.-", min_size=1, max_size=40)
#: The first Unix time that is believed.
FIRST = 1_500_000_000
times = st.integers(FIRST, NOW)
spans = st.just(NEVER) | st.lists(times, min_size=2, max_size=2).map(lambda pair: Span(*sorted(pair)))
pins = st.builds(Pin, words, st.just(FOREVER) | st.integers(1, NOW + LONGEST_PIN), st.just("") | words)


@st.composite
def restorations(draw: st.DrawFn) -> Restorations:
    made = draw(st.lists(times, max_size=6).map(sorted))
    day, count = draw(st.just((0, 0)) | st.tuples(times, st.integers(1, 99)))
    return Restorations(tuple(made), day, count)


@st.composite
def markers(draw: st.DrawFn) -> Marker:
    seq = draw(st.integers(0, NOW + 60))
    return Marker(
        seq=seq,
        front=draw(words),
        since=draw(times | st.just(0)),
        run=draw(words),
        pin=draw(st.none() | pins),
        switches=tuple(sorted(draw(st.lists(times, max_size=12)))),
        degraded=draw(spans),
        healthy=draw(spans),
        noted=draw(times | st.just(0)),
        restored=draw(restorations()),
        pinseq=draw(st.none() | st.integers(0, seq)),
        asked=draw(st.none() | st.integers(0, NOW + 60)),
        given=draw(st.none() | words),
    )


def as_kept(marker: Marker) -> Marker:
    """The marker without what it cannot keep where its names and numbers are all as long as can be."""
    again = parse(marker.to_text(), NOW)
    assert again is not None
    if again == marker:
        return marker
    assert len(replace(marker, run="x", pin=None).to_text()) > 300, "only a very long one is cut"
    assert again.pin is None or marker.pin is not None
    pin = replace(marker.pin, tag="") if marker.pin else None
    return replace(marker, run=marker.run[:8], pin=pin, switches=marker.switches[-4:])


@given(markers())
def test_a_marker_comes_back_as_it_was_written(marker: Marker) -> None:
    assert parse(marker.to_text(), NOW) == as_kept(marker)


@given(markers())
def test_every_version_takes_a_marker_for_its_own(marker: Marker) -> None:
    """Older ones take a text of more than 500 characters for somebody else's."""
    assert len(marker.to_text()) - len('""') <= 500


@given(markers())
def test_an_older_version_leaves_out_what_it_does_not_know(marker: Marker) -> None:
    kept = as_kept(marker).to_text().strip('"').split(" ")
    old = " ".join(part for part in kept if part.partition("=")[0] not in ("restored", "pinseq", "asked", "given"))
    again = parse(old, NOW)
    assert again == replace(as_kept(marker), restored=NONE, pinseq=None, asked=None, given=None)


@given(markers())
def test_a_marker_comes_back_from_dns(marker: Marker) -> None:
    """Providers cut a text of more than 255 bytes into strings."""
    served = rdata.parse("TXT", marker.to_text(), "example.com").text
    assert parse(served, NOW) == as_kept(marker)


@given(markers(), st.lists(times, min_size=13, max_size=40).map(sorted))
def test_only_the_latest_switches_are_kept(marker: Marker, switches: list[int]) -> None:
    again = parse(replace(marker, switches=tuple(switches)).to_text(), NOW)
    assert again is not None
    assert again.switches in (tuple(switches[-12:]), tuple(switches[-4:]))


@given(markers(), st.integers(FIRST, NOW))
def test_times_of_the_future_are_dropped(marker: Marker, now: int) -> None:
    again = parse(marker.to_text(), now)
    if marker.seq > now + 60:
        assert again is None
        return
    assert again is not None
    assert (again.seq, again.front) == (marker.seq, marker.front)
    spans = [time for span in (again.degraded, again.healthy) for time in (span.since, span.seen)]
    seen = [again.since, *spans, again.noted, *again.switches, *again.restored.times]
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
        "v=twinzone1 seq=999999999999 front=bunny",
        f"v=twinzone1 seq={NOW + 61} front=bunny",
        "v=twinzone1 seq=1 front=" + "x" * 41,
        "v=twinzone1 seq=1 front=bunny " + "x" * 500,
        "seq=1 front=bunny",
    ],
)
def test_what_we_did_not_write_is_no_marker(text: str) -> None:
    assert parse(text, NOW) is None


STRANGERS = SHARED / "cases" / "adversaries" / "markers.txt"


@pytest.mark.skipif(not STRANGERS.is_file(), reason="the cases that are kept beside the project are missing")
def test_of_what_strangers_left_no_number_out_of_reason_is_believed() -> None:
    """Their values may look like markers, but no time or number in them lasts beyond our next write."""
    texts = STRANGERS.read_text().splitlines()
    found = {text: parse(text, NOW) for text in texts}
    assert len(found) >= 4
    assert [text for text, marker in found.items() if marker is None] == [one for one in texts if "seq=9999999" in one]
    for marker in filter(None, found.values()):
        assert marker.seq <= NOW
        assert marker.since <= NOW
    ours = Marker(NOW, "cloudflare", NOW, "ours")
    assert latest([*texts, ours.to_text()], FRONTS, NOW) == ours, "what we write next outdoes each of them"


def test_a_pin_that_cannot_be_read_is_none() -> None:
    for bad in ("pin=bunny", "pin=a/b until=0", "pin=bunny until=soon", "until=0", "pin=bunny until=999999999999"):
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
    old, new = Marker(6, "cloudflare", FIRST), Marker(7, "bunny", NOW)
    assert latest([old.to_text(), new.to_text()], FRONTS, NOW) == new


def test_a_marker_for_a_front_that_is_gone_is_as_good_as_none() -> None:
    texts = [Marker(9, "fastly", 1).to_text(), Marker(2, "bunny", 1).to_text()]
    best = latest(texts, FRONTS, NOW)
    assert best is not None
    assert best.front == "bunny"
    assert latest(texts[:1], FRONTS, NOW) is None

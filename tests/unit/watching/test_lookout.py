# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the watcher reports of the looks at its sites, and when."""

from __future__ import annotations

from itertools import pairwise

from ansible_collections.twinzone.edge.plugins.module_utils._watching.lookout import (
    AT_ONCE,
    SOON,
    Event,
    Look,
    Lookout,
    Trouble,
)
from hypothesis import given
from hypothesis import strategies as st

AGAIN, PATIENCE = 60.0, 90.0
BAD = Trouble("cloudflare", "status", "status 503, expected 200")


def lookout(*sites: str) -> Lookout:
    return Lookout(sites or ("a",), AGAIN, PATIENCE, 0.0)


def take(watcher: Lookout, site: str, now: float, *troubles: Trouble) -> list[Event]:
    watcher.take(Look(site, now, troubles), now)
    return watcher.events(now)


def test_trouble_is_reported_at_once_then_again_and_its_end() -> None:
    watcher = lookout()
    assert take(watcher, "a", 1) == []
    (event,) = take(watcher, "a", 6, BAD)
    assert event["kind"] == "suspicion"
    assert event["sites"] == ["a"]
    assert event["fronts"] == [
        {"site": "a", "front": "cloudflare", "cause": "status", "reason": BAD.reason, "since": 6}
    ]
    assert take(watcher, "a", 20, BAD) == []
    (event,) = take(watcher, "a", 21, BAD)
    assert (event["kind"], event["fronts"][0]["since"]) == ("suspicion", 6)
    assert take(watcher, "a", 26) == []
    assert not watcher.due(26)
    assert [one["kind"] for one in watcher.events(81)] == ["recovery"]
    assert watcher.events(400) == []


def test_trouble_that_lasts_is_reported_soon_twice_more_and_then_once_a_minute() -> None:
    watcher = lookout()
    times = [now for now in range(0, 400, 5) if take(watcher, "a", now, BAD)]
    assert times == [0, 15, 30, 60, 120, 180, 240, 300, 360]


def test_sites_that_fail_together_are_one_event() -> None:
    watcher = lookout("a", "b", "c")
    for site in ("a", "b"):
        watcher.take(Look(site, 5, (BAD,)), 5)
    (event,) = watcher.events(5)
    assert event["sites"] == ["a", "b"]


def test_another_front_is_another_trouble() -> None:
    watcher = lookout()
    take(watcher, "a", 5, BAD)
    take(watcher, "a", 10, BAD, BAD._replace(front="bunny"))
    (event,) = watcher.events(65)
    assert [(one["front"], one["since"]) for one in event["fronts"]] == [("cloudflare", 5), ("bunny", 10)]


def test_a_blind_look_says_nothing_about_a_front() -> None:
    watcher = lookout()
    take(watcher, "a", 5, BAD)
    watcher.take(Look("a", 70, blind=True), 70)
    (event,) = watcher.events(70)
    assert event["kind"] == "suspicion"
    beat = watcher.beat(71)
    assert beat == {"kind": "beat", "sites": 1, "suspected_fronts": 1, "blind_sites": 1}


def test_no_sign_of_life_while_a_site_is_not_looked_at() -> None:
    watcher = lookout("a", "b")
    assert watcher.beat(PATIENCE)
    take(watcher, "a", PATIENCE)
    assert watcher.beat(PATIENCE + 1) is None
    take(watcher, "b", PATIENCE + 2)
    assert watcher.beat(PATIENCE + 2)


@given(st.lists(st.booleans(), min_size=1, max_size=300))
def test_no_site_is_reported_more_than_once_a_minute_in_the_long_run_and_nothing_is_lost(bad: list[bool]) -> None:
    """However its front fluctuates; and the last report says how it ended."""
    watcher = lookout()
    reports: list[tuple[float, str]] = []
    now = 0.0
    for one in [*bad, *[bad[-1]] * 40]:
        now += 5
        reports += [(now, event["kind"]) for event in take(watcher, "a", now, *[BAD] * one)]
    times = [when for when, _kind in reports]
    assert all(later - earlier >= SOON for earlier, later in pairwise(times))
    for place, begin in enumerate(times):
        for number, end in enumerate(times[place:]):
            assert number <= AT_ONCE - 1 + (end - begin) / AGAIN
    assert any(bad) == bool(reports)
    if reports:
        assert reports[-1][1] == ("suspicion" if bad[-1] else "recovery")

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an apex was given, and how often it may be given other addresses."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._failover import marker, renewals, router
from ansible_collections.twinzone.edge.plugins.module_utils._failover.given_addresses import fingerprint, given_front
from ansible_collections.twinzone.edge.plugins.module_utils._failover.marker import Marker
from ansible_collections.twinzone.edge.plugins.module_utils._failover.renewals import MOST, Renewals
from hypothesis import given
from hypothesis import strategies as st

NOW = 1_800_000_000
DAY = 86400
ADDRESSES = st.sets(st.ip_addresses().map(str), min_size=1, max_size=8)


@given(ADDRESSES, ADDRESSES)
def test_a_marker_knows_the_addresses_that_it_gave_and_no_others(gave: set[str], others: set[str]) -> None:
    text = Marker(NOW, "bunny", NOW, given="bunny", gave=fingerprint(gave)).to_text()
    read = marker.parse(text, NOW)
    assert read is not None and len(text) < 500
    assert given_front(sorted(gave), read) == "bunny"
    assert given_front([one.upper() for one in gave], read) == "bunny"
    assert (given_front(others, read) == "bunny") == (others == gave)
    assert given_front(gave, replace(read, gave=None)) == given_front(gave, None) == ""


def test_no_addresses_are_nobodys() -> None:
    assert fingerprint([]) == ""
    assert given_front([], Marker(1, "bunny", NOW, given="bunny", gave=fingerprint([]))) == ""


def test_an_api_that_shows_what_was_given_shows_that_front() -> None:
    """Whatever the fronts' names are answered with today; what was not given is somebody else's."""
    shapes = {"cloudflare": {"A": {"192.0.2.1"}}, "bunny": {"A": {"192.0.2.2"}}}
    last = Marker(1, "bunny", NOW, given="bunny", gave=fingerprint(["198.51.100.7"]))
    for address, shown in {"198.51.100.7": "bunny", "192.0.2.1": "cloudflare", "198.51.100.8": "(other)"}.items():
        assert router.held([{"name": "@", "type": "A", "values": [address]}], shapes, last).shown() == shown


def test_what_is_one_providers_affair_is_not_shared() -> None:
    one, other = (Marker(1, "bunny", NOW, given="bunny", gave=gave) for gave in ("abc", None))
    assert one.shared == other.shared != one


@given(st.lists(st.integers(0, 4 * DAY), max_size=150).map(sorted), st.sampled_from([None, 300, 40, 10, 1]))
def test_renewals_leave_the_half_of_the_writes_and_stop_at_the_limit(times: list[int], daily: int | None) -> None:
    done, made = renewals.NONE, list[int]()
    for time in (NOW + offset for offset in times):
        if done.allow(time, daily):
            done = done.with_one_at(time)
            made.append(time)
    most = MOST if daily is None else min(MOST, daily // 2)
    for begin in {NOW + DAY * number for number in range(4)}:
        assert sum(begin <= time < begin + DAY for time in made) <= 2 * most, "two days of counting meet in a day"
    assert done.count <= most
    assert renewals.parse(done.to_text(), NOW + 5 * DAY) == done


@pytest.mark.parametrize(("others", "allowed"), [(0, True), (149, True), (150, False)])
def test_restorations_and_renewals_share_what_is_not_kept_for_failovers(others: int, allowed: bool) -> None:
    assert renewals.NONE.allow(NOW, 300, others) is allowed


@pytest.mark.parametrize("text", ["", "1", "x,y", f"{NOW + 1},3", "-1,2"])
def test_what_is_no_count_is_none(text: str) -> None:
    assert renewals.parse(text, NOW) == Renewals()

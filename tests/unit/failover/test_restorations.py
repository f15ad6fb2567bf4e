# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How often a router is led back before somebody else's hand is left alone."""

from __future__ import annotations

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._failover.restorations import (
    DAY,
    HOUR,
    NONE,
    Restorations,
    parse,
)
from hypothesis import given
from hypothesis import strategies as st

NOW = 1_800_000_000

#: What deSEC takes for one domain.
DESEC = 300


def after(*pauses: int) -> tuple[Restorations, int]:
    """Restorations with these pauses between them, and the time of the last one."""
    now, found = NOW, NONE.with_one_at(NOW)
    for pause in pauses:
        now += pause
        found = found.with_one_at(now)
    return found, now


@pytest.mark.parametrize(
    ("pauses", "contested"),
    [
        ((), False),
        ((300,), False),
        ((300, 300), True),
        ((1800, 1800), True),
        ((1800, 1801), False),
        ((4000,) * 4, False),
        ((4000,) * 5, True),
        ((DAY // 5,) * 5, True),
        ((DAY // 5 + 1,) * 5, False),
        ((300, 300, HOUR), False),
    ],
)
def test_three_in_an_hour_or_six_in_a_day_are_contested(pauses: tuple[int, ...], contested: bool) -> None:
    found, _now = after(*pauses)
    assert found.contested == contested
    assert not found.forgiven().contested


@pytest.mark.parametrize("daily_writes", [None, DESEC])
def test_five_minutes_pass_between_two(daily_writes: int | None) -> None:
    found, now = after()
    assert not found.allow(now + 299, daily_writes)
    assert found.allow(now + 300, daily_writes)


@given(st.lists(st.integers(60, 900), min_size=100, max_size=200), st.sampled_from([None, 300, 20]))
def test_at_most_half_of_a_day_s_writes_are_used_up(pauses: list[int], daily_writes: int | None) -> None:
    found, now, made = NONE, NOW, 0
    for pause in pauses:
        now += pause
        if now - NOW >= DAY:
            break
        if found.allow(now, daily_writes):
            found, made = found.with_one_at(now), made + 1
            found = found.forgiven() if made % 7 == 0 else found
    assert daily_writes is None or 2 * made <= daily_writes // 2
    assert made >= 5, "but they do go on"
    assert found.allow(now + DAY, daily_writes), "and the next day starts again"


@given(st.lists(st.integers(1, 90000), max_size=20), st.booleans())
def test_they_come_back_as_they_were_written(pauses: list[int], forgiven: bool) -> None:
    found, now = after(*pauses)
    found = found.forgiven() if forgiven else found
    assert parse(found.to_text(), now) == found


@pytest.mark.parametrize("text", ["", "1", "x", "1,2,3,4,5,x", f"{NOW + 1},1", f"{NOW},1,{NOW + 1}", "9,1,5,9", "-1,2"])
def test_what_cannot_be_is_none(text: str) -> None:
    assert parse(text, NOW) == NONE

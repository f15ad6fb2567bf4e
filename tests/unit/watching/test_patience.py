# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long the watcher waits for each front."""

from __future__ import annotations

from ansible_collections.twinzone.edge.plugins.module_utils._watching.patience import LEAST, Patience
from hypothesis import given
from hypothesis import strategies as st

TIMEOUT = 5.0


def test_a_slow_front_is_given_up_a_few_times_and_never_again() -> None:
    """It always needs two and a half seconds, of five that the check allows."""
    patience, given_up = Patience(), 0
    for _look in range(1000):
        if patience.of("slow", TIMEOUT) < 2.5:
            given_up += 1
            patience.gave_up("slow", TIMEOUT)
        else:
            patience.answered("slow", 2.5)
    assert given_up == 1
    assert patience.of("slow", TIMEOUT) == TIMEOUT


def test_what_was_silent_and_is_well_again_is_watched_as_closely_as_before() -> None:
    patience = Patience()
    for _look in range(10):
        patience.gave_up("a", TIMEOUT)
    assert (patience.of("a", TIMEOUT), patience.of("b", TIMEOUT)) == (TIMEOUT, LEAST)
    patience.answered("a", 0.2)
    assert patience.of("a", TIMEOUT) == LEAST


@given(st.lists(st.none() | st.floats(0, 100)), st.floats(0.1, 60))
def test_no_try_takes_longer_than_its_check_allows_nor_less_than_that_or_the_least(
    looks: list[float | None], timeout: float
) -> None:
    patience = Patience()
    for seconds in looks:
        if seconds is None:
            patience.gave_up("a", timeout)
        else:
            patience.answered("a", seconds)
        assert min(LEAST, timeout) <= patience.of("a", timeout) <= timeout

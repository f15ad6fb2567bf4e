# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What time it is, from sources of which some lie."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._failover import clock
from hypothesis import given
from hypothesis import strategies as st

NOW = 1_800_000_000
HONEST = st.integers(-10, 10)
LIES = st.integers(-(10**9), 10**9)


@given(st.lists(HONEST, min_size=2, max_size=5), st.integers(-(10**7), 10**7), st.lists(LIES, max_size=4))
def test_a_minority_of_liars_changes_nothing(honest: list[int], error: int, lies: list[int]) -> None:
    """error: of our clock."""
    lies = lies[: len(honest) - 1]
    sources = {str(number): ahead for number, ahead in enumerate([*lies, *(error + one for one in honest)])}
    found = clock.agreed(sources)
    assert found is not None and abs(found - error) <= 45
    assert (clock.off(sources) == 0) or abs(error) >= 15


@given(LIES)
def test_one_source_alone_proves_nothing(ahead: int) -> None:
    assert clock.agreed({"a": ahead}) is None
    assert clock.off({"a": ahead}) == 0
    assert clock.off({}) == 0


@given(HONEST, LIES.filter(lambda lie: abs(lie) > 50))
def test_two_that_differ_agree_on_nothing(honest: int, lie: int) -> None:
    assert clock.off({"a": honest, "b": lie}) == 0


def front(name: str, **answer: Any) -> Any:
    return {"site": "www", "name": name, "addresses": [{"received": NOW, **answer}]}


def vote(vantage: str, *fronts: Any, controls: Any = ()) -> Any:
    return {"vantage": vantage, "msg": "", "fronts": list(fronts), "controls": list(controls)}


@pytest.mark.parametrize(
    ("answer", "ahead"),
    [
        ({"date": NOW + 300}, {"a": 300}),
        ({"date": NOW - 500, "age": 500, "cached": True}, {"a": 0}),
        ({"date": NOW - 500, "age": None, "cached": True}, {}),
        ({"date": None}, {}),
        ({"date": NOW, "received": None}, {}),
    ],
)
def test_what_an_answer_tells(answer: Any, ahead: dict[str, int]) -> None:
    assert clock.of_vantage(vote("localhost", front("a", **answer))) == ahead


def test_the_sources_of_the_controller() -> None:
    """Another vantage is one source, whatever it reports, and says only how late it is at least."""
    here = vote("localhost", front("a", date=NOW + 9), controls=[{"control": "c", "date": NOW + 8, "received": NOW}])
    there = vote("there", front("a", date=NOW + 900), front("b", date=NOW + 900))
    early = vote("early", front("a", date=NOW - 900))
    silent = vote("silent")
    held: Any = {"example.com": {"desec": {"clock_ahead": 7, "error": None}, "cloudflare": {"error": None}}}
    found = clock.of_controller([here, there, early, silent], held, NOW)
    assert found == {"a": 9, "c": 8, "vantage there": 900, "vantage early": 0, "the API of desec": 7}

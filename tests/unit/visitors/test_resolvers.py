# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resolvers and visitors keep what they were answered for as long as they may, and no longer."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.visitors.authority import Servers
from support.visitors.costs import HOLD, minutes_lost
from support.visitors.replays import EDGE, LEAD, STANDBY, Replay, Spell
from support.visitors.resolvers import STALE_SECONDS, Resolver, population, timeline

TTL = 60
PROVIDERS = ("cloudflare", "desec")
ONE = Resolver("cloudflare", 1.0, False, 0.5, 7)


def servers(ttl: int = TTL) -> dict[str, Servers]:
    found = {name: Servers(name, lags=(0.0, 0.0)) for name in PROVIDERS}
    for one in found.values():
        one.lead(-100.0, EDGE, ttl)
    return found


def test_an_answer_is_kept_for_its_ttl() -> None:
    """The resolver asks at 30 seconds first, and once a minute from then on."""
    here = servers()
    here["cloudflare"].lead(100.0, STANDBY, TTL)
    assert timeline(ONE, here, 1000.0) == [(0.0, EDGE), (150.0, STANDBY)]


def test_it_is_the_provider_that_is_asked_whose_answer_counts() -> None:
    here = servers()
    here["desec"].lead(100.0, STANDBY, TTL)
    assert timeline(ONE, here, 1000.0) == [(0.0, EDGE)]
    even = timeline(replace(ONE, loyalty=0.5), here, 6000.0)
    assert {front for _when, front in even} == {EDGE, STANDBY}
    assert len(even) > 20


def test_that_there_is_no_such_name_is_kept_for_the_minimum_of_the_soa() -> None:
    here = servers()
    here["cloudflare"].lead(100.0, None, TTL)
    here["cloudflare"].lead(200.0, STANDBY, TTL)
    assert timeline(ONE, here, 1000.0) == [(0.0, EDGE), (150.0, None), (450.0, STANDBY)]


def test_expired_answers_are_served_by_some_while_nobody_answers() -> None:
    here = servers()
    for one in here.values():
        one.silent = True
    nobody = timeline(ONE, here, 100.0)
    assert nobody == [(0.0, None)]
    for one in here.values():
        one.silent = False
    stale = replace(ONE, stale=True)
    assert timeline(stale, here, 100.0) == timeline(ONE, here, 100.0) == [(0.0, EDGE)]
    assert STALE_SECONDS == 30


def test_the_other_provider_is_asked_where_the_favourite_is_silent() -> None:
    here = servers()
    here["cloudflare"].silent = True
    here["desec"].lead(-50.0, STANDBY, TTL)
    assert timeline(ONE, here, 100.0) == [(0.0, STANDBY)]


@pytest.mark.parametrize(("ttl", "least", "most"), [(1, 0.45, 0.6), (60, 0.9, 1.1), (600, 5.2, 6.0)])
def test_visitors_lose_half_a_ttl_and_what_their_browsers_keep(ttl: int, least: float, most: float) -> None:
    """With a record that is changed at the first failing answer."""
    replay = Replay("", "", [Spell(60, 1.0)], "")
    here = servers(ttl)
    for one in here.values():
        one.lead(LEAD, STANDBY, ttl)
    lost = minutes_lost(replay, here, population(200, PROVIDERS, 3))
    assert least < lost < most
    assert HOLD == 60


def test_without_a_change_they_lose_what_fails() -> None:
    replay = Replay("", "", [Spell(10, 1.0), Spell(10, 0.25), Spell(10)], "")
    assert minutes_lost(replay, servers(), population(5, PROVIDERS, 1)) == pytest.approx(12.5)


def test_the_population_is_the_measured_one() -> None:
    resolvers = population(4000, PROVIDERS, 5)
    assert resolvers == population(4000, PROVIDERS, 5)
    preferring = sum(one.loyalty > 0.5 for one in resolvers) / len(resolvers)
    assert preferring == pytest.approx(0.69, abs=0.03)

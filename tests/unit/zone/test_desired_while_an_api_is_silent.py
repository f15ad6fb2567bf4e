# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The leak guard while the proxy's API is down: only its name servers can be asked then."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._zone import desired, rdata
from ansible_collections.twinzone.edge.plugins.module_utils._zone.desired import Desired
from ansible_collections.twinzone.edge.plugins.module_utils._zone.plan import Held
from ansible_collections.twinzone.edge.plugins.module_utils._zone.proxy import Proxy
from ansible_collections.twinzone.edge.plugins.module_utils._zone.record_sets import RecordSet
from support.emulated_providers import ZONE, Entry, declare

ORIGIN, ORIGIN6, COPY = "203.0.113.10", "2001:db8::10", "192.0.2.80"


def answered_as_declared(entries: list[Entry], **more: Any) -> Proxy:
    """A proxy whose servers answer for www what is declared."""
    answers = {rdtype: [e["values"] for e in entries if e["type"] == rdtype] for rdtype in ("A", "AAAA")}
    return Proxy("cloudflare", answers={"www": answers}, **more)


def www(rdtype: str = "A", value: str = ORIGIN, **more: Any) -> Entry:
    return {"name": "www", "type": rdtype, "values": value, **more}


def holding(*sets: tuple[str, str]) -> Held:
    """What deSEC holds for www: type and value."""
    made = {
        ("www", rdtype): RecordSet("www", rdtype, 3600, (rdata.parse(rdtype, value, ZONE),)) for rdtype, value in sets
    }
    return Held(made, 3600)


def desired_at_desec(entries: list[Entry], here: Held | None, proxy: Proxy | None = None) -> Desired:
    known = proxy or answered_as_declared(entries)
    return desired.sets_at("desec", ZONE, declare(*entries), [known], desired.COPY, here)


def published(found: Desired) -> set[str]:
    return {value.text for goal in found.wanted for value in goal.record_set.values}


@pytest.mark.parametrize("here", [holding(("A", COPY)), holding(("AAAA", "2001:db8::80")), holding(("CNAME", "x.y."))])
def test_what_may_be_a_copy_stays(here: Held) -> None:
    """Answers as declared may come from a zone that is paused."""
    found = desired_at_desec([www(), www("TXT", "hello")], here)
    assert published(found) == {'"hello"'}
    assert "does not say" in found.pending["www"]
    assert "state `proxied: false` under `at`" in found.pending["www"], "what helps"
    assert found.untouched == {"www"}


@pytest.mark.parametrize(
    ("entries", "here"),
    [
        ([www()], None),
        ([www()], holding()),
        ([www()], holding(("A", ORIGIN))),
        ([www(), www("AAAA", ORIGIN6)], holding(("A", ORIGIN), ("AAAA", ORIGIN6))),
        ([www()], holding(("TXT", "x"))),
        ([www(at={"cloudflare": {"proxied": False}})], holding(("A", COPY))),
        ([www(only="desec")], holding(("A", COPY))),
        ([www(at={"desec": {"values": "198.51.100.1"}})], holding(("A", COPY))),
    ],
)
def test_what_is_no_copy_is_kept_as_declared(entries: list[Entry], here: Held | None) -> None:
    found = desired_at_desec(entries, here)
    assert len(found.wanted) == len(entries)
    assert found.pending == {}


def test_with_the_api_up_what_it_does_not_proxy_is_kept_as_declared() -> None:
    up = answered_as_declared([www()], held=Held({}, 60))
    assert published(desired_at_desec([www()], holding(("A", COPY)), up)) == {ORIGIN}


def test_a_name_that_the_proxys_servers_do_not_know_is_proxied_nowhere() -> None:
    unknown = Proxy("cloudflare", answers={"www": {}}, unknown_names=frozenset({"www"}))
    assert published(desired_at_desec([www()], holding(), unknown)) == {ORIGIN}
    declared_proxied = www(at={"cloudflare": {"proxied": True}})
    assert published(desired_at_desec([declared_proxied], holding(), unknown)) == set(), "unless it should be"
    silent = Proxy("cloudflare", answers={"www": {}})
    assert published(desired_at_desec([www()], holding(), silent)) == set()


def test_where_it_is_not_known_whether_the_zone_is_paused_nothing_is_copied() -> None:
    """A token that may edit DNS and not read the zone, used with zone_id."""
    held = Held({("www", "A"): RecordSet("www", "A", 1, (rdata.parse("A", ORIGIN, ZONE),), {"proxied": True})}, 60)
    answers = {"www": {"A": [COPY], "AAAA": []}}
    assert published(desired_at_desec([www()], None, Proxy("cloudflare", held, answers=answers))) == {COPY}
    found = desired_at_desec([www()], None, Proxy("cloudflare", held, answers=answers, doubt="the token may not"))
    assert published(found) == set()
    assert found.pending["www"].endswith("whether the zone is paused at cloudflare: the token may not")

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the other providers publish for a set that one of them proxies: never its origin unless asked to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._zone import desired, rdata
from ansible_collections.twinzone.edge.plugins.module_utils._zone import entries as zone_entries
from ansible_collections.twinzone.edge.plugins.module_utils._zone.desired import Desired
from ansible_collections.twinzone.edge.plugins.module_utils._zone.entries import Context
from ansible_collections.twinzone.edge.plugins.module_utils._zone.plan import Held
from ansible_collections.twinzone.edge.plugins.module_utils._zone.proxy import Proxy, may_be_proxied
from ansible_collections.twinzone.edge.plugins.module_utils._zone.record_sets import Declared, RecordSet
from hypothesis import given
from hypothesis import strategies as st

ZONE = "example.com"
CONTEXT = Context(ZONE, {"cloudflare": frozenset({"proxied"}), "desec": frozenset()})
ORIGIN, ORIGIN6, EDGE, EDGE6 = "203.0.113.10", "2001:db8::10", "104.16.0.1", "2606:4700::1"
PROXIED = {"cloudflare": {"proxied": True}}


def declare(*entries: dict[str, Any]) -> list[Declared]:
    return zone_entries.parse_declared(entries, CONTEXT)


def www(rdtype: str = "A", value: str = ORIGIN, **more: Any) -> dict[str, Any]:
    return {"name": "www", "type": rdtype, "values": value, **more}


def holding(*sets: tuple[str, str, str, bool]) -> Held:
    """What Cloudflare holds. Each set: name, type, value, whether it is proxied."""
    made = {
        (name, rdtype): RecordSet(name, rdtype, 1, (rdata.parse(rdtype, value, ZONE),), {"proxied": proxied})
        for name, rdtype, value, proxied in sets
    }
    return Held(made, 60)


def answering(*addresses: str, **more: Any) -> Proxy:
    """Cloudflare, whose servers answer these addresses for www."""
    answers = {
        "A": [text for text in addresses if ":" not in text],
        "AAAA": [text for text in addresses if ":" in text],
    }
    return Proxy("cloudflare", suffix="cdn.cloudflare.net.", **{"answers": {"www": answers}, **more})


def at_desec(declared: Sequence[Declared], proxy: Proxy, proxied: str = desired.COPY) -> Desired:
    return desired.sets_at("desec", ZONE, declared, [proxy], proxied)


def stands(found: Desired) -> dict[tuple[str, str], list[str]]:
    """What must exist, by name and type."""
    return {
        goal.record_set.key: [value.text for value in goal.record_set.values]
        for goal in found.wanted
        if not goal.absent
    }


HELD_PROXIED = holding(("www", "A", ORIGIN, True))


def test_cloudflare_itself_gets_what_was_declared() -> None:
    declared = declare(www(at=PROXIED))
    (goal,) = desired.sets_at("cloudflare", ZONE, declared, [answering(EDGE)], desired.COPY).wanted
    assert goal.record_set == declared[0].at("cloudflare")


@pytest.mark.parametrize("entry", [www(at=PROXIED), www()], ids=["declared proxied", "only held proxied"])
def test_the_proxys_addresses_are_copied(entry: dict[str, Any]) -> None:
    found = at_desec(declare(entry), answering(EDGE, EDGE6, held=HELD_PROXIED))
    assert stands(found) == {("www", "A"): [EDGE], ("www", "AAAA"): [EDGE6]}
    assert all(goal.record_set.ttl == 300 for goal in found.wanted if not goal.absent)
    assert {goal.record_set.type for goal in found.wanted if goal.absent} == {"CNAME"}


def test_a_family_that_the_proxy_does_not_answer_goes() -> None:
    found = at_desec(declare(www(at=PROXIED)), answering(EDGE, held=HELD_PROXIED))
    assert stands(found) == {("www", "A"): [EDGE]}
    assert {goal.record_set.type for goal in found.wanted if goal.absent} == {"AAAA", "CNAME"}


def test_a_family_without_an_answer_stays_as_it_is() -> None:
    proxy = Proxy("cloudflare", HELD_PROXIED, answers={"www": {"A": [EDGE]}})  # no answer about AAAA
    assert {goal.record_set.type for goal in at_desec(declare(www(at=PROXIED)), proxy).wanted} == {"A", "CNAME"}


@pytest.mark.parametrize(
    ("proxy", "reason"),
    [
        (answering(held=HELD_PROXIED), "answer no address"),
        (answering(ORIGIN, held=HELD_PROXIED), "the origin's address"),
        (answering(EDGE, ORIGIN, held=HELD_PROXIED), "the origin's address"),
        (answering(EDGE, held=HELD_PROXIED, active=False), "paused or not active"),
        (Proxy("cloudflare", HELD_PROXIED), "answer no address"),
        (Proxy("cloudflare"), "answer no address"),
        # What it holds is not what is declared, and its servers still answer that.
        (answering("198.51.100.9", held=holding(("www", "A", "198.51.100.9", True))), "the origin's address"),
        # Not proxied yet: the answer is that of another origin, flattened.
        (answering("198.51.100.9", held=holding(("www", "CNAME", "old-origin", False))), "not proxied"),
        (answering("198.51.100.9", held=holding()), "not proxied"),
    ],
)
def test_an_answer_that_may_be_the_origins_is_not_published(proxy: Proxy, reason: str) -> None:
    found = at_desec(declare(www(at=PROXIED)), proxy)
    assert found.wanted == (), "nothing is written and nothing deleted"
    assert reason in found.pending["www"]
    assert found.untouched == {"www"}, "and nothing is pruned"


def test_what_the_targets_name_resolves_to_is_an_origin_too() -> None:
    declared = declare(www("CNAME", "origin", at=PROXIED))
    held = holding(("www", "CNAME", "origin", True))
    found = at_desec(declared, answering(ORIGIN, held=held, addresses={"origin.example.com.": [ORIGIN]}))
    assert (found.wanted, list(found.pending)) == ((), ["www"])
    proxy = answering(EDGE, held=held, addresses={"origin.example.com.": [ORIGIN]})
    assert stands(at_desec(declared, proxy)) == {("www", "A"): [EDGE]}


def test_one_proxied_set_makes_all_addresses_of_its_name_proxied() -> None:
    declared = declare(www(at=PROXIED), www("AAAA", ORIGIN6))
    held = holding(("www", "A", ORIGIN, True), ("www", "AAAA", ORIGIN6, False))
    assert stands(at_desec(declared, answering(EDGE, EDGE6, held=held))) == {
        ("www", "A"): [EDGE],
        ("www", "AAAA"): [EDGE6],
    }
    assert stands(at_desec(declared, answering(held=held))) == {}


def test_other_types_of_a_proxied_name_are_published() -> None:
    declared = declare(www(at=PROXIED), www("TXT", "hello"), www("MX", "10 mail"))
    found = at_desec(declared, answering(held=HELD_PROXIED))
    assert stands(found) == {("www", "TXT"): ['"hello"'], ("www", "MX"): ["10 mail.example.com."]}


@pytest.mark.parametrize(
    ("entry", "proxied", "expected"),
    [
        (www(at=PROXIED), desired.SKIP, {}),
        (www(at=PROXIED), desired.ORIGIN, {("www", "A"): [ORIGIN]}),
        (www(at=PROXIED), desired.CDN_CNAME, {("www", "CNAME"): ["www.example.com.cdn.cloudflare.net."]}),
        (www(at={**PROXIED, "desec": {"values": "198.51.100.1"}}), desired.COPY, {("www", "A"): ["198.51.100.1"]}),
        (www(at={**PROXIED, "desec": {"ttl": 60}}), desired.COPY, {("www", "A"): [EDGE]}),
        (www(only=["desec"]), desired.COPY, {("www", "A"): [ORIGIN]}),
        (www(only=["cloudflare"], at=PROXIED), desired.COPY, {}),
    ],
)
def test_what_is_said_is_done(entry: dict[str, Any], proxied: str, expected: Mapping[Any, Any]) -> None:
    assert stands(at_desec(declare(entry), answering(EDGE, held=HELD_PROXIED), proxied)) == expected


def test_a_name_led_to_the_proxy_has_no_addresses_of_its_own() -> None:
    declared = declare(www(at=PROXIED, ttl=60), www("AAAA", ORIGIN6, at=PROXIED))
    found = at_desec(declared, answering(held=HELD_PROXIED), desired.CDN_CNAME)
    assert [(goal.record_set.type, goal.record_set.ttl, goal.absent) for goal in found.wanted] == [
        ("CNAME", 60, False),
        ("A", None, True),
        ("AAAA", None, True),
    ]


def test_what_is_declared_for_this_provider_goes_before_the_copy() -> None:
    declared = declare(www(at=PROXIED), www("AAAA", "2001:db8::77", only=["desec"]))
    found = at_desec(declared, answering(EDGE, EDGE6, held=HELD_PROXIED))
    assert stands(found) == {("www", "A"): [EDGE], ("www", "AAAA"): ["2001:db8::77"]}
    assert len(found.wanted) == 3, "and no set is wanted twice"


def test_skipped_sets_are_not_pruned() -> None:
    assert at_desec(declare(www(at=PROXIED)), answering(EDGE, held=HELD_PROXIED), desired.SKIP).untouched == {"www"}


def test_what_is_not_proxied_is_published() -> None:
    for proxy in (
        answering(ORIGIN, held=holding(("www", "A", ORIGIN, False))),
        answering(held=holding()),
        answering(ORIGIN),  # the API is down, and the servers answer what is declared
    ):
        assert stands(at_desec(declare(www()), proxy)) == {("www", "A"): [ORIGIN]}
    unproxied = declare(www(at={"cloudflare": {"proxied": False}}))
    assert stands(at_desec(unproxied, answering(EDGE, held=HELD_PROXIED))) == {("www", "A"): [ORIGIN]}


@pytest.mark.parametrize("proxy", [answering(), answering(EDGE), answering(ORIGIN, EDGE), Proxy("cloudflare")])
def test_with_the_api_down_what_may_be_proxied_is_not_published(proxy: Proxy) -> None:
    assert ORIGIN not in str(stands(at_desec(declare(www()), proxy)))


def test_a_set_proxied_at_a_provider_that_is_not_part_of_the_task_is_left_out() -> None:
    found = desired.sets_at("desec", ZONE, declare(www(at=PROXIED)), [], desired.COPY)
    assert found.wanted == ()
    assert found.untouched == {"www"}
    assert "left out, as it is proxied at cloudflare" in found.notes[0]


def test_a_proxied_set_that_shall_go_goes_everywhere() -> None:
    found = at_desec(declare({"name": "www", "type": "A", "state": "absent"}), answering(EDGE, held=HELD_PROXIED))
    assert [(goal.record_set.key, goal.absent) for goal in found.wanted] == [(("www", "A"), True)]


addresses = st.sampled_from([ORIGIN, ORIGIN6, EDGE, EDGE6, "198.51.100.9", "2001:db8::9"])


@st.composite
def proxied_somehow(draw: st.DrawFn) -> tuple[list[dict[str, Any]], Held | None]:
    """Entries for www, proxied as declared or as held, and what Cloudflare holds."""
    as_declared = draw(st.booleans())
    given_at: dict[str, Any] = {"at": PROXIED} if as_declared else {}
    if draw(st.booleans()):
        entries = [www("CNAME", "origin", **given_at)]
        sets = [("www", "CNAME", "origin", draw(st.booleans()) if as_declared else True)]
    else:
        entries = [www(**given_at), www("AAAA", ORIGIN6, **(given_at if draw(st.booleans()) else {}))]
        sets = [("www", "A", ORIGIN, draw(st.booleans()) if as_declared else True)]
        sets += [("www", "AAAA", ORIGIN6, draw(st.booleans()))]
    held = holding(*sets)
    if as_declared:
        return entries, draw(st.sampled_from([held, holding(), None]))
    return entries, held


@given(proxied_somehow(), st.lists(addresses, max_size=4, unique=True), st.booleans())
def test_the_origin_never_leaks(
    situation: tuple[list[dict[str, Any]], Held | None], answered: list[str], active: bool
) -> None:
    entries, held = situation
    proxy = answering(*answered, held=held, active=active, addresses={"origin.example.com.": [ORIGIN, ORIGIN6]})
    for proxied in (desired.COPY, desired.SKIP, desired.CDN_CNAME):
        published = {text for texts in stands(at_desec(declare(*entries), proxy, proxied)).values() for text in texts}
        assert not published & {ORIGIN, ORIGIN6, "origin.example.com."}
        if proxied == desired.COPY:
            assert published <= set(answered)
            keys = [goal.record_set.key for goal in at_desec(declare(*entries), proxy).wanted]
            assert len(keys) == len(set(keys)), "no set is wanted twice"


def test_only_names_that_may_be_proxied_are_asked_for() -> None:
    declared = declare(www(at=PROXIED), www("TXT", "x"), {"name": "a", "type": "A", "values": ORIGIN})
    asked = {entry.key for entry in may_be_proxied(declared, Proxy("cloudflare", holding()))}
    assert asked == {("www", "A")}
    asked = {entry.key for entry in may_be_proxied(declared, Proxy("cloudflare"))}
    assert asked == {("www", "A"), ("a", "A")}, "with the API down, all that can be proxied"
    off = replace(Proxy("cloudflare"), held=HELD_PROXIED)
    assert {entry.key for entry in may_be_proxied(declare(www()), off)} == {("www", "A")}


# --- A target that is itself proxied hides no origin ---

APEX = {"name": "@", "type": "A", "values": ORIGIN, "at": PROXIED}


def test_the_commonest_zone_is_copied() -> None:
    """The apex proxied, and www an alias of it, proxied too: both answer the proxy's addresses."""
    declared = declare(APEX, www("CNAME", "@", at=PROXIED))
    held = holding(("@", "A", ORIGIN, True), ("www", "CNAME", "@", True))
    answers = {"A": [EDGE], "AAAA": []}
    for known in (held, None):
        proxy = Proxy("cloudflare", known, answers={"@": answers, "www": answers})
        assert stands(at_desec(declared, proxy)) == {("@", "A"): [EDGE], ("www", "A"): [EDGE]}
        leak = replace(proxy, answers={"@": answers, "www": {"A": [ORIGIN], "AAAA": []}})
        assert "the origin's address" in at_desec(declared, leak).pending["www"]


@pytest.mark.parametrize(
    "links",
    [
        [("a", "CNAME", "b", True), ("b", "CNAME", "c", False), ("c", "A", ORIGIN, True)],
        [("a", "CNAME", "x.pool", True), ("*.pool", "A", ORIGIN, True)],
        [("a", "CNAME", "x.y", True), ("*", "CNAME", "c", True), ("c", "A", ORIGIN, False)],
        [("a", "CNAME", "b", True), ("b", "CNAME", "a", True), ("b", "A", ORIGIN, True)],
        [("a", "CNAME", "elsewhere.example.net.", True)],
        [("a", "CNAME", "b", True), ("b", "CNAME", "elsewhere.example.net.", True)],
        [("a", "CNAME", "not-known", True)],
    ],
    ids=["chain", "wildcard", "wildcard with a chain", "loop", "outside", "outside by a chain", "unknown"],
)
def test_origins_are_found_at_the_ends_of_chains(links: list[tuple[str, str, str, bool]]) -> None:
    addresses = {"elsewhere.example.net.": [ORIGIN], "not-known.example.com.": [ORIGIN]}
    declared = declare({"name": "a", "type": "CNAME", "values": links[0][2], "at": PROXIED})
    for answered, stand in ((EDGE, {("a", "A"): [EDGE]}), (ORIGIN, {})):
        proxy = Proxy("cloudflare", holding(*links), answers={"a": {"A": [answered]}}, addresses=addresses)
        assert stands(at_desec(declared, proxy)) == stand


def test_a_target_in_another_proxied_zone_hides_no_origin() -> None:
    """What it resolves to lies in the proxy's published networks, where no origin can be."""
    declared = declare(www("CNAME", "shop.example.net.", at=PROXIED))
    held = holding(("www", "CNAME", "shop.example.net.", True))
    proxy = answering(EDGE, held=held, addresses={"shop.example.net.": [EDGE]})
    assert "origin" in at_desec(declared, proxy).pending["www"]
    assert stands(at_desec(declared, replace(proxy, networks=("104.16.0.0/13",)))) == {("www", "A"): [EDGE]}


# --- What an earlier run copied gives way ---

ROUTED = www("CNAME", "web-router", at={"cloudflare": {"proxied": False}})
COPIES = holding(("www", "A", EDGE, False), ("www", "AAAA", EDGE6, False))


def given_up(proxy: Proxy, here: Held, *entries: dict[str, Any]) -> set[str]:
    """The types at www that deSEC is to lose."""
    found = desired.sets_at("desec", ZONE, declare(*entries), [proxy], desired.COPY, here)
    return {one.record_set.type for one in found.wanted if one.absent}


@pytest.mark.parametrize(
    "proxy",
    [
        answering(EDGE, EDGE6, held=holding(("www", "CNAME", "origin", True))),
        Proxy("cloudflare", holding(("x", "A", ORIGIN, True)), answers={"x": {"A": [EDGE], "AAAA": [EDGE6]}}),
        Proxy("cloudflare", networks=("104.16.0.0/13", "2606:4700::/32")),
    ],
    ids=["still proxied", "another proxied name", "published networks"],
)
def test_copies_give_way_to_what_is_declared(proxy: Proxy) -> None:
    assert given_up(proxy, COPIES, ROUTED) == {"A", "AAAA"}
    found = desired.sets_at("desec", ZONE, declare(ROUTED), [proxy], desired.COPY, COPIES)
    assert "www A: removed, as it was a copy from cloudflare" in found.notes


def test_a_family_that_would_lead_past_what_is_declared_gives_way() -> None:
    plain = www("A", "198.51.100.1", at={"cloudflare": {"proxied": False}})
    assert given_up(answering(EDGE, EDGE6, held=HELD_PROXIED), COPIES, plain) == {"AAAA"}


@pytest.mark.parametrize(
    ("proxy", "here"),
    [
        (answering(EDGE, held=holding(("www", "CNAME", "origin", True))), holding(("www", "A", "198.51.100.7", False))),
        # Not proxied any more: its servers answer what an origin has.
        (answering(ORIGIN, held=holding(("www", "CNAME", "origin", False))), holding(("www", "A", ORIGIN, False))),
        (answering(EDGE, held=holding(("www", "CNAME", "origin", True)), active=False), COPIES),
        (answering(EDGE, held=holding(("www", "CNAME", "origin", True)), doubt="no answer"), COPIES),
        (answering(EDGE), COPIES),
    ],
)
def test_what_may_be_somebody_elses_does_not_give_way(proxy: Proxy, here: Held) -> None:
    assert given_up(proxy, here, ROUTED) == set()


def test_a_name_at_the_proxy_gives_way_too() -> None:
    proxy = answering(EDGE, held=holding(("www", "A", ORIGIN, True)))
    here = holding(("www", "CNAME", "www.example.com.cdn.cloudflare.net.", False))
    assert given_up(proxy, here, www(at={"cloudflare": {"proxied": False}})) == {"CNAME"}


def test_nothing_gives_way_while_the_name_stays_proxied() -> None:
    proxy = answering(EDGE, EDGE6, held=HELD_PROXIED)
    assert given_up(proxy, COPIES, www(at={**PROXIED, "desec": {"values": "198.51.100.1"}})) == set()


def test_values_given_for_a_provider_win_also_when_they_equal_the_common_ones() -> None:
    """Because they were given: that is how somebody says to publish the origin here."""
    declared = declare(www(at={**PROXIED, "desec": {"values": ORIGIN}}))
    assert stands(at_desec(declared, answering(EDGE, held=HELD_PROXIED))) == {("www", "A"): [ORIGIN]}
    own = desired.own_part(declared[0], "desec", ZONE, desired.COPY, {})
    assert own is not None
    assert own.values == declared[0].record_set.values

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan: the smallest change that leads there, nothing that was not asked for, and nothing dangerous unasked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._deadline import Deadline
from ansible_collections.twinzone.edge.plugins.module_utils._errors import ProviderError
from ansible_collections.twinzone.edge.plugins.module_utils._providers.base import Provider
from ansible_collections.twinzone.edge.plugins.module_utils._providers.registry import PROVIDERS
from ansible_collections.twinzone.edge.plugins.module_utils._zone import rdata
from ansible_collections.twinzone.edge.plugins.module_utils._zone.plan import (
    Change,
    Held,
    Limits,
    Plan,
    PlanPolicy,
    Wanted,
)
from ansible_collections.twinzone.edge.plugins.module_utils._zone.planner import plan
from ansible_collections.twinzone.edge.plugins.module_utils._zone.record_sets import RecordSet
from hypothesis import given
from hypothesis import strategies as st

ZONE = "example.com"
FORCE = PlanPolicy(force=True)
CAREFUL = PlanPolicy()


DEFAULT = {"A": "192.0.2.1", "CNAME": "www.example.org.", "NS": "ns1.example.org.", "MX": "10 mail"}


def dialect(provider_type: str) -> Provider:
    settings = PROVIDERS[provider_type].read_settings({"name": provider_type, "type": provider_type, "token": "x"}, 1.0)
    return PROVIDERS[provider_type](ZONE, settings, Deadline(1.0))


CLOUDFLARE, DESEC = dialect("cloudflare"), dialect("desec")
both = pytest.mark.parametrize("provider", [CLOUDFLARE, DESEC], ids=["cloudflare", "desec"])


def a_set(name: str, rdtype: str = "A", *texts: str, ttl: int | None = 3600, **attributes: Any) -> RecordSet:
    values = tuple(rdata.parse(rdtype, text, ZONE) for text in texts or (DEFAULT.get(rdtype, "x"),))
    return RecordSet(name, rdtype, ttl, values, attributes)


def want(*sets: RecordSet) -> list[Wanted]:
    return [Wanted(" ".join(one.key), one) for one in sets]


def without(*sets: RecordSet) -> list[Wanted]:
    return [Wanted(" ".join(one.key), one, absent=True) for one in sets]


def hold(provider: Provider, *sets: RecordSet, **more: Any) -> Held:
    """What a provider holds, with the attributes that it always shows."""
    return Held({one.key: shown(provider, one) for one in sets}, **{"minimum_ttl": 60, **more})


def shown(provider: Provider, one: RecordSet) -> RecordSet:
    if provider is CLOUDFLARE and one.type in ("A", "AAAA", "CNAME"):
        return replace(one, attributes={"proxied": False, **one.attributes})
    return one


def applied(provider: Provider, held: Held, changes: Iterable[Change]) -> Held:
    sets = dict(held.sets)
    for change in changes:
        sets.pop(change.key, None)
        if change.after is not None:
            sets[change.key] = shown(provider, change.after)
    return replace(held, sets=sets)


def done(made: Plan) -> list[tuple[str, str, str]]:
    return [(change.action, *change.key) for change in made.changes]


def refused(wanted: Sequence[Wanted], held: Held, policy: PlanPolicy = CAREFUL, by: Provider = DESEC) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        plan(wanted, held, policy, by)
    return caught.value


# --- For any zone ---

MARKER = "_twinzone.web-router"
NAMES = ["@", "www", "a", "b.c", "*", "_dmarc", "web-router", "_acme-challenge"]
TEXTS = {
    "A": ["192.0.2.1", "192.0.2.2", "192.0.2.3"],
    "CNAME": ["a.example.org.", "A.example.org.", "b.example.org."],
    "MX": ["10 a.example.org.", "20 b.example.org."],
    "NS": ["ns1.example.org.", "ns2.example.org."],
    "TXT": ["one", '"one" "two"', "three"],
}


@st.composite
def sets(draw: st.DrawFn, names: Sequence[str]) -> RecordSet:
    rdtype = draw(st.sampled_from(list(TEXTS)))
    most = 1 if rdtype == "CNAME" else 3
    texts = draw(st.lists(st.sampled_from(TEXTS[rdtype]), min_size=1, max_size=most, unique=True))
    return a_set(draw(st.sampled_from(names)), rdtype, *texts, ttl=draw(st.sampled_from([60, 300, 3600])))


def keyed(found: Iterable[RecordSet]) -> list[RecordSet]:
    return list({one.key: one for one in found}.values())


declarations = st.lists(sets(NAMES), max_size=12).map(keyed)
zones = st.lists(sets([*NAMES, MARKER]), max_size=12).map(keyed)
policies = st.builds(
    PlanPolicy,
    prune=st.booleans(),
    force=st.booleans(),
    switch=st.booleans(),
    steered=st.sampled_from([frozenset(), frozenset({"web-router"}), frozenset({"www"})]),
)


@both
@given(wanted=declarations, absent=declarations, there=zones, policy=policies, elsewhere=zones)
def test_any_plan_leads_to_what_is_wanted_and_then_to_nothing(
    provider: Provider,
    wanted: list[RecordSet],
    absent: list[RecordSet],
    there: list[RecordSet],
    policy: PlanPolicy,
    elsewhere: list[RecordSet],
) -> None:
    held, other = hold(provider, *there), hold(provider, *elsewhere)
    declared = {one.key for one in wanted}
    goals = want(*wanted) + without(*(one for one in absent if one.key not in declared))
    try:
        made = plan(goals, held, policy, provider, [other])
    except ProviderError as error:
        assert error.kind in ("unsafe", "conflict")
        assert not (error.kind == "unsafe" and policy.force)
        return
    after = applied(provider, held, made.changes)
    for change in made.changes:
        assert change.before == held.sets.get(change.key), "what was there is reported as it was"
        assert change.action == {(True, False): "create", (False, True): "delete"}.get(
            (change.before is None, change.after is None), "update"
        )
    for one in made.final:
        assert {provider.value_key(value) for value in after.sets[one.key].values} == {
            provider.value_key(value) for value in one.values
        }
    assert plan(goals, after, replace(policy, force=True), provider, [other]).changes == ()
    touched = {change.key for change in made.changes}
    assert all(after.sets.get(key) == held.sets[key] for key in held.sets.keys() - touched)


@both
@given(wanted=declarations, there=zones, elsewhere=zones)
def test_a_sync_never_changes_what_failovers_own(
    provider: Provider, wanted: list[RecordSet], there: list[RecordSet], elsewhere: list[RecordSet]
) -> None:
    held, other = hold(provider, *there), hold(provider, *elsewhere)
    policy = PlanPolicy(prune=True, force=True, steered=frozenset({"www"}))
    marked = any((MARKER, "TXT") in zone.sets for zone in (held, other))
    owned = {"www", "_twinzone.www"} | ({"web-router", MARKER} if marked else set())
    try:
        made = plan(want(*wanted), held, policy, provider, [other])
    except ProviderError:
        return
    for change in made.changes:
        if change.key[0] not in owned:
            continue
        assert change.action == "create", "what exists is left alone"
        assert not any(name == change.key[0] for name, _type in held.sets)
        there_too = {key for key in other.sets if key[0] == change.key[0]}
        assert change.key in there_too or not there_too, "what exists elsewhere is copied, not taken from the file"


@both
@given(wanted=declarations, there=zones)
def test_without_prune_only_declared_sets_change(
    provider: Provider, wanted: list[RecordSet], there: list[RecordSet]
) -> None:
    try:
        made = plan(want(*wanted), hold(provider, *there), FORCE, provider)
    except ProviderError:
        return
    assert {change.key for change in made.changes} <= {one.key for one in wanted}


@both
@given(declarations, st.data())
def test_the_order_of_the_declarations_does_not_matter(provider: Provider, wanted: list[RecordSet], data: Any) -> None:
    shuffled = data.draw(st.permutations(wanted))
    held = hold(provider)
    try:
        expected = plan(want(*wanted), held, FORCE, provider).changes
    except ProviderError:
        with pytest.raises(ProviderError):
            plan(want(*shuffled), held, FORCE, provider)
    else:
        assert plan(want(*shuffled), held, FORCE, provider).changes == expected


# --- Prune, keep ---


def test_prune_deletes_what_is_not_declared_and_not_kept() -> None:
    held = hold(
        DESEC,
        a_set("www"),
        a_set("old"),
        a_set("_acme-challenge", "TXT"),
        a_set("_acme-challenge.www", "TXT"),
        a_set("_cf-custom-hostname.x", "TXT"),
        a_set("cloudflare-verify", "TXT"),
        a_set("_validation-persist", "TXT"),
        a_set("@", "NS"),
        a_set("sub", "NS"),
        a_set("@", "DNSKEY", "257 3 13 " + "A" * 88),
        a_set(MARKER, "TXT"),
        a_set("web-router", "CNAME"),
    )
    assert done(plan(want(a_set("www")), held, PlanPolicy(prune=True, force=True), DESEC)) == [
        ("delete", "old", "A"),
        ("delete", "sub", "NS"),
    ]
    keep = [{"name": "old"}, {"type": "NS"}]
    assert done(plan(want(a_set("www")), held, PlanPolicy(prune=True, force=True, keep=keep), DESEC)) == [
        ("delete", "_acme-challenge", "TXT"),
        ("delete", "_acme-challenge.www", "TXT"),
        ("delete", "_cf-custom-hostname.x", "TXT"),
        ("delete", "_validation-persist", "TXT"),
        ("delete", "cloudflare-verify", "TXT"),
    ]


def test_prune_leaves_what_the_provider_manages_and_what_is_said_to_be_untouched() -> None:
    held = hold(CLOUDFLARE, a_set("r2", "CNAME"), a_set("copy"), a_set("old"), fixed=frozenset({("r2", "CNAME")}))
    policy = PlanPolicy(prune=True, force=True, untouched=frozenset({"copy"}))
    assert done(plan([], held, policy, CLOUDFLARE)) == [("delete", "old", "A")]


# --- Steering ---


def test_a_router_is_left_alone_copied_or_created() -> None:
    declared = want(a_set("web-router", "CNAME", "first.example.org."))
    moved = a_set("web-router", "CNAME", "second.example.org.")
    policy = PlanPolicy(steered=frozenset({"web-router"}))
    assert done(plan(declared, hold(DESEC, moved), policy, DESEC)) == []
    (change,) = plan(declared, hold(DESEC), policy, DESEC, [hold(CLOUDFLARE, moved)]).changes
    assert change.after == moved
    (change,) = plan(declared, hold(DESEC), policy, DESEC, [hold(CLOUDFLARE)]).changes
    assert change.after == declared[0].record_set


def test_a_marker_anywhere_makes_its_router_steered() -> None:
    declared = want(a_set("web-router", "CNAME", "first.example.org."))
    moved, marker = a_set("web-router", "CNAME", "second.example.org."), a_set(MARKER, "TXT")
    held, other = hold(DESEC, moved), hold(CLOUDFLARE, moved, marker)
    assert done(plan(declared, held, PlanPolicy(), DESEC)) == [("update", "web-router", "CNAME")]
    made = plan(declared, held, PlanPolicy(), DESEC, [other])
    assert done(made) == [("create", MARKER, "TXT")], "the marker is copied"
    assert any("web-router" in note for note in made.notes)


def test_what_is_proxied_elsewhere_is_never_copied_with_its_origin() -> None:
    policy = PlanPolicy(steered=frozenset({"www"}))
    proxied = hold(CLOUDFLARE, a_set("www", "A", "203.0.113.10", proxied=True))
    assert plan([], hold(DESEC), policy, DESEC, [proxied]).changes == ()
    addresses_of_the_proxy = a_set("www", "A", "192.0.2.80")
    (change,) = plan(want(addresses_of_the_proxy), hold(DESEC), policy, DESEC, [proxied]).changes
    assert change.after == addresses_of_the_proxy


def test_a_failover_writes_the_steered_names() -> None:
    policy = PlanPolicy(switch=True, steered=frozenset({"web-router"}))
    held = hold(DESEC, a_set("web-router", "CNAME", "first.example.org."), a_set(MARKER, "TXT"))
    declared = want(a_set("web-router", "CNAME", "second.example.org."))
    assert done(plan(declared, held, policy, DESEC)) == [("update", "web-router", "CNAME")]


# --- TTL ---


def test_a_ttl_below_the_minimum_is_raised_and_reported() -> None:
    held = hold(DESEC, minimum_ttl=3600)
    made = plan(want(a_set("www", ttl=60)), held, PlanPolicy(), DESEC)
    assert made.final[0].ttl == 3600
    assert made.notes == ("ttl raised to the provider's minimum of 3600 seconds: www A (60)",)
    assert refused(want(a_set("www", ttl=60)), held, PlanPolicy(ttl_floor="refuse")).kind == "rejected"


@pytest.mark.parametrize(("existing", "expected"), [(None, 3600), (7200, 7200), (60, 60)])
def test_without_a_ttl_what_exists_stays(existing: int | None, expected: int) -> None:
    there = [] if existing is None else [a_set("www", "A", "192.0.2.9", ttl=existing)]
    made = plan(want(a_set("www", ttl=None)), hold(DESEC, *there, minimum_ttl=3600), PlanPolicy(), DESEC)
    assert made.final[0].ttl == expected


def test_a_ttl_that_exists_below_the_minimum_may_stay() -> None:
    held = hold(DESEC, a_set("www", ttl=60), minimum_ttl=3600)
    assert plan(want(a_set("www", ttl=60)), held, PlanPolicy(ttl_floor="refuse"), DESEC).changes == ()


def test_a_switch_leaves_the_ttl_of_the_router_where_the_minimum_is_higher() -> None:
    held = hold(DESEC, a_set("web-router", "CNAME", "first.example.org.", ttl=7200), minimum_ttl=3600)
    switch = want(a_set("web-router", "CNAME", "second.example.org.", ttl=60))
    assert plan(switch, held, PlanPolicy(switch=True), DESEC).final[0].ttl == 7200
    held = hold(CLOUDFLARE, a_set("web-router", "CNAME", "first.example.org.", ttl=7200), minimum_ttl=60)
    assert plan(switch, held, PlanPolicy(switch=True), CLOUDFLARE).final[0].ttl == 60


def test_automatic_and_proxied_have_no_minimum() -> None:
    held = hold(CLOUDFLARE, minimum_ttl=60)
    made = plan(want(a_set("a", ttl=1), a_set("b", ttl=300, proxied=True)), held, PlanPolicy(), CLOUDFLARE)
    assert [one.ttl for one in made.final] == [1, 1]
    assert made.notes == ()


# --- Safety ---


def zone_of(count: int) -> list[RecordSet]:
    return [a_set(f"h{number}") for number in range(count)]


@pytest.mark.parametrize(
    ("existing", "deleted", "updated", "safe"),
    [
        (10, 3, 0, True),
        (10, 4, 0, False),
        (10, 0, 3, True),
        (10, 0, 4, False),
        (10, 3, 3, True),
        (9, 0, 9, True),
        (9, 9, 0, True),  # declared as absent, one by one
        (100, 30, 30, True),
        (100, 31, 0, False),
    ],
)
def test_a_plan_that_touches_much_of_the_zone_is_refused(existing: int, deleted: int, updated: int, safe: bool) -> None:
    there = zone_of(existing)
    goals = without(*there[:deleted])
    goals += want(*(replace(one, ttl=7200) for one in there[deleted : deleted + updated]))
    goals += want(*(a_set(f"new{number}") for number in range(1000)))  # creating is always safe
    held = hold(DESEC, *there)
    if safe:
        assert len(plan(goals, held, PlanPolicy(), DESEC).changes) == deleted + updated + 1000
    else:
        error = refused(goals, held)
        assert error.kind == "unsafe"
        assert f"of {existing} record sets" in error.message
    for exempt in (FORCE, PlanPolicy(switch=True)):
        assert len(plan(goals, held, exempt, DESEC).changes) == deleted + updated + 1000


@pytest.mark.parametrize(("undeclared", "safe"), [(2, True), (3, False)])
def test_few_undeclared_sets_of_a_small_zone_may_be_pruned(undeclared: int, safe: bool) -> None:
    held = hold(DESEC, *zone_of(undeclared), a_set("www"))
    if safe:
        assert len(plan(want(a_set("www")), held, PlanPolicy(prune=True), DESEC).changes) == undeclared
    else:
        assert refused(want(a_set("www")), held, PlanPolicy(prune=True)).kind == "unsafe"
    assert len(plan(want(a_set("www")), held, PlanPolicy(prune=True, force=True), DESEC).changes) == undeclared


def test_limits_are_as_given() -> None:
    held = hold(DESEC, *zone_of(4))
    goals = without(a_set("h0"), a_set("h1"))
    assert refused(goals, held, PlanPolicy(limits=Limits(delete_percent=49, from_sets=4))).kind == "unsafe"
    assert len(plan(goals, held, PlanPolicy(limits=Limits(delete_percent=50, from_sets=4)), DESEC).changes) == 2


def test_the_apex_ns_is_not_emptied_unasked() -> None:
    held = hold(DESEC, a_set("@", "NS"), *zone_of(30))
    assert refused(without(a_set("@", "NS")), held).kind == "unsafe"
    assert done(plan(without(a_set("@", "NS")), held, FORCE, DESEC)) == [("delete", "@", "NS")]
    renewed = want(a_set("@", "NS", "ns9.example.org."))
    assert done(plan(renewed, held, PlanPolicy(), DESEC)) == [("update", "@", "NS")]


def test_what_another_product_manages_is_not_touched() -> None:
    held = hold(CLOUDFLARE, a_set("r2", "CNAME"), fixed=frozenset({("r2", "CNAME")}))
    assert done(plan(want(a_set("r2", "CNAME")), held, PlanPolicy(), CLOUDFLARE)) == []
    for goals in (want(a_set("r2", "CNAME", "elsewhere.example.org.")), without(a_set("r2", "CNAME"))):
        assert refused(goals, held, FORCE, CLOUDFLARE).kind == "conflict"


# --- What cannot stand at one name ---


@both
def test_a_cname_does_not_share_its_name(provider: Provider) -> None:
    held = hold(provider, a_set("www", "TXT"))
    error = refused(want(a_set("www", "CNAME")), held, FORCE, provider)
    assert error.kind == "conflict"
    assert "CNAME and TXT" in error.message
    assert refused(want(a_set("x", "CNAME"), a_set("x", "A")), hold(provider), FORCE, provider).kind == "conflict"


@pytest.mark.parametrize(
    ("one", "other", "clash"),
    [
        (a_set("@", "CNAME"), a_set("@", "MX"), False),
        (a_set("@", "CNAME"), a_set("@", "A"), True),
        (a_set("x", "CNAME", proxied=True), a_set("x", "MX"), False),
        (a_set("x", "CNAME", proxied=True), a_set("x", "A"), True),
        (a_set("x", "CNAME"), a_set("x", "MX"), True),
        (a_set("x", "NS"), a_set("x", "A"), True),
        (a_set("x", "NS"), a_set("x", "DS", "1 13 2 " + "ab" * 32), False),
        (a_set("@", "NS"), a_set("@", "A"), False),
        (a_set("x", "A"), a_set("x", "MX"), False),
    ],
)
def test_what_may_share_a_name_at_cloudflare(one: RecordSet, other: RecordSet, clash: bool) -> None:
    for goals in (want(one, other), want(other, one)):
        if clash:
            assert refused(goals, hold(CLOUDFLARE), FORCE, CLOUDFLARE).kind == "conflict"
        else:
            assert len(plan(goals, hold(CLOUDFLARE), FORCE, CLOUDFLARE).changes) == 2


def test_a_change_of_type_is_atomic_at_desec_and_needs_force_at_cloudflare() -> None:
    goals = without(a_set("www")) + want(a_set("www", "CNAME"))
    expected = [("delete", "www", "A"), ("create", "www", "CNAME")]
    assert done(plan(goals, hold(DESEC, a_set("www")), PlanPolicy(), DESEC)) == expected
    held = hold(CLOUDFLARE, a_set("www"))
    assert refused(goals, held, PlanPolicy(), CLOUDFLARE).kind == "unsafe"
    assert done(plan(goals, held, FORCE, CLOUDFLARE)) == expected


def test_a_change_of_values_at_one_name_needs_no_force_at_cloudflare() -> None:
    held = hold(CLOUDFLARE, a_set("www"), a_set("www", "TXT"))
    goals = want(a_set("www", "A", "192.0.2.7")) + without(a_set("www", "TXT"))
    assert len(plan(goals, held, PlanPolicy(), CLOUDFLARE).changes) == 2


def test_order_of_the_changes() -> None:
    goals = want(a_set("sub", "DS", "1 13 2 " + "ab" * 32), a_set("sub", "NS"), a_set("www", "CNAME"))
    goals += without(a_set("aaa"), a_set("www"))
    held = hold(DESEC, a_set("aaa"), a_set("www"))
    assert done(plan(goals, held, FORCE, DESEC)) == [
        ("create", "sub", "NS"),
        ("create", "sub", "DS"),
        ("delete", "www", "A"),
        ("create", "www", "CNAME"),
        ("delete", "aaa", "A"),
    ]


# --- Attributes ---


def test_attributes_that_are_not_declared_stay() -> None:
    there = a_set("www", ttl=1, proxied=True, comment="origin", tags=["a:b"], settings={"ipv4_only": True})
    held = hold(CLOUDFLARE, there)
    assert plan(want(a_set("www", ttl=300)), held, PlanPolicy(), CLOUDFLARE).changes == ()
    (change,) = plan(want(a_set("www", "A", "192.0.2.9")), held, PlanPolicy(), CLOUDFLARE).changes
    assert change.after is not None
    assert change.after.attributes == there.attributes
    assert change.after.ttl == 1


@pytest.mark.parametrize(
    ("held", "declared", "expected"),
    [
        ({}, {"comment": ""}, None),
        ({"comment": "x"}, {"comment": ""}, {"comment": ""}),
        ({"tags": ["b", "a"]}, {"tags": ["a", "b"]}, None),
        ({"tags": ["b", "a"]}, {"tags": []}, {"tags": []}),
        ({"settings": {"ipv4_only": True}}, {"settings": {}}, None),
        ({"settings": {"ipv4_only": True}}, {"settings": {"ipv4_only": True}}, None),
        ({}, {"settings": {"flatten_cname": False}}, None),
        ({"settings": {"a": True}}, {"settings": {"b": True}}, {"settings": {"a": True, "b": True}}),
        ({"settings": {"a": True}}, {"settings": {"a": False}}, {"settings": {"a": False}}),
        ({"proxied": True}, {"proxied": True}, None),
        ({"proxied": True}, {"proxied": False}, {"proxied": False}),
    ],
)
def test_declared_attributes_are_set_one_by_one(
    held: Mapping[str, Any], declared: Mapping[str, Any], expected: Mapping[str, Any] | None
) -> None:
    there = a_set("www", ttl=1, **held)
    made = plan(want(a_set("www", ttl=None, **declared)), hold(CLOUDFLARE, there), PlanPolicy(), CLOUDFLARE)
    if expected is None:
        assert made.changes == ()
    else:
        (change,) = made.changes
        assert change.after is not None
        assert change.after.attributes == {"proxied": False, **held, **expected}


# --- A clash says what solves it ---


def clash(wanted: Sequence[Wanted], *sets: RecordSet) -> str:
    with pytest.raises(ProviderError, match="cannot stand at one name") as caught:
        plan(wanted, Held({one.key: one for one in sets}, 60), FORCE, DESEC, provider="desec")
    return caught.value.hint


def one_set(name: str, rdtype: str, text: str) -> RecordSet:
    return RecordSet(name, rdtype, 3600, (rdata.parse(rdtype, text, "example.com"),))


def test_a_clash_prints_the_entries_that_solve_it() -> None:
    address, alias = one_set("www", "A", "192.0.2.1"), one_set("www", "CNAME", "x")
    text = one_set("www", "TXT", "x")
    entry = '{"name": "www", "type": "%s", "state": "absent", "only": ["desec"]}'
    hint = clash([Wanted("www CNAME", alias)], address, text)
    assert hint.endswith(f"add to the records: {entry % 'A'}, {entry % 'TXT'}")
    assert clash([Wanted("www A", address)], alias, text).endswith(f"add to the records: {entry % 'CNAME'}")
    both = clash([Wanted("records[0] (www A)", address), Wanted("records[1] (www CNAME)", alias)])
    assert "records[0] (www A) and records[1] (www CNAME) are declared for one name" in both


def test_what_cannot_be_read_is_not_pruned() -> None:
    odd = RecordSet("x", "HTTPS", 3600, (rdata.parse_held("HTTPS", "1 . ech=notbase64", "example.com"),))
    found = plan([], Held({odd.key: odd}, 60), PlanPolicy(prune=True, force=True), DESEC)
    assert found.changes == ()
    assert found.notes == ("x HTTPS: left as it is, as its value cannot be read",)


# --- Names that failovers own ---


def router(target: str) -> RecordSet:
    return RecordSet("web-router", "CNAME", 3600, (rdata.parse("CNAME", target, ZONE),))


def planned(here: list[RecordSet], there: list[RecordSet] | None, *, prune: bool = False) -> Plan:
    """The plan for a zone file that names the first front; `there` is None where the other provider was not read."""

    def held(sets: list[RecordSet]) -> Held:
        return Held({one.key: one for one in sets}, 3600)

    policy = PlanPolicy(steered=frozenset({"web-router"}), prune=prune)
    elsewhere = [] if there is None else [held(there)]
    wanted = [Wanted("web-router", router("cf-front"))]
    return plan(wanted, held(here), policy, DESEC, elsewhere, all_read=there is not None)


def targets(found: Plan) -> list[str]:
    return [change.after.values[0].text for change in found.changes if change.after]


def test_a_router_that_exists_is_left_where_the_failover_put_it() -> None:
    assert not planned([router("cdn2-front")], []).changes


def test_a_router_that_is_missing_here_is_copied_from_the_other_provider() -> None:
    assert targets(planned([], [router("cdn2-front")])) == ["cdn2-front.example.com."]


def test_a_router_that_exists_nowhere_is_made_from_the_file() -> None:
    assert targets(planned([], [])) == ["cf-front.example.com."]


def test_a_router_is_not_made_from_the_file_while_another_provider_cannot_be_read() -> None:
    found = planned([], None)
    assert not found.changes
    assert "not every provider could be read" in " ".join(found.notes)


def test_prune_leaves_a_router_that_the_file_does_not_name_any_more() -> None:
    held = Held({("web-router", "CNAME"): router("cdn2-front")}, 3600)
    policy = PlanPolicy(steered=frozenset({"web-router"}), prune=True)
    assert not plan([], held, policy, DESEC).changes

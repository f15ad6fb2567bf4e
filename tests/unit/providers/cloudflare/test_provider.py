# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cloudflare in detail: records folded into sets, attributes that nobody declared, batches and their errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._errors import ProviderError
from ansible_collections.twinzone.edge.plugins.module_utils._modules import zone_records_info
from ansible_collections.twinzone.edge.plugins.module_utils._providers.cloudflare import errors
from ansible_collections.twinzone.edge.plugins.module_utils._providers.cloudflare import provider as module
from ansible_collections.twinzone.edge.plugins.module_utils._providers.http_provider import HttpProvider
from ansible_collections.twinzone.edge.plugins.module_utils._zone import slips
from ansible_collections.twinzone.edge.plugins.module_utils._zone.plan import Limits, PlanPolicy
from ansible_collections.twinzone.edge.plugins.module_utils._zone.record_sets import Key
from hypothesis import given
from hypothesis import strategies as st
from support.emulated_providers import (
    EDGE,
    READ_ONLY,
    TOKEN,
    ZONE,
    Direct,
    Entry,
    apply,
    audit,
    client,
    cloudflare_api,
    done,
    planned,
    texts,
)
from twinzone_lab.cloudflare.api import CloudflareApi

COMMENTED: dict[str, Any] = {"proxied": True, "comment": "of the shop", "tags": ["team:web", "owner:me"]}


def entry(name: str, rdtype: str, *values: str, **more: Any) -> Entry:
    return {"name": name, "type": rdtype, "ttl": 300, "values": list(values), **more}


def declared(*values: str, name: str = "www", rdtype: str = "A", **attributes: Any) -> Entry:
    return entry(name, rdtype, *values, at={"cloudflare": attributes})


def held_record(name: str, content: str, rdtype: str = "A", **more: Any) -> dict[str, Any]:
    """A record as the emulator is seeded with it."""
    return {"name": name, "type": rdtype, "content": content, "ttl": 300, **more}


@pytest.fixture
def api() -> CloudflareApi:
    made = cloudflare_api()
    made.adjust(ZONE, {"plan": "pro"})
    return made


def records(api: CloudflareApi, name: str = "www") -> Mapping[str, dict[str, Any]]:
    """The records of a name, by content."""
    return {one["content"]: one for one in api.holds(ZONE) if one["name"] == f"{name}.{ZONE}"}


def written(provider: HttpProvider) -> list[tuple[str, Any]]:
    """What a client sent to change something: path and body."""
    assert isinstance(provider.api, Direct)
    return [(path.rpartition("/")[2], body) for method, path, body in provider.api.sent if method != "GET"]


# --- What is there and was not declared ---


def test_what_is_not_declared_survives_every_change(api: CloudflareApi) -> None:
    api.seed(ZONE, [held_record("www", "192.0.2.1", **COMMENTED, settings={"ipv4_only": True})])
    (before,) = records(api).values()
    cloudflare = client(api)
    for change in (
        entry("www", "A", "192.0.2.9"),
        declared("192.0.2.9", comment="of the new shop"),
        declared("192.0.2.9", tags=["team:shop"]),
        declared("192.0.2.9", settings={"ipv4_only": False}),
        declared("192.0.2.9", proxied=False),
    ):
        assert done(apply(cloudflare, [change])) == [("update", "www", "A")]
        assert planned(cloudflare, cloudflare.read(), [change]).changes == ()
    (after,) = records(api).values()
    assert after["id"] == before["id"]
    assert [set(body["patches"][0]) - {"id"} for _path, body in written(cloudflare)] == [
        {"content"},
        {"comment"},
        {"tags"},
        {"settings"},
        {"proxied", "ttl"},
    ], "nothing but what differs is sent"
    assert (after["comment"], after["tags"]) == ("of the new shop", ["team:shop"])


def test_a_value_that_comes_to_a_set_gets_what_the_set_has(api: CloudflareApi) -> None:
    api.seed(ZONE, [held_record("www", "192.0.2.1", **COMMENTED)])
    apply(client(api), [entry("www", "A", "192.0.2.1", "192.0.2.2")])
    new = records(api)["192.0.2.2"]
    assert (new["proxied"], new["comment"], new["tags"]) == (True, "of the shop", ["owner:me", "team:web"])


def test_ids_are_kept_when_values_change(api: CloudflareApi) -> None:
    cloudflare = client(api)
    apply(cloudflare, [entry("www", "A", "192.0.2.1", "192.0.2.2", "192.0.2.3")])
    before = {one["id"] for one in records(api).values()}
    apply(cloudflare, [entry("www", "A", "192.0.2.2", "192.0.2.8")])
    assert {one["id"] for one in records(api).values()} < before
    assert set(records(api)) == {"192.0.2.2", "192.0.2.8"}


MIXED = [
    held_record("www", "192.0.2.1", proxied=True, comment="one", tags=["a:b"], ttl=1),
    held_record("www", "192.0.2.2", comment="two", ttl=600),
]


def test_records_of_one_set_that_differ_stay_as_they_are(api: CloudflareApi) -> None:
    api.seed(ZONE, MIXED)
    cloudflare = client(api)
    same = {"name": "www", "type": "A", "values": ["192.0.2.1", "192.0.2.2"]}
    assert planned(cloudflare, cloudflare.read(), [same]).changes == ()
    comments = {content: one["comment"] for content, one in records(api).items()}
    apply(cloudflare, [{**same, "values": ["192.0.2.1", "192.0.2.2", "192.0.2.3"]}])
    now = records(api)
    assert {content: one.get("comment") for content, one in now.items()} == {**comments, "192.0.2.3": None}
    assert now["192.0.2.3"]["proxied"], "or the origin would show where it was hidden"
    assert planned(cloudflare, cloudflare.read(), [{**same, "values": list(now)}]).changes == ()


def test_a_value_that_comes_to_a_set_of_many_ttls_gets_the_least(api: CloudflareApi) -> None:
    api.seed(ZONE, [held_record("www", f"192.0.2.{ttl // 60}", ttl=ttl) for ttl in (120, 600)])
    cloudflare = client(api)
    apply(cloudflare, [{"name": "www", "type": "A", "values": ["192.0.2.2", "192.0.2.10", "192.0.2.3"]}])
    assert {content: one["ttl"] for content, one in records(api).items()} == {
        "192.0.2.2": 120,
        "192.0.2.10": 600,
        "192.0.2.3": 120,
    }
    apply(cloudflare, [entry("www", "A", "192.0.2.2")])
    assert records(api)["192.0.2.2"]["ttl"] == 300


@pytest.mark.parametrize("attribute", [{"comment": "both"}, {"tags": ["x:y"]}, {"proxied": False}, {"comment": ""}])
def test_records_of_one_set_that_differ_become_what_is_declared(api: CloudflareApi, attribute: dict[str, Any]) -> None:
    api.seed(ZONE, MIXED)
    cloudflare = client(api)
    want = declared("192.0.2.1", "192.0.2.2", **attribute)
    assert done(apply(cloudflare, [want])) == [("update", "www", "A")]
    assert planned(cloudflare, cloudflare.read(), [want]).changes == ()
    ((name, value),) = attribute.items()
    assert all((one.get(name) or "") == (value or "") for one in records(api).values())


def test_the_last_unproxied_record_of_a_proxied_set_does_not_unproxy_it(api: CloudflareApi) -> None:
    api.seed(ZONE, MIXED)
    apply(client(api), [{"name": "www", "type": "A", "values": ["192.0.2.9"]}])
    (left,) = records(api).values()
    assert left["proxied"]


def test_settings_are_compared_one_by_one(api: CloudflareApi) -> None:
    """One that is off is as good as one that is not there, and one that is not declared stays."""
    api.seed(ZONE, [held_record("www", "a.example.org", "CNAME", settings={"flatten_cname": True})])
    cloudflare = client(api)
    assert planned(cloudflare, cloudflare.read(), [entry("www", "CNAME", "a.example.org.")]).changes == ()
    off = declared("a.example.org.", rdtype="CNAME", settings={"flatten_cname": False, "ipv4_only": False})
    assert len(apply(cloudflare, [off]).changes) == 1
    assert planned(cloudflare, cloudflare.read(), [off]).changes == ()
    assert "settings" not in cloudflare.read().sets["www", "CNAME"].attributes


def test_settings_in_which_records_of_one_set_differ_stay(api: CloudflareApi) -> None:
    """A patch of one setting says all the others of its record again, since it may replace them all."""
    two = [held_record("www", f"192.0.2.{n}", proxied=True, ttl=1, settings={"ipv4_only": n == 1}) for n in (1, 2)]
    api.seed(ZONE, two)
    cloudflare = client(api)
    off = declared("192.0.2.1", "192.0.2.2", proxied=True, settings={"ipv6_only": True})
    held = cloudflare.read()
    (write,) = cloudflare.writes(planned(cloudflare, held, [off]).changes, held)
    assert [one["settings"] for one in write.body["patches"]] == [
        {"ipv4_only": True, "ipv6_only": True},
        {"ipv4_only": False, "ipv6_only": True},
    ]


def test_tags_have_no_order_and_their_names_no_case(api: CloudflareApi) -> None:
    api.seed(ZONE, [held_record("www", "192.0.2.1", tags=["team:web", "owner:Me"])])
    cloudflare = client(api)
    held = cloudflare.read()
    assert planned(cloudflare, held, [declared("192.0.2.1", tags=["Owner:Me", "team:web"])]).changes == ()
    assert len(planned(cloudflare, held, [declared("192.0.2.1", tags=["owner:me", "team:web"])]).changes) == 1


def test_a_setting_that_a_proxied_record_would_lose_is_refused(api: CloudflareApi) -> None:
    api.seed(ZONE, [held_record("www", "a.example.org", "CNAME", proxied=True)])
    flat = declared("a.example.org.", rdtype="CNAME", settings={"flatten_cname": True})
    with pytest.raises(ProviderError, match="www CNAME: flatten_cname is silently dropped"):
        planned(client(api), client(api).read(), [flat])
    unproxied = declared("a.example.org.", rdtype="CNAME", proxied=False, settings={"flatten_cname": True})
    apply(client(api), [unproxied])
    assert records(api)["a.example.org"]["settings"] == {"flatten_cname": True}


@st.composite
def some_records(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Records of one set, which may differ in all that records can differ in."""
    rdtype = draw(st.sampled_from(["A", "CNAME", "TXT"]))
    contents = {"A": ["192.0.2.1", "192.0.2.2", "192.0.2.3"], "CNAME": ["a.example.org"], "TXT": ["x", '"y" "z"']}[
        rdtype
    ]
    found = []
    for content in contents[: draw(st.integers(1, 3))]:
        proxied = rdtype != "TXT" and draw(st.booleans())
        settings = ["ipv4_only", "ipv6_only"] if proxied else ["flatten_cname"] if rdtype == "CNAME" else []
        found.append(
            held_record(
                "www",
                content,
                rdtype,
                proxied=proxied,
                ttl=1 if proxied else draw(st.sampled_from([1, 60, 3600])),
                comment=draw(st.sampled_from([None, "", "one", "two"])),
                tags=draw(st.lists(st.sampled_from(["a:b", "A:b", "c"]), max_size=2, unique=True)),
                settings={name: draw(st.booleans()) for name in settings},
            )
        )
    return found


@given(some_records())
def test_what_is_read_can_be_declared_again_and_changes_nothing(seeded: list[dict[str, Any]]) -> None:
    api = cloudflare_api()
    api.seed(ZONE, seeded)
    cloudflare = client(api)
    held = cloudflare.read()
    entries = [zone_records_info._entry("cloudflare", one) for one in held.sets.values()]
    assert audit(cloudflare, *entries) == []
    assert planned(cloudflare, held, entries).changes == ()


@given(
    some_records(), st.sampled_from([{"comment": "new"}, {"tags": ["n:w"]}, {"proxied": True}, {"proxied": False}, {}])
)
def test_any_set_becomes_what_is_declared_and_then_stays(seeded: list[dict[str, Any]], wanted: dict[str, Any]) -> None:
    api = cloudflare_api()
    api.adjust(ZONE, {"plan": "pro"})
    api.seed(ZONE, seeded)
    cloudflare = client(api)
    (entry_now,) = [zone_records_info._entry("cloudflare", one) for one in cloudflare.read().sets.values()]
    one = {**entry_now, "ttl": 300, "at": {"cloudflare": wanted}}
    if audit(cloudflare, one):
        return  # a TXT that should be proxied
    try:
        apply(cloudflare, [one])
    except ProviderError as error:
        assert "flatten_cname" in error.message
        return
    again = cloudflare.read()
    assert planned(cloudflare, again, [one]).changes == ()
    now = again.sets["www", one["type"]].attributes
    assert all((now.get(name) or None) == (value or None) for name, value in wanted.items())


# --- Records of other products ---


def test_records_of_other_products_are_neither_touched_nor_counted(api: CloudflareApi) -> None:
    read_only = {"meta": {"read_only": True}}
    api.seed(ZONE, [held_record(f"r2-{number}", "public.r2.dev", "CNAME", **read_only) for number in range(40)])
    api.seed(ZONE, [held_record(f"h{number}", "192.0.2.1") for number in range(10)])
    cloudflare = client(api)
    held = cloudflare.read()
    kept = [entry(f"h{number}", "A", "192.0.2.1") for number in range(7)]
    prune = PlanPolicy(prune=True, limits=Limits(delete_percent=30))
    assert done(planned(cloudflare, held, kept, prune)) == [("delete", f"h{number}", "A") for number in (7, 8, 9)]
    with pytest.raises(ProviderError, match="delete 4 of 10 record sets"):
        planned(cloudflare, held, kept[1:], prune)
    with pytest.raises(ProviderError, match="keeps it read-only"):
        planned(cloudflare, held, [entry("r2-1", "CNAME", "elsewhere.example.org.")])
    assert planned(cloudflare, held, [entry("r2-1", "CNAME", "public.r2.dev.")]).changes == ()


def test_values_come_and_go_beside_read_only_ones(api: CloudflareApi) -> None:
    """Email Routing manages one MX and one SPF record, not all records of the name."""
    mine = held_record("@", "mail.example.org", "MX", priority=20)
    api.seed(ZONE, [held_record("@", "route1.mx.cloudflare.net", "MX", priority=10, meta={"read_only": True}), mine])
    cloudflare = client(api)
    routed, own, other = "10 route1.mx.cloudflare.net.", "20 mail.example.org.", "30 backup.example.org."
    assert texts(cloudflare.read())["@", "MX"] == [routed, own]
    assert done(apply(cloudflare, [entry("@", "MX", own, other)])) == [("update", "@", "MX")]
    assert texts(cloudflare.read())["@", "MX"] == [routed, own, other]
    assert done(apply(cloudflare, [entry("@", "MX", routed, own, other)])) == []
    assert done(apply(cloudflare, [{"name": "@", "type": "MX", "state": "absent"}])) == [("update", "@", "MX")]
    assert texts(cloudflare.read())["@", "MX"] == [routed]
    with pytest.raises(ProviderError, match="keeps it read-only"):
        apply(cloudflare, [{"name": "@", "type": "MX", "state": "absent"}])
    assert done(apply(cloudflare, [entry("@", "MX", other)])) == [("update", "@", "MX")]
    assert done(apply(cloudflare, [], PlanPolicy(prune=True, force=True))) == [("update", "@", "MX")]
    assert texts(cloudflare.read())["@", "MX"] == [routed]
    assert done(apply(cloudflare, [], PlanPolicy(prune=True, force=True))) == []


# --- Values ---


@pytest.mark.parametrize("text", ["::ffff:192.0.2.1", "::192.0.2.1", "2001:DB8::1", "::", "64:ff9b::192.0.2.33"])
def test_ipv6_addresses_are_sent_without_an_ipv4_ending(api: CloudflareApi, text: str) -> None:
    cloudflare = client(api)
    apply(cloudflare, [entry("www", "AAAA", text)])
    assert planned(cloudflare, cloudflare.read(), [entry("www", "AAAA", text)]).changes == ()


DS = "1 13 2 " + "ab" * 32


def test_a_ds_comes_and_goes_with_its_ns(api: CloudflareApi) -> None:
    cloudflare = client(api)
    with pytest.raises(ProviderError, match="sub: Cloudflare takes a DS only beside an NS"):
        planned(cloudflare, cloudflare.read(), [entry("sub", "DS", DS)])
    delegation = [entry("sub", "DS", DS), entry("sub", "NS", "ns1.example.org.")]
    assert done(apply(cloudflare, delegation)) == [("create", "sub", "NS"), ("create", "sub", "DS")]
    gone = [{"name": "sub", "type": rdtype, "state": "absent"} for rdtype in ("NS", "DS")]
    with pytest.raises(ProviderError, match="only beside an NS"):
        planned(cloudflare, cloudflare.read(), gone[:1])
    assert done(apply(cloudflare, gone)) == [("delete", "sub", "DS"), ("delete", "sub", "NS")]


def test_a_child_cannot_be_delegated_to_the_zones_own_servers(api: CloudflareApi) -> None:
    """It is refused before anything is sent; with the id alone the pair is not known, and the API says so itself."""
    own = entry("child", "NS", "Lola.ns.cloudflare.com.", "ns1.example.org.")
    cloudflare = client(api)
    with pytest.raises(ProviderError, match="child: Cloudflare refuses a delegation to the zone's own name servers"):
        apply(cloudflare, [own])
    assert done(apply(cloudflare, [entry("child", "NS", "ana.ns.cloudflare.com.")])) == [("create", "child", "NS")]
    by_id = client(api, zone_id=cloudflare.read().facts["zone_id"])
    with pytest.raises(ProviderError, match="child NS: "):
        apply(by_id, [own])


OUT_OF_TEXT = r"\255"
with_bytes = pytest.mark.skipif(not slips.escapes_are_bytes(), reason="this dnspython makes two bytes of \\255")


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (entry("x", "CNAME", "."), "no root as the target of CNAME"),
        (entry("x", "NS", "."), "no root as the target of NS"),
        (entry("x", "PTR", "."), "no root as the target of PTR"),
        (entry("a.*", "A", "192.0.2.1"), "name: `*` is possible only as the first label"),
        (entry("x", "NS", *(f"ns{number}.example.org." for number in range(11))), "at most 10 name servers"),
        (entry("@", "NS", "amir.NS.cloudflare.com."), "names its own servers by itself"),
        pytest.param(entry("x", "CAA", f'0 issue "{OUT_OF_TEXT}"'), "only UTF-8 on one line in CAA", marks=with_bytes),
        pytest.param(entry("x", "URI", f'1 1 "{OUT_OF_TEXT}"'), "only UTF-8 on one line in URI", marks=with_bytes),
        pytest.param(
            entry("x", "NAPTR", f'1 1 "s" "{OUT_OF_TEXT}" "" .'), "UTF-8 on one line in NAPTR", marks=with_bytes
        ),
        (entry("x", "CAA", r'0 issue "a\010b"'), "only UTF-8 on one line in CAA"),
        (entry("x", "NAPTR", r'1 1 "s" "a\013b" "" .'), "only UTF-8 on one line in NAPTR"),
        (entry(r"a\.b", "A", "192.0.2.1"), "name: Cloudflare takes names as plain text"),
        (entry("a.@", "A", "192.0.2.1"), "name: Cloudflare takes names as plain text"),
        (entry("x", "TXT", "x" * 4090), "at most 4096 bytes in one record"),
        (entry("x", "TXT", *(f"{number}{'x' * 2700}" for number in range(3))), "at most 8192 characters"),
        (entry("x", "A", "192.0.2.1") | {"ttl": 86401}, "ttl: 86401 is above the maximum"),
        (declared("192.0.2.1", comment="x" * 501), "comment: is longer than 500 characters"),
        (declared("192.0.2.1", tags=["no spaces:x"]), "tags: 'no spaces:x' is not `name:value`"),
        (declared("192.0.2.1", tags=[1]), "tags: 1 is not `name:value`"),
        (declared("192.0.2.1", tags=[f"t{number}:x" for number in range(21)]), "tags: are more than 20"),
        (declared("192.0.2.1", settings={"flatten": True}), "settings: flatten: True is none of flatten_cname"),
        (declared("192.0.2.1", settings={"ipv4_only": "yes"}), "settings: ipv4_only: 'yes' is none of"),
        (declared("192.0.2.1", settings={"ipv4_only": True}), "unless `proxied: true` stands beside them"),
        (declared("192.0.2.1", settings={"ipv6_only": True}, proxied=False), "unless `proxied: true` stands"),
        (declared("192.0.2.1", settings={"flatten_cname": True}), "unless on a CNAME that is not proxied"),
    ],
)
def test_what_cloudflare_refuses_or_drops_is_told_before(api: CloudflareApi, one: Entry, reason: str) -> None:
    reported = audit(client(api), one)
    assert any(reason in problem for problem in reported), reported


@pytest.mark.parametrize(
    "one",
    [
        entry("*", "A", "192.0.2.1"),
        entry("*.a", "A", "192.0.2.1"),
        entry("_dmarc", "TXT", "x" * 4000),
        entry("x", "TXT", "x" * 4000, "y" * 4000),
        entry("x", "MX", "0 ."),
        entry("x", "SRV", "0 0 0 ."),
        entry("x", "CAA", '0 issue "ü"', '128 issue ""'),
        entry("x", "NS", *(f"ns{number}.example.org." for number in range(10))),
        entry("bücher", "CNAME", "bücher.example.org."),
        declared("192.0.2.1", proxied=True, settings={"ipv4_only": True}, tags=["a", "b:", "c:d e"], comment="ü" * 500),
    ],
    ids=lambda one: f"{one['name']} {one['type']}",
)
def test_what_passes_is_taken_and_equal(api: CloudflareApi, one: Entry) -> None:
    cloudflare = client(api)
    assert audit(cloudflare, one) == []
    apply(cloudflare, [one])
    assert planned(cloudflare, cloudflare.read(), [one]).changes == ()


# --- Reading ---


class Paged(Direct):
    """A list that is answered in pages of two, whatever was asked for."""

    def _send(self, method: str, path: str, body: Any) -> Any:
        return super()._send(method, path.replace("per_page=50000", "per_page=2"), body)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 7])
def test_all_pages_are_read(api: CloudflareApi, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    api.seed(ZONE, [held_record(f"h{number}", "192.0.2.1") for number in range(count)])
    few = client(api, zone_id=client(api).read().facts["zone_id"])
    few.api = Paged(api, few.api.base_url, f"Bearer {TOKEN}")
    assert len(few.read().sets) == count
    assert few.api.count.requests == count // 2 + 1, "after a full page there may be more"
    monkeypatch.setattr(module, "_PAGE", 2)
    assert texts(client(api).read()) == texts(few.read())


def test_a_zone_is_found_even_if_the_filter_by_name_is_ignored(api: CloudflareApi) -> None:
    for number in range(60):
        api.add_zone(f"a{number}.example.org")

    class Unfiltered(Direct):
        def _send(self, method: str, path: str, body: Any) -> Any:
            return super()._send(method, path.replace(f"name={ZONE}&", ""), body)

    cloudflare = client(api)
    cloudflare.api = Unfiltered(api, cloudflare.api.base_url, f"Bearer {TOKEN}")
    assert cloudflare.read().facts["zone_id"] == client(api).read().facts["zone_id"]


@pytest.mark.parametrize(
    ("values", "on"),
    [({}, True), ({"paused": "true"}, False), ({"status": "pending"}, False), ({"status": "moved"}, False)],
)
def test_whether_proxies_are_on_is_known_from_the_look_up_or_asked(
    api: CloudflareApi, values: dict[str, str], on: bool
) -> None:
    api.adjust(ZONE, values)
    looked_up = client(api)
    held = looked_up.read()
    assert (looked_up.proxies(held), looked_up.api.count.requests) == (on, 2)
    with_id = client(api, zone_id=held.facts["zone_id"])
    held = with_id.read()
    assert (with_id.api.count.requests, with_id.proxies(held), with_id.api.count.requests) == (1, on, 2)


def test_name_servers_that_are_named_need_no_look_up(api: CloudflareApi) -> None:
    """As the apex NS set of all providers wants them, with a dot or without."""
    names = ("Amir.NS.cloudflare.com", "lola.ns.cloudflare.com.", "192.0.2.53")
    named = client(api, zone_id=client(api).read().facts["zone_id"], nameservers=names)
    looked_up = client(api)
    assert named.own_servers(named.read()) == ["amir.ns.cloudflare.com.", "lola.ns.cloudflare.com."]
    assert [f"{host}." for host in looked_up.own_servers(looked_up.read())] == named.own_servers(named.read())


# --- Errors ---


def failure(api: CloudflareApi, *entries: Entry, token: str = TOKEN) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        apply(client(api, token), entries)
    return caught.value


@pytest.mark.parametrize(
    ("entries", "reported"),
    [
        ([entry("bad", "A", EDGE[0])], "bad A: DNS Validation Error: the content must not be"),
        ([entry("a", "MX", "1 a"), entry("b", "MX", "1 b"), entry("bad", "A", EDGE[0])], "one of a MX, b MX, bad A: "),
        ([entry(f"h{n}", "A", "192.0.2.1") for n in range(5)] + [entry("x", "A", EDGE[0])], "one of 6 record sets: "),
    ],
)
def test_a_failed_batch_names_its_bad_record_as_far_as_it_can_be_known(entries: list[Entry], reported: str) -> None:
    error = failure(cloudflare_api(), *entries)
    assert error.message.startswith(reported)
    assert (error.kind, error.code) == ("rejected", "1004")


def reported(batch: errors.Batch, **error: Any) -> str:
    body = {"success": False, "errors": [{"code": 1004, "message": "no", **error}]}
    return errors.of(400, body, "", batch).message.partition(": ")[0]


def post(name: str, rdtype: str, content: str, **more: Any) -> tuple[Key, dict[str, Any]]:
    return (name, rdtype), {"name": f"{name}.{ZONE}", "type": rdtype, "content": content, "ttl": 1, **more}


BATCH: errors.Batch = {
    "deletes": [(("old", "A"), {"id": "d" * 32})],
    "patches": [
        (("www", "A"), {"id": "e" * 32, "proxied": True}),
        (("w", "CNAME"), {"id": "f" * 32, "content": "q.r"}),
    ],
    "posts": [
        post("a", "A", "192.0.2.1"),
        post("a.b", "AAAA", "::1"),
        post("c", "MX", "mail.x"),
        post("d", "A", "192.0.2.11"),
    ],
}


@pytest.mark.parametrize(
    ("error", "named"),
    [
        ({"source": {"pointer": "/posts/2/content"}}, "c MX"),
        ({"source": {"pointer": "patches[1].content"}}, "w CNAME"),
        ({"source": {"pointer": "/posts/99"}}, "one of 7 record sets"),
        ({"source": {"pointer": None}}, "one of 7 record sets"),
        ({"source": "posts/1"}, "one of 7 record sets"),
        ({"message": "content 192.0.2.1 is not allowed"}, "a A"),
        ({"message": f"the host a.b.{ZONE}. is bad"}, "a.b AAAA"),
        ({"message": f"record {'e' * 32} does not exist"}, "www A"),
        ({"code": 9006}, "a.b AAAA"),
        ({"code": 9009}, "c MX"),
        ({"code": 9041}, "www A"),
        ({"code": 9005}, "one of www A, a A, d A"),
        ({"code": 81044}, "one of old A, www A, w CNAME"),
        ({"code": 81053}, "w CNAME"),
        ({"code": "odd"}, "one of 7 record sets"),
        ({"code": None}, "one of 7 record sets"),
    ],
)
def test_a_bad_record_is_found_by_pointer_words_or_code(error: dict[str, Any], named: str) -> None:
    assert reported(BATCH, **error) == named


def test_a_request_that_reads_names_no_record() -> None:
    assert reported({}) == "no (code 1004)"


def test_a_token_that_may_only_read(api: CloudflareApi) -> None:
    error = failure(api, entry("www", "A", "192.0.2.1"), token=READ_ONLY)
    assert (error.kind, error.status) == ("unauthorized", 403)
    assert "may read but not edit DNS in this zone" in error.hint
    assert "www A" in error.message


@pytest.mark.parametrize("token", ["short", "u" * 40])
def test_a_token_that_is_wrong(api: CloudflareApi, token: str) -> None:
    error = failure(api, entry("www", "A", "192.0.2.1"), token=token)
    assert error.kind == "unauthorized"
    assert "wrong, expired or malformed" in error.hint


def test_a_zone_that_the_token_does_not_see(api: CloudflareApi) -> None:
    with pytest.raises(ProviderError) as caught:
        client(api, zone="example.org").read()
    assert caught.value.kind == "not_found"
    assert "Zone:Read" in caught.value.hint


@pytest.mark.parametrize("zone_id", ["f" * 32, "not an id"])
def test_a_wrong_zone_id(api: CloudflareApi, zone_id: str) -> None:
    with pytest.raises(ProviderError) as caught:
        client(api, zone_id=zone_id).read()
    assert (caught.value.kind, caught.value.hint) == ("not_found", "check zone_id")


def test_the_quota() -> None:
    error = failure(cloudflare_api(record_quota=2), *(entry(f"h{number}", "A", "192.0.2.1") for number in range(3)))
    assert (error.kind, error.code) == ("rejected", "81045")
    assert "quota" in error.hint


@pytest.mark.parametrize(
    ("code", "kind", "passing"),
    [(81057, "conflict", True), (81058, "conflict", True), (81044, "conflict", True), (81053, "conflict", False)],
)
def test_what_others_did_meanwhile(code: int, kind: str, passing: bool) -> None:
    error = errors.of(400, {"errors": [{"code": code, "message": "x"}]}, "", BATCH)
    assert (error.kind, error.passing) == (kind, passing)


@pytest.mark.parametrize("body", [None, [], {}, {"errors": None}, {"errors": ["x"]}, {"errors": [{}]}])
def test_an_error_of_any_form(body: Any) -> None:
    error = errors.of(400, body, "<html>", {})
    assert error.kind == "rejected"
    assert error.message in ("the API answered 400: <html>", "no message (code ?)")


def test_plans_decide_how_many_operations_a_batch_has() -> None:
    api = cloudflare_api()
    entries = [entry(f"h{number}", "A", "192.0.2.1", "192.0.2.2") for number in range(150)]
    cloudflare = client(api)
    apply(cloudflare, entries)
    assert [len(body["posts"]) for _path, body in written(cloudflare)] == [200, 100]
    api.adjust(ZONE, {"plan": "business"})
    cloudflare = client(api)
    apply(cloudflare, [{**one, "ttl": 600} for one in entries])
    assert [len(body["patches"]) for _path, body in written(cloudflare)] == [300]
    unknown = client(api, zone_id=cloudflare.read().facts["zone_id"])
    apply(unknown, [{**one, "ttl": 900} for one in entries])
    assert [len(body["patches"]) for _path, body in written(unknown)] == [200, 100]


def test_the_enterprise_plan_takes_thirty_seconds() -> None:
    api = cloudflare_api()
    assert client(api).read().minimum_ttl == 60
    api.adjust(ZONE, {"plan": "enterprise"})
    assert client(api).read().minimum_ttl == 30
    apply(client(api), [entry("www", "A", "192.0.2.1") | {"ttl": 30}])
    assert records(api)["192.0.2.1"]["ttl"] == 30


def test_an_internationalised_zone_is_found_by_its_name_in_the_list() -> None:
    """Asked for in Punycode, it comes back in Unicode."""
    zone = "xn--mnchen-3ya.example"
    api = cloudflare_api()
    api.add_zone(zone)
    provider = client(api, zone=zone)
    (shown,) = provider.api.get("/zones", {"name": zone}, lambda answer: answer.json()["result"])
    assert shown["name"] == "münchen.example"
    assert provider.read().sets == {}

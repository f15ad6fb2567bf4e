# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sites whose public name itself is steered: what their fronts publish where, and how they are told apart."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._errors import BadInput
from ansible_collections.twinzone.edge.plugins.module_utils._failover import decide_site, published, result, site_reader
from ansible_collections.twinzone.edge.plugins.module_utils._failover import site as failover_site
from ansible_collections.twinzone.edge.plugins.module_utils._providers.registry import PROVIDERS
from hypothesis import given
from hypothesis import strategies as st

NOW = 1_800_000_000
NAMES = ("cloudflare", "desec")
ENTRIES = [{"name": name, "type": name} for name in NAMES]
EDGE = ["192.0.2.80", "2001:db8::80"]
MARKER = f'"v=twinzone1 seq=3 front={{}} since={NOW - 90} run=r written={NOW - 90}"'

PROXIED = {
    "type": "CNAME",
    "values": ["origin.example.com."],
    "only": ["cloudflare"],
    "at": {"cloudflare": {"proxied": True}},
}
COPIED = {"copy_from": "canary", "only": ["desec"]}
AT_CLOUDFLARE = {"name": "cloudflare", "publish": [PROXIED, COPIED]}
AT_BUNNY = {"name": "bunny", "publish": [{"type": "CNAME", "values": ["example.b-cdn.net."]}]}
BY_TARGET = {"name": "bunny", "target": "example.b-cdn.net."}


def read(*fronts: Any, router: str = "www", **variables: Any) -> Any:
    given = {f"failover_{key}": value for key, value in variables.items()}
    needed = {"failover_zone": "example.com", "failover_router": router, "failover_fronts": list(fronts)}
    check = {"failover_check": {"url": "https://www.example.com/health"}}
    return site_reader.read("www.example.com", {**needed, **check, **given}, ENTRIES, NOW, PROVIDERS)


@pytest.mark.parametrize("second", [AT_BUNNY, BY_TARGET])
def test_each_provider_publishes_its_own(second: Any) -> None:
    """A front that is not proxied is taken out of the proxy, said or not; a mere target is a CNAME everywhere."""
    site = read(AT_CLOUDFLARE, second)
    first, other = site["fronts"]
    assert first["published"]["cloudflare"]["CNAME"]["attributes"] == {"proxied": True}
    assert set(first["published"]["desec"]) == {"A", "AAAA"}
    assert other["published"]["cloudflare"]["CNAME"]["attributes"] == {"proxied": False}
    cname = {"ttl": 60, "values": ["example.b-cdn.net."], "attributes": {}, "copied": False}
    assert other["published"]["desec"] == {"CNAME": cname}
    assert (first["seen_as"], first["connect_to"]) == (["canary.example.com."], ["canary.example.com"])
    assert other["seen_as"] == ["example.b-cdn.net."]
    probes = failover_site.probes(site)
    assert [probe["connect_to"] or probe["target"] for probe in probes] == [
        ["canary.example.com"],
        ["example.b-cdn.net"] if second is AT_BUNNY else "example.b-cdn.net.",
    ]


def test_a_site_without_published_sets_stays_as_simple_as_it_was() -> None:
    site = read({"name": "one", "target": "one.example.net."}, BY_TARGET, router="web-router")
    assert [(front["published"], front["canary"], front["connect_to"]) for front in site["fronts"]] == [
        ({}, "", [])
    ] * 2
    assert published.records(site, site["fronts"][0], "desec", []) == [
        {"name": "web-router", "only": ["desec"], "type": "CNAME", "ttl": 60, "values": ["one.example.net."]}
    ]
    (at_cloudflare,) = published.records(site, site["fronts"][0], "cloudflare", [])
    assert at_cloudflare["at"] == {"cloudflare": {"proxied": False}}, "what is not said would stay"


def front(*entries: Any, **other: Any) -> Any:
    return {"name": "cloudflare", "publish": list(entries), **other}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (front("text"), "publish[0]: is not a mapping"),
        (front(PROXIED), "has nothing for desec"),
        (front(PROXIED, {"copy_from": "www", "only": "desec"}), "cannot be the canary"),
        (front(PROXIED, {"copy_from": "@", "only": "desec"}), "cannot be the canary"),
        (front(PROXIED, {"copy_from": "", "only": "desec"}), "cannot be the canary"),
        (front(PROXIED, {"copy_from": "canary.example.org.", "only": "desec"}), "copy_from"),
        (front(PROXIED, {**COPIED, "values": ["192.0.2.1"]}), "drop `values`"),
        (front(PROXIED, {**COPIED, "type": "MX"}), "MX is neither"),
        (front(PROXIED, {**COPIED, "type": "A"}, {**COPIED, "type": "AAAA", "copy_from": "other"}), "name one canary"),
        (front(PROXIED, {**COPIED, "only": ["route53"]}), "unknown provider 'route53'"),
        (front({**COPIED, "only": ["cloudflare"]}, {"type": "CNAME", "values": "a.example.net."}), "beside addresses"),
        (front({"type": "CNAME", "values": ["a.example.net."], "only": ["cloudflare"]}, COPIED), "proxied nowhere"),
        (front({**PROXIED, "name": "shop"}, COPIED), "is not www"),
        (front(PROXIED, COPIED, {"type": "MX", "values": ["10 mail.example.com."]}), "MX cannot be steered"),
        (front(PROXIED, COPIED, {"type": "CNAME", "state": "absent", "only": ["desec"]}), "leave this entry out"),
        (front(PROXIED, COPIED, target="cf.example.net."), "exclude each other"),
        (front(PROXIED, COPIED, {**PROXIED}), "declares the same set"),
        (front({**PROXIED, "at": {"cloudflare": {"proxy": True}}}, COPIED), "at.cloudflare.proxy"),
        (front({"type": "A", "values": ["192.0.2.1"]}), "different types at cloudflare (A / CNAME)"),
        (
            front(PROXIED, {"type": "A", "values": ["192.0.2.1"], "only": ["desec"]}, name="bunny", connect_to=["a.b"]),
            "the name 'bunny' is used twice",
        ),
        (front({"type": "CNAME", "values": ["example.b-cdn.net."]}), "could not be told apart"),
        (
            front(
                {
                    "type": "CNAME",
                    "values": ["o.example.com."],
                    "at": {"cloudflare": {"proxied": True}, "desec": {"values": []}},
                }
            ),
            "at.desec.values",
        ),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_sent(wrong: Any, words: str) -> None:
    with pytest.raises(BadInput) as error:
        read(wrong, AT_BUNNY)
    assert any(words in problem for problem in error.value.problems), error.value.problems
    assert all(problem.startswith("failover_fronts") for problem in error.value.problems), error.value.problems


PROXIED = {"cloudflare": {"proxied": True}}


def test_the_apex_holds_a_cname_where_it_is_flattened_and_addresses_elsewhere() -> None:
    target = {"name": "bunny", "target": "example.b-cdn.net."}
    canary = front(
        {
            "type": "CNAME",
            "values": ["o.example.com."],
            "only": ["cloudflare"],
            "at": {"cloudflare": {"proxied": True}},
        },
        {"copy_from": "canary", "only": ["desec"]},
    )
    for router in ("@", "example.com."):
        site = read(canary, target, router=router)
        assert site["router"] == "@"
        at_cloudflare, at_desec = (site["fronts"][1]["published"][name] for name in ("cloudflare", "desec"))
        assert {rdtype: one["values"] for rdtype, one in at_cloudflare.items()} == {"CNAME": ["example.b-cdn.net."]}
        assert at_cloudflare["CNAME"]["attributes"] == {"proxied": False}
        assert {rdtype: one["copied"] for rdtype, one in at_desec.items()} == {"A": True, "AAAA": True}
        assert site["fronts"][1]["seen_as"] == ["example.b-cdn.net."]
    with pytest.raises(BadInput, match="without a trailing dot"):
        read(canary, target, router="example.com")


def test_a_proxied_front_needs_a_name_that_stays_proxied() -> None:
    at_both = {"type": "CNAME", "values": ["origin.example.com."], "at": {"cloudflare": {"proxied": True}}}
    desec = {"type": "A", "values": ["198.51.100.7"], "only": ["desec"]}
    alone = front({**at_both, "only": ["cloudflare"]}, desec)
    assert read(alone, AT_BUNNY)["fronts"][0]["seen_as"] == ["198.51.100.7"]
    everywhere = {"name": "cloudflare", "publish": [at_both]}
    assert read(everywhere, AT_BUNNY)["fronts"][0]["seen_as"] == ["origin.example.com."]
    only = {"name": "one", "publish": [{**at_both, "only": ["cloudflare"]}]}
    with pytest.raises(BadInput, match="name a canary"):
        site_reader.read(
            "www.example.com",
            {
                "failover_zone": "example.com",
                "failover_router": "www",
                "failover_check": {"url": "https://www.example.com/"},
                "failover_fronts": [only, AT_BUNNY],
            },
            ENTRIES[:1],
            NOW,
            PROVIDERS,
        )


def answer(provider: str, name: str, *values: str, leads_to: tuple[str, ...] = (), status: str = "addresses") -> Any:
    """What served_info reports of one server for a name that leads somewhere."""
    full = f"{name}.example.com."
    found = {"zone": "example.com", "provider": provider, "server": f"ns.{provider}", "name": full, "type": "CNAME"}
    return {**found, "status": status, "values": list(values), "leads_to": list(leads_to), "circular": []}


def marker(active: str) -> Any:
    base = {"zone": "example.com", "provider": "desec", "server": "ns.desec", "name": "_twinzone.www.example.com."}
    return {**base, "type": "TXT", "values": [MARKER.format(active)], "cnames": []}


CANARY = answer("cloudflare", "canary", *EDGE)
ON_BUNNY = [answer(name, "www", "example.b-cdn.net.", leads_to=("bunny",), status="cname") for name in NAMES]
ON_CLOUDFLARE = [answer("cloudflare", "www", *EDGE, leads_to=("cloudflare",)), answer("desec", "www", *EDGE)]


def everywhere(answers: list[Any]) -> list[Any]:
    """The answers of two servers of each provider; every provider has the marker."""
    markers = [one for one in answers if one["type"] == "TXT"]
    all_of_them = [one for one in answers if one["type"] != "TXT"] + [
        {**one, "provider": name, "server": f"ns.{name}"} for one in markers for name in NAMES
    ]
    return all_of_them + [{**one, "server": f"{one['server']}2"} for one in all_of_them]


def decide(answers: list[Any], held: Any = None, **variables: Any) -> Any:
    site = read(AT_CLOUDFLARE, AT_BUNNY, **variables)
    fronts = [
        {"site": site["site"], "name": name, "verdict": "up", "clean": True, "reason": "fine"}
        for name in ("cloudflare", "bunny")
    ]
    observed: Any = {
        "answers": everywhere(answers),
        "held": held or {},
        "votes": [{"vantage": "localhost", "msg": "", "fronts": fronts}],
        "sites": [site],
    }
    return decide_site.decide(site, observed, NOW, "run")


def due(decision: Any, provider: str) -> Any:
    """What is to be written at a provider: values, or what the entry's state is, by type."""
    return {
        entry["type"]: entry.get("values", entry.get("state"))
        for entry in decision["records"]
        if entry["only"] == [provider]
    }


def test_copies_are_recognised_without_a_canary_at_the_provider_that_copies() -> None:
    decision = decide([*ON_CLOUDFLARE, CANARY, marker("cloudflare")])
    assert (decision["rule"], decision["writes"]) == ("active_up", [])
    assert {name: served["front"] for name, served in decision["served"].items()} == dict.fromkeys(NAMES, "cloudflare")


def test_to_the_proxied_front_the_proxys_addresses_are_written() -> None:
    decision = decide([*ON_BUNNY, CANARY, marker("bunny")], to="cloudflare")
    assert due(decision, "desec") == {"A": EDGE[:1], "AAAA": EDGE[1:], "CNAME": "absent"}
    assert due(decision, "cloudflare") == {"CNAME": ["origin.example.com."]}
    assert list(decision["markers"]) == list(NAMES)


def test_a_family_without_an_answer_is_taken_away() -> None:
    decision = decide([*ON_BUNNY, answer("cloudflare", "canary", EDGE[0]), marker("bunny")], to="cloudflare")
    assert due(decision, "desec") == {"A": EDGE[:1], "AAAA": "absent", "CNAME": "absent"}


@pytest.mark.parametrize(
    ("canary", "words"),
    [
        (answer("cloudflare", "canary", "203.0.113.10", leads_to=("origin",)), "answer the origin's address"),
        (answer("cloudflare", "canary", "origin.example.com.", leads_to=("origin",), status="cname"), "the origin's"),
        (answer("cloudflare", "canary", status="missing"), "answer no address"),
        (answer("cloudflare", "canary", status="silent"), "answer no address"),
        (answer("desec", "canary", *EDGE), "answer no address"),
    ],
)
def test_what_may_be_the_origins_is_not_published(canary: Any, words: str) -> None:
    """The other provider is switched anyway, and the report says what is missing."""
    decision = decide([*ON_BUNNY, canary, marker("bunny")], to="cloudflare")
    assert (due(decision, "desec"), list(decision["markers"])) == ({}, ["cloudflare"])
    assert due(decision, "cloudflare")
    assert words in decision["lacking"]["desec"]
    site = read(AT_CLOUDFLARE, AT_BUNNY, to="cloudflare")
    facts: Any = {"run": "r", "written": {}, "after": [], "check_mode": False, "asked": 0}
    facts |= dict.fromkeys(("started", "observed", "decided", "finished"), NOW)
    taken: Any = {**decision, "accepted": ["cloudflare"]}
    reported = result.report(site, taken, facts)
    assert words in reported["providers"]["desec"]["error"]


def test_a_target_that_is_proxied_too_hides_no_origin() -> None:
    """The alias of a proxied apex answers the same addresses as the apex itself."""
    edge = ("104.16.0.1", "2606:4700::1")
    canary = answer("cloudflare", "canary", *edge, leads_to=("origin",))
    decision = decide([*ON_BUNNY, canary, marker("bunny")], to="cloudflare")
    assert due(decision, "desec") == {"A": [edge[0]], "AAAA": [edge[1]], "CNAME": "absent"}


@pytest.mark.parametrize(("gone", "writes"), [("192.0.2.99", ["desec"]), (EDGE[0], [])])
def test_addresses_that_the_proxy_has_no_longer_are_replaced(gone: str, writes: list[str]) -> None:
    served = [ON_CLOUDFLARE[0], answer("desec", "www", gone, EDGE[1])]
    decision = decide([*served, CANARY, marker("cloudflare")])
    assert (decision["rule"], decision["writes"]) == ("active_up", writes)
    assert due(decision, "desec") == ({"A": EDGE[:1], "AAAA": EDGE[1:], "CNAME": "absent"} if writes else {})


def test_copies_stay_while_the_proxys_servers_are_silent() -> None:
    silent = [answer("cloudflare", name, status="silent") for name in ("www", "canary")]
    decision = decide([*silent, answer("desec", "www", *EDGE, leads_to=("cloudflare",)), marker("cloudflare")])
    assert decision["writes"] == []


@pytest.mark.parametrize("rdtype", ["MX", "TXT"])
def test_a_name_that_holds_something_else_too_is_refused(rdtype: str) -> None:
    base = {key: ON_BUNNY[0][key] for key in ("zone", "provider", "server", "name")}
    own = {**base, "type": rdtype, "values": ["something"], "cnames": []}
    decision = decide([*ON_CLOUDFLARE, CANARY, marker("cloudflare"), own])
    assert (decision["rule"], decision["kind"]) == ("refused", "refuse")
    assert rdtype in decision["reason"]
    through_the_cname = {**own, "cnames": ["example.b-cdn.net."]}
    assert decide([*ON_BUNNY, CANARY, marker("bunny"), through_the_cname])["kind"] == "go"


def test_where_servers_are_silent_the_apis_tell() -> None:
    silent = [answer(name, "www", status="silent") for name in NAMES]
    proxied = {
        "name": "www",
        "type": "CNAME",
        "values": ["origin.example.com."],
        "at": {"cloudflare": {"proxied": True}},
    }
    copied = {"name": "www", "type": "A", "values": EDGE[:1]}
    held = {
        "example.com": {
            "cloudflare": {"error": None, "records": [proxied]},
            "desec": {"error": None, "records": [copied]},
        }
    }
    for canary in (CANARY, answer("cloudflare", "canary", status="silent")):
        decision = decide([*silent, canary], held)
        assert {name: served["front"] for name, served in decision["served"].items()} == dict.fromkeys(
            NAMES, "cloudflare"
        )


addresses = st.lists(st.sampled_from(["192.0.2.1", "192.0.2.2", "2001:db8::1"]), min_size=1, unique=True)
hosts = st.sampled_from(["a.example.net.", "b.example.net.", "c.example.net."])


def static(values: list[str] | str, provider: str) -> list[Any]:
    if isinstance(values, str):
        return [{"type": "CNAME", "values": values, "only": provider}]
    families = {"A": [one for one in values if ":" not in one], "AAAA": [one for one in values if ":" in one]}
    return [{"type": rdtype, "values": some, "only": provider} for rdtype, some in families.items() if some]


@given(st.lists(st.tuples(hosts, hosts | addresses), min_size=2, max_size=4), st.data())
def test_from_any_front_to_any_other_exactly_its_sets_stand(shapes: list[tuple[str, Any]], data: st.DataObject) -> None:
    """What is written takes away all that another front may have left there, and nothing that it does not own."""
    fronts = [
        {"name": f"front{number}", "publish": [*static(first, "cloudflare"), *static(second, "desec")]}
        for number, (first, second) in enumerate(shapes)
    ]
    try:
        site = read(*fronts)
    except BadInput as error:
        assert all("told apart" in problem for problem in error.problems)
        return
    for provider in NAMES:
        holds: Any = {}
        for _switch in range(4):
            chosen = data.draw(st.sampled_from(site["fronts"]))
            for entry in published.records(site, chosen, provider, []):
                assert entry["name"] == "www"
                assert entry["only"] == [provider]
                holds[entry["type"]] = entry.get("values")
            stands = {rdtype: set(values) for rdtype, values in holds.items() if values}
            assert stands == published.shape(chosen, provider, [])
            assert "CNAME" not in stands or len(stands) == 1

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a zone to a proposal: whatever the zone holds, the inventory is YAML that says what was proposed."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible_collections.twinzone.edge.plugins.module_utils._errors import BadInput
from ansible_collections.twinzone.edge.plugins.module_utils._setup.inventory import cdn, inventory, lines
from ansible_collections.twinzone.edge.plugins.module_utils._setup.layout import Seen, choose
from ansible_collections.twinzone.edge.plugins.module_utils._setup.proposal import Wishes, propose
from ansible_collections.twinzone.edge.plugins.plugin_utils.setup_filters import zone_proposal
from hypothesis import given
from hypothesis import strategies as st

PROXIED = {"cloudflare": {"proxied": True}}
WISHES = Wishes("example.com", "cloudflare", "example.b-cdn.net")


def entry(name: str, rdtype: str, *values: str, proxied: bool = True) -> dict[str, Any]:
    made = {"name": name, "type": rdtype, "ttl": 300, "values": list(values)}
    return {**made, "at": PROXIED} if proxied else made


@pytest.mark.parametrize(
    ("records", "why"),
    [
        ([entry("@", "A", "192.0.2.1")], "apex"),
        ([entry("*", "A", "192.0.2.1")], "wildcard"),
        ([entry("w", "AAAA", "100::")], "Workers"),
        ([entry("p", "CNAME", "x.pages.dev.")], "Pages"),
        ([entry("m", "A", "192.0.2.1"), entry("m", "MX", "10 m.example.net.", proxied=False)], "holds MX"),
    ],
)
def test_what_cannot_fail_over_stays_with_its_reason(records: list[dict[str, Any]], why: str) -> None:
    made = propose(WISHES, records)
    assert not made.steered
    assert list(made.records) == records, "the zone file is the zone"
    assert why in next(iter(made.stays.values()))


def test_names_of_one_origin_share_a_canary_and_nobody_elses_name_is_taken() -> None:
    taken = entry("cf-canary", "TXT", "mine", proxied=False)
    records = [
        taken,
        *(entry(name, "A", "192.0.2.1") for name in ("www", "shop")),
        entry("api", "CNAME", "o.example.net."),
    ]
    made = propose(WISHES, records)
    assert {one.name: (one.target, one.canary, one.converts) for one in made.steered} == {
        "www": ("cf-canary-2.example.com.", "cf-canary-2", True),
        "api": ("o.example.net.", "cf-canary-3", False),
        "shop": ("cf-canary-2.example.com.", "cf-canary-2", True),
    }
    keys = [(one["name"], one["type"]) for one in made.records]
    assert len(keys) == len(set(keys))
    assert taken in made.records


def test_only_what_was_asked_for() -> None:
    wishes = Wishes("example.com", "cloudflare", "example.b-cdn.net", ("shop",))
    made = propose(wishes, [entry("www", "A", "192.0.2.1"), entry("shop", "A", "192.0.2.1")])
    assert [one.name for one in made.steered] == ["shop"]
    assert "www" in made.stays


CLOUDFLARE = ["ada.ns.cloudflare.com."]


@pytest.mark.parametrize(
    ("seen", "layout", "words"),
    [
        (
            Seen(CLOUDFLARE),
            "B",
            "is better (nothing of Cloudflare is needed to leave it then)",
        ),
        (Seen(["ns1.desec.io."]), "B", "is better (its DNS is outside already)"),
        (Seen(CLOUDFLARE, second_zone="x.net"), "A", "custom hostname of a second zone"),
        (Seen(["ns1.desec.io."], second_zone="x.net"), "A", "custom hostname of a second zone"),
        (Seen(CLOUDFLARE, "Cloudflare, Inc.", "x.net"), "C", "stay on Cloudflare's name servers"),
        (Seen(CLOUDFLARE, "Cloudflare, Inc."), "B", "move the domain first, or take layout C"),
        (Seen(CLOUDFLARE, second_zone="x.net", wanted="b"), "B", "the public name itself"),
        (Seen(CLOUDFLARE, second_zone="x.net", wanted="c"), "C", "only deSEC serves"),
    ],
)
def test_the_layout_fits_the_zone_and_has_a_reason(seen: Seen, layout: str, words: str) -> None:
    chosen, why = choose(seen)
    assert chosen == layout
    assert words in why


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (Seen(CLOUDFLARE, wanted="a"), "needs a second domain"),
        (Seen(CLOUDFLARE, wanted="c"), "needs a second domain"),
        (Seen(CLOUDFLARE, "Cloudflare", "x.net", "a"), "the registrar Cloudflare allows none"),
        (Seen(CLOUDFLARE, wanted="d"), "is not one of a, b and c"),
    ],
)
def test_a_layout_that_cannot_be_had_is_refused(seen: Seen, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        choose(seen)


def test_outside_no_origin_is_published_without_a_decision() -> None:
    records = [
        entry("www", "A", "192.0.2.1"),
        entry("@", "A", "192.0.2.1"),
        entry("git", "A", "192.0.2.9", proxied=False),
    ]
    made = propose(Wishes("example.com", "cloudflare", "example.b-cdn.net", second_zone="x.net"), records, "A")
    assert [(one["name"], one["values"]) for one in made.records] == [
        ("git", ["192.0.2.9"]),
        ("www", ["www-router.example.com."]),
        ("www-router", ["cf-front.x.net."]),
    ]
    assert not [one for one in made.records if "at" in one]
    assert [(one["name"], one["values"], one["at"]) for one in made.second_records] == [
        ("cf-front", ["192.0.2.1"], PROXIED)
    ]
    shown = "\n".join(lines(made, "why", Seen(), "/srv"))
    assert "decide about example.com" in shown
    assert "make www.example.com a custom hostname of x.net" in shown


def test_a_steering_zone_has_the_record_that_is_switched() -> None:
    wishes = Wishes("example.com", "cloudflare", "example.b-cdn.net", second_zone="x.net")
    made = propose(wishes, [entry("www", "CNAME", "o.example.net.")], "C")
    assert {one["name"]: one["values"] for one in made.records} == {
        "www": ["www.x.net."],
        "cf-front": ["o.example.net."],
    }
    assert [(one["name"], one["values"]) for one in made.second_records] == [("www", ["cf-front.example.com."])]


class _Loader(yaml.SafeLoader):
    """Reads what Ansible reads."""


def _unsafe(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Any:
    return loader.construct_scalar(node)


_Loader.add_constructor("!unsafe", _unsafe)


@given(
    st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20),
    st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=30),
)
def test_the_inventory_is_yaml_whatever_the_names_are(name: str, token: str) -> None:
    made = propose(WISHES, [entry(name, "CNAME", "origin.example.net.")])
    shown = lines(made, "why", Seen(["ns1.desec.io."]), "/srv")
    common = {"dns_providers": [{"name": "cloudflare", "type": "cloudflare", "api_url": token}]}
    read = yaml.load(inventory(made, common, shown), _Loader)["all"]
    assert read["vars"]["dns_providers"] == common["dns_providers"]
    for site in read["children"].get("sites", {}).get("hosts", {}).values():
        assert site["failover_router"] == name
        assert [front["name"] for front in site["failover_fronts"]] == ["cloudflare", "bunny"]


def test_a_second_cdn_has_a_name() -> None:
    assert cdn("example.b-cdn.net.")[0] == "bunny"
    assert cdn("d111.cloudfront.net")[0] == "cloudfront"
    assert cdn("x.some-cdn.example") == ("some-cdn", {})


def test_what_a_registry_or_a_provider_says_is_no_template_and_no_line_of_its_own() -> None:
    """Ansible fills in an inventory's templates on the next run."""
    evil = "{{ lookup('pipe', 'touch proof') }}"
    made = propose(WISHES, [entry("www", "CNAME", f"{evil}.example.net.")])
    proposal = zone_proposal(
        [entry("www", "CNAME", f"{evil}.example.net.")],
        vars(WISHES),
        {"dns_providers": []},
        {"dns": [], "registrar": f"{evil}\nall: {{vars: {{a: '{evil}'}}}}\n", "folder": "."},
    )
    for text in (proposal["inventory"], inventory(made, {"x": [evil]}, [f"{evil}\nb: 1"])):
        assert "\nall: {vars" not in text
        assert "\nb: 1" not in text
        assert list(yaml.load(text, _Loader)) == ["all"]
        spelt = [line for line in text.splitlines() if "{{" in line and not line.startswith("#")]
        assert len(spelt) > 1
        assert [line for line in spelt if '!unsafe "' not in line] == [
            '    ansible_python_interpreter: "{{ ansible_playbook_python }}"'
        ]

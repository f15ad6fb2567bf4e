# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The policy of a site: a number that could not be kept to is refused by name. Its router: a slip is reported."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._errors import BadInput
from ansible_collections.twinzone.edge.plugins.module_utils._failover import site, site_reader
from ansible_collections.twinzone.edge.plugins.module_utils._failover.decision import Policy

FRONTS = [{"name": "a", "target": "a.example.net."}, {"name": "b", "target": "b.example.net."}]


def policy(**given: Any) -> Policy:
    variables = {
        "failover_zone": "example.com",
        "failover_router": "web-router",
        "failover_check": {"url": "https://www.example.com/"},
        "failover_fronts": FRONTS,
        "failover_policy": given,
    }
    return site.policy(site_reader.read("www.example.com", variables, [], 1_800_000_000, {}))


def test_the_defaults_are_those_of_the_decision() -> None:
    assert policy() == Policy()


@pytest.mark.parametrize("limit", [1, 12, "12"])
def test_a_limit_that_the_marker_remembers_is_taken(limit: Any) -> None:
    assert policy(max_switches_per_hour=limit).max_switches_per_hour == int(limit)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"max_switches_per_hour": 13}, r"failover_policy\.max_switches_per_hour: can be at most 12"),
        ({"max_switches_per_hour": 0}, r"failover_policy\.max_switches_per_hour: 0 is not"),
        ({"failback": "soon"}, r"failover_policy\.failback: "),
        ({"failback_afer": 60}, r"failover_policy\.failback_afer: is unknown; did you mean failback_after\? Known are"),
    ],
)
def test_what_does_not_fit_is_named(given: dict[str, Any], problem: str) -> None:
    with pytest.raises(BadInput, match=problem):
        policy(**given)


def test_a_router_that_ends_in_the_zones_name_by_a_slip_is_refused() -> None:
    """It would mean web-router.example.com.example.com, which no provider has."""
    variables = {"failover_zone": "example.com", "failover_router": "web-router.example.com"}
    with pytest.raises(BadInput, match="failover_router: ends in the zone's name without a trailing dot"):
        site_reader.read("www.example.com", variables, [], 1_800_000_000, {})


def names_of(url: str, **given: Any) -> list[str]:
    fronts = [{"name": "a", "target": "a.example.net."}, {"name": "b", "target": "b.example.net."}]
    described = {"failover_zone": "example.com", "failover_router": "web-router", "failover_fronts": fronts}
    variables = {**described, "failover_check": {"url": url}, **given}
    return site_reader.read("www.example.com", variables, [], 1_800_000_000, {})["names"]


@pytest.mark.parametrize(
    ("url", "given", "names"),
    [
        ("HTTPS://WWW.Example.com.:8443/x", {}, ["www.example.com."]),
        ("https://www.example.com/", {"failover_names": ""}, ["www.example.com."]),
        ("https://192.0.2.1/", {"failover_names": []}, []),
        ("https://192.0.2.1/", {"failover_names": "Bücher"}, ["xn--bcher-kva.example.com."]),
        (
            "https://x/",
            {"failover_names": ["@", "*", "WWW.example.NET"]},
            ["example.com.", "*.example.com.", "www.example.net."],
        ),
    ],
)
def test_the_public_names(url: str, given: dict[str, Any], names: list[str]) -> None:
    assert names_of(url, **given) == names


@pytest.mark.parametrize(
    ("url", "given", "problem"),
    [
        ("https://192.0.2.1/", {}, "failover_names: are needed"),
        ("https://[::1]:8443/", {"failover_names": ""}, "failover_names: are needed"),
        ("https://www.example.com/", {"failover_names": "www,shop"}, "'www,shop' is not a host name"),
        ("https://www.example.com/", {"failover_names": ["."]}, "'.' is not a host name"),
        ("https://www.example.com/", {"failover_names": ["www.*.example.com"]}, "wildcard"),
    ],
)
def test_no_site_has_no_public_name_by_mistake(url: str, given: dict[str, Any], problem: str) -> None:
    """Where none is followed, everything is green wherever visitors are led."""
    with pytest.raises(BadInput, match=problem):
        names_of(url, **given)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("4", "failover_pin_for: 4 has no unit; write 4h, 4m or 4s"),
        (4, "failover_pin_for: 4 has no unit"),
        ("99999999999d", "failover_pin_for: 99999999999d is more than ten years; write forever"),
    ],
)
def test_how_long_a_pin_holds_has_a_unit_and_a_limit(given: Any, problem: str) -> None:
    """`-e failover_pin_for=4 hours` comes as 4: seconds, if nobody asks."""
    with pytest.raises(BadInput, match=problem):
        site_reader.read("www.example.com", {"failover_pin": "a", "failover_pin_for": given}, [], 1_800_000_000, {})


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"failover_deadline": float("inf")}, "failover_deadline: inf is not a number of at least 0.1"),
        ({"failover_verify_timeout": "inf"}, "failover_verify_timeout: 'inf' is not a number"),
        ({"failover_policy": {"quorum": float("inf")}}, "failover_policy.quorum: inf is not a whole number"),
        ({"failover_router": "*"}, "failover_router: '[*]' is a wildcard"),
        ({"failover_router": "*.web"}, "failover_router: '[*].web' is a wildcard"),
    ],
)
def test_what_has_no_end_and_no_name_of_its_own(given: dict[str, Any], problem: str) -> None:
    variables = {"failover_zone": "example.com", "failover_router": "web-router", **given}
    with pytest.raises(BadInput, match=problem):
        site_reader.read("www.example.com", variables, [], 1_800_000_000, {})


def test_a_site_holds_no_secret_and_all_else_of_its_providers() -> None:
    """Name servers are asked with these entries; a key without its secret is still a key."""
    key = {"name": "edge", "algorithm": "hmac-sha256"}
    providers: list[dict[str, Any]] = [
        {"name": "desec", "type": "desec", "token": "SECRET"},
        {"name": "own", "type": "rfc2136", "server": "192.0.2.1", "key": {**key, "secret": "SECRET"}},
    ]
    variables = {
        "failover_zone": "example.com",
        "failover_router": "web-router",
        "failover_check": {"url": "https://www.example.com/"},
        "failover_fronts": FRONTS,
    }
    read = site_reader.read("www.example.com", variables, providers, 1_800_000_000, {})
    assert "SECRET" not in str(read)
    assert read["providers"][1] == {"name": "own", "type": "rfc2136", "server": "192.0.2.1", "key": key}

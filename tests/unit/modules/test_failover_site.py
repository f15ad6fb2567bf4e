# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A site is refused at the beginning for what a module would refuse later, when it works for the other sites too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.twinzone.edge.plugins.filter.failover import read_site

SECRET = "s3cr3t"
PROVIDERS: list[dict[str, Any]] = [
    {"name": "cloudflare", "type": "cloudflare", "token": SECRET},
    {"name": "desec", "type": "desec", "token": SECRET, "deadline": None},
]
VARIABLES: dict[str, Any] = {
    "failover_zone": "example.com",
    "failover_router": "web-router",
    "failover_check": {"url": "https://www.example.com/"},
    "failover_fronts": [{"name": "a", "target": "a.example.net."}, {"name": "b", "target": "b.example.net."}],
}


def site(providers: Any = ..., **given: Any) -> Any:
    entries = PROVIDERS if providers is ... else providers
    return read_site({**VARIABLES, **given}, "www.example.com", entries, 1_800_000_000)


def refusal(providers: Any = ..., **given: Any) -> str:
    with pytest.raises(AnsibleFilterError) as refused:
        site(providers, **given)
    assert SECRET not in str(refused.value)
    return str(refused.value)


def test_what_is_right_is_taken_without_the_tokens() -> None:
    given = {"failover_deadline": "5", "failover_notify": None, "failover_vantages": ["edge1"]}
    found = site(**given, failover_check={**VARIABLES["failover_check"], "ca_path": "/only/at/edge1.pem"})
    assert [entry["name"] for entry in found["providers"]] == ["cloudflare", "desec"]
    assert SECRET not in str(found)


@pytest.mark.parametrize(
    ("providers", "reported"),
    [
        (None, "providers: must be a list"),
        ({"name": "desec", "token": SECRET}, "providers: must be a list"),
        ([], "providers: is empty"),
        ([SECRET], "providers[0]: is not a mapping"),
        ([{"name": "desec"}], "providers[0] (desec): missing required arguments: type"),
        (
            [{"name": "desec", "type": "dsec"}],
            "providers[0] (desec): value of type must be one of: cloudflare, desec, octodns, powerdns, rfc2136, got:",
        ),
        ([{**PROVIDERS[0], "toekn": SECRET}], "providers[0] (cloudflare): toekn: is unknown; did you mean token?"),
        ([{**PROVIDERS[0], "deadline": "soon"}], "'deadline'"),
        ([{**PROVIDERS[0], "api_url": "http://desec.io"}], "providers[0] (cloudflare): api_url"),
        ([{**PROVIDERS[0], "token": f"{SECRET} and more"}], "providers[0] (cloudflare): token"),
        ([{**PROVIDERS[0], "ca_path": "/no/such.pem"}], "providers[0] (cloudflare): ca_path: '/no/such.pem'"),
        ([PROVIDERS[0], PROVIDERS[0]], "providers[1] (cloudflare): name: is used twice"),
    ],
)
def test_the_entry_of_a_provider(providers: Any, reported: str) -> None:
    assert reported in refusal(providers)


@pytest.mark.parametrize(
    ("given", "reported"),
    [
        (
            {"failover_check": {"url": "www.example.com"}},
            "failover_check.url: 'www.example.com' is not an http:// or https:// URL",
        ),
        (
            {"failover_check": {"url": "https://a.example/", "contian": "ok"}},
            "failover_check.contian: is unknown; did you mean",
        ),
        ({"failover_check": {"url": "https://a.example/", "ca_path": "/no/such.pem"}}, "check.ca_path: '/no/such.pem'"),
        ({"failover_policy": {"probes": "three"}}, "front a of www.example.com: probes: "),
        ({"failover_policy": {"probes": 2, "down_at": 4}}, "0 <= tolerate < down_at <= probes"),
        ({"failover_controls": ["www.debian.org"]}, "controls: 'www.debian.org' has no port"),
        ({"failover_vantages": [7]}, "failover_vantages: 7 is not text"),
        ({"failover_deadline": "soon"}, "failover_deadline: 'soon' is not a number"),
        ({"failover_deadline": 0}, "failover_deadline: 0 is not a number"),
        ({"failover_verify_timeout": [60]}, "failover_verify_timeout: [60] is not a number"),
        ({"failover_report_dir": 7}, "failover_report_dir: 7 is not text"),
        ({"failover_metrics_file": ["x"]}, "failover_metrics_file: ['x'] is not text"),
        ({"failover_notify": {"format": "slack"}}, "failover_notify[0]: url: is missing"),
    ],
)
def test_what_only_an_outage_or_a_probe_would_use(given: dict[str, Any], reported: str) -> None:
    assert reported in refusal(**given)


def test_all_is_told_at_once() -> None:
    reported = refusal([{"name": "desec", "type": "dsec"}], failover_zone=None, failover_deadline="soon")
    for problem in ("providers[0] (desec): value of type", "failover_zone: is missing", "failover_deadline: 'soon'"):
        assert problem in reported


def test_a_file_of_authorities_that_is_there_or_is_looked_for_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch()
    assert site([{**PROVIDERS[0], "ca_path": str(tmp_path / "ca.pem")}])
    assert site(
        [{**PROVIDERS[0], "ca_path": "ca.pem"}], failover_check={"url": "https://a.example/", "ca_path": "ca.pem"}
    )

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Provider entries: where a token may come from and go to. Patterns of what is kept: in any spelling.
Records: all that is wrong at once."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._errors import BadInput
from ansible_collections.twinzone.edge.plugins.module_utils._failover import writes
from ansible_collections.twinzone.edge.plugins.module_utils._modules import options
from ansible_collections.twinzone.edge.plugins.module_utils._modules.options import job, network, policy, settings
from ansible_collections.twinzone.edge.plugins.module_utils._probes import resolv_conf
from ansible_collections.twinzone.edge.plugins.module_utils._providers.http_provider import HttpSettings
from ansible_collections.twinzone.edge.plugins.module_utils._providers.registry import USUAL_VARIABLES
from ansible_collections.twinzone.edge.plugins.module_utils._zone import planner
from ansible_collections.twinzone.edge.plugins.module_utils._zone.plan import PlanPolicy

TOKENS = ("CLOUDFLARE_API_TOKEN", "CF_API_TOKEN", "DESEC_TOKEN", "DESEC_API_TOKEN")


@pytest.fixture(autouse=True)
def no_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in TOKENS:
        monkeypatch.delenv(name, raising=False)


def entry(**more: Any) -> dict[str, Any]:
    return {"name": "one", "type": "desec", **more}


def one(entry: dict[str, Any]) -> HttpSettings:
    (found,) = settings([entry], 10.0)
    assert isinstance(found, HttpSettings)
    return found


def problems(*entries: dict[str, Any]) -> list[str]:
    with pytest.raises(BadInput) as caught:
        settings(entries, 10.0)
    return caught.value.problems


def test_an_entry_as_a_value() -> None:
    found = one(entry(token=" abc\n", nameservers=["ns1.example.org"], deadline=3))
    assert (found.token, found.api_url, found.deadline) == ("abc", "https://desec.io/api/v1", 3)
    assert one(entry()).deadline == 10.0


def test_the_token_comes_from_the_environment_unless_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    assert one(entry()).token == ""
    monkeypatch.setenv("DESEC_API_TOKEN", "second")
    assert one(entry()).token == "second"
    monkeypatch.setenv("DESEC_TOKEN", "first")
    assert one(entry()).token == "first"
    assert one(entry(token="given")).token == "given"


@pytest.mark.parametrize("token", ["two words", "half\nhalf", "\u201cquoted\u201d", "tab\tbed", "ünicode", "\x7f"])
def test_a_token_that_no_header_can_carry_is_refused_unseen(token: str) -> None:
    (reported,) = problems(entry(token=token))
    assert reported.startswith("providers[0] (one): token: ")
    assert token not in reported


@pytest.mark.parametrize(
    "url",
    [
        "http://desec.io/api/v1",
        "http://127.0.0.1.example.org/",
        "http://localhost.example.org",
        "ftp://desec.io",
        "desec.io",
        "https://",
        "https:///api",
    ],
)
def test_a_token_is_only_sent_over_tls(url: str) -> None:
    (reported,) = problems(entry(api_url=url))
    assert "does not begin with https://" in reported


@pytest.mark.parametrize("url", ["http://127.0.0.1@example.org/", "http://localhost:x@example.org/"])
def test_a_url_of_an_api_names_no_user(url: str) -> None:
    (reported,) = problems(entry(api_url=url))
    assert "user information" in reported


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1@example.org/",
        "http://localhost:x@example.org/",
        "https://desec.io@example.org/",
        "https://ops:s3cret@desec.io/",
        "https://desec.io\\@example.org/",
        "https://desec.io/\n",
        "https://desec.io/a b",
    ],
)
def test_a_url_with_user_information_is_refused_and_not_shown(url: str) -> None:
    (found,) = problems(entry(api_url=url))
    assert "holds user information" in found
    assert url not in found
    assert "s3cret" not in found


@pytest.mark.parametrize("url", ["https://desec.io/?x=", "https://desec.io/#x"])
def test_a_url_with_more_than_a_path_is_refused(url: str) -> None:
    (found,) = problems(entry(api_url=url))
    assert "query or a fragment" in found


@pytest.mark.parametrize("url", ["https://127.1.2.3:8443/api/v1/", "http://127.0.0.1:8001/api", "http://localhost"])
def test_other_servers_may_be_named(url: str) -> None:
    assert one(entry(api_url=url)).api_url == url.rstrip("/")


def test_entries_must_be_told_apart() -> None:
    assert problems() == ["providers: is empty; name at least one"]
    assert "name: is used twice" in problems(entry(), entry())[0]
    assert len(problems(entry(), entry(name="two"))) == 2
    assert len(settings([entry(nameservers=["192.0.2.1"]), entry(name="two", nameservers=["192.0.2.2"])], 1.0)) == 2


# --- What is kept ---


POLICY = {"limits": None, "keep": None, "prune": True, "force": False, "ttl_floor": "raise"}


def kept(*keep: dict[str, str]) -> PlanPolicy:
    return policy({**POLICY, "keep": list(keep)}, "example.com", [], switch=False)


@pytest.mark.parametrize(
    ("pattern", "key"),
    [
        ({"name": "Mail*"}, ("mail2", "A")),
        ({"name": "MAIL.example.com."}, ("mail", "A")),
        ({"name": "*.dev.example.com."}, ("a.dev", "A")),
        ({"name": "example.com."}, ("@", "MX")),
        ({"name": "@"}, ("@", "MX")),
        ({"name": "bücher"}, ("xn--bcher-kva", "A")),
        ({"name": "xn--B*"}, ("xn--bcher-kva", "A")),
        ({"name": "*.bücher"}, ("a.xn--bcher-kva", "A")),
        ({"name": "[a-c]?"}, ("b1", "A")),
        ({"type": "txt"}, ("x", "TXT")),
        ({"name": "x", "type": "t*"}, ("x", "TLSA")),
        ({}, ("x", "A")),
    ],
)
def test_what_matches_in_any_spelling_is_kept(pattern: dict[str, str], key: tuple[str, str]) -> None:
    (found,) = kept(pattern).keep
    assert planner._matches(found, key)
    assert not pattern or not planner._matches(found, ("other", "SRV"))


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("www.example.com", "write 'www.example.com.'"),
        ("*.example.com", "write '*.example.com.'"),
        ("*.example.org.", "is not in the zone"),
        ("büch*", "xn-- form"),
        ("a..b", "is not a domain name"),
    ],
)
def test_a_pattern_that_can_match_nothing_is_refused(pattern: str, reason: str) -> None:
    with pytest.raises(BadInput) as caught:
        kept({"name": "fine"}, {"name": pattern})
    (reported,) = caught.value.problems
    assert reported.startswith("keep[1]: name: ")
    assert reason in reported


def test_a_steered_name_with_a_slip_is_refused() -> None:
    """It would leave the router without protection."""
    for name in ("web-router", "WEB-ROUTER.example.com."):
        assert policy(POLICY, "example.com", [name], switch=False).steered == {"web-router"}
    with pytest.raises(BadInput, match="steered: ends in the zone's name without a trailing dot"):
        policy(POLICY, "example.com", ["web-router.example.com"], switch=False)


# --- Records ---


def test_what_is_wrong_with_records_is_told_at_once_with_what_a_provider_cannot_hold() -> None:
    params = {**POLICY, "ttl": None, "verify_timeout": 0, "dns_resolver": None, "dns_port": 53, "dns_require_ad": False}
    records = [
        {"name": "@", "type": "CNAME", "values": "a.example.org."},
        {"name": "x", "type": "A", "values": "192.0.2.256"},
        {"name": "y", "type": "LOC", "values": "52 N 4 E 0m"},
    ]
    with pytest.raises(BadInput) as caught:
        job(params, "example.com", records, settings([entry()], 10.0), [], check_mode=False)
    assert sorted(problem.partition(":")[0] for problem in caught.value.problems) == [
        "records[0] (@ CNAME)",
        "records[1] (x A)",
        "records[2] (y LOC)",
    ]


@pytest.mark.parametrize(
    ("resolver", "port", "word"),
    [
        ("nowhere.invalid", 53, "dns_resolver: 'nowhere.invalid' cannot be asked"),
        ("192.0.2.1:http", 53, "dns_resolver"),
        (None, 0, "dns_port: 0 is not a valid port"),
        (None, 70000, "dns_port"),
    ],
)
def test_a_network_that_cannot_be_is_refused_by_the_name_of_its_variable(
    resolver: str | None, port: int, word: str
) -> None:
    with pytest.raises(BadInput) as error:
        network({"dns_resolver": resolver, "dns_port": port, "dns_require_ad": False})
    assert word in error.value.problems[0]
    assert (
        network({"dns_resolver": "192.0.2.1:5300", "dns_port": 53, "dns_require_ad": False}).resolver
        == "192.0.2.1:5300"
    )


def test_a_name_in_the_systems_own_file_is_named_and_not_the_option(monkeypatch: pytest.MonkeyPatch) -> None:
    """dnspython refuses the whole file then, while the C library ignores the line without a word."""

    def refused(*arguments: object) -> None:
        raise ValueError("nameserver localhost is not a dns.nameserver.Nameserver instance")

    monkeypatch.setattr(options, "Resolver", refused)
    monkeypatch.setattr(resolv_conf, "fault", lambda: resolv_conf.fault_of("nameserver localhost"))
    with pytest.raises(BadInput) as caught:
        network({"dns_resolver": None, "dns_port": 53, "dns_require_ad": False})
    (problem,) = caught.value.problems
    assert problem.startswith(
        "dns_resolver: the system's resolver cannot be asked: 'nameserver localhost' in /etc/reso"
    )
    assert problem.endswith("; or give dns_resolver as address[:port]")


def test_a_provider_keeps_its_own_variable_where_it_alone_is_due() -> None:
    """The runbook, which is made of all providers, and the report of a failover name the same one."""
    entries: list[Any] = [
        {"name": name, "type": "cloudflare", "nameservers": ["192.0.2.1"]} for name in ("cf-eu", "cf-us")
    ]
    record = {"name": "www", "type": "CNAME", "values": ["a.example."], "only": ["cf-us"]}
    decision: Any = {"site": "a", "zone": "example.com", "records": [record], "markers": {}, "guards": []}
    (due,) = writes.switches([decision], {"a": entries}, USUAL_VARIABLES)
    assert [one["name"] for one in due["providers"]] == ["cf-us"]
    (alone,) = settings(due["providers"], 10.0, due["by_hand_variables"])
    _eu, together = settings(entries, 10.0)
    assert alone.own_variable == together.own_variable == "CLOUDFLARE_API_TOKEN_CF_US"


@pytest.mark.parametrize("seconds", [0, -1, float("inf"), float("nan")])
def test_the_work_of_a_provider_has_an_end(seconds: float) -> None:
    assert problems(entry(deadline=seconds)) == [f"one: deadline: {seconds:g} is not a number of seconds above 0"]

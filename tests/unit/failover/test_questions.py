# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read at APIs, beside the probes."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._failover import observation, questions, site_reader
from ansible_collections.twinzone.edge.plugins.module_utils._providers.registry import PROVIDERS

NOW = 1_800_000_000
ENTRIES: Any = [{"name": name, "type": name} for name in ("cloudflare", "desec")]
ROUTER, WWW = "web-router.example.com.", "www.example.com."


def site(**variables: Any) -> Any:
    given = {
        "failover_zone": "example.com",
        "failover_router": "web-router",
        "failover_fronts": [
            {"name": "cloudflare", "target": "cf-front.example.com."},
            {"name": "bunny", "target": "example.b-cdn.net."},
        ],
        "failover_check": {"url": "https://www.example.com/health"},
    }
    return site_reader.read("www.example.com", {**given, **variables}, ENTRIES, NOW, PROVIDERS)


def at_server(provider: str, number: int, **given: Any) -> Any:
    base = {"zone": "example.com", "provider": provider, "server": f"{provider}{number}", "name": ROUTER, "ttl": 60}
    base |= {"type": "CNAME", "status": "cname", "values": ["cf-front.example.com."], "leads_to": ["cloudflare"]}
    return {**base, "possible": [], "hides": False, "circular": [], "error": "", **given}


def answers(**at_cloudflare: Any) -> list[Any]:
    """All servers lead to one front, and nothing was ever written."""
    return [at_server("desec", number) for number in range(2)] + [
        at_server("cloudflare", number, **at_cloudflare) for number in range(2)
    ]


HIDDEN: Any = {"status": "addresses", "values": ["192.0.2.1"], "hides": True}


def reads(of: Any, seen: Any, paths: Any = ()) -> list[Any]:
    return questions.unsettled([of], seen, {of["site"]: ENTRIES}, NOW, paths)


def test_no_api_is_asked_where_all_servers_show_the_record() -> None:
    assert reads(site(), answers()) == []


def test_what_a_server_hides_is_read_once_and_no_decision_waits_for_it() -> None:
    """Together with the public name that is hidden by the same servers."""
    path = {"name": WWW, "router": ROUTER, "link": WWW, "zone": "example.com", "provider": "cloudflare", "cnames": []}
    (read,) = reads(site(), answers(**HIDDEN), [{**path, "hides": True}])
    assert (read["zone"], [entry["name"] for entry in read["providers"]]) == ("example.com", ["cloudflare"])
    assert {"web-router", "_twinzone.web-router", WWW} <= set(read["names"])
    assert (read["follow"], read["needed"]) == (True, False)


def test_nobody_is_asked_for_names_that_nobody_wants_to_know_of() -> None:
    assert reads(site(failover_names=[]), answers(**HIDDEN)) == []


def test_what_settles_a_decision_is_needed() -> None:
    found = reads(site(), answers(**HIDDEN, leads_to=["bunny"]))
    assert [(read["providers"][0]["name"], read["needed"]) for read in found] == [("cloudflare", True), ("desec", True)]


@pytest.mark.parametrize(("url", "port"), [("https://www.example.com/", 443), ("https://www.example.com:8443/", 8443)])
def test_the_port_that_visitors_use(url: str, port: int) -> None:
    (zone,) = questions.queries([site(failover_check={"url": url})])
    assert zone["records"][0]["port"] == port


def test_addresses_that_a_server_hides_nothing_behind_are_no_front() -> None:
    """One server still answers what somebody had written, with the addresses of a front. The others have the CNAME."""
    late = at_server("desec", 0, status="addresses", values=["192.0.2.1"])
    seen = observation.served_at(site(), "desec", [late, at_server("desec", 1)], "cloudflare")
    assert (seen.state, seen.servers) == ("(mixed)", {"desec0": "(other)", "desec1": "cloudflare"})

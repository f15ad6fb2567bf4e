# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTPS records beside addresses that go through the router."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._failover import paths
from ansible_collections.twinzone.edge.plugins.module_utils._failover.paths import BYPASSES, THROUGH, Steering

WWW, ROUTER, CF_FRONT = (f"{name}.example.com." for name in ("www", "web-router", "cf-front"))
EDGE, SECOND = "192.0.2.1", "198.51.100.1"
HINTED = f'1 . alpn="h2" ipv4hint="{EDGE},192.0.2.2"'


def judged(held: Any = None, **given: Any) -> list[tuple[str, str]]:
    """The verdicts and records for www, whose addresses go through the router."""
    base: Any = {
        "name": WWW,
        "router": ROUTER,
        "link": WWW,
        "zone": "example.com",
        "provider": "desec",
        "server": "ns1",
        "status": "cname",
        "cnames": [ROUTER, CF_FRONT],
        "values": [],
        "leads_to": ["cloudflare"],
        "possible": [],
        "hides": False,
        "ttl": 300,
        "error": "",
    }
    steering = Steering(given.pop("router", ROUTER), "example.com", frozenset({CF_FRONT, "example.b-cdn.net."}))
    answer: Any = {**base, "router": steering.router, **given}
    read: Any = {"example.com": {"cloudflare": {"records": held, "error": None}}} if held is not None else {}
    found = paths.judge([WWW], steering, [answer], read, 1_800_000_000)
    return [(one.verdict, one.record) for one in found]


@pytest.mark.parametrize(
    "text", ["1 . alpn=h2", f"1 {WWW} alpn=h2", f"0 {ROUTER}", f"1 {ROUTER} alpn=h2", "0 elsewhere.example.net.", "0 ."]
)
def test_what_leads_nowhere_else_is_through(text: str) -> None:
    assert judged(https=[text]) == [(THROUGH, "")]


@pytest.mark.parametrize(
    "text", [HINTED, "ipv6hint", f"0 {CF_FRONT}", f"1 {CF_FRONT} alpn=h2", "1 EXAMPLE.b-cdn.net. alpn=h2"]
)
def test_a_record_of_its_own_bypasses(text: str) -> None:
    text = '1 . ipv6hint="2001:db8::1"' if text == "ipv6hint" else text
    assert judged(https=[text]) == [(BYPASSES, f"{WWW} HTTPS {text}")]


def test_what_lies_beyond_the_router_follows_it() -> None:
    """The record of a front is asked for by the chain; one at the router itself is moved by no switch."""
    assert judged(https=[HINTED], https_cnames=[ROUTER, CF_FRONT]) == [(THROUGH, "")]
    assert judged(https=[HINTED], https_cnames=[ROUTER]) == [(BYPASSES, f"{ROUTER} HTTPS {HINTED}")]


def test_what_stands_at_the_port_that_visitors_use() -> None:
    """Browsers ask at `_8443._https` for another port than 443 (RFC 9460, section 9.1)."""
    at_port = f"_8443._https.{WWW}"
    for text, shown in ((HINTED, at_port), (f"0 {CF_FRONT}", at_port), (f"0 {ROUTER}", ""), ("1 . alpn=h2", "")):
        found = judged(port_https=[text], port_way=[at_port])
        assert found == [(BYPASSES, f"{shown} HTTPS {text}") if shown else (THROUGH, "")]
    assert judged(port_https=[HINTED], port_way=[at_port, ROUTER, CF_FRONT]) == [(THROUGH, "")]


def test_a_name_that_is_the_router() -> None:
    at_router = {"router": WWW, "cnames": [], "values": [EDGE], "status": "addresses", "https": [HINTED]}
    assert judged(**at_router) == [(BYPASSES, f"{WWW} HTTPS {HINTED}")]


def test_what_a_proxy_makes_up_is_not_in_the_way() -> None:
    """It has the addresses of the proxy, as long as the name has them; no API shows it."""
    proxied = {"router": WWW, "cnames": [], "status": "addresses", "https": [HINTED], "hides": True}
    mine: Any = {**proxied, "provider": "cloudflare"}
    assert judged(**mine, values=[EDGE, "2001:db8::1"]) == [(THROUGH, "")]
    assert judged(**mine, values=[SECOND])[0] == (BYPASSES, f"{WWW} HTTPS {HINTED}")
    assert judged([], **mine, values=[SECOND]) == [(THROUGH, "")]
    own = {"name": "www", "type": "HTTPS", "values": [HINTED]}
    assert judged([own], **mine, values=[EDGE])[0] == (BYPASSES, f"{WWW} HTTPS {HINTED}")


def test_the_remedy_takes_it_away() -> None:
    finding = paths.Finding(WWW, "desec", "ns1", BYPASSES, f"{WWW} HTTPS {HINTED}", "has addresses of its own")
    assert paths.remedy([finding], ROUTER) == [f"- {{name: '{WWW}', type: HTTPS, state: absent}}"]

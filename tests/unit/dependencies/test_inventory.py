# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of the configured sites is measured, and what of them is passed on."""

from __future__ import annotations

from typing import Any, cast

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._dependencies.inventory import options
from ansible_collections.twinzone.edge.plugins.module_utils._failover.data.site import Site


def site(**changed: Any) -> Site:
    """A site, with what is read of it."""
    known: dict[str, Any] = {
        "site": "www.example.com",
        "zone": "example.com",
        "router": "web-router",
        "names": ["www.example.com.", "shop.example.org."],
        "controls": ["https://www.debian.org/", "9.9.9.9:443"],
        "vantages": ["localhost", "paris"],
        "check": {"url": "https://www.example.com/"},
        "fronts": [
            {"name": "cloudflare", "target": "cf-front.example.com.", "canary": ""},
            {"name": "copied", "target": "", "canary": "cf-canary"},
        ],
        "providers": [{"name": "desec", "type": "desec", "deadline": 5}],
    }
    return cast(Site, {**known, **changed})


def test_every_public_name_is_measured_with_what_is_needed_for_it() -> None:
    found = options([site()], [{"url": "https://hooks.example.net/a-secret"}], "127.0.0.53:53")
    (measured,) = found["sites"]
    assert measured["names"] == ["www.example.com.", "shop.example.org."]
    assert measured["fronts"] == [{"name": "cloudflare", "target": "cf-front.example.com."}]
    assert measured["providers"] == [{"name": "desec", "type": "desec"}]
    assert found["parties"] == {
        "controls": ["9.9.9.9", "www.debian.org"],
        "vantages": ["paris"],
        "webhooks": ["hooks.example.net"],
        "resolver": ["127.0.0.53"],
    }


@pytest.mark.parametrize("names", [[], ["*.example.com."]])
def test_where_no_name_can_be_followed_the_router_stands_for_them(names: list[str]) -> None:
    (measured,) = options([site(names=names)])["sites"]
    assert measured["names"] == ["web-router.example.com."]


def held(*records: dict[str, Any], left_out: list[dict[str, str]] | None = None, error: str = "") -> dict[str, Any]:
    """What a provider holds, as the module zone_records_info returns it."""
    trouble = {"kind": "unauthorized", "message": error, "hint": ""} if error else None
    return {"records": list(records), "left_out": left_out or [], "error": trouble}


def record(name: str, rdtype: str, value: str, proxied: bool = False) -> dict[str, Any]:
    made = {"name": name, "type": rdtype, "values": [value]}
    return {**made, "at": {"cf": {"proxied": True}}} if proxied else made


def test_what_a_proxy_hides_is_taken_from_the_api() -> None:
    zone = held(
        record("files", "CNAME", "public.r2.dev.", proxied=True),
        record("api", "AAAA", "100::", proxied=True),
        record("tunnel", "CNAME", "1234.cfargotunnel.com.", proxied=True),
        record("shop", "A", "192.0.2.7", proxied=True),
        record("news", "CNAME", "news.b-cdn.net."),
        record("*.apps", "A", "192.0.2.7", proxied=True),
        record("@", "MX", "12 route1.mx.cloudflare.net."),
        record("mail", "MX", "10 mx.example.net."),
        record("www", "A", "192.0.2.7", proxied=True),
        left_out=[
            {"name": "store", "type": "CNAME", "reason": "managed by another product of the provider"},
            {"name": "@", "type": "NS", "reason": "the apex NS set names the provider's own servers"},
        ],
    )
    found = options([site()], zones={"example.com": {"cf": cast(Any, zone), "desec": cast(Any, held(error="No."))}})
    assert {(one["name"], one["type"]): one["product"] for one in found["locked"]} == {
        ("api.example.com.", "AAAA"): "Workers",
        ("example.com.", "MX"): "Email Routing",
        ("files.example.com.", "CNAME"): "R2",
        ("store.example.com.", "CNAME"): "managed by another product of the provider",
        ("tunnel.example.com.", "CNAME"): "Tunnel",
    }
    assert {one["provider"] for one in found["locked"]} == {"cf"}
    assert found["unread"] == ["example.com at desec: No."]
    alone = {one["names"][0]: [front["name"] for front in one["fronts"]] for one in found["sites"][1:]}
    # A site leads www; nobody can follow a wildcard.
    assert alone == {
        "news.example.com.": [],
        **{f"{name}.example.com.": ["cloudflare"] for name in ("api", "files", "shop", "store", "tunnel")},
    }


def test_who_signed_is_what_the_probes_saw() -> None:
    link = {"subject": "R11", "issuer": "ISRG Root X1", "not_before": 0, "not_after": 9}
    certificates = [{"issuer": "R11", "not_after": end, "chain": [link]} for end in (1_800_000_000, 1_700_000_000)]
    looks = [
        {"site": "www.example.com", "name": "cloudflare", "addresses": [{"certificate": one} for one in certificates]},
        {"site": "other", "name": "cloudflare", "addresses": [{"certificate": {**certificates[0], "issuer": "X"}}]},
        {"site": "www.example.com", "name": "bunny", "addresses": [{}]},
    ]
    (measured,) = options([site()], votes=cast(Any, [{"vantage": "localhost", "fronts": looks}]))["sites"]
    signed = {"issuer": "R11, ISRG Root X1", "ends": 1_700_000_000}
    assert measured["fronts"] == [{"name": "cloudflare", "target": "cf-front.example.com.", **signed}]

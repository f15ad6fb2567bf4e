# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small worlds for the dependency page: who hosts what, and what would happen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ansible_collections.twinzone.edge.plugins.module_utils._dependencies.facts import (
    Facts,
    Front,
    Name,
    Provider,
    Server,
    Site,
    Zone,
)
from ansible_collections.twinzone.edge.plugins.module_utils._dependencies.operators import Directory, directory

#: Three DNS hosts, two CDNs, an authority, and somebody else.
OPERATORS = [
    {"name": "Alpha", "suffixes": ["alpha-dns.net", "alpha-cdn.net", "alpha.net"]},
    {"name": "Beta", "suffixes": ["beta-dns.org", "beta.org"]},
    {"name": "Gamma", "suffixes": ["gamma-cdn.io"]},
    {"name": "Delta", "suffixes": ["delta-dns.net"]},
    {"name": "Signer", "suffixes": ["signer.example"], "issuers": ["Some Root"]},
]

ALPHA = ("ns1.alpha-dns.net.", "ns2.alpha-dns.net.")
BETA = ("ns1.beta-dns.org.", "ns2.beta-dns.org.")

WWW, ROUTER = "www.example.com.", "web-router.example.com."
TO_ALPHA, TO_GAMMA = "edge.alpha-cdn.net.", "example.gamma-cdn.io."


def known() -> Directory:
    return directory(OPERATORS)


def tld(name: str) -> Zone:
    return Zone(name, "")


def hosted(zone: str, servers: Iterable[str], glue: bool | None = None) -> Zone:
    """A zone on these servers. glue: whether the parent gives their addresses; None: where they lie in the zone."""
    parent = zone.split(".", 1)[1]
    return Zone(
        zone,
        parent,
        servers=tuple(
            Server(name, glue=name.endswith(f".{zone}") if glue is None else glue, lists=tuple(servers))
            for name in servers
        ),
    )


def own(*zones: str) -> list[Zone]:
    """The zones of operators, each on servers within itself."""
    return [hosted(zone, (f"ns1.{zone}", f"ns2.{zone}")) for zone in zones]


def names(*made: tuple[str, str, str]) -> dict[str, Name]:
    """Names from (name, zone, target)."""
    return {name: Name(name, zone, target) for name, zone, target in made}


PROVIDERS = (
    Provider("alpha", "cloudflare", "api.alpha.net.", ALPHA),
    Provider("beta", "desec", "api.beta.org.", BETA),
)

SITE = Site(
    "www",
    "example.com.",
    (WWW,),
    ROUTER,
    (Front("alpha", TO_ALPHA), Front("gamma", TO_GAMMA)),
    "alpha",
    PROVIDERS,
)


def world(servers: Iterable[str] = (*ALPHA, *BETA)) -> Facts:
    """Two independent DNS hosts, two CDNs, nothing shared but the registries."""
    zones = [
        *map(tld, ("com.", "net.", "org.", "io.")),
        hosted("example.com.", servers),
        *own("alpha-dns.net.", "alpha-cdn.net.", "alpha.net.", "beta-dns.org.", "beta.org.", "gamma-cdn.io."),
    ]
    found = names(
        (WWW, "example.com.", ROUTER),
        (ROUTER, "example.com.", TO_ALPHA),
        (TO_ALPHA, "alpha-cdn.net.", ""),
        (TO_GAMMA, "gamma-cdn.io.", ""),
        ("api.alpha.net.", "alpha.net.", ""),
        ("api.beta.org.", "beta.org.", ""),
        *((server, server.split(".", 1)[1], "") for server in (*ALPHA, *BETA)),
    )
    return Facts("2026-11-28T00:00:00Z", {zone.name: zone for zone in zones}, found, (SITE,), {}, {})


def with_zone(facts: Facts, zone: Zone) -> Facts:
    return replace(facts, zones={**facts.zones, zone.name: zone})


def with_name(facts: Facts, name: Name) -> Facts:
    return replace(facts, names={**facts.names, name.name: name})


def with_site(facts: Facts, site: Site) -> Facts:
    return replace(facts, sites=(site,))

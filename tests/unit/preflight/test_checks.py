# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every check: a world that it finds wrong, and one that it passes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._errors import BadInput
from ansible_collections.twinzone.edge.plugins.module_utils._failover.paths import BYPASSES, THROUGH
from ansible_collections.twinzone.edge.plugins.module_utils._failover.paths import UNKNOWN as UNKNOWN_PATH
from ansible_collections.twinzone.edge.plugins.module_utils._failover.paths import Finding as PathFinding
from ansible_collections.twinzone.edge.plugins.module_utils._modules import failover_site
from ansible_collections.twinzone.edge.plugins.module_utils._preflight import gather, report
from ansible_collections.twinzone.edge.plugins.module_utils._preflight.facts import SiteFacts, Zone
from ansible_collections.twinzone.edge.plugins.module_utils._preflight.finding import LEVELS
from ansible_collections.twinzone.edge.plugins.module_utils._preflight.registry import CHECKS, IDS
from ansible_collections.twinzone.edge.plugins.module_utils._preflight.settings import Settings
from ansible_collections.twinzone.edge.plugins.module_utils._providers import account as provider_account

NOW = 1_800_000_000
DAY = 86400
SITE, ZONE = "www.example.com", "example.com"
KINDS = {
    "cloudflare": gather.Kind((".ns.cloudflare.com.",)),
    "desec": gather.Kind(("ns1.desec.io.", "ns2.desec.org."), 2000),
}
PROVIDERS = [{"name": "cloudflare", "type": "cloudflare"}, {"name": "desec", "type": "desec"}]


def certificate(left: float = 0.8, issuer: str = "R11", names: tuple[str, ...] = (SITE,), chain_days: int = 900) -> Any:
    ends = NOW + int(90 * DAY * left)
    links = [(SITE, issuer, ends), (issuer, "Root", NOW + chain_days * DAY)]
    return {
        "names": list(names),
        "issuer": issuer,
        "not_before": ends - 90 * DAY,
        "not_after": ends,
        "lifetime_left": left,
        "sha256": "00",
        "chain_known": True,
        "chain": [{"subject": s, "issuer": i, "not_before": 0, "not_after": end} for s, i, end in links],
    }


def through(provider: str, server: str) -> dict[str, Any]:
    """A server that leads the public name through the router."""
    return {
        "name": f"{SITE}.",
        "router": f"web-router.{ZONE}.",
        "link": f"{SITE}.",
        "zone": ZONE,
        "provider": provider,
        "server": server,
        "status": "cname",
        "cnames": [f"web-router.{ZONE}."],
        "values": [],
        "leads_to": [],
        "possible": [],
        "hides": False,
        "ttl": 60,
        "error": "",
    }


def look_at(name: str, **address: Any) -> dict[str, Any]:
    """What a vantage saw of a front."""
    healthy = {
        "address": "192.0.2.1",
        "cause": "",
        "detail": "",
        "status": 200,
        "certificate": certificate(issuer=f"CA of {name}"),
        "date": NOW,
        "age": None,
        "received": NOW,
        "cached": False,
        "cache": "",
        "identity": {"server": name},
    }
    found: dict[str, Any] = {"site": SITE, "name": name, "verdict": "up", "clean": True, "reason": "1 of 1 address up"}
    return {**found, "addresses": [{**healthy, **address}]}


def answer(provider: str, server: str, leads_to: str = "cloudflare", status: str = "cname") -> dict[str, Any]:
    return {
        "zone": ZONE,
        "provider": provider,
        "server": server,
        "name": f"web-router.{ZONE}.",
        "type": "CNAME",
        "values": [],
        "status": status,
        "leads_to": [leads_to] if status == "cname" else [],
        "circular": [],
    }


def record(name: str, rdtype: str, *values: str, ttl: int = 60, at: Any = None) -> dict[str, Any]:
    return {"name": name, "type": rdtype, "ttl": ttl, "values": list(values), "at": at or {}}


def account(**more: Any) -> dict[str, Any]:
    """What an API says beyond its records. Keys of the token begin with `token_`."""
    token = {key.removeprefix("token_"): more.pop(key) for key in list(more) if key.startswith("token_")}
    return {**provider_account.unknown(), **more, "token": {**provider_account.unknown_token(), **token}}


def held(*records: dict[str, Any], error: Any = None, left_out: Any = (), **more: Any) -> dict[str, Any]:
    said = None if error else account(**more)
    return {"records": list(records), "error": error, "left_out": list(left_out), "account": said}


def records(ttl: int = 60) -> list[dict[str, Any]]:
    return [
        record("web-router", "CNAME", "cf-front.example.com.", ttl=ttl),
        record("www", "CNAME", "web-router.example.com."),
    ]


def server_look(provider: str = "desec", server: str = "ns1.desec", **more: Any) -> dict[str, Any]:
    """How a name server answers."""
    healthy: dict[str, Any] = {
        "udp": "",
        "tcp": "",
        "ipv6": None,
        "ipv6_unasked": "",
        "authoritative": True,
        "signed_until": None,
        "cds": [],
    }
    return {"provider": provider, "server": server, **healthy, "negative_ttl": 1800, **more}


RESOLVER = {"address": "192.0.2.53:53", "udp": "", "tcp": "", "rewrites": []}
RUNNER: dict[str, Any] = {
    "lock": "",
    "places": [{"place": "/reports", "problem": "", "vanishes": False}],
    "become": False,
}
REGISTRAR = {ZONE: {"registrar": "INWX", "expires": "2030-01-01", "locked": True}}
ZONE_LOOK = {
    "delegation_ttl": 172800,
    "servers": [server_look(provider, f"ns{n}.{provider}") for provider in ("cloudflare", "desec") for n in "12"],
    "caa": [{"provider": "desec", "name": f"{SITE}.", "at": "", "values": []}],
    "https": {SITE: {"cloudflare": [], "bunny": []}},
    "registration": None,
}

DRILL = {
    "site": SITE,
    "outcome": "passed",
    "finished": "2027-01-10T00:00:00+00:00",
    "legs": [{"leg": "there", "seconds": 8}],
}


def server(name: str, signed: bool | None = True, lists: tuple[str, ...] = ("a.", "b."), **more: Any) -> dict[str, Any]:
    seen = {"addresses": [], "glue": False, "answers": True, "soa": ""}
    return {"name": name, "lists": list(lists), "signed": signed, **seen, **more}


def depending(
    after: str = "up",
    can_switch: str = "up",
    webhooks: str = "Slack",
    servers: tuple[Any, ...] = (server("a."), server("b.")),
) -> dict[str, Any]:
    """What the module dependencies answers when Cloudflare runs the active front."""
    fate = {"now": "down", "after": after, "can_switch": can_switch, "word": ""}
    name = {"name": f"{SITE}.", "site": SITE, "why_not": "", "if_fails": {"Cloudflare": fate}}
    roles = {"Cloudflare": {"cdn_active": "direct"}, webhooks: {"webhooks": "behind"}}
    if webhooks == "Cloudflare":
        roles = {"Cloudflare": {"cdn_active": "direct", "webhooks": "behind"}}
    return {
        "names": [name],
        "operators": [{"operator": operator, "roles": has} for operator, has in roles.items()],
        "facts": {"zones": [{"name": f"{ZONE}.", "parent": "com.", "servers": list(servers)}]},
    }


def with_own(*nameservers: str) -> list[dict[str, Any]]:
    """The usual providers and one on servers of one's own."""
    key = {"name": "edge", "algorithm": "hmac-sha256"}
    own = {"name": "own", "type": "rfc2136", "server": "192.0.2.1", "key": key, "nameservers": list(nameservers)}
    return [*PROVIDERS, own]


@dataclass
class World:
    """What was seen; healthy unless a test says otherwise."""

    variables: dict[str, Any] = field(default_factory=dict)
    looks: list[dict[str, Any]] = field(default_factory=lambda: [look_at("cloudflare"), look_at("bunny")])
    repeated: list[dict[str, Any]] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(
        default_factory=lambda: [
            answer(provider, f"ns{n}.{provider}") for provider in ("cloudflare", "desec") for n in "12"
        ]
    )
    held: dict[str, Any] = field(default_factory=lambda: {"cloudflare": held(*records()), "desec": held(*records())})
    delegation: list[str] = field(default_factory=lambda: ["amir.ns.cloudflare.com.", "ns1.desec.io."])
    drills: list[dict[str, Any]] = field(default_factory=lambda: [DRILL])
    dependencies: dict[str, Any] = field(default_factory=depending)
    zones: dict[str, Any] = field(default_factory=dict)
    look: dict[str, Any] = field(default_factory=dict)
    parity: list[dict[str, Any]] = field(default_factory=list)
    resolver: dict[str, Any] | None = field(default_factory=lambda: dict(RESOLVER))
    runner: dict[str, Any] | None = field(default_factory=lambda: dict(RUNNER))
    before: Any = None
    test_post: list[str] | None = None
    asked: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    coverage: str = ""
    ignore: Any = ()
    providers: list[dict[str, Any]] = field(default_factory=lambda: PROVIDERS)
    places: dict[str, str] = field(default_factory=dict)

    def outcome(self) -> gather.Outcome:
        variables = {
            "failover_zone": ZONE,
            "failover_router": "web-router",
            "failover_check": {"url": f"https://{SITE}/health"},
            "failover_vantages": ["localhost", "probe-1"],
            "failover_controls": ["198.51.100.1:443"],
            "failover_policy": {"quorum": 1},
            "failover_fronts": [
                {
                    "name": "cloudflare",
                    "target": "cf-front.example.com.",
                    "check": {"headers": {"server": "cloudflare"}},
                },
                {"name": "bunny", "target": "example.b-cdn.net.", "check": {"headers": {"server": "Bunny"}}},
            ],
            **self.variables,
        }
        site = failover_site.read(SITE, variables, self.providers, NOW)
        observed: Any = {
            "answers": self.answers,
            "paths": [through("desec", "ns1.desec"), through("desec", "ns2.desec")],
            "votes": [{"vantage": "localhost", "msg": "", "fronts": self.looks}],
            "sites": [site],
            "held": self.asked,
        }
        seen: Any = {
            "looked": {
                "zones": {ZONE: {**ZONE_LOOK, "providers": self.held, "delegation": self.delegation, **self.look}},
                "parity": self.parity,
                "resolver": self.resolver,
                "runner": self.runner,
            },
            "before": json.dumps(self.before),
            "test_post": self.test_post,
            "repeated": [{"vantage": "localhost", "msg": "", "fronts": self.repeated}],
            "drills": [json.dumps(drill) for drill in self.drills],
            "dependencies": self.dependencies,
            "zones": self.zones,
            "places": self.places,
        }
        settings = Settings(self.ignore, self.coverage, **{"registrar": REGISTRAR, **self.settings})
        return gather.outcome([site], observed, seen, KINDS, settings, NOW)


def test_a_healthy_world_passes_every_check() -> None:
    outcome = World().outcome()
    assert {one["level"] for one in outcome["report"]["results"]} == {"ok"}
    assert outcome["passed"] == {SITE: True}
    seen = {one["id"] for one in outcome["report"]["results"]}
    assert seen == set(IDS) - {"copies", "origin_published", "parity", "write_proof", "marker_policy"}, "nothing to see"


def test_records_that_a_sync_leaves_alone_are_not_compared() -> None:
    here = held(*records(), record("_validation-persist", "TXT", "x"))
    there = held(*records(), record("cloudflare-verify", "TXT", "y"))
    results = World(held={"cloudflare": here, "desec": there}).outcome()["report"]["results"]
    (found,) = [one for one in results if one["id"] == "zones_equal"]
    assert found["level"] == "ok"


def looked(name: str = "bunny", **address: Any) -> World:
    """A world in which one front was seen so, and no other."""
    return World(looks=[look_at(name, **address)])


def holding(*found: dict[str, Any], **more: Any) -> World:
    """A world in which one provider's API answers, and holds this. more: of the world, or of the account."""
    of_the_world = {key: more.pop(key) for key in ("coverage", "settings", "asked") if key in more}
    return World(held={"cloudflare": held(*found, **more)}, **of_the_world)


def marked(**fields: str) -> World:
    """A world in which all servers answer a marker with these fields."""
    times = ",".join(str(NOW - 60 * n) for n in (4, 3, 2, 1))
    restored = f"{NOW - DAY // 2},3,{NOW - 400},400,400"
    values = {
        "restored": f" restored={restored}" if "restored" in fields else "",
        "switches": f" switches={times}" if "switches" in fields else "",
        "pin": f" pinseq={NOW - 8 * DAY} pin=cloudflare until=0 tag={fields.get('pin')}" if "pin" in fields else "",
    }
    text = f'"v=twinzone1 seq={NOW - 100} front=cloudflare since={NOW - 9 * DAY} run=r1{"".join(values.values())}"'
    servers = [(provider, f"ns{n}.{provider}") for provider in ("cloudflare", "desec") for n in "12"]
    texts = [
        {**answer(*one), "name": f"_twinzone.web-router.{ZONE}.", "type": "TXT", "values": [text]} for one in servers
    ]
    return World(answers=[*(answer(*one) for one in servers), *texts])


def caa(*values: str) -> dict[str, Any]:
    return {"provider": "desec", "name": f"{SITE}.", "at": f"{ZONE}.", "values": list(values)}


def answered(front: str, status: int = 200, error: str = "", **headers: str) -> dict[str, Any]:
    shown = {"location": "", **headers}
    base = {"site": SITE, "front": front, "method": "GET", "url": f"https://{SITE}/"}
    return {**base, "status": None if error else status, "headers": {} if error else shown, "error": error}


def kept(**place: Any) -> dict[str, Any]:
    """A runner with this trouble with its place of reports."""
    return {**RUNNER, "places": [{**RUNNER["places"][0], **place}]}


UNREGISTERED = {"registrar": "", "expires": None, "locked": None, "source": "", "error": ""}
BEFORE = {"schema": "twinzone-preflight/1", "when": "2027-01-14T08:00:00Z", "passed": True, "results": []}


ONLY = {"operator": "Cloudflare", "roles": {"cdn_active": "direct"}}
ERROR = {"kind": "unauthorized", "message": "Invalid token.", "hint": "", "status": 401, "code": ""}
FRONTS = [{"name": "cloudflare", "target": "cf-front.example.com."}, {"name": "bunny", "target": "example.b-cdn.net."}]
PROXIED = {"cloudflare": {"proxied": True}}
DOWN = {**look_at("bunny"), "verdict": "down", "clean": False, "reason": "1 of 1 address down: status 403"}


@pytest.mark.parametrize(
    ("check", "level", "words", "world"),
    [
        ("front_health", "fail", "1 of 1 address down: status 403", World(looks=[look_at("cloudflare"), DOWN])),
        ("front_health", "unknown", "unknown", World(looks=[look_at("cloudflare")])),
        (
            "router",
            "fail",
            "leads to bunny, cloudflare",
            World(answers=[answer("cloudflare", "a"), answer("desec", "b", "bunny")]),
        ),
        (
            "router_form",
            "fail",
            "holds A there, not a CNAME",
            holding(record("web-router", "A", "192.0.2.9")),
        ),
        ("router_form", "fail", "holds nothing there", holding()),
        (
            "router_form",
            "fail",
            "no front publishes what it holds: third.example.",
            holding(record("web-router", "CNAME", "third.example.")),
        ),
        (
            "router_form",
            "fail",
            "the router is proxied",
            holding(record("web-router", "CNAME", "a.", at=PROXIED)),
        ),
        (
            "router_form",
            "fail",
            "addresses that tell no front, and its API cannot be read",
            World(
                answers=[{**answer("cloudflare", "a", status="addresses"), "leads_to": ["bunny", "cloudflare"]}],
                held={"cloudflare": held(error=ERROR)},
            ),
        ),
        ("tokens", "fail", "Invalid token.", World(held={"cloudflare": held(*records()), "desec": held(error=ERROR)})),
        ("tokens", "fail", "its API was not asked", World(held={})),
        ("delegation", "fail", "names only ns1.desec.io.", World(delegation=["ns1.desec.io."])),
        ("delegation", "unknown", "could not be asked", World(delegation=[])),
        ("delegation", "unknown", "names of its name servers are not known", World(providers=with_own("192.0.2.1:53"))),
        ("delegation", "fail", "names only", World(providers=with_own("ns1.example.net:53"))),
        (
            "name_servers",
            "fail",
            "b (silent over TCP), of 1",
            World(answers=[answer("cloudflare", "a"), answer("desec", "b", status="silent")]),
        ),
        (
            "name_servers",
            "warn",
            "b (silent over TCP), of 2",
            World(answers=[answer("desec", "a"), answer("desec", "b", status="silent")]),
        ),
        ("name_servers", "fail", "no name server is known", World(answers=[])),
        (
            "cert_renewal",
            "fail",
            "valid for 4 more days",
            looked(certificate=certificate(0.05)),
        ),
        (
            "cert_renewal",
            "warn",
            "valid for 18 more days, 20 %",
            looked(certificate=certificate(0.2)),
        ),
        (
            "cert_renewal",
            "warn",
            "R11 ends in 20 days",
            looked(certificate=certificate(chain_days=20)),
        ),
        (
            "cert_renewal",
            "fail",
            "is not for www",
            looked(certificate=certificate(names=("b.example",))),
        ),
        ("cert_renewal", "unknown", "no certificate was seen", looked(certificate=None)),
        ("front_identity", "warn", "does not assert", World(variables={"failover_fronts": FRONTS})),
        (
            "front_identity",
            "fail",
            "cloudflare and bunny show the same identity: server: nginx",
            World(
                variables={"failover_fronts": FRONTS},
                looks=[look_at(name, identity={"server": "nginx"}) for name in ("cloudflare", "bunny")],
            ),
        ),
        ("edge_accepts_host", "fail", "refuses www", looked("cloudflare", status=409)),
        (
            "edge_accepts_host",
            "fail",
            "error 1016",
            looked("cloudflare", status=500, detail="Cloudflare error 1016"),
        ),
        ("uncached_path", "warn", "(age: 9)", looked(cached=True, cache="age: 9")),
        ("uncached_path", "fail", "status 403", World(looks=[look_at("bunny", cached=True)], repeated=[DOWN])),
        ("ttl_chain", "warn", "up to 3600 s", World(held={"desec": held(*records(ttl=3600))})),
        (
            "zones_equal",
            "fail",
            "www CNAME",
            World(held={"cloudflare": held(*records()), "desec": held(*records()[:1], record("www", "CNAME", "x."))}),
        ),
        (
            "zones_equal",
            "warn",
            "1 record sets differ between the providers: mail A",
            World(held={"cloudflare": held(*records(), record("mail", "A", "192.0.2.7")), "desec": held(*records())}),
        ),
        (
            "origin_published",
            "fail",
            "shop 192.0.2.7 at desec",
            World(
                held={
                    "cloudflare": held(*records(), record("shop", "A", "192.0.2.7", at=PROXIED)),
                    "desec": held(*records(), record("shop", "A", "192.0.2.7")),
                }
            ),
        ),
        ("lock_in", "warn", "a Pages site", holding(record("docs", "CNAME", "a.pages.dev."))),
        ("lock_in", "fail", "a Worker", holding(record("www", "AAAA", "100::", at=PROXIED))),
        (
            "coverage",
            "warn",
            "covers shop",
            holding(record("shop", "A", "192.0.2.7", at=PROXIED)),
        ),
        (
            "coverage",
            "fail",
            "covers shop",
            holding(record("shop", "CNAME", "a.b-cdn.net."), coverage="strict"),
        ),
        (
            "dnssec_two",
            "fail",
            "the keys of b.",
            World(dependencies=depending(servers=(server("a."), server("b.", False)))),
        ),
        ("dnssec_two", "unknown", "b. were not seen", World(dependencies=depending(servers=(server("b.", None),)))),
        (
            "ns_sets",
            "warn",
            "b. list only b.",
            World(dependencies=depending(servers=(server("a."), server("b.", True, ("b.",))))),
        ),
        (
            "standby_dns",
            "fail",
            "if Cloudflare fails, a failover does not",
            World(dependencies=depending(after="down")),
        ),
        ("standby_dns", "unknown", "not certain", World(dependencies=depending(after="possible"))),
        ("api_hosts", "warn", "no provider's API", World(dependencies=depending(can_switch="down"))),
        (
            "standby_dns",
            "unknown",
            "could not be measured: no such role",
            World(dependencies={"error": "no such role"}),
        ),
        ("api_hosts", "unknown", "not certain", World(dependencies=depending(can_switch="possible"))),
        ("tell_people", "warn", "no webhook", World(dependencies=depending(webhooks="nobody") | {"operators": [ONLY]})),
        ("tell_people", "warn", "depend on Cloudflare", World(dependencies=depending(webhooks="Cloudflare"))),
        ("drill_age", "warn", "no report", World(drills=[{**DRILL, "outcome": "failed"}, {"site": 7}])),
        ("drill_age", "warn", "375 days ago", World(drills=[{**DRILL, "finished": "2026-01-05T08:00:00+00:00"}])),
        (
            "clock",
            "warn",
            "259200 s behind",
            World(looks=[look_at("cloudflare", received=NOW - 3 * DAY), look_at("bunny", date=None)]),
        ),
        (
            "clock",
            "warn",
            "300 s behind that of the APIs",
            World(held={one: {**held(*records()), "clock_ahead": 300} for one in ("cloudflare", "desec")}),
        ),
        (
            "name_servers",
            "fail",
            "ns1.desec (silent over UDP)",
            World(look={"servers": [server_look("desec", f"ns{n}.desec", udp="silent") for n in "12"]}),
        ),
        (
            "name_servers",
            "warn",
            "ns2.desec (not authoritative), of 2",
            World(look={"servers": [server_look("desec", "ns2.desec", authoritative=False)]}),
        ),
        (
            "name_servers",
            "unknown",
            "could not be asked over IPv6 from here: [Errno 101]",
            World(look={"servers": [server_look(ipv6_unasked="[Errno 101] Network is unreachable")]}),
        ),
        ("name_servers", "warn", "IPv6", World(look={"servers": [server_look(ipv6=False)]})),
        ("tokens", "fail", "is expired", holding(*records(), token_status="expired")),
        ("tokens", "fail", "has expired", holding(*records(), token_expires=NOW - 1)),
        ("tokens", "warn", "expires in 10 days", holding(*records(), token_expires=NOW + 10 * DAY)),
        ("tokens", "warn", "no permission of the token to edit", holding(*records(), token_writes=False)),
        ("tokens", "warn", "sees 7 zones, and 1 is needed", holding(*records(), token_zones=7)),
        ("tokens", "warn", "may make other tokens", holding(*records(), token_manages=True)),
        (
            "tokens",
            "fail",
            "not from 198.51.100.9",
            holding(
                *records(),
                token_networks=["192.0.2.0/24", "2001:db8::/32"],
                settings={"runners": ["192.0.2.7", "198.51.100.9"]},
            ),
        ),
        (
            "write_proof",
            "fail",
            "a write of _twinzone.web-router was refused: no",
            holding(*records(), proofs={"web-router": "", "_twinzone.web-router": "no"}),
        ),
        ("write_proof", "unknown", "silent", holding(*records(), unseen=["a write of web-router: silent"])),
        (
            "marker_policy",
            "fail",
            "allow web-router, not _twinzone.web-router",
            holding(*records(), scoped=True, token_names=["web-router"]),
        ),
        (
            "marker_policy",
            "fail",
            "may write web-router, and not _twinzone.web-router",
            holding(*records(), scoped=True, proofs={"web-router": "", "_twinzone.web-router": "no"}),
        ),
        ("marker_policy", "unknown", "is not known", holding(*records(), scoped=True)),
        ("zone_state", "fail", "the zone is paused", holding(*records(), state="paused")),
        ("zone_state", "warn", "3600 s, and failover_ttl is 60 s", holding(*records(), minimum_ttl=3600)),
        (
            "registrar",
            "fail",
            "needs those of desec",
            World(settings={"registrar": {ZONE: {"registrar": "Cloudflare, Inc."}}}),
        ),
        ("registrar", "warn", "ends in", World(settings={"registrar": {ZONE: {"expires": "2027-02-20"}}})),
        (
            "registrar",
            "warn",
            "so no second DNS host can serve",
            World(
                providers=PROVIDERS[:1],
                settings={"registrar": {ZONE: {"registrar": "Cloudflare, Inc.", "locked": True}}},
                answers=[answer("cloudflare", "ns1.cloudflare")],
            ),
        ),
        ("registrar", "warn", "transferred away", World(settings={"registrar": {ZONE: {"locked": False}}})),
        ("registrar", "unknown", "neither declared", World(settings={"registrar": None})),
        (
            "registrar",
            "unknown",
            "no answer",
            World(settings={"registrar": None}, look={"registration": {**UNREGISTERED, "error": "no answer"}}),
        ),
        ("delegation", "fail", "(multi_provider)", holding(*records(), multi_provider=False)),
        (
            "dnssec_two",
            "fail",
            "ends in 2 hours",
            World(look={"servers": [server_look(signed_until=NOW + 7300)]}),
        ),
        ("caa", "fail", "allows nobody, not any authority", World(look={"caa": [caa('0 issue ";"')]})),
        (
            "caa",
            "fail",
            "allows letsencrypt.org, not pki.goog",
            World(
                look={"caa": [caa('0 issue "letsencrypt.org; validationmethods=dns-01"')]},
                looks=[look_at("cloudflare", certificate=certificate(issuer="Google Trust Services WE1"))],
            ),
        ),
        ("caa", "unknown", "is not known", World(look={"caa": [caa('0 issue "ca.example"')]})),
        (
            "acme",
            "warn",
            "only whoever answers there",
            holding(record("_acme-challenge.www", "CNAME", "www.dcv.cloudflare.com.")),
        ),
        (
            "acme",
            "warn",
            "_validation-persist.www is missing at desec",
            World(
                held={
                    "cloudflare": held(*records(), record("_validation-persist.www", "TXT", '"x"')),
                    "desec": held(*records()),
                }
            ),
        ),
        (
            "https_records",
            "warn",
            "has ech, ipv4hint",
            World(look={"https": {SITE: {"cloudflare": ["1 . ech=AA ipv4hint=192.0.2.1"], "bunny": ["1 . alpn=h2"]}}}),
        ),
        (
            "parity",
            "warn",
            "status: cloudflare 200 | bunny 301; location: cloudflare (none) | bunny /x",
            World(parity=[answered("cloudflare"), answered("bunny", 301, location="/x")]),
        ),
        (
            "parity",
            "unknown",
            "bunny: silent",
            World(parity=[answered("cloudflare"), answered("bunny", error="silent")]),
        ),
        (
            "lock_in",
            "fail",
            "managed by",
            holding(left_out=[{"name": "www", "type": "CNAME", "reason": "managed by R2"}]),
        ),
        ("lock_in", "warn", "an R2 bucket", holding(record("files", "CNAME", "public.r2.dev."))),
        (
            "cert_renewal",
            "warn",
            "not renewed since the report before",
            World(
                looks=[look_at("bunny", certificate=certificate(0.3))],
                before={**BEFORE, "certificates": {SITE: {"bunny": "00"}}},
            ),
        ),
        (
            "cert_renewal",
            "fail",
            "is not for shop.example.com",
            World(variables={"failover_names": ["www", "shop"]}),
        ),
        ("drill_age", "warn", "longer than the 5 s", World(settings={"recovery_time": {SITE: 5}})),
        ("tell_people", "warn", "did not arrive: it answered 500", World(test_post=["it answered 500"])),
        (
            "tell_people",
            "warn",
            "the runner depends on Cloudflare",
            World(
                dependencies=depending()
                | {"operators": [{"operator": "Cloudflare", "roles": {"cdn_active": "direct", "runner": "direct"}}]}
            ),
        ),
        ("vantages", "warn", "only localhost", World(variables={"failover_vantages": ["localhost"]})),
        (
            "vantages",
            "warn",
            "in one network, 192.0.2.0/24",
            World(
                variables={"failover_vantages": ["probe-1", "probe-2"]},
                places={"probe-1": "192.0.2.1", "probe-2": "192.0.2.99"},
            ),
        ),
        ("vantages", "warn", "nothing tells", World(variables={"failover_controls": []})),
        (
            "vantages",
            "warn",
            "a control depends on Cloudflare",
            World(
                dependencies=depending()
                | {"operators": [{"operator": "Cloudflare", "roles": {"cdn_active": "direct", "controls": "behind"}}]}
            ),
        ),
        (
            "other_writers",
            "warn",
            "names terraform",
            holding(record("web-router", "CNAME", "a.", at={"cloudflare": {"comment": "managed by terraform"}})),
        ),
        (
            "other_writers",
            "warn",
            "external-dns owns it",
            holding(*records(), record("cname-web-router", "TXT", '"heritage=external-dns,external-dns/owner=k8s"')),
        ),
        ("other_writers", "fail", "led back so often", marked(restored="CONTESTED")),
        ("leftovers", "warn", "pinned for ever to cloudflare (INC-7), for 8 days", marked(pin="INC-7")),
        ("leftovers", "warn", "4 switches in the last hour", marked(switches="FOUR")),
        (
            "leftovers",
            "warn",
            "_twinzone.web-router at desec cannot be read",
            World(held={"desec": held(*records(), record("_twinzone.web-router", "TXT", '"hello"'))}),
        ),
        ("leftovers", "warn", "enforce_dns_only", holding(*records(), proxies_off=True)),
        ("budget", "warn", "190 of 200 records", holding(*records(), used=190, allowed=200)),
        (
            "budget",
            "warn",
            "2880 requests a day",
            holding(*records(), asked={ZONE: {"desec": {"records": [], "names": [], "error": None}}}),
        ),
        ("resolver", "fail", "does not answer over TCP: silent", World(resolver={**RESOLVER, "tcp": "silent"})),
        ("resolver", "fail", "answers 192.0.2.66 for a name", World(resolver={**RESOLVER, "rewrites": ["192.0.2.66"]})),
        ("resolver", "unknown", "names no resolver", World(resolver={**RESOLVER, "address": ""})),
        ("runner", "fail", "no safe place for a lock: it is /tmp", World(runner={**RUNNER, "lock": "it is /tmp"})),
        ("runner", "fail", "/r is not a directory", World(runner=kept(problem="/r is not a directory"))),
        ("runner", "warn", "inside a container", World(runner=kept(vanishes=True))),
        ("runner", "warn", "ansible_become", World(runner={**RUNNER, "become": True})),
    ],
)
def test_what_is_wrong_is_found_and_has_a_remedy(check: str, level: str, words: str, world: World) -> None:
    outcome = world.outcome()
    found = [one for one in outcome["report"]["results"] if one["id"] == check and one["level"] == level]
    assert any(words in one["seen"] for one in found), [one["seen"] for one in found]
    assert all(one["remedy"] for one in found)
    assert outcome["passed"] == {SITE: outcome["report"]["passed"]}
    assert outcome["report"]["passed"] == all(one["level"] != "fail" for one in outcome["report"]["results"])


@pytest.mark.parametrize(
    ("world", "check", "words"),
    [
        (holding(record("_acme-challenge", "CNAME", "challenges.example.net.")), "acme", "no challenge name"),
        (holding(*records(), scoped=True, token_limited=True), "marker_policy", "may write the marker"),
        (
            holding(*records(), scoped=True, token_names=["_twinzone.web-router", "web-router"]),
            "marker_policy",
            "allow",
        ),
        (holding(*records(), scoped=True, proofs={"web-router": "", "_twinzone.web-router": ""}), "write_proof", "for"),
        (holding(*records(), multi_provider=True), "delegation", "to ns1.desec.io."),
        (
            # A vanity name, known by the address that is declared.
            World(
                providers=with_own("192.0.2.53:5353"),
                delegation=["amir.ns.cloudflare.com.", "ns1.desec.io.", "ns1.example.com."],
                dependencies=depending(servers=(server("ns1.example.com.", addresses=["192.0.2.53"]),)),
            ),
            "delegation",
            "to ns1.example.com.",
        ),
        (
            # Another one, known by the SOA record that it serves.
            World(
                delegation=["ns1.example.com.", "ns1.desec.io."],
                dependencies=depending(servers=(server("ns1.example.com.", soa="amir.ns.cloudflare.com."),)),
            ),
            "delegation",
            "to ns1.example.com.",
        ),
        (holding(*records(), used=100, allowed=200), "budget", "far from"),
        (World(look={"caa": [caa('0 iodef "mailto:a@b"')]}), "caa", "no CAA record stands"),
        (World(parity=[answered("cloudflare"), answered("bunny")]), "parity", "2 fronts answer 200 alike"),
        (World(test_post=[]), "tell_people", "took a message for a test"),
        (World(settings={"recovery_time": {SITE: 60}}), "drill_age", "took 8 s"),
        (World(look={"https": {SITE: {"a": ["1 . ech=AA"], "b": ["1 . ech=BB"]}}}), "https_records", "every front"),
        (World(look={"servers": [server_look(ipv6=True, signed_until=NOW + DAY)]}), "dnssec_two", "fits the keys"),
    ],
)
def test_what_is_right_is_said_to_be(world: World, check: str, words: str) -> None:
    results = [one for one in world.outcome()["report"]["results"] if one["id"] == check]
    assert {one["level"] for one in results} <= {"ok", "unknown"}
    assert any(one["level"] == "ok" and words in one["seen"] for one in results), results


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"registrar": 7}, "must be a name"),
        ({"registrar": {ZONE: 7}}, "must be a name, or have the keys"),
        ({"registrar": {ZONE: {"until": "2027-01-01"}}}, "until: is unknown"),
        ({"registrar": {ZONE: {"expires": "soon"}}}, "is not a day"),
        ({"registrar": {ZONE: {"locked": "yes"}}}, "must be true or false"),
        ({"runners": ["localhost"]}, "'localhost' is not an address"),
        ({"runs_per_day": "often"}, "'often' is not a number"),
        ({"recovery_time": {SITE: "fast"}}, "'fast' is not a number of seconds"),
    ],
)
def test_a_wrong_variable_is_refused(settings: dict[str, Any], words: str) -> None:
    world = holding(*records(), settings=settings, asked={ZONE: {"desec": {"records": [], "names": [], "error": None}}})
    with pytest.raises(BadInput) as refused:
        world.outcome()
    assert any(words in problem for problem in refused.value.problems)


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "{}", '{"schema": "twinzone-preflight/1"}', "[" * 5000, '{"schema": 1}']
)
def test_a_report_before_that_is_no_report_does_not_matter(text: str) -> None:
    assert report.read(text) is None


def test_a_zone_without_a_site_is_looked_at_too() -> None:
    outcome = World(zones={"other.example": PROVIDERS, ZONE: PROVIDERS}).outcome()
    assert (outcome["passed"], outcome["zones_passed"]) == ({SITE: True}, {"other.example": False})
    assert not outcome["report"]["passed"]
    found = [one for one in outcome["report"]["results"] if one["subject"].startswith("other.example")]
    assert ("tokens", "fail") in [(one["id"], one["level"]) for one in found]


def test_a_cached_answer_is_no_clock_that_is_slow() -> None:
    outcome = World(looks=[look_at("cloudflare", date=NOW - 500, age=500), look_at("bunny")]).outcome()
    assert {one["level"] for one in outcome["report"]["results"] if one["id"] == "clock"} == {"ok"}


def facts(paths: list[PathFinding]) -> SiteFacts:
    world = World()
    variables = {"failover_zone": ZONE, "failover_router": "web-router", "failover_check": {"url": f"https://{SITE}/"}}
    site = failover_site.read(SITE, {**variables, "failover_fronts": FRONTS}, PROVIDERS, NOW)
    here: Any = None
    zone = Zone(ZONE, site["providers"], world.held, [], {})
    return SiteFacts(site, zone, here, [], [], NOW, paths=paths)


@pytest.mark.parametrize(("verdict", "level"), [(THROUGH, "ok"), (BYPASSES, "fail"), (UNKNOWN_PATH, "unknown")])
def test_a_public_name_that_bypasses_the_router_is_found(verdict: str, level: str) -> None:
    (check,) = [check for check in CHECKS if check.id == "path"]
    assert check.site
    (found,) = check.site(facts([PathFinding(f"{SITE}.", "desec", "ns1", verdict, f"{SITE}. A 192.0.2.1", "bypasses")]))
    assert found.level == level


def test_a_front_whose_name_has_no_address_at_some_servers_is_found() -> None:
    (check,) = [check for check in CHECKS if check.id == "path"]
    assert check.site
    seen = facts([])
    front = seen.site["fronts"][1]
    route = {"name": f"web-router.{ZONE}.", "type": "CNAME", "provider": "desec", "server": "ns1"}
    well: Any = {**route, "nowhere": []}
    lost: Any = {**route, "nowhere": [front["target"]]}
    assert not list(check.site(replace(seen, answers=[well])))
    (found,) = check.site(replace(seen, answers=[well, lost]))
    assert (found.level, found.part) == ("fail", front["name"])


def test_a_target_without_its_dot_is_a_warning_with_the_line_to_write() -> None:
    (check,) = [check for check in CHECKS if check.id == "undotted"]
    assert check.site
    seen = facts([])
    slip: Any = {
        "label": "bunny",
        "written": "b.example.net",
        "means": "b.example.net.here.",
        "meant": "b.example.net.",
    }
    (found,) = check.site(replace(seen, site={**seen.site, "undotted": [slip]}))
    assert (found.level, found.remedy) == ("warn", "write b.example.net.")


def test_every_check_is_documented_and_has_one_look() -> None:
    assert len(set(IDS)) == len(IDS)
    for check in CHECKS:
        assert check.question.endswith("?")
        assert check.fails or check.warns
        looks: list[Callable[..., Any] | None] = [check.site, check.zone, check.run]
        assert looks.count(None) == 2


def test_the_worst_comes_first_and_the_first_remedies_on_top() -> None:
    outcome = World(looks=[look_at("cloudflare"), DOWN], drills=[]).outcome()
    results = outcome["report"]["results"]
    assert [one["level"] for one in results] == sorted((one["level"] for one in results), key=LEVELS.index)
    assert outcome["lines"][0].startswith("1 fail, 1 warn")
    assert outcome["lines"][1:3] == [
        "change first:",
        "  1. www.example.com: bunny: repair this front: a failover goes only to one that answers every probe",
    ]
    assert outcome["html"].count('<tr class="fail">') == 1


def test_what_others_say_stays_text() -> None:
    evil = {**DOWN, "reason": "a\nPLAY RECAP\x1b[2J <script>alert(1)</script>"}
    outcome = World(looks=[look_at("cloudflare"), evil]).outcome()
    assert "<script" not in outcome["html"]
    assert all(line.isprintable() for line in outcome["lines"])


@pytest.mark.parametrize(("provider", "lowers"), [("desec", True), ("cloudflare", False)])
def test_advice_on_a_long_ttl_is_that_for_its_provider(provider: str, lowers: bool) -> None:
    outcome = World(held={provider: held(*records(ttl=3600))}).outcome()
    (finding,) = [one for one in outcome["report"]["results"] if (one["id"], one["level"]) == ("ttl_chain", "warn")]
    assert "lower the TTL to 60" in finding["remedy"]
    assert ("deSEC" in finding["remedy"]) == lowers

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Worlds in which a failover runs: a site of one of the layouts in the lab, and all that may happen to it.

The role runs in this process with its own tasks and modules, and speaks to the lab's APIs, name servers and fronts.
What is true of a world is seen without the product: each authoritative server is asked where it leads visitors.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from unittest import mock

import yaml
from twinzone_lab.client import LabClient

from support.lab_api import CloudflareCaller, DesecCaller
from support.role_in_process import Role

BOTH = ("cloudflare", "desec")
FRONTS = A, B = ("cloudflare", "bunny")
GREEN = ("unchanged", "switched", "converged")
ZONE, EDGE, STEERING = "example.com", "example-edge.net", "example-router.net"
SITE, SECOND_CDN, ORIGIN = f"www.{ZONE}", "example.b-cdn.net.", f"origin-7f3a.{ZONE}."

#: Where a router leads that somebody took elsewhere.
ELSEWHERE = "elsewhere.example.org."

#: Seconds for which a run waits until its writes are served, where some never are.
_PATIENCE = 0.6
_LONG_PATIENCE = 60.0

#: Seconds for which a run sleeps at most before it tries something again.
_LONGEST_SLEEP = 0.1

#: Seconds until servers that are well serve what an API has taken.
_SOON = 30.0


@dataclass(frozen=True)
class Records:
    """A record set. name: relative to its zone."""

    name: str
    type: str
    values: tuple[str, ...]
    proxied: bool = False


def cname(name: str, target: str, proxied: bool = False) -> Records:
    return Records(name, "CNAME", (target,), proxied)


@dataclass(frozen=True)
class Layout:
    """Which record is switched, and where.

    zones: by name, the providers that serve it. records: by zone, what stands there for good, and what the public names
    are; `leads` makes what stands at the router for a front. providers: the site's. name: the public one that tests
    break, at which providers. asked: the names that visitors ask for.
    """

    zones: Mapping[str, tuple[str, ...]]
    records: Mapping[str, Sequence[Records]]
    leads: Callable[[str, str, LabClient], Records]
    variables: Mapping[str, Any]
    providers: tuple[str, ...] = BOTH
    router_zone: str = ZONE
    router: str = "web-router"
    asked: tuple[str, ...] = (SITE,)

    @property
    def public(self) -> tuple[str, ...]:
        """The providers at which the public name is a record of its own."""
        return () if self.router == "www" and self.router_zone == ZONE else self.zones[ZONE]


def _router(targets: Mapping[str, str], name: str = "web-router") -> Callable[[str, str, LabClient], Records]:
    return lambda front, provider, lab: cname(name, targets[front])


_IN_ZONE = {A: f"cf-front.{ZONE}.", B: f"cdn2-front.{ZONE}."}
_OUTSIDE = {A: f"cf-front.{EDGE}.", B: SECOND_CDN}
_ROUTER = f"web-router.{ZONE}."


def _fronts(targets: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"name": name, "target": target} for name, target in targets.items()]


_README = (cname("cf-front", f"{ZONE}."), cname("cdn2-front", SECOND_CDN))
_EDGE_ZONE = (
    Records("origin-fb", "A", ("203.0.113.10",), True),
    cname("cf-front", f"origin-fb.{EDGE}.", True),
)


def _itself(front: str, provider: str, lab: LabClient) -> Records:
    """What the public name is in layout B."""
    if front == B:
        return cname("www", SECOND_CDN)
    if provider == "cloudflare":
        return cname("www", ORIGIN, True)
    return Records("www", "A", tuple(lab.info["fronts"][A]))


LAYOUTS: Mapping[str, Layout] = {
    "a router in the zone": Layout(
        {ZONE: BOTH},
        {ZONE: (*_README, cname("www", _ROUTER))},
        _router(_IN_ZONE),
        {"failover_fronts": _fronts(_IN_ZONE)},
    ),
    "a router behind another name and a wildcard": Layout(
        {ZONE: BOTH},
        {ZONE: (*_README, cname("www", f"shop.{ZONE}."), cname("shop", _ROUTER), cname("*", _ROUTER))},
        _router(_IN_ZONE),
        {"failover_fronts": _fronts(_IN_ZONE), "failover_names": ["www", "shop", "*"]},
        asked=(SITE, f"shop.{ZONE}", f"any.{ZONE}"),
    ),
    "a router that leads out of the zone": Layout(
        {ZONE: BOTH, EDGE: ("cloudflare",)},
        {ZONE: (cname("www", _ROUTER),), EDGE: _EDGE_ZONE},
        _router(_OUTSIDE),
        {"failover_fronts": _fronts(_OUTSIDE)},
    ),
    "a custom hostname": Layout(
        {ZONE: ("desec",), EDGE: ("cloudflare",)},
        {ZONE: (cname("www", _ROUTER),), EDGE: _EDGE_ZONE},
        _router(_OUTSIDE),
        {"failover_fronts": _fronts(_OUTSIDE)},
        providers=("desec",),
    ),
    "the public name itself": Layout(
        {ZONE: BOTH},
        {ZONE: (Records("origin-7f3a", "A", ("203.0.113.10",)),)},
        _itself,
        {
            "failover_fronts": [
                {
                    "name": A,
                    "connect_to": [f"canary.{ZONE}"],
                    "publish": [
                        {
                            "type": "CNAME",
                            "values": [ORIGIN],
                            "only": ["cloudflare"],
                            "at": {"cloudflare": {"proxied": True}},
                        },
                        {"type": "A", "copy_from": "canary", "only": ["desec"]},
                        {"type": "AAAA", "copy_from": "canary", "only": ["desec"]},
                    ],
                },
                {"name": B, "publish": [{"type": "CNAME", "values": [SECOND_CDN]}]},
            ]
        },
        router="www",
    ),
    "a steering zone": Layout(
        {ZONE: ("cloudflare",), STEERING: ("desec",)},
        {ZONE: (cname("www", f"www.{STEERING}."), Records("cf-front", "A", ("203.0.113.10",), True))},
        _router({A: f"cf-front.{ZONE}.", B: SECOND_CDN}, "www"),
        {"failover_fronts": _fronts({A: f"cf-front.{ZONE}.", B: SECOND_CDN})},
        providers=("desec",),
        router_zone=STEERING,
        router="www",
    ),
}


@dataclass
class World:
    """A site in the lab. ahead: seconds that have passed since the world began. down: the fronts that refuse.

    faults: by part of the lab, what is broken; token_lost: the provider without a token. answers: how often a run ended
    with each outcome.
    """

    lab: LabClient
    layout: Layout
    policy: Mapping[str, Any] = field(default_factory=dict)
    ahead: float = 0.0
    down: set[str] = field(default_factory=set)
    faults: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    token_lost: str = ""
    history: list[str] = field(default_factory=list)

    # --- Its first day ---

    def begin(self, active: str, marker: str | None = None) -> None:
        """Build all zones; the router leads to a front. marker: what it holds beside the router, with `given`."""
        lab, layout = self.lab, self.layout
        lab.reset()
        for zone, providers in layout.zones.items():
            if zone != ZONE:
                lab.add_zone(zone)
            if providers != BOTH:
                lab.delegate(zone, *providers)
        for zone, providers in layout.zones.items():
            for provider in providers:
                here = list(layout.records.get(zone, ()))
                if layout.router == "www" and zone == ZONE and layout.router_zone == ZONE:
                    here.append(self._canary(provider))
                if zone == layout.router_zone and provider in layout.providers:
                    here.append(layout.leads(active, provider, lab))
                    if marker is not None:
                        here.append(Records(f"_twinzone.{layout.router}", "TXT", (marker,)))
                self._seed(provider, zone, here)
        assert self._callers

    def _canary(self, provider: str) -> Records:
        if provider == "cloudflare":
            return cname("canary", ORIGIN, True)
        return Records("canary", "A", tuple(self.lab.info["fronts"][A]))

    def _seed(self, provider: str, zone: str, sets: Sequence[Records]) -> None:
        self.lab.seed(provider, zone, [one for each in sets for one in _in_its_form(provider, zone, each)])

    # --- What others do ---

    @cached_property
    def _callers(self) -> dict[tuple[str, str], CloudflareCaller | DesecCaller]:
        made: dict[str, type[CloudflareCaller] | type[DesecCaller]] = {
            "cloudflare": CloudflareCaller,
            "desec": DesecCaller,
        }
        return {
            (zone, provider): made[provider](self.lab, zone)
            for zone, providers in self.layout.zones.items()
            for provider in providers
        }

    def place(self, provider: str, zone: str, name: str, *sets: Records, texts: bool = False) -> None:
        """Let these record sets be all that stands at a name at one provider; it is served at once."""
        types = ("TXT",) if texts else ("A", "AAAA", "CNAME")
        self.lab.repair(f"{provider}_api")
        caller = self._callers[zone, provider]
        if isinstance(caller, CloudflareCaller):
            for record in self.lab.zone(provider, zone):
                if record["name"] == f"{name}.{zone}" and record["type"] in types:
                    caller.ok("DELETE", f"dns_records/{record['id']}")
            for one in sets:
                for body in _in_its_form(provider, zone, one):
                    caller.ok("POST", "dns_records", body)
        else:
            made = [body for one in sets for body in _in_its_form(provider, zone, one)]
            gone = set(types) - {one.type for one in sets}
            made += [{"subname": name, "ttl": 3600, "type": rdtype, "records": []} for rdtype in sorted(gone)]
            assert caller.call("PATCH", made).status_code == 200
        self.lab.seed(provider, zone, [])
        self._break_again()

    def lead(self, provider: str, to: str) -> None:
        """Somebody leads the router to a front, elsewhere, or takes it away."""
        layout = self.layout
        sets: list[Records] = []
        if to in FRONTS:
            sets = [layout.leads(to, provider, self.lab)]
        elif to:
            sets = [cname(layout.router, to)]
        self.place(provider, layout.router_zone, layout.router, *sets)

    def stand_in(self, provider: str, front: str, how: str) -> None:
        """Somebody writes what looks like a front at the router, and is nothing that a front publishes."""
        stands = self.layout.leads(front, provider, self.lab)
        if how == "the other way round":
            stands = replace(stands, proxied=not stands.proxied and provider == "cloudflare")
        elif provider == "cloudflare" and front == A:
            # Its edge has the same addresses for all that it proxies.
            stands = Records(self.layout.router, "A", ("203.0.113.10",), True)
        else:
            stands = Records(self.layout.router, "A", tuple(self.lab.info["fronts"][front]))
        self.place(provider, self.layout.router_zone, self.layout.router, stands)

    def remember(self, provider: str, text: str) -> None:
        """Somebody writes a marker at one provider, or takes it away."""
        name = f"_twinzone.{self.layout.router}"
        sets = [Records(name, "TXT", (text,))] if text else []
        self.place(provider, self.layout.router_zone, name, *sets, texts=True)

    def name(self, provider: str, how: str) -> None:
        """Somebody changes the public name at one provider; `right` puts it right again."""
        (right,) = [one for one in self.layout.records[ZONE] if one.name == "www"]
        # Cloudflare takes no address of its own.
        addresses = tuple(self.lab.info["fronts"][B if provider == "cloudflare" else A])
        found = {
            "right": [right],
            "missing": [],
            "proxied": [cname("www", right.values[0], provider == "cloudflare")],
            "to the first front": [cname("www", self.layout.leads(A, provider, self.lab).values[0])],
            "to the second front": [cname("www", SECOND_CDN)],
            "addresses of a front": [Records("www", "A", addresses)],
            "the origin, proxied": [Records("www", "A", ("203.0.113.10",), provider == "cloudflare")],
        }
        self.place(provider, ZONE, "www", *found[how])

    # --- Faults ---

    def break_(self, part: str, fault: str, **options: Any) -> None:
        self.faults[part] = (fault, options)
        self._break_again()

    def repair(self, *parts: str) -> None:
        for part in parts or list(self.faults):
            if self.faults.pop(part, None):
                self.lab.repair(part)

    def _break_again(self) -> None:
        for part, (fault, options) in self.faults.items():
            if "stale" not in fault:
                self.lab.break_(part, fault, **options)

    def freeze(self, part: str) -> None:
        """A name server goes on serving what it serves now."""
        self.faults[part] = ("stale", {})
        self.lab.break_(part, "stale")

    def weather(self, down: set[str]) -> None:
        """Which fronts refuse."""
        for front in FRONTS:
            if front in down:
                self.lab.break_(f"front_{front}", "refuse")
            else:
                self.lab.repair(f"front_{front}")
        self.down = set(down)

    def wait(self, seconds: float) -> None:
        self.ahead += seconds
        self.lab.put_clock_forward(self.ahead)

    # --- Runs ---

    def run(self, asked: Mapping[str, str] | None = None, patient: bool = False) -> dict[str, Any]:
        """One run of the failover. patient: for as long as writes need. asked: further variables."""
        inventory = copy.deepcopy(_inventory(self.lab.directory / "inventory.yml"))
        providers = [one for one in inventory["vars"]["dns_providers"] if one["name"] in self.layout.providers]
        for entry in providers:
            lost = entry["name"] == self.token_lost
            entry["token"] = "" if lost else self.lab.info["providers"][entry["name"]]["token"]
        site = inventory["children"]["sites"]["hosts"][SITE]
        variables = {
            **inventory["vars"],
            **site,
            "dns_providers": providers,
            "failover_zone": self.layout.router_zone,
            "failover_router": self.layout.router,
            "failover_check": {**site["failover_check"], "timeout": 30},
            "failover_policy": {"probes": 1, "interval": 0.02, **self.policy},
            "failover_verify_timeout": _LONG_PATIENCE if patient else _PATIENCE,
            **self.layout.variables,
            **(asked or {}),
        }
        for front in variables["failover_fronts"]:
            if front["name"] == A and self.layout.router == "www" and self.layout.router_zone == ZONE:
                check = site["failover_check"]
                front["check"] = {"url": check["url"].replace("www.", "canary."), "ca_path": check["ca_path"]}
        ahead, clock, sleep = self.ahead, time.time, time.sleep
        with (
            mock.patch.object(time, "time", lambda: clock() + ahead),
            mock.patch.object(time, "sleep", lambda seconds: sleep(min(seconds, _LONGEST_SLEEP))),
        ):
            result = Role(SITE, variables, ahead).run()
        self.history.append(f"{result['outcome']} ({result['rule']}) {result['front']}: {result['reason']}")
        return result

    # --- What is true ---

    def led(self) -> dict[tuple[str, str], str]:
        """By name and authoritative server, where it leads visitors: to a front, or its answer; without those that
        refuse to be asked."""
        found = {}
        for name in self.layout.asked:
            for provider in self.layout.zones[ZONE]:
                for server, where in self._led_by(provider, name):
                    found[name, server] = where
        return found

    def _led_by(self, provider: str, name: str) -> Iterator[tuple[str, str]]:
        for server, answer in self.lab.served(provider, name, "A").items():
            if self._refuses(provider, server):
                continue
            if answer == [f"www.{STEERING}."]:
                ends = {end for _server, end in self._led_by("desec", f"www.{STEERING}")}
                if ends:
                    yield server, " and ".join(sorted(ends))
            else:
                yield server, self._end(answer)

    def _end(self, answer: Sequence[str]) -> str:
        """The front to which an answer leads."""
        info = self.lab.info["fronts"]
        ends = {address: front for front in FRONTS for address in info[front]}
        ends |= {SECOND_CDN: B, f"cf-front.{EDGE}.": A, f"cf-front.{ZONE}.": A if STEERING in self.layout.zones else ""}
        found = {ends[text] for text in answer if ends.get(text)}
        stray = [text for text in answer if text not in ends and text[0].isdigit()]
        return found.pop() if len(found) == 1 and not stray else f"{answer}"

    def _refuses(self, provider: str, server: str) -> bool:
        return self.faults.get(f"{provider}_ns/{server}", ("", {}))[0] == "refused"

    # --- What must hold ---

    def check(self, result: Mapping[str, Any], forced: bool = False) -> bool:
        """A green run leaves no visitor behind; whether it was green. forced: whether a person insisted on it."""
        if result["outcome"] not in GREEN:
            return False
        front = result["front"]
        assert forced or front not in self.down, f"green on a front that is down: {self.story()}"
        late = {self._address(one) for one in result["paths"] if one["verdict"] == "follows" and not one["provider"]}
        strays = {key: where for key, where in self.led().items() if where != front and key[1] not in late}
        assert not strays, f"green on {front}, but {strays}: {self.story()}"
        for one in result["paths"]:
            if one["verdict"] == "unknown":
                assert self._excused(one), f"{one['server']} could be asked: {one['reason']}: {self.story()}"
        return True

    def _excused(self, finding: Mapping[str, Any]) -> bool:
        """Whether something is broken that hides where a server leads."""
        provider = finding["provider"]
        broken = any(part.startswith(f"{provider}_") for part in self.faults)
        # Nobody's API can be asked about a server that is none of the site's providers'.
        return broken or not provider or self.token_lost == provider

    def die(self, result: Mapping[str, Any]) -> None:
        """After a green run its front dies: the next run moves everybody whose way could be seen."""
        front = result["front"]
        others = [one for one in FRONTS if one != front and one not in self.down]
        if not others or result["pin"]:
            return
        sure = self._sure(result)
        self.repair(*[part for part in self.faults if "_api" in part or self.faults[part][0] == "refused"])
        self.weather({*self.down, front})
        after = self.run()
        self.check(after)
        if after["rule"] == "switch_limit":
            return
        end = time.monotonic() + _SOON
        while left := {server: where for server, where in self.led().items() if server in sure and where not in others}:
            assert time.monotonic() < end, f"{front} died after a green run, and {left}: {self.story()}"
            time.sleep(0.05)

    def _sure(self, result: Mapping[str, Any]) -> set[tuple[str, str]]:
        """The servers that could be asked, and did not hide where they lead."""
        frozen = {part.partition("_")[0] for part, (fault, _options) in self.faults.items() if fault == "stale"}
        hidden = {self._address(one) for one in result["paths"] if one["verdict"] in ("unknown", "follows")}
        owners = {
            server: provider
            for provider in BOTH
            for server in self.lab.info["providers"][provider]["name_servers"].values()
        }
        return {(name, server) for name, server in self.led() if owners[server] not in frozen and server not in hidden}

    def _address(self, finding: Mapping[str, Any]) -> str:
        """Of the server that a finding is about."""
        named = {name: at for one in self.lab.info["providers"].values() for name, at in one["name_servers"].items()}
        server = str(finding["server"])
        return str(named.get(server, server.rpartition(":")[0]))

    def story(self) -> str:
        """What the runs said."""
        return "; ".join(self.history)


@cache
def _inventory(path: Path) -> Any:
    return yaml.safe_load(path.read_text())["all"]


def _in_its_form(provider: str, zone: str, one: Records) -> list[dict[str, Any]]:
    """A record set as the provider's API takes it."""
    if provider == "desec":
        values = [f'"{value}"' if one.type == "TXT" and value[0] != '"' else value for value in one.values]
        return [{"subname": one.name, "type": one.type, "ttl": 3600, "records": values}]
    name = f"{one.name}.{zone}"
    found: list[dict[str, Any]] = []
    for value in one.values:
        body = {"name": name, "type": one.type, "content": value.rstrip("."), "ttl": 1 if one.proxied else 60}
        found.append({**body, "proxied": one.proxied} if one.type != "TXT" else {**body, "content": value})
    return found

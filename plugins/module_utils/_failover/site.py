# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A site, as its `failover_*` variables describe it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from .._errors import BadInput
from .._variables import Reader, misspelt
from .._zone import names
from . import published
from .decision import NO_FRONT, Policy, Request
from .marker import FOREVER, KEPT_SWITCHES, WORD, Pin
from .published import Kind

#: Every variable of the role.
VARIABLES = (
    "failover_zone",
    "failover_router",
    "failover_ttl",
    "failover_fronts",
    "failover_check",
    "failover_controls",
    "failover_vantages",
    "failover_providers",
    "failover_policy",
    "failover_adopt",
    "failover_deadline",
    "failover_verify_timeout",
    "failover_notify",
    "failover_metrics_file",
    "failover_report_dir",
    "failover_run_id",
    "failover_run_by",
    "failover_canary",
    "failover_to",
    "failover_pin",
    "failover_pin_for",
    "failover_pin_by",
    "failover_force",
    "failover_all",
)

#: Not the user's, but facts of this name are there when the role runs twice in a play.
_OURS = ("failover_result",)

_FRONT_KEYS = ("name", "target", "publish", "connect_to", "check")
_POLICY_KEYS = (
    "probes",
    "interval",
    "tolerate",
    "down_at",
    "degraded_for",
    "quorum",
    "failback",
    "failback_after",
    "max_switches_per_hour",
)
_PROBE_KEYS = ("probes", "interval", "tolerate", "down_at")

#: The vantage where none is named: where Ansible runs.
CONTROLLER = "localhost"

_PIN_SECONDS = 4 * 3600
_LONGEST_PIN = 3650 * 86400


def read(
    name: str,
    variables: Mapping[str, Any],
    providers: Sequence[Mapping[str, Any]],
    now: int,
    kinds: Mapping[str, type[Kind]],
) -> dict[str, Any]:
    """The site `name` from its variables, as plain data for templates. now: Unix time, from which a pin runs.

    providers: the provider entries, of which all but the tokens becomes part of the site. kinds: by type of provider.
    Raises BadInput with every problem.
    """
    known = {str(entry.get("name")): kinds.get(str(entry.get("type"))) for entry in providers}
    site = _SiteReader(name, variables, now, known).read()
    public = [{key: value for key, value in entry.items() if key != "token"} for entry in providers]
    return {**site, "providers": public}


def policy(site: Mapping[str, Any]) -> Policy:
    """The policy of a site as `read` returned it."""
    keys = ("degraded_for", "failback", "failback_after", "max_switches_per_hour")
    return Policy(adopt=site["adopt"], **{key: site["policy"][key] for key in keys})


def request(site: Mapping[str, Any]) -> Request:
    """What a person asked for, of a site as `read` returned it."""
    asked = site["request"]
    pin = Pin(asked["pin"], asked["pin_until"], asked["pin_tag"]) if asked["pin"] else None
    return Request(asked["to"], pin, asked["lift"], asked["force"])


class _SiteReader(Reader):
    def __init__(
        self, name: str, variables: Mapping[str, Any], now: int, kinds: Mapping[str, type[Kind] | None]
    ) -> None:
        super().__init__(variables)
        self.name = name
        self.now = now
        self.kinds = kinds

    def read(self) -> dict[str, Any]:
        self.problems += misspelt([name for name in self.values if name not in _OURS], VARIABLES)
        zone = self._zone()
        router = self._router(zone)
        ttl = self.number("failover_ttl", 60, 1)
        site = {
            "site": self.name,
            "zone": zone,
            "router": router,
            "ttl": ttl,
            "check": self.mapping("failover_check"),
            "controls": self.items("failover_controls"),
            "vantages": self.items("failover_vantages") or [CONTROLLER],
            "adopt": self.truth("failover_adopt"),
            "all": self.truth("failover_all"),
            "canary": self.truth("failover_canary"),
            "policy": self._policy(),
            "fronts": self._fronts(zone, router, ttl),
            "request": self._request(),
        }
        self._of_the_run(site["vantages"])
        if not site["check"].get("url"):
            self.problem("failover_check", "needs a `url`, such as https://www.example.com/health")
        if self.problems:
            raise BadInput(self.problems)
        return site

    def _of_the_run(self, vantages: Sequence[Any]) -> None:
        """What the tasks take as it is: a quiet run does not use it, so its mistakes would wait for the outage."""
        self.number("failover_deadline", 10.0, 0.1)
        self.number("failover_verify_timeout", 60.0)
        for name in ("failover_report_dir", "failover_metrics_file"):
            self.text(name)
        for name, given in (("failover_vantages", vantages), ("failover_notify", self.items("failover_notify"))):
            for entry in given:
                if not isinstance(entry, str):
                    self.problem(name, f"{entry!r} is not text")

    def _zone(self) -> str:
        text = self.text("failover_zone", required=True)
        try:
            return names.zone_name(text) if text else ""
        except ValueError as error:
            self.problem("failover_zone", str(error))
            return ""

    def _router(self, zone: str) -> str:
        text = self.text("failover_router", required=True)
        try:
            router = names.written(text, zone) if text and zone else ""
        except ValueError as error:
            self.problem("failover_router", str(error))
            return ""
        if router == "@":
            self.problem("failover_router", "is the apex, which holds no CNAME; steer a name below it")
        return router

    def _policy(self) -> dict[str, Any]:
        given = self.mapping("failover_policy")
        inner = Reader(given, "failover_policy.")
        for key in given:
            if key not in _POLICY_KEYS:
                inner.problem(key, f"unknown; valid are {', '.join(_POLICY_KEYS)}")
        found = {
            "degraded_for": inner.seconds("degraded_for", 600),
            "failback": inner.choice("failback", ("manual", "auto", "never"), "manual"),
            "failback_after": inner.seconds("failback_after", 1800),
            "max_switches_per_hour": inner.number("max_switches_per_hour", 4, 1),
            "quorum": inner.number("quorum", 1, 1) if given.get("quorum") not in (None, "majority") else None,
        }
        if found["max_switches_per_hour"] > KEPT_SWITCHES:
            inner.problem("max_switches_per_hour", f"can be at most {KEPT_SWITCHES}: no more switches are remembered")
        self.problems += inner.problems
        # The probe burst is checked where it is carried out, in cdn_health.
        return {**found, **{key: given[key] for key in _PROBE_KEYS if given.get(key) is not None}}

    def _fronts(self, zone: str, router: str, ttl: int) -> list[dict[str, Any]]:
        given = self.items("failover_fronts")
        if len(given) < 2:
            self.problem("failover_fronts", "needs at least two fronts, in order of preference")
        public = any(isinstance(entry, Mapping) and entry.get("publish") for entry in given)
        fronts: list[dict[str, Any]] = []
        for index, entry in enumerate(given):
            where = f"failover_fronts[{index}]"
            if not isinstance(entry, Mapping):
                self.problem(where, "is not a mapping with name and target")
                continue
            inner = Reader(entry, f"{where} ({entry.get('name', '?')}).")
            front = self._front(inner, zone, router)
            if public and zone and router:
                self._publish(inner, front, zone, router, ttl)
            fronts.append(front)
            self.problems += inner.problems
        if not self.problems:
            published.unproxied(fronts, self.kinds)
            for problem in published.type_changes(fronts, self.kinds):
                self.problem("failover_fronts", problem)
            self._complete(fronts, zone)
        return fronts

    def _front(self, inner: Reader, zone: str, router: str) -> dict[str, Any]:
        for key in inner.values:
            if key not in _FRONT_KEYS:
                inner.problem(str(key), f"unknown; valid are {', '.join(_FRONT_KEYS)}")
        name = inner.text("name", required=True)
        if name and (name == NO_FRONT or not WORD.fullmatch(name)):
            inner.problem("name", f"{name!r} must be one word of letters, digits, `.`, `_`, `-`, and not `{NO_FRONT}`")
        target = inner.text("target", required=not inner.values.get("publish"))
        if target and inner.values.get("publish"):
            inner.problem("target", "and publish exclude each other: a front is a CNAME's target, or record sets")
        if target and not target.endswith("."):
            inner.problem("target", f"{target!r} has no trailing dot; write {target + '.'!r}")
        try:
            target = names.absolute(target) if target else ""
        except ValueError as error:
            inner.problem("target", str(error))
        if target and router and target == names.owner(router, zone):
            inner.problem("target", "is the router itself")
        connect_to, check = inner.items("connect_to"), inner.mapping("check")
        front = {"name": name, "target": target, "connect_to": connect_to, "check": check}
        return {**front, "published": {}, "canary": ""}

    def _publish(self, inner: Reader, front: dict[str, Any], zone: str, router: str, ttl: int) -> None:
        """Fill in what the front publishes at each provider; a target is a CNAME at all of them."""
        entries = inner.items("publish") or [{"type": "CNAME", "values": [front["target"]]}]
        try:
            front["published"], front["canary"] = published.read(entries, zone, router, ttl, self.kinds)
        except BadInput as error:
            for problem in error.problems:
                inner.problem(*problem.split(": ", 1))

    def _complete(self, fronts: Sequence[dict[str, Any]], zone: str) -> None:
        """Fill in how each front is reached and recognised."""
        for index, front in enumerate(fronts):
            where = f"failover_fronts[{index}] ({front['name']})"
            front["seen_as"] = published.seen_as(front, zone) or list(map(_without_port, front["connect_to"]))
            if not front["target"] and not front["connect_to"]:
                places = front["seen_as"][:1] if front["canary"] else front["seen_as"]
                front["connect_to"] = [place.rstrip(".") for place in places]
            if not front["seen_as"]:
                self.problem(where, "is proxied: name a canary with copy_from or connect_to, a name that stays proxied")
            for other in fronts[:index]:
                if front["name"] == other["name"]:
                    self.problem(where, f"the name {front['name']!r} is used twice")
                if set(front["seen_as"]) == set(other["seen_as"]):
                    places = ", ".join(front["seen_as"])
                    self.problem(where, f"leads to {places}, as {other['name']} does; they could not be told apart")

    def _request(self) -> dict[str, Any]:
        pin, tag = self.text("failover_pin"), self.text("failover_pin_by")
        if tag and not WORD.fullmatch(tag):
            tag = re.sub(r"[^A-Za-z0-9_.-]+", "-", tag)[:40]
        seconds = self.seconds("failover_pin_for", _PIN_SECONDS, forever=FOREVER)
        given = str(self.values.get("failover_pin_for") or "").strip()
        if given.isdigit():
            # Also what Ansible makes of `-e failover_pin_for=4 hours`; four seconds are over before anybody notices.
            self.problem("failover_pin_for", f"{given} has no unit; write {given}h, {given}m or {given}s")
        if seconds > _LONGEST_PIN:
            self.problem("failover_pin_for", f"{given} is more than ten years; write forever")
        to = self.text("failover_to") or None
        if to and pin and pin != NO_FRONT:
            self.problem("failover_to", "and failover_pin exclude each other: the one switches once, the other holds")
        return {
            "to": to,
            "pin": pin if pin != NO_FRONT else "",
            "pin_until": FOREVER if seconds == FOREVER else self.now + seconds,
            "pin_tag": tag,
            "lift": pin == NO_FRONT,
            "force": self.truth("failover_force"),
        }


def asks(site: Mapping[str, Any]) -> bool:
    """Whether somebody asked for a front by hand."""
    return bool(site["request"]["to"] or site["request"]["pin"])


def probes(site: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The site's fronts as cdn_health takes them."""
    burst = {key: site["policy"][key] for key in _PROBE_KEYS if key in site["policy"]}
    return [
        {
            "site": site["site"],
            "name": front["name"],
            "target": front["target"] or None,
            "connect_to": front["connect_to"],
            "check": {**site["check"], **front["check"]},
            "controls": site["controls"],
            **burst,
        }
        for front in site["fronts"]
    ]


def candidates(site: Mapping[str, Any]) -> dict[str, list[str]]:
    """The host names and addresses that the router may lead to, and the other host names at which a front is probed.

    The latter have names that no front can have; they are only asked whether they lead back through the router.
    """
    found = {front["name"]: list(front["seen_as"]) for front in site["fronts"]}
    for front in site["fronts"]:
        for host in map(_without_port, front["connect_to"]):
            if host.endswith("."):
                found[f"{front['name']} at {host.rstrip('.')}"] = [host]
    return found


def _without_port(place: Any) -> str:
    """The address, or the absolute host name, of `address`, `host`, `host:port` or `[IPv6]:port`."""
    text = str(place).strip()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    bare = text.partition(":")[0] if text.count(":") == 1 else text
    return bare if ":" in bare or bare.replace(".", "").isdigit() else bare.rstrip(".") + "."

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a site from its `failover_*` variables. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from .. import _hints
from .._errors import BadInput
from .._variables import Reader, misspelt
from .._zone import names
from .._zone.undotted import Undotted
from . import advice, notify_reader, public_names, published, published_reader
from .data.site import SITE_SCHEMA, Asked, Front, PolicyValues, ProviderEntry, Site, UndottedTarget
from .decision import NO_FRONT
from .marker import FOREVER, KEPT_SWITCHES, LONGEST_PIN, WORD
from .published_reader import Kind, Kinds, Name
from .site import CONTROLLER, PROBE_KEYS, without_port

#: Every variable of the role.
VARIABLES = (
    "failover_mode",
    "failover_zone",
    "failover_router",
    "failover_ttl",
    "failover_names",
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
    "failover_metrics_mode",
    "failover_status_page",
    "failover_report_dir",
    "failover_run_id",
    "failover_run_by",
    "failover_canary",
    "failover_strict_names",
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
#: Permissions of a file; without quotation marks YAML makes another number of them.
_MODE = re.compile(r"0[0-7]{3}")

_POLICY_KEYS = (
    "probes",
    "interval",
    "tolerate",
    "down_at",
    "degraded_for",
    "severe_at",
    "quorum",
    "failback",
    "failback_after",
    "max_switches_per_hour",
)

_PIN_SECONDS = 4 * 3600


def read(
    name: str,
    variables: Mapping[str, Any],
    providers: Sequence[Mapping[str, Any]],
    now: int,
    kinds: Mapping[str, type[Kind]],
) -> Site:
    """The site `name` from its variables. now: Unix time, from which a pin runs.

    providers: the provider entries, of which all but the secrets becomes part of the site. kinds: by type of provider.
    Raises BadInput with every problem.
    """
    known = {str(entry.get("name")): kinds.get(str(entry.get("type"))) for entry in providers}
    reader = _SiteReader(name, variables, now, known)
    site = reader.read()
    undotted = [
        UndottedTarget(label=one.label, written=one.written, means=one.means, meant=one.meant)
        for one in reader.undotted
    ]
    return {**site, "providers": [public(entry) for entry in providers], "undotted": undotted}


def public(entry: Mapping[str, Any]) -> ProviderEntry:
    """A provider's entry without its secrets: a token, and that of a key. Name servers can be asked without them."""
    found: Any = {option: value for option, value in entry.items() if option != "token"}
    if isinstance(key := found.get("key"), Mapping):
        found["key"] = {option: value for option, value in key.items() if option != "secret"}
    rest: ProviderEntry = found
    return rest


def _is_published(entry: Any) -> bool:
    return isinstance(entry, Mapping) and bool(entry.get("publish"))


class _SiteReader(Reader):
    def __init__(self, name: str, variables: Mapping[str, Any], now: int, kinds: Kinds) -> None:
        super().__init__(variables)
        self.name = name
        self.now = now
        self.kinds = kinds
        self.undotted: list[Undotted] = []

    def read(self) -> Site:
        self.problems += misspelt([name for name in self.values if name not in _OURS], VARIABLES)
        zone = self._zone()
        router = self._router(zone)
        ttl = self.number("failover_ttl", 60, 1)
        site = Site(
            schema=SITE_SCHEMA,
            site=self.name,
            mode=self.choice("failover_mode", advice.MODES, advice.ACT),
            zone=zone,
            router=router,
            ttl=ttl,
            names=self._names(zone),
            check=self.mapping("failover_check"),
            controls=self.items("failover_controls"),
            vantages=self.items("failover_vantages") or [CONTROLLER],
            adopt=self.truth("failover_adopt"),
            all=self.truth("failover_all"),
            canary=self.truth("failover_canary"),
            policy=self._policy(),
            fronts=self._fronts(Name(zone, router, ttl)),
            request=self._request(),
            providers=[],
            separate=[name for name, kind in self.kinds.items() if kind and not kind.atomic_writes],
            daily_writes={name: kind.daily_writes if kind else None for name, kind in self.kinds.items()},
            proxying=published_reader.proxying(self.kinds),
        )
        if self.truth("failover_strict_names"):
            self.problems += [one.words for one in self.undotted]
        self._of_the_run(site["vantages"])
        if not site["check"].get("url"):
            self.problem("failover_check", "needs a `url`, such as https://www.example.com/health")
        if self.problems:
            raise BadInput(self.problems)
        return site

    def _names(self, zone: str) -> list[str]:
        """The names that visitors use, absolute: by default the host of the check's URL."""
        if self.values.get("failover_names") in (None, ""):
            return self._name_of_the_check()
        found = []
        for entry in self.items("failover_names"):
            try:
                found.append(public_names.absolute(entry, zone))
            except ValueError as error:
                self.problem("failover_names", str(error))
        return list(dict.fromkeys(found))

    def _name_of_the_check(self) -> list[str]:
        url = self.mapping("failover_check").get("url")
        found = public_names.of_url(url)
        if not found and public_names.has_address(url):
            self.problem("failover_names", "are needed, as the host of the check's `url` is an address; [] is for none")
        return found

    def _of_the_run(self, vantages: Sequence[Any]) -> None:
        """What the tasks take as it is: a quiet run does not use it, so its mistakes would wait for the outage."""
        self.number("failover_deadline", 10.0, 0.1)
        self.number("failover_verify_timeout", 60.0)
        for name in ("failover_report_dir", "failover_metrics_file", "failover_status_page"):
            self.text(name)
        for entry in vantages:
            if not isinstance(entry, str):
                self.problem("failover_vantages", f"{entry!r} is not text")
        mode = self.values.get("failover_metrics_mode")
        if mode not in (None, "") and not (isinstance(mode, str) and _MODE.fullmatch(mode)):
            self.problem("failover_metrics_mode", f"{mode!r} is not a mode such as '0644', in quotation marks")
        for index, entry in enumerate(self.items("failover_notify")):
            for problem in notify_reader.problems(entry):
                self.problem(f"failover_notify[{index}]", problem)

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
        if router.startswith("*"):
            self.problem("failover_router", f"{text!r} is a wildcard, which other names hide; name one router record")
        return router

    def _policy(self) -> PolicyValues:
        given = self.mapping("failover_policy")
        inner = Reader(given, "failover_policy.")
        for key in given:
            if key not in _POLICY_KEYS:
                inner.problem(key, _hints.unknown(key, _POLICY_KEYS))
        found = PolicyValues(
            degraded_for=inner.seconds("degraded_for", 600),
            severe_at=inner.number("severe_at", 8, 0),
            failback=inner.choice("failback", ("manual", "auto", "never"), "manual"),
            failback_after=inner.seconds("failback_after", 1800),
            max_switches_per_hour=inner.number("max_switches_per_hour", 4, 1),
            quorum=inner.number("quorum", 1, 1) if given.get("quorum") not in (None, "majority") else None,
        )
        if found["max_switches_per_hour"] > KEPT_SWITCHES:
            inner.problem("max_switches_per_hour", f"can be at most {KEPT_SWITCHES}: no more switches are remembered")
        self.problems += inner.problems
        # The probe burst is checked where it is carried out, in cdn_health.
        burst: Any = {key: given[key] for key in PROBE_KEYS if given.get(key) is not None}
        values: PolicyValues = {**found, **burst}
        return values

    def _fronts(self, name: Name) -> list[Front]:
        given = self.items("failover_fronts")
        if len(given) < 2:
            self.problem("failover_fronts", "needs at least two fronts, in order of preference")
        public = name.router == names.APEX or any(map(_is_published, given))
        fronts: list[Front] = []
        for index, entry in enumerate(given):
            where = f"failover_fronts[{index}]"
            if not isinstance(entry, Mapping):
                self.problem(where, "is not a mapping with name and target")
                continue
            inner = Reader(entry, f"{where} ({entry.get('name', '?')}).")
            front = self._front(inner, name)
            fronts.append(self._publish(inner, front, name) if public and name.zone and name.router else front)
            self.problems += inner.problems
        return fronts if self.problems else self._completed(fronts, name.zone)

    def _front(self, inner: Reader, name: Name) -> Front:
        for key in inner.values:
            if key not in _FRONT_KEYS:
                inner.problem(str(key), _hints.unknown(key, _FRONT_KEYS))
        front = inner.text("name", required=True)
        if front and (front == NO_FRONT or not WORD.fullmatch(front)):
            inner.problem("name", f"{front!r} must be one word of letters, digits, `.`, `_`, `-`, and not `{NO_FRONT}`")
        return Front(
            name=front,
            target=self._target(inner, name),
            connect_to=inner.items("connect_to"),
            check=inner.mapping("check"),
            published={},
            canary="",
            seen_as=[],
        )

    def _target(self, inner: Reader, name: Name) -> str:
        target = inner.text("target", required=not inner.values.get("publish"))
        if target and inner.values.get("publish"):
            inner.problem("target", "and publish exclude each other: a front is a CNAME's target, or record sets")
        if target and not target.endswith("."):
            inner.problem("target", f"{target!r} has no trailing dot; write {target + '.'!r}")
        try:
            target = names.absolute(target) if target else ""
        except ValueError as error:
            inner.problem("target", str(error))
        if target and name.router and target == names.owner(name.router, name.zone):
            inner.problem("target", "is the router itself")
        return target

    def _publish(self, inner: Reader, front: Front, name: Name) -> Front:
        """The front with what it publishes at each provider; a target is a CNAME at all of them."""
        entries = inner.items("publish")
        if not (entries or front["target"]):
            return front
        try:
            sets, canary, slips = published_reader.read(entries, name, self.kinds, "" if entries else front["target"])
        except BadInput as error:
            for problem in error.problems:
                inner.problem(*problem.split(": ", 1))
            return front
        self.undotted += [replace(one, label=f"{inner.prefix}{one.label}") for one in slips]
        networks = published_reader.proxy_networks(sets, self.kinds)
        return {**front, "published": sets, "canary": canary, "proxy_networks": networks}

    def _completed(self, given: Sequence[Front], zone: str) -> list[Front]:
        """The fronts with how each is reached and recognised."""
        fronts = [_reached(published_reader.unproxied(front, self.kinds), zone) for front in given]
        for problem in published_reader.type_changes(fronts, self.kinds):
            self.problem("failover_fronts", problem)
        for index, front in enumerate(fronts):
            where = f"failover_fronts[{index}] ({front['name']})"
            if not front["seen_as"]:
                self.problem(where, "is proxied: name a canary with copy_from or connect_to, a name that stays proxied")
            for other in fronts[:index]:
                if front["name"] == other["name"]:
                    self.problem(where, f"the name {front['name']!r} is used twice")
                if set(front["seen_as"]) == set(other["seen_as"]):
                    places = ", ".join(front["seen_as"])
                    self.problem(where, f"leads to {places}, as {other['name']} does; they could not be told apart")
        return fronts

    def _request(self) -> Asked:
        pin, tag = self.text("failover_pin"), self.text("failover_pin_by")
        if tag and not WORD.fullmatch(tag):
            tag = re.sub(r"[^A-Za-z0-9_.-]+", "-", tag)[:40]
        seconds = self.seconds("failover_pin_for", _PIN_SECONDS, forever=FOREVER)
        given = str(self.values.get("failover_pin_for") or "").strip()
        if given.isdigit():
            # Also what Ansible makes of `-e failover_pin_for=4 hours`; four seconds are over before anybody notices.
            self.problem("failover_pin_for", f"{given} has no unit; write {given}h, {given}m or {given}s")
        if seconds > LONGEST_PIN:
            self.problem("failover_pin_for", f"{given} is more than ten years; write forever")
        to = self.text("failover_to") or None
        if to and pin and pin != NO_FRONT:
            self.problem("failover_to", "and failover_pin exclude each other: the one switches once, the other holds")
        return Asked(
            to=to,
            pin=pin if pin != NO_FRONT else "",
            pin_until=FOREVER if seconds == FOREVER else self.now + seconds,
            pin_tag=tag,
            lift=pin == NO_FRONT,
            force=self.truth("failover_force"),
        )


def _reached(front: Front, zone: str) -> Front:
    """The front with the places at which it is probed and recognised."""
    seen_as = published.seen_as(front, zone) or list(map(without_port, front["connect_to"]))
    if front["target"] or front["connect_to"]:
        return {**front, "seen_as": seen_as}
    places = seen_as[:1] if front["canary"] else seen_as
    return {**front, "seen_as": seen_as, "connect_to": [place.rstrip(".") for place in places]}

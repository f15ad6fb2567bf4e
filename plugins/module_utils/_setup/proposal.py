# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a zone as Cloudflare holds it to a proposal: which names can fail over, and the records of a layout. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .._dependencies.lock_in import locked_to
from .._zone.names import APEX, owner
from .layout import CUSTOM_HOSTNAME, ITSELF, STEERING

#: The name that stays proxied for good, by layout: a canary beside the public name, or the front's own name.
_CANARY = {ITSELF: "cf-canary", CUSTOM_HOSTNAME: "cf-front", STEERING: "cf-front"}

#: Seconds for which a record that is switched may be kept, and one that leads to it.
_SHORT, _LONG = 60, 300

#: The types of records that a proxy stands before.
_LEADING = ("A", "AAAA", "CNAME")

Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Wishes:
    """What was asked for. source: the provider that holds the zone. names: only these; all where there are none.

    second_zone: another domain, which the layouts A and C need.
    """

    zone: str
    source: str
    second_cdn: str
    names: Sequence[str] = ()
    second_zone: str = ""


@dataclass(frozen=True)
class Steered:
    """A name that can fail over. target: what its proxied CNAME leads to. canary: relative, in the zone that has it.

    converts: whether it holds addresses now, so that a person must make it a CNAME first. router: the record that is
    switched, relative to its zone.
    """

    name: str
    target: str
    canary: str
    converts: bool
    router: str


@dataclass(frozen=True)
class Proposal:
    """The proposal for a zone. records: of the zone file; second_records: of that of the second zone.

    stays: proxied names that cannot fail over, and why.
    """

    wishes: Wishes
    records: Sequence[Entry]
    steered: Sequence[Steered]
    stays: Mapping[str, str]
    layout: str = ITSELF
    second_records: Sequence[Entry] = ()

    @property
    def router_zone(self) -> str:
        """The zone of the records that are switched."""
        return self.wishes.second_zone if self.layout == STEERING else self.wishes.zone

    @property
    def canary_zone(self) -> str:
        """The zone of the names that stay proxied."""
        return self.wishes.second_zone if self.layout == CUSTOM_HOSTNAME else self.wishes.zone


def propose(wishes: Wishes, records: Sequence[Entry], layout: str = ITSELF) -> Proposal:
    """The proposal. records: the zone's, in the form in which users declare them."""
    at_name: dict[str, list[Entry]] = {}
    for record in records:
        at_name.setdefault(record["name"], []).append(record)
    proxied = [name for name, mine in at_name.items() if any(_is_proxied(one, wishes.source) for one in mine)]
    found: list[Steered] = []
    stays: dict[str, str] = {}
    canaries = _Canaries(wishes, set(at_name), layout)
    for name in sorted(proxied, key=lambda name: (name != "www", name)):
        if why := _why_not(name, at_name[name], wishes):
            stays[name] = why
        else:
            found.append(canaries.steer(name, at_name[name]))
    return _MADE[layout](Proposal(wishes, records, found, stays, layout), canaries.made)


def _itself(plain: Proposal, canaries: Sequence[Entry]) -> Proposal:
    """The public name is switched: what leads visitors becomes a CNAME, and a canary keeps its origin."""
    converted = [one for one in plain.steered if one.converts]
    kept = _without(plain.records, {one.name for one in converted})
    made = [_cname(one.name, one.target, plain.wishes.source) for one in converted]
    return replace(plain, records=[*kept, *made, *canaries])


def _steering(plain: Proposal, canaries: Sequence[Entry]) -> Proposal:
    """The public name leads to the second zone, and that back to a name that is proxied."""
    steered, wishes = plain.steered, plain.wishes
    kept = _without(plain.records, {one.name for one in steered})
    here = [_leads(one.name, owner(one.router, wishes.second_zone), _SHORT) for one in steered]
    there = [_leads(one.router, owner(one.canary, wishes.zone), _SHORT) for one in steered]
    return replace(plain, records=[*kept, *here, *canaries], second_records=there)


def _custom_hostname(plain: Proposal, canaries: Sequence[Entry]) -> Proposal:
    """The zone leaves the first CDN, which serves the public name from the second zone.

    Outside nobody stands before what is proxied now: without a decision its origin would be public, so it is left out.
    """
    steered, wishes = plain.steered, plain.wishes
    kept = _without(plain.records, {one.name for one in steered})
    outside = [_anywhere(record) for record in kept if not _is_proxied(record, wishes.source)]
    routers = [_leads(one.router, owner(one.canary, wishes.second_zone), _SHORT) for one in steered]
    here = [_leads(one.name, owner(one.router, wishes.zone), _LONG) for one in steered]
    return replace(plain, records=[*outside, *here, *routers], second_records=canaries)


_MADE: Mapping[str, Callable[[Proposal, Sequence[Entry]], Proposal]] = {
    ITSELF: _itself,
    STEERING: _steering,
    CUSTOM_HOSTNAME: _custom_hostname,
}


def _without(records: Sequence[Entry], names: Collection[str]) -> list[Entry]:
    """The records but for those that lead visitors of these names."""
    return [record for record in records if not (record["name"] in names and record["type"] in _LEADING)]


def _anywhere(record: Entry) -> Entry:
    """The record without what one provider has beyond it."""
    return {key: value for key, value in record.items() if key != "at"}


def _leads(name: str, target: str, ttl: int) -> Entry:
    return {"name": name, "type": "CNAME", "ttl": ttl, "values": [target]}


def _is_proxied(record: Entry, source: str) -> bool:
    return bool(record.get("at", {}).get(source, {}).get("proxied"))


def _values(record: Entry) -> list[str]:
    given = record.get("values", [])
    return [str(value) for value in (given if isinstance(given, list) else [given])]


def _why_not(name: str, mine: Sequence[Entry], wishes: Wishes) -> str:
    """Why a proxied name cannot fail over, or need not; empty where it can."""
    targets = [value.lower() for one in mine if one["type"] == "CNAME" for value in _values(one)]
    addresses = [value for one in mine if one["type"] in ("A", "AAAA") for value in _values(one)]
    beside = sorted({one["type"] for one in mine} - {*_LEADING})
    if name == APEX:
        return 'is the apex; describe a site for it with `failover_router: "@"`, as the guide to layouts shows'
    if name.startswith("*"):
        return "is a wildcard; name those that visitors use"
    if wishes.names and name not in wishes.names:
        return "was not asked for with init_names"
    if product := locked_to(targets, addresses):
        return f"needs {product}, which only this CDN can serve"
    if beside:
        return f"holds {', '.join(beside)} too, which cannot stand beside a CNAME"
    return ""


def _cname(name: str, target: str, source: str) -> Entry:
    return {"name": name, "type": "CNAME", "ttl": 300, "values": [target], "at": {source: {"proxied": True}}}


class _Canaries:
    """The names that stay proxied for good, one for each origin. made: their entries. taken: names of the zone."""

    def __init__(self, wishes: Wishes, taken: set[str], layout: str) -> None:
        self._wishes = wishes
        self._layout = layout
        self._taken = taken
        self._known: dict[object, str] = {}
        self.made: list[Entry] = []

    def steer(self, name: str, mine: Sequence[Entry]) -> Steered:
        """How a name is steered, with a canary that has the same origin."""
        leading = [one for one in mine if one["type"] in _LEADING]
        canary = self._canary(leading)
        cname = next((_values(one)[0] for one in leading if one["type"] == "CNAME"), "")
        router = f"{name}-router" if self._layout == CUSTOM_HOSTNAME else name
        converts = self._layout == ITSELF and not cname
        return Steered(name, cname or owner(canary, self._wishes.zone), canary, converts, router)

    def _canary(self, leading: Sequence[Entry]) -> str:
        origin = tuple(sorted((one["type"], tuple(sorted(_values(one)))) for one in leading))
        if origin not in self._known:
            self._known[origin] = self._new_name()
            shown = {"name": self._known[origin], "ttl": 300, "at": {self._wishes.source: {"proxied": True}}}
            self.made += [{**shown, "type": one["type"], "values": _values(one)} for one in leading]
        return self._known[origin]

    def _new_name(self) -> str:
        number = 1
        first = _CANARY[self._layout]
        while (name := first if number == 1 else f"{first}-{number}") in self._taken:
            number += 1
        self._taken.add(name)
        return name

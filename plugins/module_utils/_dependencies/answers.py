# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The answers of the dependency page as data, which every output shows alike. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypedDict

from . import declared
from .advice import advice
from .facts import SCHEMA, FactsData, Front, LockedData, Site, as_data
from .graph import leads_through
from .logic import Value
from .matrix import DIRECT, Row, rows
from .verdicts import Fate, PublicName, World, stays

#: More names without a way out are counted in a headline.
_SHOWN = 3

VALUE_WORDS = {Value.DOWN: "down", Value.POSSIBLE: "possible", Value.UP: "up"}


class FateData(TypedDict):
    now: str
    after: str
    can_switch: str
    word: str


class NameAnswer(TypedDict):
    """One public name. if_fails: its fate by operator. single_points: by `now` and `after`; given: when X is down."""

    name: str
    site: str
    leads_through: bool
    way_out: bool
    why_not: str
    today: FateData
    if_fails: dict[str, FateData]
    single_points: dict[str, dict[str, str]]
    given: dict[str, dict[str, str]]


class RowAnswer(TypedDict):
    operator: str
    roles: dict[str, str]
    takes_down_now: dict[str, str]
    takes_down_after: dict[str, str]
    entity: str
    jurisdiction: str
    source: str


class Scenario(TypedDict):
    """What one operator's failure means.

    up_now, up_after: how many of `names` certainly stay up. possible_after: how many more possibly do after a failover.
    writable: the providers that can be written, by site. surely: whether that is certain for all sites.
    """

    operator: str
    names: int
    up_now: int
    up_after: int
    possible_after: int
    no_way_out: dict[str, str]
    writable: dict[str, list[str]]
    surely: bool
    headline: str


class CertificateAnswer(TypedDict):
    """Who signs what a front shows. authority: the operator; empty where none was seen. ends: a day, or empty.

    renewal: the operators without whom it is not renewed, and how certain that is.
    """

    site: str
    front: str
    authority: str
    ends: str
    renewal: dict[str, str]


class Answers(TypedDict):
    """All answers. advice: what to change first. unread: zones whose records were not seen.

    locked: the records that cannot leave their provider.
    """

    schema: str
    taken: str
    headline: str
    advice: list[str]
    scenarios: list[Scenario]
    names: list[NameAnswer]
    operators: list[RowAnswer]
    certificates: list[CertificateAnswer]
    locked: list[LockedData]
    unread: list[str]
    facts: FactsData


def answers(world: World) -> Answers:
    """Every answer about these facts; the same facts give the same answers, byte for byte once they are sorted."""
    every, facts = rows(world), as_data(world.facts)
    scenarios = [_scenario(world, row.operator) for row in every if row.now or row.after]
    return {
        "schema": SCHEMA,
        "taken": world.facts.taken,
        "headline": _headline_of(scenarios, every, len(world.public_names)),
        "advice": advice(world),
        "scenarios": scenarios,
        "names": [_name(world, name) for name in world.public_names],
        "operators": [_row(row) for row in every],
        "certificates": [
            _certificate(world, site, front) for site in world.facts.sites if site.router for front in site.fronts
        ],
        "locked": facts["locked"],
        "unread": facts["unread"],
        "facts": facts,
    }


def _fate(fate: Fate) -> FateData:
    return {
        "now": VALUE_WORDS[fate.now],
        "after": VALUE_WORDS[fate.after],
        "can_switch": VALUE_WORDS[fate.switch],
        "word": fate.word,
    }


def _words(points: dict[str, Value]) -> dict[str, str]:
    return {operator: VALUE_WORDS[value] for operator, value in sorted(points.items())}


def _name(world: World, name: PublicName) -> NameAnswer:
    given = {one: _words(world.single_points(name, {one}, after=True)) for one in world.operators}
    return {
        "name": name.name,
        "site": name.site.name,
        "leads_through": leads_through(name.name, name.site, world.facts),
        "way_out": name.way_out,
        "why_not": name.why_not,
        "today": _fate(world.fate(name)),
        "if_fails": {one: _fate(world.fate(name, {one})) for one in world.operators},
        "single_points": {
            "now": _words(world.single_points(name, after=False)),
            "after": _words(world.single_points(name, after=True)),
        },
        "given": {one: points for one, points in given.items() if points},
    }


def _certificate(world: World, site: Site, front: Front) -> CertificateAnswer:
    return {
        "site": site.name,
        "front": front.name,
        "authority": world.known.of_issuer(front.issuer),
        "ends": datetime.fromtimestamp(front.ends, UTC).date().isoformat() if front.ends else "",
        "renewal": _words(world.needed_to_renew(site, front)),
    }


def _row(row: Row) -> RowAnswer:
    about = row.about
    return {
        "operator": row.operator,
        "roles": row.roles,
        "takes_down_now": _words(row.now),
        "takes_down_after": _words(row.after),
        "entity": about.entity if about else "",
        "jurisdiction": about.jurisdiction if about else "",
        "source": about.source if about else "",
    }


def _scenario(world: World, operator: str) -> Scenario:
    up_now, names = stays(world, {operator}, after=False)
    up_after, _same = stays(world, {operator}, after=True)
    lost = {
        name.name: name.why_not
        for name in world.public_names
        if name.why_not and world.fate(name, {operator}).now == Value.DOWN
    }
    steered = [site for site in world.facts.sites if site.router]
    scenario: Scenario = {
        "operator": operator,
        "names": names,
        "up_now": up_now,
        "up_after": up_after,
        "possible_after": sum(world.fate(name, {operator}).after == Value.POSSIBLE for name in world.public_names),
        "no_way_out": lost,
        "writable": {site.name: world.writable(site, {operator}) for site in steered},
        "surely": all(world.can_switch(site, {operator}) == Value.UP for site in steered),
        "headline": "",
    }
    scenario["headline"] = headline(scenario)
    return scenario


def headline(scenario: Scenario) -> str:
    """One scenario in a sentence or two, for a person."""
    stay = "stays" if scenario["up_now"] == 1 else "stay"
    parts = [
        f"If {scenario['operator']} fails now, {scenario['up_now']} of {scenario['names']} names {stay} up; "
        f"after a failover {scenario['up_after']} of {scenario['names']}"
        + (f" certainly, {scenario['possible_after']} more possibly." if scenario["possible_after"] else ".")
    ]
    stuck = list(scenario["no_way_out"].items())
    parts += [f"{name.rstrip('.')} has no way out ({why})." for name, why in stuck[:_SHOWN]]
    if len(stuck) > _SHOWN:
        parts.append(f"{len(stuck) - _SHOWN} more have none either.")
    writable = sorted({provider for providers in scenario["writable"].values() for provider in providers})
    if scenario["writable"]:
        can = "can" if scenario["surely"] else "can perhaps"
        needs = f"we {can} write {_listed(writable)}" if writable else "no provider can be written"
        parts.append(f"To switch, {needs} without {scenario['operator']}.")
    return " ".join(parts)


def _listed(words: Sequence[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def _headline_of(scenarios: Sequence[Scenario], every: Sequence[Row], names: int) -> str:
    """The headline of the worst scenario; of one whose operator has no role that was seen only where there is none."""
    if not scenarios:
        return f"No single operator that was seen takes any of {names} names down."
    unseen = {*declared.ROLES, *declared.OPTIONAL}
    later = {row.operator for row in every if set(row.roles) <= unseen or row.roles.get("registry") == DIRECT}
    worst = min(scenarios, key=lambda one: (one["operator"] in later, one["up_now"], one["up_after"]))
    return worst["headline"]

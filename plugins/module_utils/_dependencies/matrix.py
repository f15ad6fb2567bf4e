# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operators by what they are to the sites: the rows and columns of the page. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from . import declared
from .facts import Front, Site
from .graph import front_operators, front_service, name_service, registry, zone_service
from .logic import Value, operators_behind
from .operators import ROLES, Operator, of_host, of_server, zone_of
from .verdicts import World

#: How an operator has a role: by itself, or because what has the role depends on it.
DIRECT, BEHIND, UNKNOWN = "direct", "behind", "unknown"

NOT_DECLARED = "not declared"


@dataclass(frozen=True)
class Row:
    """One operator. roles: its cells. now, after: public names that its failure takes down, or possibly does."""

    operator: str
    roles: dict[str, str] = field(default_factory=dict)
    now: dict[str, Value] = field(default_factory=dict)
    after: dict[str, Value] = field(default_factory=dict)
    about: Operator | None = None


def rows(world: World) -> list[Row]:
    """Every operator with its roles, those first that take the most names down after a failover, then now.

    Last come registries, which nobody can choose, and what is not declared.
    """
    cells: dict[str, dict[str, str]] = {}
    for operator, role, how in _cells(world):
        mine = cells.setdefault(operator, {})
        # To have a role oneself says more than to stand behind it.
        if mine.get(role) != DIRECT:
            mine[role] = how
    made = [
        Row(
            operator,
            {role: mine[role] for role in ROLES if role in mine},
            _taken_down(world, operator, after=False),
            _taken_down(world, operator, after=True),
            world.known.operators.get(operator),
        )
        for operator, mine in cells.items()
    ]
    return sorted(made, key=_rank)


def _rank(row: Row) -> tuple[bool, bool, int, int, int, str]:
    is_registry = row.roles.get("registry") == DIRECT
    return (row.operator == NOT_DECLARED, is_registry, -len(row.after), -len(row.now), -len(row.roles), row.operator)


def _taken_down(world: World, operator: str, *, after: bool) -> dict[str, Value]:
    found = {}
    for name in world.public_names:
        before, then = world.fate(name), world.fate(name, {operator})
        value = then.after if after else then.now
        if value < (before.after if after else before.now):
            found[name.name] = value
    return found


_Cells = Iterator[tuple[str, str, str]]


def _cells(world: World) -> _Cells:
    for zone in world.facts.zones.values():
        if not zone.parent:
            yield registry(zone.name), "registry", DIRECT
    for site in world.facts.sites:
        yield from _dns(world, site)
        for front in site.fronts:
            yield from _front(world, site, front)
        for provider in site.providers:
            yield from _host(world, "api", provider.api_host)
    for role, hosts in world.facts.parties.items():
        for host in hosts:
            yield from _host(world, role, host)
    yield from _declared(world)


def _declared(world: World) -> _Cells:
    for role in (*declared.ROLES, *declared.OPTIONAL):
        for name in world.facts.declared.get(role, ()):
            yield world.known.called(name), role, DIRECT
        if role in declared.ROLES and not any(here.get(role) for here in (world.facts.declared, world.facts.parties)):
            yield NOT_DECLARED, role, UNKNOWN


def _dns(world: World, site: Site) -> _Cells:
    public = [zone_of(name, world.facts) for name in site.public_names]
    for name in dict.fromkeys((site.zone, *public)):
        zone = world.facts.zones.get(name)
        for server in zone.servers if zone else ():
            for operator in of_server(server, world.facts, world.known):
                yield operator, "dns", DIRECT
        for operator in operators_behind(world.services, zone_service(name)):
            yield operator, "dns", BEHIND


def _front(world: World, site: Site, front: Front) -> _Cells:
    side = "active" if front.name == site.active else "standby"
    for operator in front_operators(front, world.facts, world.known):
        yield operator, f"cdn_{side}", DIRECT
    for operator in operators_behind(world.services, front_service(site.name, front.name)):
        yield operator, f"cdn_{side}", BEHIND
    if front.issuer:
        yield world.known.of_issuer(front.issuer), f"ca_{side}", DIRECT


def _host(world: World, role: str, host: str) -> _Cells:
    for operator in of_host(host, world.facts, world.known):
        yield operator, role, DIRECT
    for operator in operators_behind(world.services, name_service(host)):
        yield operator, role, BEHIND

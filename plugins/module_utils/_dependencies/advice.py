# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to change first, by what the page shows. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from .._text import few
from .facts import Server, Site, Zone
from .graph import front_operators
from .logic import Value
from .operators import of_server
from .verdicts import NO_SITE, ONE_FRONT, PAST_THE_ROUTER, PublicName, World

#: More sentences than these are not followed at once.
MOST = 5


def advice(world: World) -> list[str]:
    """Sentences that can be followed, the most important first."""
    found = [
        *_without_a_site([name for name in world.public_names if name.why_not == NO_SITE]),
        *(line for name in world.public_names for line in _way_out(name)),
        *(line for site in _sites(world) for line in _still_down(world, site)),
        *(line for zone in _zones(world) for line in _delegation(zone)),
        *(line for site in _sites(world) for line in _switch(world, site)),
    ]
    return list(dict.fromkeys(found))[:MOST]


def _sites(world: World) -> list[Site]:
    return [site for site in world.facts.sites if site.router]


def _zones(world: World) -> list[Zone]:
    names = dict.fromkeys(site.zone for site in _sites(world))
    return [world.facts.zones[name] for name in names if name in world.facts.zones]


def _bare(name: str) -> str:
    return name.rstrip(".")


def _without_a_site(names: Sequence[PublicName]) -> Iterator[str]:
    """One sentence for all, as there may be hundreds."""
    if names:
        it = "it" if len(names) == 1 else "them"
        yield f"describe a site for {few([_bare(name.name) for name in names])}, or accept that nothing moves {it}"


def _way_out(name: PublicName) -> Iterator[str]:
    """A name that no failover moves."""
    shown, router = _bare(name.name), _bare(name.site.router)
    if name.why_not == NO_SITE:
        return
    if name.why_not == PAST_THE_ROUTER:
        yield f"make {shown} a CNAME of {router} at every provider"
    elif name.why_not == ONE_FRONT:
        yield f"give {name.site.name} a second front, at another operator"
    elif name.why_not:
        yield f"serve {shown} from an origin of your own too: now it needs one provider ({name.why_not})"


def _still_down(world: World, site: Site) -> Iterator[str]:
    """Operators that take a name down although a failover is made."""
    names = [name for name in world.public_names if name.site == site and name.way_out]
    taken = {
        operator
        for name in names
        for operator, value in world.single_points(name, after=True).items()
        if value == Value.DOWN and not operator.startswith("registry of ")
    }
    for operator in sorted(taken):
        yield f"{operator} takes {site.name} down even after a failover: {_remedy(world, site, operator)}"


def _remedy(world: World, site: Site, operator: str) -> str:
    if operator in map(world.known.called, world.facts.declared.get("origin", ())):
        return "have a second origin elsewhere, and declare it too (dependency_declared)"
    zone = world.facts.zones.get(site.zone)
    servers = zone.servers if zone else ()
    if servers and all(of_server(one, world.facts, world.known) == (operator,) for one in servers):
        return f"let a second DNS host serve {_bare(site.zone)}"
    if all(front_operators(front, world.facts, world.known) == (operator,) for front in site.fronts):
        return "choose a front of another operator"
    return "find what of the other way needs it in the table below, the names of its servers first, and replace that"


def _delegation(zone: Zone) -> Iterator[str]:
    """What makes an answer possible that could be certain."""
    if short := _hosts(filter(_lists_fewer(zone), zone.servers)):
        yield (
            f"publish the name servers of all providers of {_bare(zone.name)} at each (zone_sync_apex_ns: union): "
            f"{short} do not list all, and who has asked them may know no other way"
        )
    if bogus := _hosts(filter(lambda one: one.signed is False, zone.servers)):
        yield f"let the DS set at the parent fit the keys of {bogus} too, or remove it"
    if silent := _hosts(filter(lambda one: one.answers is None, zone.servers)):
        yield f"look again from where {silent} can be asked"


def _lists_fewer(zone: Zone) -> Callable[[Server], bool]:
    parent = {one.name for one in zone.servers}
    return lambda one: bool(one.lists) and not parent <= set(one.lists)


def _hosts(servers: Iterable[Server]) -> str:
    return ", ".join(_bare(one.name) for one in servers)


def _switch(world: World, site: Site) -> Iterator[str]:
    active = (front for front in site.fronts if front.name == site.active)
    for operator in (one for front in active for one in front_operators(front, world.facts, world.known)):
        if not world.writes(site, {operator}):
            yield f"add a DNS provider of {site.name} whose API works without {operator}"
        elif not world.can_switch(site, {operator}):
            yield f"have a runner of {site.name}, with its secrets, elsewhere than at {operator}"

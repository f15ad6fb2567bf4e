# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From facts to services and what they need. Pure.

Every service has a name that says what it is: `zone example.com.`, `name www.example.com.`, `front www bunny`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .facts import Facts, Front, Name, Provider, Server, Site, Zone
from .logic import All, Any, Fixed, Run, Service, Value
from .operators import Directory, of_host, of_server, zone_of

#: What could not be seen.
UNSEEN = "unseen"

#: A CNAME chain longer than this is cut: resolvers follow fewer.
LONGEST_CHAIN = 16

#: More name servers than this add nothing to a verdict.
MOST_SERVERS = 26


def build(facts: Facts, known: Directory) -> dict[str, Service]:
    """Every service of these facts."""
    services: dict[str, Service] = {UNSEEN: Fixed(Value.POSSIBLE)}
    for zone in facts.zones.values():
        services |= dict(_zone(zone, facts, known))
    for name in facts.names.values():
        services |= dict(_name(name, facts, known))
    for role in ("origin", *_TO_SWITCH):
        services |= dict(_declared(role, facts, known))
    for site in facts.sites:
        services |= dict(_site(site, facts, known))
    return services


def zone_service(name: str) -> str:
    return f"zone {name}"


def name_service(name: str) -> str:
    return f"name {name}"


def run_service(operator: str) -> str:
    return f"operator {operator}"


def front_service(site: str, front: str) -> str:
    return f"front {site} {front}"


def path_service(site: str, public_name: str) -> str:
    """That resolvers are led from the public name to the router."""
    return f"path {site} {public_name}"


def write_service(site: str, provider: str) -> str:
    """That a provider can be written, and its servers answer."""
    return f"write {site} {provider}"


def switch_service(site: str) -> str:
    """That the router can be moved at one provider at least that answers, by a runner that has its secrets."""
    return f"switch {site}"


def registry(zone: str) -> str:
    """The operator of a top-level domain: a registry, whoever that is."""
    return f"registry of .{zone.rstrip('.')}"


def renewal_service(site: str, front: str) -> str:
    """That the certificate of a front can be renewed."""
    return f"renewal {site} {front}"


def declared_service(role: str) -> str:
    """That one of those who are declared for a role works."""
    return f"declared {role}"


_Services = Iterator[tuple[str, Service]]

#: What somebody must have who makes a switch, where it is declared.
_TO_SWITCH = ("runner", "secrets")


def _run(operator: str) -> tuple[str, Service]:
    return run_service(operator), Run(operator)


def _run_by(operators: Sequence[str]) -> _Services:
    """The services of the operators of something, of which `_one_of` needs some."""
    for operator in operators:
        yield _run(operator)
        if len(operators) > 1:
            yield f"perhaps {operator}", Any((run_service(operator), UNSEEN))


def _one_of(operators: Sequence[str]) -> tuple[str, ...]:
    """The services that something needs that one of these operators runs; which one was not seen."""
    if len(operators) == 1:
        return (run_service(operators[0]),)
    return tuple(f"perhaps {operator}" for operator in operators)


def _declared(role: str, facts: Facts, known: Directory) -> _Services:
    """Of several, one is enough. Nothing where nobody is declared."""
    ways = []
    for name in map(known.called, facts.declared.get(role, ())):
        yield _run(name)
        ways.append(run_service(name))
    for host in facts.parties.get(role, ()):
        operators = of_host(host, facts, known)
        yield from _run_by(operators)
        yield f"{role} at {host}", All((*_one_of(operators), name_service(host)))
        ways.append(f"{role} at {host}")
    if ways:
        yield declared_service(role), Any(tuple(ways))


def _if_declared(roles: Sequence[str], facts: Facts) -> tuple[str, ...]:
    return tuple(declared_service(role) for role in roles if facts.declared.get(role) or facts.parties.get(role))


def _zone(zone: Zone, facts: Facts, known: Directory) -> _Services:
    if not zone.parent:
        operator = registry(zone.name)
        yield _run(operator)
        yield zone_service(zone.name), All((run_service(operator),))
        return
    servers = zone.servers[:MOST_SERVERS]
    for server in servers:
        yield from _server(server, zone, facts, known)
    usable = tuple(_server_service(zone, server.name) for server in servers)
    answered = f"answers {zone.name}"
    yield answered, Any(usable)
    needs = [zone_service(zone.parent), answered]
    # A resolver that has asked one server knows the NS set that this one gave, until that is over.
    for server in (server for server in servers if server.lists):
        listed = tuple(_server_service(zone, name) for name in server.lists if _server_service(zone, name) in usable)
        choice = f"answers {zone.name} after {server.name}"
        yield choice, Any((*listed, UNSEEN))
        needs.append(choice)
    yield zone_service(zone.name), All(tuple(needs))


def _server_service(zone: Zone, server: str) -> str:
    return f"server {server} of {zone.name}"


def _server(server: Server, zone: Zone, facts: Facts, known: Directory) -> _Services:
    operators = of_server(server, facts, known)
    yield from _run_by(operators)
    service = _server_service(zone, server.name)
    seen = f"seen {server.name} of {zone.name}"
    yield seen, Fixed(min(_seen(server.answers), _seen(server.signed)))
    found = () if server.glue else (name_service(server.name),)
    yield service, All((*_one_of(operators), seen, *found))


def _seen(fact: bool | None) -> Value:
    return {True: Value.UP, False: Value.DOWN, None: Value.POSSIBLE}[fact]


def _name(name: Name, facts: Facts, known: Directory) -> _Services:
    needs = [zone_service(name.zone)] if name.zone else []
    if name.target:
        needs.append(name_service(name.target))
    yield name_service(name.name), All(tuple(needs))


def chain(host: str, facts: Facts, until: str = "") -> list[str]:
    """The names from `host` along its CNAMEs, bounded; it ends before `until`."""
    found: list[str] = []
    while host and host not in found and host != until and len(found) < LONGEST_CHAIN:
        found.append(host)
        host = facts.names[host].target if host in facts.names else ""
    return found


def leads_through(public_name: str, site: Site, facts: Facts) -> bool:
    """Whether the public name follows the router, or may do so."""
    links = chain(public_name, facts)
    return bool(site.router) and (site.router in links or _hidden(links, facts))


def _hidden(links: Sequence[str], facts: Facts) -> bool:
    return any(facts.names[link].hidden for link in links if link in facts.names)


def front_operators(front: Front, facts: Facts, known: Directory) -> tuple[str, ...]:
    """Who runs a front: declared, by its target, or by what the user calls it; one of them where there are several.

    The SOA records of its zone come last: a zone at several DNS hosts has several.
    """
    by_target = (known.of_host(link) for link in chain(front.target, facts))
    by_name = (name for name in known.operators if front.name.lower() in (name.lower(), _first_word(name)))
    found = front.operator or next(filter(None, (*by_target, *by_name)), "")
    return (found,) if found else of_host(front.target, facts, known)


def _first_word(name: str) -> str:
    return re.split(r"[^a-z0-9]", name.lower(), maxsplit=1)[0]


def _site(site: Site, facts: Facts, known: Directory) -> _Services:
    for front in site.fronts:
        operators = front_operators(front, facts, known)
        yield from _run_by(operators)
        # Without a site nobody says which origin a name has.
        origin = _if_declared(("origin",), facts) if site.router else ()
        yield front_service(site.name, front.name), All((*_one_of(operators), name_service(front.target), *origin))
        yield from _renewal(front, site, facts, known)
    for public_name in site.public_names:
        yield from _path(public_name, site, facts, known)
    for provider in site.providers:
        yield from _provider(provider, site, facts, known)
    writes = f"writes {site.name}"
    yield writes, Any(tuple(write_service(site.name, one.name) for one in site.providers))
    yield switch_service(site.name), All((writes, *_if_declared(_TO_SWITCH, facts)))


def _renewal(front: Front, site: Site, facts: Facts, known: Directory) -> _Services:
    """A renewal needs the authority, the front that asks it, and the zones in which the authority looks."""
    authority = known.of_issuer(front.issuer)
    if authority:
        yield _run(authority)
    zones = [zone_service(zone_of(name, facts)) for name in site.public_names]
    parts = (run_service(authority) if authority else UNSEEN, front_service(site.name, front.name), *zones)
    yield renewal_service(site.name, front.name), All(tuple(dict.fromkeys(parts)))


def _path(public_name: str, site: Site, facts: Facts, known: Directory) -> _Services:
    links = chain(public_name, facts, site.router)
    needs = [zone_service(facts.names[link].zone) if link in facts.names else UNSEEN for link in links]
    if _hidden(links, facts):
        needs.append(UNSEEN)
    if leads_through(public_name, site, facts):
        needs.append(zone_service(zone_of(site.router, facts)))
    else:
        # Nobody can move it: it needs whoever serves it now.
        standing = None if site.router else next(iter(site.fronts), None)
        operators = front_operators(standing, facts, known) if standing else of_host(public_name, facts, known)
        yield from _run_by(operators)
        needs += [*_one_of(operators), *(_if_declared(("origin",), facts) if site.router else ())]
    yield path_service(site.name, public_name), All(tuple(dict.fromkeys(needs)))


def _provider(provider: Provider, site: Site, facts: Facts, known: Directory) -> _Services:
    operators = of_host(provider.api_host, facts, known)
    yield from _run_by(operators)
    zone = facts.zones.get(site.zone)
    servers = [one.name for one in zone.servers if one.name in provider.servers] if zone else []
    answers = f"answers {site.zone} by {provider.name}"
    yield answers, Any(tuple(f"server {name} of {site.zone}" for name in servers))
    needs = (*_one_of(operators), name_service(provider.api_host), answers)
    yield write_service(site.name, provider.name), All(needs)

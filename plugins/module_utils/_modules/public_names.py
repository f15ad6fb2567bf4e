# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What served_info asks about public names: whether they lead through a router, at every server of their own zones."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .._deadline import Deadline
from .._dns import ask_routes, follow, routes
from .._dns.ask_routes import Steered
from .._dns.asker import Asker, View
from .._dns.steps import ADDRESSES, CNAME, DELEGATED, MISSING, Step
from .._dns.wire import Resolver
from .._dns.zones import Zones
from .._engine.job import Network, source
from .._failover.data.observed import PathAnswer
from .._providers.base import Settings
from .._providers.registry import PROVIDERS
from .._zone import service_binding

#: Seconds for finding the zones of names and their servers.
_SEARCH = 3.0

#: Seconds between two rounds of asking names that servers flatten, and how long they may lag behind the router.
_PAUSE, _LAG = 0.1, 2.0

#: With these a server that flattens may hide a CNAME.
_HIDING = (ADDRESSES, MISSING)

_WILDCARD = "*."


@dataclass(frozen=True)
class Public:
    """A name that visitors use, absolute, and the router through which it should lead.

    asked: the name to ask for; for a wildcard a name below it, that nobody has asked for before. at_port: where
    browsers ask for its HTTPS records, if not there.
    """

    name: str
    router: Steered
    asked: str
    at_port: str

    @classmethod
    def of(cls, name: str, router: Steered, port: int) -> Public:
        below = name.startswith(_WILDCARD)
        asked = f"{secrets.token_hex(6)}.{name[len(_WILDCARD) :]}" if below else name
        return cls(name, router, asked, service_binding.asked_at(asked, port))


@dataclass(frozen=True)
class Home:
    """The zone of the routers. askers: one for each server of its providers; resolver, deadline: theirs."""

    zone: str
    providers: Sequence[Settings]
    askers: Sequence[Asker]
    network: Network
    resolver: Resolver
    deadline: Deadline


def answers(public: Sequence[Public], home: Home, awaited: Mapping[tuple[str, str], str]) -> list[PathAnswer]:
    """What the servers answer for the public names and the names to which they lead.

    awaited: of a provider and a router, the candidate to which it leads since a moment; names that a server flattens
    are asked again until they lead there too.
    """
    if not public:
        return []
    zones = zones_of(home)
    patience = Deadline(min(_LAG, home.deadline.remaining()) if awaited else 0.0)
    while True:
        found = list(_answers(public, home, zones))
        late = any(
            (want := awaited.get((one["provider"], one["router"]))) and one["hides"] and want not in one["leads_to"]
            for one in found
        )
        if not late or not patience.sleep(_PAUSE):
            return found


def sent_nowhere(hosts: Collection[str], home: Home) -> dict[tuple[str, str], list[str]]:
    """By provider and server, the hosts of which it sends visitors to servers that do not serve them."""
    found: dict[tuple[str, str], list[str]] = {}
    for step in follow.follow(hosts, (), zones_of(home)) if hosts else ():
        if step.status == DELEGATED:
            found.setdefault((step.provider, step.server), []).append(step.name)
    return found


def zones_of(home: Home) -> Zones:
    """Where to look for the servers of names, within a few seconds."""
    search = Deadline(min(_SEARCH, home.deadline.remaining()))
    sources = [source(provider) for provider in home.providers]
    servers = [asker.server for asker in home.askers]
    return Zones(home.zone, servers, sources, home.network.resolver_within(search), home.deadline, home.network.port)


def _answers(public: Sequence[Public], home: Home, zones: Zones) -> Iterator[PathAnswer]:
    # Whatever leads to a candidate past its router is known to do so.
    ends = {end for one in public for end in (one.router.name, *one.router.hosts)}
    ports = {one.asked: one.at_port for one in public if one.at_port}
    steps = follow.follow({one.asked for one in public}, ends, zones, ports)
    views = _Views(home, [one.router for one in public])
    flattening = {provider.name for provider in home.providers if PROVIDERS[provider.type].flattens}
    for one in public:
        for step in _reached(one.asked, steps, ends):
            # A server of somebody else may flatten, too.
            hides = step.status in _HIDING and (not step.provider or step.provider in flattening)
            leads_to, possible = views.candidates(step, one.router, hides)
            yield {
                "name": one.name,
                "router": one.router.name,
                "link": one.name if step.name == one.asked else step.name,
                "zone": step.zone,
                "provider": step.provider,
                "server": step.server,
                "status": step.status,
                "cnames": list(step.cnames),
                "values": list(step.addresses),
                "leads_to": list(leads_to),
                "possible": list(possible),
                "hides": hides,
                "ttl": step.ttl,
                "error": step.error,
                "delegation": step.delegation,
                "https": list(step.https),
                "https_cnames": list(step.https_cnames),
                "port_https": list(step.port_https),
                "port_way": list(step.port_way),
            }


def _reached(name: str, steps: Sequence[Step], ends: Collection[str]) -> list[Step]:
    """The steps on the ways from a name."""
    names, found = [name], []
    for link in names:  # grows on the way
        mine = [step for step in steps if step.name == link]
        found += mine
        onward = {step.cnames[-1] for step in mine if step.status == CNAME}
        names += onward.union(*(step.bound(ends) for step in mine)) - set(names)
    return found


class _Views:
    """The addresses of all candidates, as each server of the routers' zone answers them, else as the resolver does."""

    def __init__(self, home: Home, routers: Sequence[Steered]) -> None:
        self._askers = {(home.zone, asker.server.label): asker for asker in home.askers}
        self._resolver = home.resolver
        self._hosts = list(dict.fromkeys(host for router in routers for host in router.hosts))
        self._known: dict[tuple[str, str] | None, Mapping[str, View]] = {}
        self._chains: Mapping[str, set[str]] | None = None

    def candidates(self, step: Step, router: Steered, hides: bool) -> tuple[Sequence[str], Sequence[str]]:
        """Those to which a step leads; and where it leads to none, those to which it may still lead."""
        if step.status == CNAME:
            return self._named(set(step.cnames), router), ()
        if step.status != ADDRESSES:
            return (), ()
        addresses, elsewhere = ask_routes.split(self._of((step.zone, step.server)), hides)
        named = routes.overlapping(step.addresses, router.candidates, addresses)
        return named, () if named else routes.possible(router.candidates, elsewhere)

    def _named(self, chain: set[str], router: Steered) -> list[str]:
        """The candidates to which a chain of CNAMEs leads, by name; past the router, by the names behind, too."""
        named = [name for name, places in router.candidates.items() if chain & set(places)]
        if named or router.name in chain:
            return named
        if self._chains is None:
            self._chains = ask_routes.chains(self._resolver, self._hosts)
        beyond = self._chains
        return [
            name
            for name, places in router.candidates.items()
            if any(chain & beyond[place] for place in places if place in beyond)
        ]

    def _of(self, server: tuple[str, str]) -> Mapping[str, View]:
        asker = self._askers.get(server)
        key = server if asker else None
        if key not in self._known:
            self._known[key] = (
                asker.views(self._hosts)
                if asker
                else {host: View(frozenset(self._resolver.addresses(host)), False) for host in self._hosts}
            )
        return self._known[key]

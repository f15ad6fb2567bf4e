# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Follows names from CNAME to CNAME, at every authoritative server of the zone in which each of them lies."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial

from .. import _parallel
from .._deadline import Deadline
from .._zone import service_binding
from . import nameservers
from .asker import Asker
from .nameservers import Server, Source
from .replies import Reply
from .wire import DNS_PORT, Resolver

with suppress(ImportError):  # the modules report a missing library
    import dns.name
    import dns.rdatatype

#: Browsers ask for all of these.
_ASKED = ("A", "AAAA", "HTTPS")

#: Zones through which a name is followed; resolvers give up at some number, too.
_LONGEST_WAY = 8

CNAME, ADDRESSES, MISSING, DELEGATED, SILENT = "cname", "addresses", "missing", "delegated", "silent"


@dataclass(frozen=True)
class Step:
    """What one server answers for a name on the way.

    name: as it was to be followed; all names are absolute. zone: in which the name lies, without a trailing dot.
    provider: whose server it is; empty for a stranger's. status: `cname` (the chain leads on to another zone, or to
    nothing), `addresses`, `missing`, `delegated` (this server alone refers to a zone below, of which no server was
    found) or `silent`. cnames: the targets of the chain. ttl: seconds. error: why the status is `silent`, or the zone
    to which it is `delegated`. https: the HTTPS records at the end of the chain https_cnames, in presentation format.
    port_https: those at the end of port_way, which begins with where a browser asks for those of a port.
    """

    name: str
    zone: str
    provider: str
    server: str
    status: str
    cnames: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    ttl: int | None = None
    error: str = ""
    https: tuple[str, ...] = ()
    https_cnames: tuple[str, ...] = ()
    port_https: tuple[str, ...] = ()
    port_way: tuple[str, ...] = ()

    def bound(self, ends: Collection[str]) -> set[str]:
        """The names to which HTTPS records lead browsers on, before they come to one of the ends."""
        ways = (((self.name, *self.https_cnames), self.https), (self.port_way, self.port_https))
        found = {
            service_binding.target(way[-1], text) for way, texts in ways if not set(way) & set(ends) for text in texts
        }
        return found - {"", *ends}


@dataclass
class Zones:
    """Finds the servers of the zone in which a name lies, each zone once.

    home: the zone that is known without a search, and its servers. sources: the providers, by whose patterns a server
    is known as one of theirs.
    """

    home: str
    servers: Sequence[Server]
    sources: Sequence[Source]
    resolver: Resolver
    deadline: Deadline
    port: int = DNS_PORT
    _askers: dict[str, list[Asker]] = field(default_factory=dict)

    def asked_for(self, name: str) -> list[Asker]:
        """Those to ask for a name; none where its zone or its servers cannot be found."""
        zone = self.home if _is_within(name, self.home) else zone_of(name, self.resolver)
        return self.askers(zone) if zone else []

    def askers(self, zone: str) -> list[Asker]:
        """Those to ask about a zone: the servers that are known, and all others to which the parent delegates it."""
        if zone not in self._askers:
            known = list(self.servers) if zone == self.home else []
            self._askers[zone] = [
                Asker(server, zone, self.resolver, self.deadline) for server in [*known, *self._delegated(zone, known)]
            ]
        return self._askers[zone]

    def _delegated(self, zone: str, known: Sequence[Server]) -> list[Server]:
        """The servers to which the parent delegates the zone, without those that are known."""
        hosts = {
            host: next((one.name for one in self.sources if one.suffixes and host.endswith(one.suffixes)), "")
            for host in nameservers.delegated(zone, self.resolver, self.deadline, self.port)
        }
        if zone == self.home:
            # The providers' own servers are known, as configured or from this same delegation.
            hosts = {host: provider for host, provider in hosts.items() if not provider}
        found = [
            server
            for host, provider in hosts.items()
            for server in nameservers.at(provider, host, self.resolver, self.port)
        ]
        taken = {(server.endpoint, server.label) for server in known}
        return [one for one in found if all(one.endpoint != place and one.label != label for place, label in taken)]


def zone_of(name: str, resolver: Resolver) -> str:
    """The zone in which a name lies, without a trailing dot, as the resolver knows it; empty where it does not."""
    origin = dns.name.from_text(name)
    while origin != dns.name.root:
        message = resolver.look_up(origin.to_text(), "NS")
        if message is None:
            return ""
        if any(rrset.name == origin and rrset.rdtype == dns.rdatatype.NS for rrset in message.answer):
            return origin.to_text(omit_final_dot=True).lower()
        origin = origin.parent()
    return ""


def follow(
    names: Collection[str], ends: Collection[str], zones: Zones, ports: Mapping[str, str] | None = None
) -> list[Step]:
    """Every step on the ways from these names, until they come to one of the `ends` or to something else than a CNAME.

    HTTPS records lead on as well. ports: by name, where a browser asks for those of the port that visitors use.

    A name of which no server can be asked has one step, without a server. A server that names a zone cut above the name
    has none: those of the zone below it are asked. Where these are not found, as other servers of its zone do not name
    the cut, it has one that says so.
    """
    found: list[Step] = []
    referring: list[Step] = []
    waiting, seen = {name: zones.asked_for(name) for name in names}, set(names)
    for _zone in range(_LONGEST_WAY):
        steps, referrals = _asked(waiting, ports or {})
        found += steps
        referring += referrals
        onward = {
            step.cnames[-1]
            for step in steps
            if step.status == CNAME and step.name not in ends and not set(step.cnames) & set(ends)
        }.union(*(step.bound(ends) for step in steps))
        waiting = {name: zones.asked_for(name) for name in onward - seen}
        waiting |= {step.name: zones.askers(step.error) for step in referrals}
        seen |= set(waiting)
        if not waiting:
            break
    return [*found, *(step for step in referring if _refers_alone(step, found))]


def _refers_alone(referral: Step, found: Sequence[Step]) -> bool:
    """Whether other servers of the zone know nothing of a cut, and no server was found below it."""
    zones = {step.zone for step in found if step.name == referral.name}
    return referral.zone in zones and referral.error not in zones


def _asked(waiting: Mapping[str, Sequence[Asker]], ports: Mapping[str, str]) -> tuple[list[Step], list[Step]]:
    """The steps of all these names, every server asked side by side, and one for each server that refers to a zone."""
    by_server: dict[tuple[Server, str], tuple[Asker, list[str]]] = {}
    for name, askers in waiting.items():
        for asker in askers:
            by_server.setdefault((asker.server, asker.zone), (asker, []))[1].append(name)
    answers = _parallel.run({key: partial(_replies, *work, ports) for key, work in by_server.items()})
    steps, referrals = [], []
    for name, askers in waiting.items():
        if not askers:
            steps.append(Step(name, "", "", "", SILENT, error="no server of its zone was found"))
        for asker in askers:
            a, aaaa, *bindings = answers[asker.server, asker.zone][name]
            both = (a, aaaa)
            cut = next((got.referral for got in both if not got.values and _is_below(got.referral, asker.zone)), "")
            if cut:
                place = asker.server.provider, asker.server.label
                referrals.append(Step(name, asker.zone, *place, DELEGATED, error=cut.rstrip(".")))
            else:
                steps += [
                    _with_bindings(_step(name, asker, *pair), bindings, ports.get(name, "")) for pair in _ways(a, aaaa)
                ]
    return steps, referrals


def _ways(a: Reply, aaaa: Reply) -> list[tuple[Reply, Reply]]:
    """The replies of one way for both families, or of two: a server may lead IPv6 elsewhere."""
    apart = a.cnames and aaaa.cnames and a.cnames != aaaa.cnames
    return [(a, a), (aaaa, aaaa)] if apart else [(a, aaaa)]


def _with_bindings(step: Step, replies: Sequence[Reply], at_port: str) -> Step:
    """The step with its HTTPS records. replies: for the name, and where there is one, for `at_port`."""
    https, *of_port = replies
    step = replace(step, https=_texts(https), https_cnames=https.cnames)
    for got in of_port:
        step = replace(step, port_https=_texts(got), port_way=(at_port, *got.cnames))
    return step


def _texts(got: Reply) -> tuple[str, ...]:
    return tuple(sorted(value.text for value in got.values))


def _replies(asker: Asker, names: Sequence[str], ports: Mapping[str, str]) -> dict[str, list[Reply]]:
    """The replies for each name: to the questions of a browser, and to the one about its port, where there is one."""
    questions = {
        name: [*((name, rdtype) for rdtype in _ASKED), *((ports[one], "HTTPS") for one in (name,) if one in ports)]
        for name in names
    }
    replies = asker.replies([one for mine in questions.values() for one in mine])
    return {name: [replies[one] for one in mine] for name, mine in questions.items()}


def _step(name: str, asker: Asker, a: Reply, aaaa: Reply) -> Step:
    base = (name, asker.zone, asker.server.provider, asker.server.label)
    if trouble := a.trouble or aaaa.trouble:
        return Step(*base, SILENT, error=trouble)
    # Addresses that stand beside a CNAME, as they should not, are what their part of the visitors gets.
    direct = [got for got in (a, aaaa) if got.values and not got.cnames]
    chain = () if direct else a.cnames or aaaa.cnames
    addresses, ttl = _content(direct or [a, aaaa])
    ends_here = bool(addresses) or a.rcode == "NXDOMAIN"
    if chain and not (ends_here and asker.is_own(chain[-1])):
        return Step(*base, CNAME, chain, ttl=ttl)
    if addresses:
        return Step(*base, ADDRESSES, chain, addresses, ttl)
    return Step(*base, MISSING, chain, ttl=ttl, error=a.rcode)


def _content(replies: Sequence[Reply]) -> tuple[tuple[str, ...], int | None]:
    """The addresses in these replies, and the shortest time for which they may be kept."""
    values = {value.text for got in replies for value in got.values}
    return tuple(sorted(values)), min((got.ttl for got in replies if got.ttl is not None), default=None)


def _is_within(name: str, zone: str) -> bool:
    return name == f"{zone}." or name.endswith(f".{zone}.")


def _is_below(cut: str, zone: str) -> bool:
    return cut.endswith(f".{zone}.")

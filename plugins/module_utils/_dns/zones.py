# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the servers of the zone in which a name lies, and those to which a server refers."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from .._deadline import Deadline
from .._zone.names import is_within
from . import nameservers
from .asker import Asker
from .nameservers import Server, Source
from .replies import Referral
from .wire import DNS_PORT, Endpoint, Resolver

with suppress(ImportError):  # the modules report a missing library
    import dns.message
    import dns.name
    import dns.rdatatype


@dataclass(frozen=True)
class Below:
    """The servers to which one refers.

    askers: one for each that was found. absent: host names that have no address. unseen: host names of which the
    resolver says nothing.
    """

    askers: tuple[Asker, ...] = ()
    absent: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()


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
    _below: dict[tuple[str, Referral], Below] = field(default_factory=dict)

    def asked_for(self, name: str) -> list[Asker]:
        """Those to ask for a name; none where its zone or its servers cannot be found."""
        zone = self.home if is_within(name, self.home) else _first_zone(name, self.resolver)
        return self.askers(zone) if zone else []

    def askers(self, zone: str) -> list[Asker]:
        """Those to ask about a zone: the servers that are known, and all others to which the parent delegates it."""
        if zone not in self._askers:
            known = list(self.servers) if zone == self.home else []
            self._askers[zone] = [self._asker(server, zone) for server in [*known, *self._delegated(zone, known)]]
        return self._askers[zone]

    def below(self, zone: str, referral: Referral) -> Below:
        """Those to whom a server of the zone refers: by the very addresses that it gave, else as the resolver does."""
        key = zone, referral
        if key not in self._below:
            self._below[key] = self._find(zone, referral)
        return self._below[key]

    def _find(self, zone: str, referral: Referral) -> Below:
        askers: list[Asker] = []
        absent: list[str] = []
        unseen: list[str] = []
        for host in referral.hosts:
            addresses = self._addresses(host, zone, referral)
            if addresses:
                server = Server(self._provider(host), host.rstrip("."), Endpoint(addresses[0], self.port))
                askers.append(self._asker(server, referral.zone.rstrip(".")))
            else:
                (unseen if addresses is None else absent).append(host)
        return Below(tuple(askers), tuple(absent), tuple(unseen))

    def _asker(self, server: Server, zone: str) -> Asker:
        return Asker(server, zone, self.resolver, self.deadline)

    def _provider(self, host: str) -> str:
        return next((one.name for one in self.sources if one.suffixes and host.endswith(one.suffixes)), "")

    def _delegated(self, zone: str, known: Sequence[Server]) -> list[Server]:
        """The servers to which the parent delegates the zone, without those that are known."""
        hosts = {
            host: self._provider(host) for host in nameservers.delegated(zone, self.resolver, self.deadline, self.port)
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

    def _addresses(self, host: str, zone: str, referral: Referral) -> list[str] | None:
        """The addresses of a host; None where nobody says whether it has any."""
        glue = [address for owner, address in referral.glue if owner == host]
        if is_within(host, referral.zone.rstrip(".")) or (glue and is_within(host, zone)):
            # Nobody can ask the servers of a zone for their own addresses, without having them.
            return glue
        if found := self.resolver.addresses(host):
            return found
        answers = [self.resolver.look_up(host, rdtype) for rdtype in ("A", "AAAA")]
        return None if None in answers else []


def zone_of(name: str, resolver: Resolver) -> str:
    """The zone in which a name lies, without a trailing dot, as the resolver knows it; empty where it does not."""
    origin = dns.name.from_text(name)
    while origin != dns.name.root:
        message = resolver.look_up(origin.to_text(), "NS")
        if message is None:
            return ""
        if _is_cut(origin, message):
            return _text(origin)
        origin = origin.parent()
    return ""


def _first_zone(name: str, resolver: Resolver) -> str:
    """The zone at whose servers to begin: the one above the name's, since each of them may refer to other servers.

    Not the root, nor a top-level domain that refers to a zone of which the resolver finds servers.
    """
    zone, origin = "", dns.name.from_text(name)
    while origin != dns.name.root and (len(origin) > 2 or not zone):
        message = resolver.look_up(origin.to_text(), "NS")
        if message is None and resolver.must_validate(origin.to_text()):
            return ""
        # No answer may mean that the zone is broken: the one above it knows.
        if message and _is_cut(origin, message):
            if zone:
                return _text(origin)
            zone = _text(origin)
        origin = origin.parent()
    return zone


def _is_cut(origin: dns.name.Name, message: dns.message.Message) -> bool:
    return any(rrset.name == origin and rrset.rdtype == dns.rdatatype.NS for rrset in message.answer)


def _text(origin: dns.name.Name) -> str:
    return origin.to_text(omit_final_dot=True).lower()

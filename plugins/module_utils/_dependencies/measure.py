# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sees who hosts every name on the way: delegations at the parents, CNAME chains, what each name server answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from .. import _parallel
from .._deadline import Deadline
from .._dns import wire
from .._dns.wire import Endpoint, Resolver
from .facts import Name, Server, Zone
from .graph import LONGEST_CHAIN, MOST_SERVERS
from .lock_in import locked_to

with suppress(ImportError):  # the module reports a missing library
    import dns.dnssec
    import dns.exception
    import dns.message
    import dns.name
    import dns.rdatatype
    import dns.rrset

#: More names than this are not followed: they come from the DNS, where anybody can write long chains.
MOST_NAMES = 500


@dataclass
class Seen:
    """What has been seen so far, by name."""

    zones: dict[str, Zone] = field(default_factory=dict)
    names: dict[str, Name] = field(default_factory=dict)


class Surveyor:
    """Follows names through the DNS. port: where name servers listen."""

    def __init__(self, resolver: Resolver, deadline: Deadline, port: int = wire.DNS_PORT) -> None:
        self._resolver = resolver
        self._deadline = deadline
        self._port = port
        self._cuts: dict[str, bool] = {}
        self.seen = Seen()

    def survey(self, hosts: Iterable[str]) -> Seen:
        """Everything on the way to these hosts; each zone and each name once."""
        waiting = [_absolute(host) for host in hosts if host]
        while waiting and len(self.seen.names) < MOST_NAMES and self._deadline.remaining():
            host = waiting.pop()
            if host not in self.seen.names:
                waiting += self._follow(host)
        return self.seen

    def _follow(self, host: str) -> list[str]:
        """See a host; the names that must be seen for it."""
        if wire.is_address(host.rstrip(".")):
            self.seen.names[host] = Name(host, "")
            return []
        zone = self._zone(host)
        targets, addresses = self._chain(host)
        # Servers that flatten answer addresses where the record is a CNAME; another one of the zone may show it.
        targets = self._shown_at(zone, host) or targets
        servers = self.seen.zones[zone].servers if zone in self.seen.zones else ()
        hidden = bool(addresses) and not targets and any(server.answers is None for server in servers)
        locked = locked_to(targets, addresses)
        self.seen.names[host] = Name(host, zone, targets[0] if targets else "", locked, hidden)
        # A server with glue needs no name of its own.
        return [*targets[:1], *(server.name for server in servers if not server.glue)]

    def _chain(self, host: str) -> tuple[list[str], list[str]]:
        """The CNAME targets that follow from a host, and the addresses at their end."""
        found: dict[str, str] = {}
        addresses: list[str] = []
        for rdtype in ("A", "AAAA"):
            message = self._resolver.look_up(host, rdtype)
            for rrset in message.answer if message else ():
                owner = rrset.name.to_text().lower()
                if rrset.rdtype == dns.rdatatype.CNAME:
                    found[owner] = rrset[0].target.to_text().lower()
                elif rrset.rdtype == dns.rdatatype.from_text(rdtype):
                    addresses += [rdata.to_text() for rdata in rrset]
        return list(_followed(host, found)), addresses

    def _shown_at(self, zone: str, host: str) -> list[str]:
        """The CNAME target that some authoritative server of the zone shows; empty for none."""
        servers = self.seen.zones[zone].servers if zone in self.seen.zones else ()
        for address in (server.addresses[0] for server in servers if server.answers and server.addresses):
            question = (host, "CNAME")
            answer = wire.ask(Endpoint(address, self._port), [question], self._deadline)[question]
            rrsets = [] if isinstance(answer, str) else wire.message(answer).answer
            found = [one[0].target.to_text().lower() for one in rrsets if _is(one, host, dns.rdatatype.CNAME)]
            if found:
                return found
        return []

    def _zone(self, host: str) -> str:
        """The zone that a host is in, with all zones above it seen too; empty where nothing shows it."""
        name = dns.name.from_text(host)
        while name != dns.name.root:
            zone = name.to_text()
            # Every top-level domain is a zone, seen or not.
            if self._is_cut(zone) or name.parent() == dns.name.root:
                self._see_zone(zone)
                return zone
            name = name.parent()
        return ""

    def _is_cut(self, zone: str) -> bool:
        """Whether a zone has this name."""
        if zone not in self._cuts:
            message = self._resolver.look_up(zone, "SOA")
            self._cuts[zone] = any(_is(one, zone, dns.rdatatype.SOA) for one in (message.answer if message else ()))
        return self._cuts[zone]

    def _see_zone(self, zone: str) -> None:
        if zone in self.seen.zones:
            return
        above = dns.name.from_text(zone).parent()
        if above == dns.name.root:
            self.seen.zones[zone] = Zone(zone, "")
            return
        # Before anything else, so that a zone that needs itself is seen once.
        self.seen.zones[zone] = Zone(zone, above.to_text())
        parent = self._zone(above.to_text())
        self.seen.zones[zone] = Zone(zone, parent, self._servers(zone, parent))

    def _servers(self, zone: str, parent: str) -> tuple[Server, ...]:
        """The name servers as the parent lists them, each asked itself."""
        listed, glue, ds = self._referral(zone, parent)
        # Where the parent could not be asked, what the zone itself answers.
        listed = listed or sorted(host.lower() for host in self._resolver.values(zone, "NS"))
        # A server within the zone cannot be found without glue, so it has some, whether that was shown or not.
        within = [host for host in listed if host.endswith(f".{zone}") and host not in glue]
        glue |= {host: self._resolver.addresses(host) for host in within}
        asked = {
            host: partial(self._server, zone, host, glue.get(host, ()), ds) for host in sorted(listed)[:MOST_SERVERS]
        }
        done = _parallel.run(asked)
        # In the order of their names, not in that of their answers.
        return tuple(done[host] for host in asked)

    def _referral(self, zone: str, parent: str) -> tuple[list[str], dict[str, list[str]], dns.rrset.RRset | None]:
        """Who serves a zone according to its parent, the addresses that the parent gives, and its DS set."""
        for host in self._resolver.values(parent, "NS"):
            for address in self._resolver.addresses(host):
                questions = [(zone, "NS"), (zone, "DS")]
                answers = wire.ask(Endpoint(address, self._port), questions, self._deadline)
                answer, ds = (answers[question] for question in questions)
                if not isinstance(answer, str):
                    message = wire.message(answer)
                    sets = [] if isinstance(ds, str) else wire.message(ds).answer
                    signed = next((one for one in sets if _is(one, zone, dns.rdatatype.DS)), None)
                    return _ns_of(zone, [*message.answer, *message.authority]), _glue_of(message), signed
        return [], {}, None

    def _server(self, zone: str, host: str, glue: Sequence[str], ds: dns.rrset.RRset | None) -> Server:
        # Only glue within the delegated zone or beside it is used; an address is enough to ask.
        addresses = list(glue) or self._resolver.addresses(host)
        questions = [(zone, "NS"), (zone, "SOA"), *([(zone, "DNSKEY")] if ds else [])]
        for address in addresses:
            answers = wire.ask(Endpoint(address, self._port), questions, self._deadline)
            messages = {
                rdtype: wire.message(one) for (_zone, rdtype), one in answers.items() if not isinstance(one, str)
            }
            if "SOA" in messages:
                lists = _ns_of(zone, messages["NS"].answer) if "NS" in messages else []
                soa = next((one for one in messages["SOA"].answer if _is(one, zone, dns.rdatatype.SOA)), None)
                return Server(
                    host,
                    tuple(addresses),
                    bool(glue),
                    tuple(lists),
                    answers=soa is not None,
                    signed=_signed(zone, ds, messages.get("DNSKEY")),
                    soa=soa[0].mname.to_text().lower() if soa else "",
                )
        return Server(host, tuple(addresses), bool(glue), (), None, True if ds is None else None)


def _absolute(host: str) -> str:
    return f"{host.rstrip('.').lower()}."


def _followed(host: str, targets: Mapping[str, str]) -> Iterator[str]:
    for _step in range(LONGEST_CHAIN):
        if host not in targets:
            return
        host = targets[host]
        yield host


def _is(rrset: dns.rrset.RRset, name: str, rdtype: dns.rdatatype.RdataType) -> bool:
    return bool(rrset.name == dns.name.from_text(name) and rrset.rdtype == rdtype)


def _ns_of(zone: str, rrsets: Iterable[dns.rrset.RRset]) -> list[str]:
    found = (rdata for rrset in rrsets if _is(rrset, zone, dns.rdatatype.NS) for rdata in rrset)
    return sorted({rdata.target.to_text().lower() for rdata in found})


def _glue_of(message: dns.message.Message) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for rrset in message.additional:
        if rrset.rdtype in (dns.rdatatype.A, dns.rdatatype.AAAA):
            found.setdefault(rrset.name.to_text().lower(), []).extend(rdata.to_text() for rdata in rrset)
    return found


def _signed(zone: str, ds: dns.rrset.RRset | None, keys: dns.message.Message | None) -> bool | None:
    """Whether a server has a key that the DS set names. None where its keys were not seen."""
    if ds is None:
        return True
    found = [one for one in keys.answer if _is(one, zone, dns.rdatatype.DNSKEY)] if keys else []
    if keys is None:
        return None
    name = dns.name.from_text(zone)
    return any(_fits(name, key, digest) for rrset in found for key in rrset for digest in ds)


def _fits(name: dns.name.Name, key: Any, digest: Any) -> bool:
    with suppress(dns.exception.DNSException, ValueError):
        return bool(dns.dnssec.make_ds(name, key, digest.digest_type, validating=True) == digest)
    return False

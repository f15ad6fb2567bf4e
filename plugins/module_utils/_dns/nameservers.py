# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which name servers belong to which provider: as configured, or as the parent delegates the zone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from .._deadline import Deadline
from . import wire
from .wire import Endpoint, Resolver

with suppress(ImportError):  # the modules report a missing library
    import dns.message
    import dns.name
    import dns.rdatatype


@dataclass(frozen=True)
class Source:
    """Where the servers of one provider come from.

    nameservers: `address[:port]` or host names; empty for those found at the parent that end in one of `suffixes`.
    fallback: host names to ask when the parent does not delegate to this provider (yet).
    """

    name: str
    nameservers: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    fallback: tuple[str, ...] = ()


@dataclass(frozen=True)
class Server:
    """One authoritative server of a provider. label: how users know it."""

    provider: str
    label: str
    endpoint: Endpoint


def servers(
    zone: str, sources: Sequence[Source], resolver: Resolver, deadline: Deadline, port: int = wire.DNS_PORT
) -> list[Server]:
    """All servers of the zone, provider by provider. port: where servers listen that come without one.

    A provider for which none is found has none in the result.
    """
    delegation: Sequence[str] = ()
    if any(not source.nameservers for source in sources):
        delegation = delegated(zone, resolver, deadline, port)
    found = []
    for source in sources:
        hosts = source.nameservers or [host for host in delegation if host.endswith(source.suffixes)] or source.fallback
        for host in hosts:
            found += at(source.name, host, resolver, port)
    return found


def at(provider: str, text: str, resolver: Resolver, default_port: int) -> list[Server]:
    """The server at `address[:port]`, or at the first address of a host name; none where it has no address."""
    host, port = wire.split_port(text, default_port)
    if wire.is_address(host):
        endpoint = Endpoint(host, port)
        return [Server(provider, str(endpoint), endpoint)]
    # One address is enough to know what a server serves; IPv4 first, as runners often have no IPv6.
    addresses = resolver.addresses(host)[:1]
    return [Server(provider, host.rstrip("."), Endpoint(address, port)) for address in addresses]


def delegated(zone: str, resolver: Resolver, deadline: Deadline, port: int = wire.DNS_PORT) -> list[str]:
    """The host names, lower-case with a trailing dot, to which the parent's servers delegate the zone.

    Asked at the parent: a child's own NS set may name only the provider that answers it.
    """
    return delegation(zone, referral(zone, resolver, deadline, port))


def delegation(zone: str, message: dns.message.Message | None) -> list[str]:
    """The host names in a referral, lower-case with a trailing dot."""
    return [] if message is None else _ns_of(dns.name.from_text(zone), message)


def delegation_ttl(zone: str, message: dns.message.Message | None) -> int | None:
    """For how many seconds resolvers may keep a referral; None where there is none."""
    sets = [] if message is None else [*message.answer, *message.authority]
    name = dns.name.from_text(zone)
    return next((int(one.ttl) for one in sets if one.name == name and one.rdtype == dns.rdatatype.NS), None)


def referral(zone: str, resolver: Resolver, deadline: Deadline, port: int) -> dns.message.Message | None:
    """What the first of the parent's servers that answers says about the zone's name servers."""
    name = dns.name.from_text(zone)
    parent = name.parent()
    while parent != dns.name.root and not resolver.values(parent.to_text(), "NS"):
        parent = parent.parent()
    for host in resolver.values(parent.to_text(), "NS"):
        for address in resolver.addresses(host):
            question = (name.to_text(), "NS")
            answer = wire.ask(Endpoint(address, port), [question], deadline)[question]
            if not isinstance(answer, str):
                return wire.message(answer)
    return None


def _ns_of(name: dns.name.Name, message: dns.message.Message) -> list[str]:
    """A parent answers a referral, in the authority section; one that serves the child too, in the answer section."""
    return sorted(
        rdata.target.to_text().lower()
        for section in (message.answer, message.authority)
        for rrset in section
        if rrset.name == name and rrset.rdtype == dns.rdatatype.NS
        for rdata in rrset
    )


def by_provider(found: Sequence[Server]) -> Mapping[str, list[Server]]:
    """The servers grouped by their provider."""
    grouped: dict[str, list[Server]] = {}
    for server in found:
        grouped.setdefault(server.provider, []).append(server)
    return grouped

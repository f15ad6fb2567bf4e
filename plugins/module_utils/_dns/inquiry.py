# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What only a thorough look asks name servers and the resolver: transports, signatures, CAA and HTTPS records."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial

from .. import _parallel
from .._deadline import Deadline
from .._zone.names import is_within
from . import single, wire
from .looks import CaaLook, ResolverLook, ServerLook
from .nameservers import Server
from .wire import Endpoint, Resolver

with suppress(ImportError):  # the modules report a missing library
    import dns.flags
    import dns.message
    import dns.name
    import dns.rcode
    import dns.rdatatype


def servers(zone: str, found: Sequence[Server], resolver: Resolver, deadline: Deadline) -> list[ServerLook]:
    """How each of these servers answers, all side by side."""
    looks = _parallel.run({one: partial(_server, zone, one, resolver, deadline) for one in found})
    return [looks[one] for one in found]


def _server(zone: str, server: Server, resolver: Resolver, deadline: Deadline) -> ServerLook:
    apex = f"{zone}."
    udp = single.over_udp(server.endpoint, (apex, "SOA"), deadline)
    tcp = single.over_tcp(server.endpoint, (apex, "SOA"), deadline, dnssec=True)
    heard = next((one for one in (tcp, udp) if not isinstance(one, str)), None)
    soa = _values(heard, apex, "SOA") if heard else []
    ipv6, ipv6_unasked = _over_ipv6(zone, server, resolver, deadline)
    return ServerLook(
        provider=server.provider,
        server=server.label,
        udp=udp if isinstance(udp, str) else "",
        tcp=tcp if isinstance(tcp, str) else "",
        ipv6=ipv6,
        ipv6_unasked=ipv6_unasked,
        authoritative=None if heard is None else bool(heard.flags & dns.flags.AA and soa),
        signed_until=None if isinstance(tcp, str) else _first_end(tcp),
        cds=[] if isinstance(tcp, str) else _cds(apex, server.endpoint, deadline),
        negative_ttl=int(soa[0].rpartition(" ")[2]) if soa else None,
    )


def _over_ipv6(zone: str, server: Server, resolver: Resolver, deadline: Deadline) -> tuple[bool | None, str]:
    """Whether the server answers at its IPv6 address, and why it could not be asked there."""
    host = wire.split_port(server.label, server.endpoint.port)[0] if ":" not in server.endpoint.address else ""
    if not host or wire.is_address(host):
        return None, ""
    for address in resolver.values(host, "AAAA")[:1]:
        answer = single.over_udp(Endpoint(address, server.endpoint.port), (f"{zone}.", "SOA"), deadline)
        if isinstance(answer, str) and answer != "silent":
            # Without a route this machine, and not the server, is what lacks IPv6.
            return None, answer
        return not isinstance(answer, str), ""
    return None, ""


def _cds(apex: str, endpoint: Endpoint, deadline: Deadline) -> list[str]:
    answer = single.over_tcp(endpoint, (apex, "CDS"), deadline)
    return [] if isinstance(answer, str) else sorted(_values(answer, apex, "CDS"))


def _first_end(message: dns.message.Message) -> int | None:
    ends = [rdata.expiration for one in message.answer if one.rdtype == dns.rdatatype.RRSIG for rdata in one]
    return min(ends, default=None)


def _values(message: dns.message.Message, name: str, rdtype: str) -> list[str]:
    wanted, kind = dns.name.from_text(name), dns.rdatatype.from_text(rdtype)
    return [rdata.to_text() for one in message.answer if one.name == wanted and one.rdtype == kind for rdata in one]


def caa(
    zone: str, names: Sequence[str], found: Sequence[Server], resolver: Resolver, deadline: Deadline
) -> list[CaaLook]:
    """The CAA set in force for each name, at the first server of each provider that answers (RFC 8659 section 3)."""
    by_provider: dict[str, list[Server]] = {}
    for one in found:
        by_provider.setdefault(one.provider, []).append(one)
    tasks = {name: partial(_caa_at, zone, names, here, resolver, deadline) for name, here in by_provider.items()}
    return [look for looks in _parallel.run(tasks).values() for look in looks]


def _caa_at(
    zone: str, names: Sequence[str], here: Sequence[Server], resolver: Resolver, deadline: Deadline
) -> list[CaaLook]:
    climbs = {name: list(_climb(name, f"{zone}.")) for name in names}
    questions = [(step, "CAA") for climb in climbs.values() for step in climb]
    for server in here:
        answers = wire.ask(server.endpoint, questions, deadline)
        sets = {
            name: _caa_of(name, wire.message(answer), zone, resolver)
            for (name, _type), answer in answers.items()
            if not isinstance(answer, str)
        }
        if sets:
            return [_in_force(server.provider, name, climb, sets) for name, climb in climbs.items()]
    return []


def _climb(name: str, zone: str) -> list[str]:
    """The name and those above it within the zone."""
    found = [name]
    while found[-1] != zone and found[-1].count(".") > zone.count("."):
        found.append(found[-1].partition(".")[2])
    return found


def _caa_of(name: str, message: dns.message.Message, zone: str, resolver: Resolver) -> list[str]:
    """The CAA records at a name, or at the end of its CNAME chain."""
    targets = {
        one.name.to_text().lower(): one[0].target.to_text().lower()
        for one in message.answer
        if one.rdtype == dns.rdatatype.CNAME
    }
    end, seen = name, set()
    while end in targets and end not in seen:
        seen.add(end)
        end = targets[end]
    if values := _values(message, end, "CAA"):
        return values
    outside = end != name and not is_within(end, zone)
    return resolver.values(end, "CAA") if outside else []


def _in_force(provider: str, name: str, climb: Sequence[str], sets: Mapping[str, Sequence[str]]) -> CaaLook:
    at = next((step for step in climb if sets.get(step)), "")
    return CaaLook(provider=provider, name=name, at=at, values=sorted(sets.get(at, ())))


def https(targets: Mapping[str, str], resolver: Resolver) -> dict[str, list[str]]:
    """By front, the HTTPS records at its target, or at the end of that one's chain."""
    tasks = {name: partial(resolver.values, target, "HTTPS") for name, target in targets.items()}
    return {name: sorted(texts) for name, texts in _parallel.run(tasks).items()}


def look_at_resolver(resolver: Resolver, deadline: Deadline, known: str) -> ResolverLook:
    """How the first address of the resolver answers. known: a name that exists."""
    endpoint = next(iter(resolver.endpoints), None)
    if endpoint is None:
        return ResolverLook(address="", udp="", tcp="", rewrites=[])
    udp = single.over_udp(endpoint, (known, "SOA"), deadline, recursive=True)
    tcp = single.over_tcp(endpoint, (known, "SOA"), deadline, recursive=True)
    # RFC 6761 section 6.4: names below `invalid.` do not exist.
    nobody = f"twinzone-{secrets.token_hex(6)}.invalid."
    made_up = "silent" if isinstance(udp, str) else single.over_udp(endpoint, (nobody, "A"), deadline, recursive=True)
    return ResolverLook(
        address=str(endpoint),
        udp=_trouble(udp),
        tcp=_trouble(tcp),
        rewrites=[] if isinstance(made_up, str) else _values(made_up, nobody, "A"),
    )


def _trouble(answer: dns.message.Message | str) -> str:
    if isinstance(answer, str):
        return answer
    rcode = answer.rcode()
    return "" if rcode in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN) else str(dns.rcode.to_text(rcode))

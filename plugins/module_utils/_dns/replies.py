# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a name server answered to one question. Pure."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from .._zone import rdata as zone_rdata
from .._zone.rdata import Value

with suppress(ImportError):  # the modules report a missing library
    import dns.flags
    import dns.message
    import dns.name
    import dns.rcode
    import dns.rdatatype
    import dns.rrset

#: The response codes with which a server states what it has; with any other one it states nothing about the name.
USABLE = ("NOERROR", "NXDOMAIN")


@dataclass(frozen=True)
class Referral:
    """Where a server sends those who ask it, in place of an answer.

    zone: whose servers they should ask. hosts: those servers. glue: hosts with addresses that came along, IPv4 first.
    All names are absolute and in lower case.
    """

    zone: str
    hosts: tuple[str, ...] = ()
    glue: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Reply:
    """A server's answer for one name and type.

    rcode: as text; empty when there was no answer, and then `error` says why. values: the rdata of the type asked at
    the end of the CNAME chain. cnames: the targets of the chain, starting at the name asked. authoritative: whether the
    server speaks for the zone.
    """

    rcode: str
    values: tuple[Value, ...] = ()
    ttl: int | None = None
    cnames: tuple[str, ...] = ()
    referral: Referral | None = None
    error: str = ""
    authoritative: bool = True

    @property
    def trouble(self) -> str:
        """Why the reply states nothing about the name; empty when it does."""
        return self.error or ("" if self.rcode in USABLE else self.rcode)


def reply(message: dns.message.Message | str, name: str, rdtype: str) -> Reply:
    """The reply to a question about the absolute `name`, from a message or from the reason for there being none."""
    if isinstance(message, str):
        return Reply("", error=message)
    rcode = dns.rcode.to_text(message.rcode())
    owner, chain = _followed(message, dns.name.from_text(name), dns.rdatatype.from_text(rdtype))
    cut = _zone_cut(message)
    referral = _referral(message, cut) if cut is not None else None
    rrset = _record_set(message, owner, dns.rdatatype.from_text(rdtype))
    if rrset is None and cut is not None and rdtype == "NS" and cut.name == owner:
        # Name servers answer for a delegation with a referral, whose authority section has the NS set.
        rrset = cut
    first = message.answer[0] if message.answer else rrset
    values = tuple(zone_rdata.from_rdata(rdata) for rdata in rrset) if rrset is not None else ()
    ttl = first.ttl if first is not None else None
    return Reply(rcode, values, ttl, chain, referral, authoritative=bool(message.flags & dns.flags.AA))


def _followed(
    message: dns.message.Message, name: dns.name.Name, rdtype: dns.rdatatype.RdataType
) -> tuple[dns.name.Name, tuple[str, ...]]:
    """Where the CNAME chain from a name ends, and the targets on the way there."""
    links = {rrset.name: rrset[0].target for rrset in message.answer if rrset.rdtype == dns.rdatatype.CNAME}
    chain: list[str] = []
    while rdtype != dns.rdatatype.CNAME and name in links and len(chain) <= len(links):  # longer than that is a loop
        name = links[name]
        chain.append(name.to_text().lower())
    return name, tuple(chain)


def _record_set(
    message: dns.message.Message, name: dns.name.Name, rdtype: dns.rdatatype.RdataType
) -> dns.rrset.RRset | None:
    """The answer's last record set of this name and type."""
    found = [rrset for rrset in message.answer if (rrset.name, rrset.rdtype) == (name, rdtype)]
    return found[-1] if found else None


def _zone_cut(message: dns.message.Message) -> dns.rrset.RRset | None:
    """The NS set by which a message without an answer refers to the servers of another zone.

    Beside an SOA record it does not: so a server may say that there is no answer (RFC 2308, section 2).
    """
    sets = {rrset.rdtype: rrset for rrset in message.authority}
    if message.answer or dns.rdatatype.SOA in sets:
        return None
    return sets.get(dns.rdatatype.NS)


def _referral(message: dns.message.Message, cut: dns.rrset.RRset) -> Referral:
    hosts = sorted(rdata.target.to_text().lower() for rdata in cut)
    glue = {
        (rrset.name.to_text().lower(), rdata.address)
        for rdtype in (dns.rdatatype.A, dns.rdatatype.AAAA)
        for rrset in message.additional
        if rrset.rdtype == rdtype
        for rdata in rrset
    }
    return Referral(
        cut.name.to_text().lower(),
        tuple(hosts),
        tuple(sorted((one for one in glue if one[0] in hosts), key=lambda one: (":" in one[1], one))),
    )

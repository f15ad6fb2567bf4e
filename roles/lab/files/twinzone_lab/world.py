# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Internet around the lab's zones: their parents, the name servers' own names, the second CDN's names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import dns.name
import dns.rdataset
import dns.rrset
from dns.rdatatype import RdataType

from .addresses import Addresses
from .dns.served import Answer, RRsetKey, ServedZone
from .faults import FaultBox, Kind

_PARENT_SERVER = dns.name.from_text("a.gtld-servers.net.")
_CONTACT = dns.name.from_text("nstld.verisign-grs.com.")
_TTL = 172800
SECOND_CDN_KINDS: Mapping[str, Kind] = {
    "by_location": Kind(
        "its names are answered by location: resolvers get one address, name servers that flatten the others",
        stage="query",
    ),
}
SECOND_CDN = dns.name.from_text("b-cdn.net.")


class World:
    """Everything outside the lab's own zones, as zones that do not change except when a zone is delegated."""

    def __init__(self, addresses: Addresses, second_cdn: FaultBox) -> None:
        """`second_cdn`: whether its names are answered by location."""
        self._box = second_cdn
        self._servers = {
            dns.name.from_text(name + "."): address
            for servers in addresses.name_servers.values()
            for name, address in servers.items()
        }
        self.parents: dict[dns.name.Name, ServedZone] = {}
        """Zones that hold delegations of lab zones."""
        self.zones: dict[dns.name.Name, ServedZone] = {}
        """All zones outside the lab's own."""
        self._add_fixed(dns.name.root, {})
        self._add_fixed(_PARENT_SERVER.parent(), {(_PARENT_SERVER, RdataType.A): _addresses([addresses.parent])})
        for name, address in self._servers.items():
            origin = dns.name.Name(name.labels[-3:])
            known = self.zones[origin].snapshot.rrsets() if origin in self.zones else {}
            self._add_fixed(origin, {**known, (name, RdataType.A): _addresses([address])})
        any_name = dns.name.Name((b"*", *SECOND_CDN.labels))
        self._add_fixed(SECOND_CDN, {(any_name, RdataType.A): _addresses(addresses.fronts["bunny"], 300)})

    def delegate(
        self, delegations: Mapping[dns.name.Name, Iterable[dns.name.Name]], ds: Mapping[dns.name.Name, Sequence[str]]
    ) -> None:
        """Delegate these zones, and no others, each to these name servers and with these DS records. A zone below
        another one of the lab is that one's business."""
        for origin in self.parents.keys() & delegations.keys():
            del self.parents[origin], self.zones[origin]  # has become a zone of the lab
        for origin in ({zone.parent() for zone in delegations} | set(self.parents)) - set(delegations):
            rrsets: dict[RRsetKey, dns.rdataset.Rdataset] = {
                (name, RdataType.A): _addresses([address])
                for name, address in self._servers.items()
                if name.is_subdomain(origin)  # glue
            }
            for zone, servers in delegations.items():
                if zone.parent() == origin:
                    rrsets[zone, RdataType.NS] = _name_servers(servers)
                    if ds.get(zone):
                        rrsets[zone, RdataType.DS] = dns.rdataset.from_text_list("IN", "DS", _TTL, list(ds[zone]))
            self.parents[origin] = self._add_fixed(origin, rrsets)

    def addresses(self, name: dns.name.Name, rdtype: RdataType) -> dns.rdataset.Rdataset | None:
        """Addresses of a name outside the lab's zones."""
        answer = self._answer(name, rdtype, near=False).answer
        return answer[-1].to_rdataset() if answer and answer[-1].rdtype == rdtype else None

    def lookup(self, name: dns.name.Name, rdtype: RdataType) -> Answer:
        """What a resolver is answered for a name outside the lab's zones."""
        return self._answer(name, rdtype, near=True)

    def _answer(self, name: dns.name.Name, rdtype: RdataType, *, near: bool) -> Answer:
        """`near`: to whom the first address is nearer than the others."""
        origin = max((origin for origin in tuple(self.zones) if name.is_subdomain(origin)), key=len)
        answer = self.zones[origin].snapshot.answer(name, rdtype)
        if origin != SECOND_CDN or not self._box.present or rdtype != RdataType.A:
            return answer
        return replace(answer, answer=tuple(_by_location(rrset, near=near) for rrset in answer.answer))

    def _add_fixed(self, origin: dns.name.Name, rrsets: dict[RRsetKey, dns.rdataset.Rdataset]) -> ServedZone:
        zone = self.zones.setdefault(origin, ServedZone(origin, _PARENT_SERVER, _CONTACT))
        zone.publish({**rrsets, (origin, RdataType.NS): _name_servers([_PARENT_SERVER])})
        return zone


def _by_location(rrset: dns.rrset.RRset, *, near: bool) -> dns.rrset.RRset:
    first, *others = sorted(rrset, key=lambda rdata: rdata.to_text())
    return dns.rrset.from_rdata_list(rrset.name, rrset.ttl, [first] if near else others)


def _addresses(values: Iterable[str], ttl: int = _TTL) -> dns.rdataset.Rdataset:
    return dns.rdataset.from_text_list("IN", "A", ttl, list(values))


def _name_servers(names: Iterable[dns.name.Name]) -> dns.rdataset.Rdataset:
    return dns.rdataset.from_text_list("IN", "NS", _TTL, [name.to_text() for name in names])

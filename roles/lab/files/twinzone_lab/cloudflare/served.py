# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Cloudflare's servers answer: proxied names with edge addresses, CNAMEs into the zone flattened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

import dns.name
import dns.rdataset
from dns.rdataclass import RdataClass
from dns.rdatatype import RdataType

from ..dns.served import MAX_CHAIN, Data, RRsetKey, RRsets, with_parents
from .records import AUTOMATIC_TTL, PROXIABLE, Record

PROXIED_TTL = 300
AUTOMATIC_TTL_SERVED = 300
_ADDRESS_TYPES = (RdataType.A, RdataType.AAAA)
_CERTIFICATE_AUTHORITIES = ("letsencrypt.org", "pki.goog; cansignhttpexchanges=yes", "sectigo.com", "ssl.com")

Outside = Callable[[dns.name.Name, RdataType], dns.rdataset.Rdataset | None]
"""Addresses of a name that is not in the zone."""


@dataclass(frozen=True)
class ServingRules:
    """All that decides about answers beside the records."""

    origin: dns.name.Name
    name_servers: tuple[str, ...]
    edge: tuple[str, ...]
    """Addresses that proxied names are answered with."""
    outside: Outside
    dns_only: bool = False
    multi_provider: bool = False
    flatten_all: bool = False
    ns_ttl: int = 86400


def served_rrsets(records: Iterable[Record], rules: ServingRules) -> RRsets:
    """All record sets that the servers answer from, the apex NS included, the SOA not."""
    return _Compiler(records, rules).compile()


class _Compiler:
    def __init__(self, records: Iterable[Record], rules: ServingRules) -> None:
        self._rules = rules
        self._proxied: dict[dns.name.Name, Record] = {}
        self._sets: dict[dns.name.Name, dict[RdataType, dns.rdataset.Rdataset]] = {}
        self._flatten: set[dns.name.Name] = set()
        for record in records:
            if record.proxied and not rules.dns_only:
                # Several A or AAAA of one name with one of them proxied are all proxied.
                self._proxied.setdefault(record.owner, record)
            self._add(record)
            if record.flattened_on_demand:
                self._flatten.add(record.owner)
        for owner, record in self._proxied.items():
            self._answer_from_the_edge(owner, record)
        self._names = with_parents(self._sets, rules.origin)

    def _add(self, record: Record) -> None:
        ttl = AUTOMATIC_TTL_SERVED if record.ttl == AUTOMATIC_TTL else record.ttl
        node = self._sets.setdefault(record.owner, {})
        if record.rdtype in node:
            node[record.rdtype].add(record.rdata, min(ttl, node[record.rdtype].ttl))
        else:
            node[record.rdtype] = dns.rdataset.from_rdata(ttl, record.rdata)

    def _answer_from_the_edge(self, owner: dns.name.Name, record: Record) -> None:
        node = self._sets[owner]
        for rdtype in PROXIABLE:
            node.pop(RdataType[rdtype], None)
        if not record.settings.get("ipv6_only"):
            node[RdataType.A] = dns.rdataset.from_text_list("IN", "A", PROXIED_TTL, self._rules.edge)
        if RdataType.HTTPS not in node:  # made up for every proxied name, and not in the API
            hints = ",".join(self._rules.edge)
            text = f'1 . alpn="h3,h2" ipv4hint="{hints}"'
            node[RdataType.HTTPS] = dns.rdataset.from_text("IN", "HTTPS", PROXIED_TTL, text)

    def compile(self) -> RRsets:
        rrsets: dict[RRsetKey, Data] = {}
        for owner, node in self._sets.items():
            for rdtype, rdataset in node.items():
                if rdtype == RdataType.CNAME and self._is_flattened(owner, rdataset):
                    for address_type in _ADDRESS_TYPES:
                        rrsets[owner, address_type] = partial(self._addresses, owner, address_type)
                    rrsets[owner, RdataType.NONE] = dns.rdataset.Rdataset(
                        RdataClass.IN, RdataType.NONE
                    )  # even dangling
                elif rdtype == RdataType.CAA:
                    rrsets[owner, rdtype] = _with_own_authorities(rdataset)
                elif rdtype == RdataType.NS and owner == self._rules.origin:
                    pass
                else:
                    rrsets[owner, rdtype] = rdataset
        rrsets[self._rules.origin, RdataType.NS] = self._apex_ns()
        return rrsets

    def _apex_ns(self) -> dns.rdataset.Rdataset:
        """Cloudflare's own servers; NS records at the apex count only in a multi-provider zone."""
        rules = self._rules
        rdataset = dns.rdataset.from_text_list("IN", "NS", rules.ns_ttl, [f"{name}." for name in rules.name_servers])
        others = self._sets.get(rules.origin, {}).get(RdataType.NS)
        if rules.multi_provider and others is not None:
            for rdata in others:
                rdataset.add(rdata)
        return rdataset

    def _is_flattened(self, owner: dns.name.Name, cname: dns.rdataset.Rdataset) -> bool:
        origin = self._rules.origin
        return (
            owner == origin or self._rules.flatten_all or owner in self._flatten or cname[0].target.is_subdomain(origin)
        )

    def _addresses(self, name: dns.name.Name, rdtype: RdataType) -> dns.rdataset.Rdataset | None:
        """The addresses at the end of the chain that begins here, with the smallest TTL on the way."""
        ttl = 86400
        for _unused in range(MAX_CHAIN):
            if not name.is_subdomain(self._rules.origin) or self._is_delegated(name):
                found = self._rules.outside(name, rdtype)
                return _with_ttl(found, ttl) if found else None
            node = self._node(name)
            if rdtype in node:
                return _with_ttl(node[rdtype], ttl)
            if RdataType.CNAME not in node:
                return None
            ttl = min(ttl, node[RdataType.CNAME].ttl)
            name = node[RdataType.CNAME][0].target
        return None

    def _node(self, name: dns.name.Name) -> Mapping[RdataType, dns.rdataset.Rdataset]:
        if name in self._sets:
            return self._sets[name]
        while name not in self._names:
            name = name.parent()
        return self._sets.get(dns.name.Name((b"*", *name.labels)), {})

    def _is_delegated(self, name: dns.name.Name) -> bool:
        while name != self._rules.origin:
            if RdataType.NS in self._sets.get(name, {}):
                return True
            name = name.parent()
        return False


def _with_ttl(rdataset: dns.rdataset.Rdataset, ttl: int) -> dns.rdataset.Rdataset:
    return dns.rdataset.from_rdata_list(min(ttl, rdataset.ttl), tuple(rdataset))


def _with_own_authorities(caa: dns.rdataset.Rdataset) -> dns.rdataset.Rdataset:
    """Universal SSL adds the authorities that it uses to every CAA set; the API does not show them."""
    texts = [rdata.to_text() for rdata in caa]
    texts += [f'0 {tag} "{name}"' for tag in ("issue", "issuewild") for name in _CERTIFICATE_AUTHORITIES]
    return dns.rdataset.from_text_list("IN", "CAA", caa.ttl, texts)

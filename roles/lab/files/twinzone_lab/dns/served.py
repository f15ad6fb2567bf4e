# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the name servers of one provider answer for one zone: authoritative answers from published record sets."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import dns.name
import dns.rcode
import dns.rdataset
import dns.rdatatype
import dns.rrset
from dns.rdatatype import RdataType

RRsetKey: TypeAlias = tuple[dns.name.Name, RdataType]
Data: TypeAlias = dns.rdataset.Rdataset | Callable[[], dns.rdataset.Rdataset | None]
"""The data of a record set, or what finds them for each question: those of a flattened CNAME lie in another zone, which
may change at any time."""
RRsets: TypeAlias = Mapping[RRsetKey, Data]
FixedRRsets: TypeAlias = Mapping[RRsetKey, dns.rdataset.Rdataset]
_Node: TypeAlias = Mapping[RdataType, Data]
_Nodes: TypeAlias = Mapping[dns.name.Name, _Node]

MAX_CHAIN = 16
"""CNAMEs followed inside one answer; a loop ends there."""


_INDEXING = threading.Lock()
"""Held while an index is built."""


@dataclass(frozen=True)
class Answer:
    """The sections of one authoritative answer."""

    rcode: dns.rcode.Rcode = dns.rcode.NOERROR
    authoritative: bool = True
    answer: tuple[dns.rrset.RRset, ...] = ()
    authority: tuple[dns.rrset.RRset, ...] = ()
    additional: tuple[dns.rrset.RRset, ...] = ()
    lasting: bool = True
    """Whether it stays the same as long as its snapshot is served."""


@dataclass
class Snapshot:
    """One published state of a zone, immutable from outside. The index is built when the first question comes, so that
    a burst of writes costs nothing."""

    origin: dns.name.Name
    soa: dns.rdataset.Rdataset
    source: Callable[[], RRsets]
    _nodes: dict[dns.name.Name, dict[RdataType, Data]] | None = None

    def answer(self, qname: dns.name.Name, qtype: RdataType) -> Answer:
        """Answer a question for a name at or below the origin."""
        return _answer(self.origin, self._index(), qname, qtype)

    def rrsets(self) -> dict[RRsetKey, dns.rdataset.Rdataset]:
        """Everything served, the SOA included."""
        return {(name, rdtype): data for name, node in self._index().items() for rdtype, data in _found(node).items()}

    def _index(self) -> dict[dns.name.Name, dict[RdataType, Data]]:
        with _INDEXING:
            if self._nodes is None:
                nodes: dict[dns.name.Name, dict[RdataType, Data]] = {self.origin: {}}
                for (name, rdtype), data in self.source().items():
                    node = nodes.setdefault(name, {})
                    if callable(data) or data:
                        node[rdtype] = data
                nodes[self.origin][RdataType.SOA] = self.soa
                for name in with_parents(nodes, self.origin):
                    nodes.setdefault(name, {})
                self._nodes = nodes
            return self._nodes


def with_parents(names: Iterable[dns.name.Name], origin: dns.name.Name) -> set[dns.name.Name]:
    """The names and all between them and the origin: empty non-terminals exist, too (RFC 8020)."""
    existing = {origin}
    for name in names:
        while name not in existing:
            existing.add(name)
            name = name.parent()
    return existing


class ServedZone:
    """The zone as its name servers know it. Thread-safe. Every `publish` is a new snapshot with a new SOA serial."""

    def __init__(self, origin: dns.name.Name, primary: dns.name.Name, contact: dns.name.Name) -> None:
        """`primary` and `contact` are the SOA's MNAME and RNAME."""
        self.origin = origin
        self._primary = primary
        self._contact = contact
        self._serial = 2026_000_000
        self._lock = threading.Lock()
        self._current = self._next_snapshot(dict)

    @property
    def snapshot(self) -> Snapshot:
        """What is served now."""
        return self._current

    def publish(self, rrsets: RRsets | Callable[[], RRsets]) -> None:
        """Serve exactly these record sets from now on. Names are absolute, at or below the origin. The SOA is made
        here; apex NS are served as given. An empty set only makes its name exist. A callable is called when the first
        question comes."""
        with self._lock:
            self._current = self._next_snapshot(rrsets if callable(rrsets) else lambda: rrsets)

    def _next_snapshot(self, source: Callable[[], RRsets]) -> Snapshot:
        self._serial += 1
        soa = f"{self._primary} {self._contact} {self._serial} 86400 3600 2419200 300"
        return Snapshot(self.origin, dns.rdataset.from_text("IN", "SOA", 3600, soa), source)


def _data(node: _Node, rdtype: RdataType) -> dns.rdataset.Rdataset | None:
    """What stands there at the time of asking."""
    data = node.get(rdtype)
    return data() if callable(data) else data


def _found(node: _Node) -> dict[RdataType, dns.rdataset.Rdataset]:
    return {rdtype: data for rdtype in node if (data := _data(node, rdtype)) is not None}


def _answer(
    origin: dns.name.Name,
    nodes: _Nodes,
    qname: dns.name.Name,
    qtype: RdataType,
) -> Answer:
    """RFC 1034 section 4.3.2 with wildcards (RFC 4592): referral, then data, then CNAME, then wildcard, then denial."""
    chain: list[dns.rrset.RRset] = []
    while len(chain) < MAX_CHAIN and qname.is_subdomain(origin):
        if cut := _delegation(origin, nodes, qname, qtype):
            return Answer(
                authoritative=bool(chain), answer=tuple(chain), authority=(cut,), additional=_glue(nodes, cut)
            )
        node = nodes.get(qname)
        if node is None:
            node = nodes.get(dns.name.Name((b"*", *_closest_encloser(nodes, qname).labels)))
        if node is None:
            return Answer(dns.rcode.NXDOMAIN, answer=tuple(chain), authority=_denial(origin, nodes))
        lasting = not any(callable(data) for data in node.values())
        if found := _matching(node, qtype):
            return Answer(answer=(*chain, *(_rrset(qname, data) for data in found)), lasting=lasting)
        cname = _data(node, RdataType.CNAME)
        if cname is None:
            return Answer(answer=tuple(chain), authority=_denial(origin, nodes), lasting=lasting)
        chain.append(_rrset(qname, cname))
        qname = cname[0].target
    return Answer(answer=tuple(chain))


def _denial(origin: dns.name.Name, nodes: _Nodes) -> tuple[dns.rrset.RRset, ...]:
    return (_rrset(origin, _found(nodes[origin])[RdataType.SOA]),)


def _matching(node: _Node, qtype: RdataType) -> tuple[dns.rdataset.Rdataset, ...]:
    if qtype == RdataType.ANY:
        return tuple(_found(node).values())
    data = _data(node, qtype)
    return () if data is None else (data,)


def _closest_encloser(nodes: Mapping[dns.name.Name, object], qname: dns.name.Name) -> dns.name.Name:
    while qname not in nodes:
        qname = qname.parent()
    return qname


def _delegation(
    origin: dns.name.Name,
    nodes: _Nodes,
    qname: dns.name.Name,
    qtype: RdataType,
) -> dns.rrset.RRset | None:
    """The highest zone cut between the origin and the name; a DS at the cut itself is the parent's own data."""
    cut = None
    name = qname
    while name != origin:
        data = _data(nodes.get(name, {}), RdataType.NS)
        if data is not None and not (name == qname and qtype == RdataType.DS):
            cut = _rrset(name, data)
        name = name.parent()
    return cut


def _glue(nodes: _Nodes, cut: dns.rrset.RRset) -> tuple[dns.rrset.RRset, ...]:
    targets = [rdata.target for rdata in cut]
    return tuple(
        _rrset(target, data)
        for target in targets
        for rdtype in (RdataType.A, RdataType.AAAA)
        if (data := _data(nodes.get(target, {}), rdtype)) is not None
    )


def _rrset(name: dns.name.Name, data: dns.rdataset.Rdataset) -> dns.rrset.RRset:
    made = dns.rrset.RRset(name, data.rdclass, data.rdtype, data.covers)
    made.ttl = data.ttl
    made.items.update(data.items)  # one by one, each would be compared with the others
    return made

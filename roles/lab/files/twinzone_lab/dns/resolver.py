# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The resolver of the lab: knows every zone, asks the name servers as they are at the moment, keeps nothing."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import dns.name
import dns.rcode
import dns.rdataset
import dns.rrset
from dns.rdatatype import RdataType

from ..faults import FaultBox, Kind
from .messages import Question, read_query, render_answer
from .served import MAX_CHAIN, Answer
from .server import Reply

RESOLVER_KINDS: Mapping[str, Kind] = {
    "silent": Kind("queries are never answered", stage="query"),
    "servfail": Kind("answers SERVFAIL", stage="query"),
    "no_tcp": Kind("queries over TCP are never answered", stage="query"),
    "rewrites": Kind("answers an address of its own for names that do not exist", stage="query"),
}
_SEARCH_PAGE = dns.rdataset.from_text("IN", "A", 60, "198.51.100.66")
_SERVFAIL = Answer(dns.rcode.SERVFAIL, authoritative=False)
_USABLE = frozenset({dns.rcode.NOERROR, dns.rcode.NXDOMAIN})


class Asked(Protocol):
    """A name server, as the resolver asks it."""

    def lookup(self, name: dns.name.Name, rdtype: RdataType) -> Answer | None:
        """The answer; `None` when there is none."""


class Resolver:
    """Follows CNAMEs from zone to zone; of a lab zone's servers it asks one at random that answers."""

    def __init__(
        self,
        world: Callable[[dns.name.Name, RdataType], Answer],
        servers: Callable[[dns.name.Name], Sequence[Asked]],
        box: FaultBox,
    ) -> None:
        """`world`: asks zones that always answer; `servers`: the servers of the lab zone that holds a name, if any."""
        self._world = world
        self._servers = servers
        self._box = box

    def respond(self, wire: bytes, tcp: bool) -> Reply:
        """Answer a query in wire format."""
        fault = self._box.take("query")
        if fault and (fault.kind == "silent" or (fault.kind == "no_tcp" and tcp)):
            return Reply(None)
        question = read_query(wire)
        if not isinstance(question, Question):
            return Reply(question)
        answer = self.resolve(question.name, question.type)
        if fault and fault.kind == "servfail":
            answer = _SERVFAIL
        elif fault and fault.kind == "rewrites" and answer.rcode == dns.rcode.NXDOMAIN:
            answer = _of_its_own(question)
        return Reply(render_answer(question, answer, tcp=tcp, recursive=True))

    def resolve(self, name: dns.name.Name, rdtype: RdataType) -> Answer:
        """The whole answer with the chain that leads to it."""
        chain: list[dns.rrset.RRset] = []
        for _unused in range(MAX_CHAIN):
            answer = self._ask(name, rdtype)
            chain += answer.answer
            if not _leads_on(answer, rdtype):
                return Answer(answer.rcode, answer=tuple(chain), authority=answer.authority)
            name = answer.answer[-1][0].target
        return _SERVFAIL

    def _ask(self, name: dns.name.Name, rdtype: RdataType) -> Answer:
        servers = list(self._servers(name))
        if not servers:
            return self._world(name, rdtype)
        random.shuffle(servers)
        for server in servers:
            answer = server.lookup(name, rdtype)
            if answer is not None and answer.rcode in _USABLE and (answer.answer or answer.authoritative):
                return answer
        return _SERVFAIL


def _of_its_own(question: Question) -> Answer:
    """An address for a name that does not exist, and nothing for its other types."""
    if question.type != RdataType.A:
        return Answer()
    return Answer(answer=(dns.rrset.from_rdata_list(question.name, _SEARCH_PAGE.ttl, tuple(_SEARCH_PAGE)),))


def _leads_on(answer: Answer, rdtype: RdataType) -> bool:
    """Whether the answer ends in a CNAME whose target another zone must answer for."""
    return (
        bool(answer.answer)
        and answer.answer[-1].rdtype == RdataType.CNAME
        and rdtype not in (RdataType.CNAME, RdataType.ANY)
        and answer.rcode == dns.rcode.NOERROR
        and not any(rrset.rdtype == RdataType.SOA for rrset in answer.authority)
    )

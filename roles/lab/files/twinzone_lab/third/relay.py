# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real name server behind a part of the lab that can be broken."""

from __future__ import annotations

from collections.abc import Mapping

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
from dns.rdatatype import RdataType

from ..dns.messages import Question, read_query, render_answer
from ..dns.name_server import FAILURES, NAME_SERVER_KINDS
from ..dns.served import Answer
from ..dns.server import Reply
from ..faults import FaultBox, Kind

RELAY_KINDS: Mapping[str, Kind] = {name: kind for name, kind in NAME_SERVER_KINDS.items() if name != "stale"}

_TIMEOUT = 3.0
"""Seconds that the real server may take."""


class Relay:
    """Answers what the real server at an address answers. Zones are not transferred through it."""

    def __init__(self, address: str, port: int, box: FaultBox) -> None:
        self._address = address
        self._port = port
        self._box = box

    def respond(self, wire: bytes, tcp: bool) -> Reply:
        """Answer a query in wire format."""
        fault = self._box.take("query")
        if fault and fault.kind == "silent":
            return Reply(None)
        question = read_query(wire)
        if not isinstance(question, Question):
            return Reply(question)
        answer = FAILURES.get(fault.kind) if fault else None
        answer = answer or self._ask(question.name, question.type)
        if answer is None:
            return Reply(None)
        delay = fault.number("seconds") if fault and fault.kind == "slow" else 0.0
        return Reply(render_answer(question, answer, tcp=tcp), delay)

    def lookup(self, name: dns.name.Name, rdtype: RdataType) -> Answer | None:
        """The answer as the lab's own resolver would get it; `None` when there is none."""
        fault = self._box.take("query")
        if fault and fault.kind == "silent":
            return None
        return (FAILURES.get(fault.kind) if fault else None) or self._ask(name, rdtype)

    def _ask(self, name: dns.name.Name, rdtype: RdataType) -> Answer | None:
        query = dns.message.make_query(name, rdtype)
        try:
            found = dns.query.tcp(query, self._address, _TIMEOUT, self._port)
        except (OSError, EOFError, dns.exception.DNSException):
            return None
        return Answer(
            found.rcode(),
            bool(found.flags & dns.flags.AA),
            tuple(found.answer),
            tuple(found.authority),
            tuple(found.additional),
        )

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading queries and rendering answers."""

from __future__ import annotations

from dataclasses import dataclass

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdataclass
from dns.rdatatype import RdataType

from .served import Answer
from .server import MAX_TCP

OUR_PAYLOAD = 1232
"""Octets of a UDP answer (DNS flag day 2020)."""


@dataclass(frozen=True)
class Question:
    """A query that asks one question of the Internet class."""

    message: dns.message.Message
    name: dns.name.Name
    type: RdataType


def read_query(wire: bytes) -> Question | bytes | None:
    """The question; or the answer to one that no server takes; or `None` for what deserves no answer."""
    try:
        message = dns.message.from_wire(wire, ignore_trailing=True)
    except dns.exception.DNSException:
        return None
    if message.flags & dns.flags.QR:
        return None
    if message.opcode() != dns.opcode.QUERY:
        return _empty(message, dns.rcode.NOTIMP)
    if len(message.question) != 1:
        return _empty(message, dns.rcode.FORMERR)
    asked = message.question[0]
    if asked.rdclass != dns.rdataclass.IN or asked.rdtype in (RdataType.AXFR, RdataType.IXFR):
        return _empty(message, dns.rcode.REFUSED)
    return Question(message, asked.name, asked.rdtype)


def render_answer(question: Question, answer: Answer, *, tcp: bool, recursive: bool = False) -> bytes:
    """The answer in wire format, truncated where it does not fit."""
    response = dns.message.make_response(question.message, recursion_available=recursive, our_payload=OUR_PAYLOAD)
    response.set_rcode(answer.rcode)
    if answer.authoritative and not recursive:
        response.flags |= dns.flags.AA
    response.answer.extend(answer.answer)
    response.authority.extend(answer.authority)
    response.additional.extend(answer.additional)
    asked = question.message
    size = MAX_TCP if tcp else min(max(asked.payload, 512), OUR_PAYLOAD) if asked.edns >= 0 else 512
    try:
        return response.to_wire(max_size=size)
    except dns.exception.TooBig:
        for section in (response.answer, response.authority, response.additional):
            section.clear()
        response.flags |= dns.flags.TC
        return response.to_wire(max_size=size)


def _empty(message: dns.message.Message, rcode: dns.rcode.Rcode) -> bytes:
    response = dns.message.make_response(message)
    response.set_rcode(rcode)
    return response.to_wire()

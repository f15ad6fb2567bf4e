# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads answers that are nothing but addresses of the name asked. Pure.

A sync asks every name server for every set, and dnspython needs most of that time to build messages. What is not as
plain as described here is left to it.
"""

from __future__ import annotations

import struct

from .._zone.rdata import Value, of_wire

#: Octets of a message before its question.
HEADER = 12

#: Octets of an address, by the type of its records.
_SIZES = {"A": 4, "AAAA": 16}
_NUMBERS = {"A": 1, "AAAA": 28}

#: The header behind its id: flags, and how many questions, answers and other records there are.
_COUNTS = struct.Struct("!2x2B4H")
#: A record before its data: a pointer to the name in the question, type, class, TTL, length of the data.
_RECORD = struct.Struct("!HHHLH")
_TO_THE_QUESTION = 0xC000 | HEADER
_IN = 1

#: Of the flags: an answer to a query, whole, without an error. The others may have any value.
_FIRST_MASK, _FIRST = 0xFA, 0x80
_RCODE_MASK = 0x0F

#: A TTL has 31 bits (RFC 2181 section 8).
_TTL_LIMIT = 1 << 31


def addresses(answer: bytes, question: bytes, rdtype: str) -> tuple[int, tuple[Value, ...]] | None:
    """The TTL and the values of an answer with one set of addresses and no other record; None for any other answer.

    question: as it was sent, behind the header.
    """
    size = _SIZES.get(rdtype)
    start = HEADER + len(question)
    if size is None or len(answer) <= start or answer[HEADER:start] != question:
        return None
    first, second, questions, answers, *others = _COUNTS.unpack_from(answer)
    step = _RECORD.size + size
    if first & _FIRST_MASK != _FIRST or second & _RCODE_MASK or questions != 1 or any(others):
        return None
    if len(answer) != start + answers * step:
        return None
    heads = {_RECORD.unpack_from(answer, at) for at in range(start, len(answer), step)}
    pointer, number, rdclass, ttl, length = heads.pop()
    if (
        heads
        or ttl >= _TTL_LIMIT
        or (pointer, number, rdclass, length) != (_TO_THE_QUESTION, _NUMBERS[rdtype], _IN, size)
    ):
        return None
    ends = range(start + step, len(answer) + 1, step)
    return ttl, tuple(of_wire(rdtype, answer[end - size : end]) for end in ends)

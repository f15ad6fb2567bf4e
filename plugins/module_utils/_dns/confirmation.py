# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The answer that confirms a record set, as bytes: what equals it needs no parser. Pure.

Most answers of a verification are what was expected, in the one form that name servers give to a plain answer. Such an
answer is recognised by comparing it with bytes that are made here. Whatever differs, in any way, is left to the parser.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from . import wire
from .comparison import EXACT, Expectation, question_type
from .wire import Question

#: Bits of the header: a response to an ordinary query, whole, without an error. The others do not matter to what is
#: compared.
_KIND, _RESPONSE, _ERROR = 0xFA, 0x80, 0x0F

#: The octets of a header, and those of a message before its counts.
_HEADER, _FLAGS = 12, 4

#: In place of the name of a record: that of the question, which follows the header.
_SAME_NAME = b"\xc0\x0c"

#: The octets of a TTL, and of a record before it: name, type, class.
_TTL, _BEFORE_TTL = 4, 6


@dataclass(frozen=True)
class Confirmation:
    """The answers that say that a server has a record set, whatever their TTL.

    start: their counts and their question. head: what each record begins with. tails: what follows the TTL of each
    record, in order. size: the octets of each record. ttl: the TTL that they must have; None for any. texts: the values
    as they are shown.
    """

    start: bytes
    head: bytes
    tails: tuple[bytes, ...]
    size: int
    ttl: bytes | None
    texts: tuple[str, ...]

    def is_in(self, answer: bytes) -> bool:
        """Whether the answer says exactly that. answer: a message, whose id is not looked at."""
        begin = _FLAGS + len(self.start)
        if (
            len(answer) < begin + _BEFORE_TTL + _TTL
            or answer[2] & _KIND != _RESPONSE
            or answer[3] & _ERROR
            or answer[_FLAGS:begin] != self.start
        ):
            return False
        ttl = answer[begin + _BEFORE_TTL : begin + _BEFORE_TTL + _TTL]
        if self.ttl not in (None, ttl):
            return False
        # Many servers answer the records of a set in turns.
        found = sorted([answer[place : place + self.size] for place in range(begin, len(answer), self.size)])
        return found == [self.head + ttl + tail for tail in self.tails]


@lru_cache(maxsize=wire.REMEMBERED)
def _made(question: Question, rdata: tuple[bytes, ...], ttl: int | None, texts: tuple[str, ...]) -> Confirmation:
    asked = wire.packed(question)[_HEADER:]
    tails = sorted(len(one).to_bytes(2, "big") + one for one in rdata)
    return Confirmation(
        start=b"\0\1" + len(rdata).to_bytes(2, "big") + b"\0\0\0\0" + asked,
        head=_SAME_NAME + asked[-4:],
        tails=tuple(tails),
        size=_BEFORE_TTL + _TTL + len(tails[0]),
        ttl=None if ttl is None else ttl.to_bytes(_TTL, "big"),
        texts=texts,
    )


def confirmation(expected: Expectation) -> Confirmation | None:
    """The answers that confirm it; None where it takes more than equal bytes to tell."""
    record_set = expected.record_set
    values = record_set.values
    if expected.absent or expected.served_as != EXACT or record_set.type == "CNAME" or not values:
        return None
    if any(value.is_opaque or len(value.wire) != len(values[0].wire) for value in values):
        return None
    question = expected.name, question_type(expected)
    texts = tuple(sorted(value.text for value in values))
    return _made(question, tuple(value.wire for value in values), expected.ttl, texts)

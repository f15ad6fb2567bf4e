# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DNS on the wire: questions to one server over one TCP connection, and a stub resolver. dnspython speaks DNS."""

from __future__ import annotations

import ipaddress
import os
import re
import socket
import struct
from array import array
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, lru_cache

from .._deadline import Deadline

with suppress(ImportError):  # the modules report a missing library
    import dns.exception
    import dns.flags
    import dns.inet
    import dns.message
    import dns.name
    import dns.query
    import dns.rdataclass
    import dns.rdatatype
    import dns.resolver

DNS_PORT = 53

#: Seconds without an answer after which a server is called silent.
SILENCE = 3.0

#: Questions in flight on one connection (RFC 7766 section 6.2.1.1); a server may hold few at a time.
_IN_FLIGHT = 100

#: Octets to read at once.
_CHUNK = 1 << 16

#: Questions and answers that are kept in their parsed form: all servers get the same questions, and most give the same
#: answers.
REMEMBERED = 4096

#: So many answers that are not as expected show that most of a zone is not.
_MOST_OTHERS = 20

#: A header of a question with the id 0, in which nothing is set but their number.
_ONE_QUESTION = struct.pack("!6H", 0, 0, 1, 0, 0, 0)

#: An absolute name without escapes, and the characters that it may have (RFC 1035, section 3.1, in this form).
_PLAIN_NAME = re.compile(r"(?:[a-z0-9_*-]{1,63}\.)+")
_LONGEST_NAME = 254

_NOT_ASKED = "it answered a question that was not asked"

#: Seconds that one question to the resolver may take, all its tries included.
_RESOLVE_TIME = 5.0


@dataclass(frozen=True)
class Endpoint:
    """A socket address. Written `192.0.2.1:53` or `[2001:db8::1]:53`."""

    address: str
    port: int = DNS_PORT

    def __str__(self) -> str:
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{host}:{self.port}"


def split_port(text: str, default_port: int) -> tuple[str, int]:
    """Host and port of `host`, `host:port`, `[v6]:port` or a bare IPv6 address. Raises ValueError."""
    text = text.strip()
    host, port = _bracketed(text) if text.startswith("[") else _with_port(text)
    if not host or (port and not (port.isdecimal() and 0 < int(port) < 65536)):
        raise ValueError(f"{text!r} is not host or host:port")
    return host, int(port) if port else default_port


def _bracketed(text: str) -> tuple[str, str]:
    host, bracket, rest = text[1:].partition("]")
    if not bracket or (rest and not rest.startswith(":")):
        raise ValueError(f"{text!r} is not [address]:port")
    return host, rest[1:]


def _with_port(text: str) -> tuple[str, str]:
    if text.count(":") != 1:
        return text, ""
    host, _colon, port = text.partition(":")
    return host, port


def is_address(host: str) -> bool:
    with suppress(ValueError):
        return bool(ipaddress.ip_address(host))
    return False


#: A question: absolute name and type.
Question = tuple[str, str]

#: Looks at an answer to a question.
Confirms = Callable[[Question, bytes], bool]


def _never(_question: Question, _answer: bytes) -> bool:
    return False


def ask(
    endpoint: Endpoint, questions: Sequence[Question], deadline: Deadline, confirms: Confirms = _never
) -> dict[Question, bytes | str]:
    """What the server answers to each question, for `message` to parse, or in words why there is no answer.

    Never raises for what the server does. An answer counts only with the id and the question that were sent.
    confirms: whether it can be seen without parsing that an answer is one to the question.

    Questions are sent ahead of answers; a server that closes the connection early is connected to again as long as
    each connection brings something.
    """
    answers: dict[Question, bytes | str] = {}
    pending = list(dict.fromkeys(questions))
    failure = "no time was left to ask"

    def take(question: Question, answer: bytes) -> bool:
        if not confirms(question, answer) and not _query(question).is_response(message(answer)):
            raise OSError(_NOT_ASKED)
        answers[question] = answer
        return True

    while pending and deadline.remaining():
        before = len(answers)
        try:
            _ask_once(endpoint, pending, deadline, take)
        except (OSError, EOFError, ValueError, dns.exception.DNSException) as error:
            failure = _describe(error)
        pending = [question for question in pending if question not in answers]
        if len(answers) == before:
            break
    return {**answers, **dict.fromkeys(pending, failure)}


def confirmed(
    endpoint: Endpoint, questions: Sequence[Question], deadline: Deadline, confirms: Confirms
) -> dict[Question, bytes]:
    """The answers of the server that `confirms` recognises. Asks no further when many are others."""
    answers: dict[Question, bytes] = {}
    others = 0

    def take(question: Question, answer: bytes) -> bool:
        nonlocal others
        if confirms(question, answer):
            answers[question] = answer
        else:
            others += 1
        return others < _MOST_OTHERS

    with suppress(OSError, EOFError, ValueError, dns.exception.DNSException):
        _ask_once(endpoint, questions, deadline, take)
    return answers


def _ask_once(endpoint: Endpoint, questions: Sequence[Question], deadline: Deadline, take: Confirms) -> None:
    """Ask over one connection until all is answered, or `take` says that it is enough."""
    family = socket.AF_INET6 if ":" in endpoint.address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as connection:
        connection.settimeout(min(SILENCE, deadline.remaining()))
        connection.connect((endpoint.address, endpoint.port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        inbox = _Inbox(connection, deadline)
        for start in range(0, len(questions), _IN_FLIGHT):
            some = questions[start : start + _IN_FLIGHT]
            if not all(take(question, answer) for question, answer in _exchange(connection, inbox, some, deadline)):
                return


def _exchange(
    connection: socket.socket, inbox: _Inbox, questions: Sequence[Question], deadline: Deadline
) -> Iterator[tuple[Question, bytes]]:
    waiting: dict[int, Question] = {}
    stream = bytearray()
    for number, question in zip(_ids(len(questions)), questions, strict=True):
        wire = packed(question)
        stream += len(wire).to_bytes(2, "big") + number.to_bytes(2, "big") + wire[2:]
        waiting[number] = question
    connection.settimeout(min(SILENCE, deadline.remaining()) or 0.001)
    connection.sendall(stream)
    while waiting:
        answer = inbox.message()
        question_asked = waiting.pop(int.from_bytes(answer[:2], "big"), None)
        if question_asked is None:
            raise OSError(_NOT_ASKED)
        # Without its id, so that the same answer of another server is known already.
        yield question_asked, b"\0\0" + answer[2:]


def _ids(count: int) -> list[int]:
    """So many ids, all different, from the operating system: who guesses the id of a question could answer it in place
    of the server. Asked for at once, as each call of the system lets another thread run."""
    found: dict[int, None] = {}
    while len(found) < count:
        found |= dict.fromkeys(array("H", os.urandom(2 * (count - len(found)))))
    return list(found)


@lru_cache(maxsize=REMEMBERED)
def packed(question: Question) -> bytes:
    """The question on the wire, with the id 0: as `_query`, in a fraction of the time where the name is a plain one."""
    name, rdtype = question
    if not _PLAIN_NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
        return _query(question).to_wire()
    labels = name.encode().split(b".")
    name_on_wire = b"".join([len(label).to_bytes(1, "big") + label for label in labels])
    return _ONE_QUESTION + name_on_wire + _type_and_class(rdtype)


@cache
def _type_and_class(rdtype: str) -> bytes:
    return struct.pack("!HH", dns.rdatatype.from_text(rdtype), dns.rdataclass.IN)


@lru_cache(maxsize=REMEMBERED)
def _query(question: Question) -> dns.message.Message:
    """The question with the id 0. Not to be changed."""
    query = dns.message.make_query(*question, id=0)
    query.flags &= ~dns.flags.RD
    return query


@lru_cache(maxsize=REMEMBERED)
def message(wire: bytes) -> dns.message.Message:
    """The message, not to be changed. Raises DNSException."""
    return dns.message.from_wire(wire, ignore_trailing=True)


class _Inbox:
    """Reads all that has arrived at once: each call of the socket lets another thread run, and many answers wait."""

    def __init__(self, connection: socket.socket, deadline: Deadline) -> None:
        self._connection = connection
        self._deadline = deadline
        self._arrived = bytearray()

    def message(self) -> bytes:
        """The next message. Raises OSError, and EOFError where the connection ends."""
        return self._take(int.from_bytes(self._take(2), "big"))

    def _take(self, size: int) -> bytes:
        while len(self._arrived) < size:
            self._connection.settimeout(min(SILENCE, self._deadline.remaining()) or 0.001)
            chunk = self._connection.recv(_CHUNK)
            if not chunk:
                raise EOFError("the server closed the connection")
            self._arrived += chunk
        taken = bytes(self._arrived[:size])
        del self._arrived[:size]
        return taken


def _describe(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "silent"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    return str(error) or type(error).__name__


#: In place of domains whose names must be validated: all of them.
EVERYTHING = "."


class Resolver:
    """The system's resolver, or the one at `server` (`host[:port]`). All that it does is bounded by the deadline.

    require_ad: domains, without a trailing dot, or EVERYTHING. An answer for a name there counts only with the AD bit:
    the resolver states with it that it has validated the whole answer (RFC 4035, section 3.2.3).
    """

    def __init__(self, deadline: Deadline, server: str | None = None, require_ad: Collection[str] = ()) -> None:
        self._deadline = deadline
        self._require_ad = frozenset(require_ad)
        try:
            self._resolver = dns.resolver.Resolver(configure=server is None)
        except dns.resolver.NoResolverConfiguration:
            # A bare container: name servers that are given by address can still be asked.
            self._resolver = dns.resolver.Resolver(configure=False)
        if server is not None:
            host, port = split_port(server, DNS_PORT)
            self._resolver.nameservers = [host if is_address(host) else socket.gethostbyname(host)]
            self._resolver.port = port
        self._resolver.timeout = _RESOLVE_TIME / 2
        if self._require_ad:
            # The bit in the question asks for the one in the answer (RFC 6840, section 5.7).
            self._resolver.flags = dns.flags.RD | dns.flags.AD

    @property
    def endpoints(self) -> list[Endpoint]:
        """The addresses of the resolver; none where the system names none."""
        return [Endpoint(str(one), self._resolver.port) for one in self._resolver.nameservers]

    def look_up(self, name: str, rdtype: str) -> dns.message.Message | None:
        """The answer, NODATA and NXDOMAIN included; None when the resolver gives none, or not a validated one where it
        must be."""
        found = self.look_up_unchecked(name, rdtype)
        if found is not None and self.must_validate(name) and not found.flags & dns.flags.AD:
            return None
        return found

    def must_validate(self, name: str) -> bool:
        """Whether an answer for the name counts only when it is validated."""
        labels = name.rstrip(".").lower().split(".")
        within = {".".join(labels[start:]) for start in range(len(labels))}
        return not self._require_ad.isdisjoint({EVERYTHING, *within})

    def look_up_unchecked(self, name: str, rdtype: str) -> dns.message.Message | None:
        """The answer, validated or not: for what only makes a run more careful."""
        lifetime = min(_RESOLVE_TIME, self._deadline.remaining())
        try:
            answer = self._resolver.resolve(
                name, rdtype, raise_on_no_answer=False, lifetime=lifetime or 0.001, search=False
            )
        except dns.resolver.NXDOMAIN as error:
            # The canonical name of the last answer: a CNAME chain may end in a name that does not exist.
            return next(iter(error.kwargs["responses"].values()), None)
        except (dns.exception.DNSException, OSError):
            return None
        return answer.response

    def values(self, name: str, rdtype: str) -> list[str]:
        """The rdata of this type at the end of the name's CNAME chain, in presentation format."""
        message = self.look_up(name, rdtype)
        wanted = dns.rdatatype.from_text(rdtype)
        if message is None:
            return []
        return [rdata.to_text() for rrset in message.answer if rrset.rdtype == wanted for rdata in rrset]

    def addresses(self, name: str) -> list[str]:
        """The name's IPv4 and IPv6 addresses."""
        if is_address(name):
            return [name]
        return self.values(name, "A") + self.values(name, "AAAA")

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks one recursive name server for the addresses of a host: RFC 1035 as far as A and AAAA need it, without EDNS.

For probing hosts that have no DNS library: nothing newer than Python 3.8, nothing but its standard library.
"""

from __future__ import annotations

import random
import socket
import struct
from typing import TYPE_CHECKING, NamedTuple

from .._deadline import Deadline

if TYPE_CHECKING:
    _Labels = tuple[bytes, ...]  # a name, in lower case; Python 3.8 cannot say so at run time

#: Of each address family the record type that holds its addresses.
TYPES = {socket.AF_INET: 1, socket.AF_INET6: 28}
_CNAME = 5
_INTERNET = 1
_RCODES = {1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}
_REPEAT = 1.0
"""Seconds until an unanswered question is sent again."""
_HOPS = 16
"""CNAMEs that are followed within an answer."""

_random = random.SystemRandom()


class Answer(NamedTuple):
    """What a name server answered; a name that has none of these addresses has no `failure` either."""

    addresses: tuple[str, ...]
    failure: str = ""
    truncated: bool = False


def look_up(name: str, family: socket.AddressFamily, server: tuple[str, int], deadline: Deadline) -> Answer:
    """The addresses of `name` in one family, as the name server at this address and port knows them.

    Asks over UDP, again every second, and over TCP when the answer was cut short.
    Raises ValueError when the name cannot be asked for, and OSError when the server refuses or does not answer in time.
    """
    question = query(name, family)
    transport = socket.AF_INET6 if ":" in server[0] else socket.AF_INET
    with socket.socket(transport, socket.SOCK_DGRAM) as udp:
        udp.settimeout(_left(deadline))
        udp.connect(server)  # what others send is not delivered
        answer = None
        while answer is None:
            udp.send(question)
            answer = _first_answer(udp, question, Deadline(min(_REPEAT, _left(deadline))))
    if not answer.truncated:
        return answer
    question = query(name, family)  # with an id of its own
    with socket.socket(transport, socket.SOCK_STREAM) as tcp:
        tcp.settimeout(_left(deadline))
        tcp.connect(server)
        tcp.sendall(struct.pack("!H", len(question)) + question)
        (length,) = struct.unpack("!H", _exactly(tcp, 2, deadline))
        try:
            return read_answer(_exactly(tcp, length, deadline), question)
        except ValueError as error:
            raise OSError(f"answers nonsense over TCP: {error}") from None


def query(name: str, family: socket.AddressFamily) -> bytes:
    """A question for the addresses of `name`, with a random id. Raises ValueError when it is no host name."""
    labels = [label.encode("ascii") for label in name.rstrip(".").split(".")]
    if not all(0 < len(label) < 64 for label in labels) or sum(len(label) + 1 for label in labels) > 254:
        raise ValueError(f"{name!r} is not a host name")
    wire = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    recursion_desired = 0x0100
    head = struct.pack("!6H", _random.getrandbits(16), recursion_desired, 1, 0, 0, 0)
    return head + wire + struct.pack("!2H", TYPES[family], _INTERNET)


def read_answer(message: bytes, question: bytes) -> Answer:
    """What `message` answers to this question. Raises ValueError when it does not answer it."""
    try:
        return _read(message, question)
    except (struct.error, IndexError):
        raise ValueError("the message ends too early") from None


def _read(message: bytes, question: bytes) -> Answer:
    flags, questions, records = struct.unpack_from("!3H", message, 2)
    if message[:2] != question[:2] or not flags & 0x8000:
        raise ValueError("not an answer to this question")
    asked, end = _name(question, 12)
    owner, at = _name(message, 12)
    if questions != 1 or owner != asked or message[at : at + 4] != question[end:]:
        raise ValueError("an answer to another question")
    if flags & 0x000F:
        return Answer((), _RCODES.get(flags & 0x000F, f"RCODE {flags & 0x000F}"))
    if flags & 0x0200:
        return Answer((), "cut short", truncated=True)
    (wanted,) = struct.unpack_from("!H", question, end)
    return Answer(_addresses(message, at + 4, records, asked, wanted))


def _addresses(message: bytes, at: int, records: int, asked: _Labels, wanted: int) -> tuple[str, ...]:
    """The addresses of this type that the records, which start here, hold at the end of the name's chain of aliases."""
    family = next(family for family, number in TYPES.items() if number == wanted)
    addresses: dict[_Labels, list[str]] = {}
    aliases: dict[_Labels, _Labels] = {}
    for _record in range(records):
        owner, at = _name(message, at)
        kind, network, length = struct.unpack_from("!HH4xH", message, at)
        data = message[at + 10 : at + 10 + length]
        if (kind, network) == (wanted, _INTERNET):
            addresses.setdefault(owner, []).append(socket.inet_ntop(family, data))
        elif (kind, network) == (_CNAME, _INTERNET):
            aliases[owner] = _name(message, at + 10)[0]
        at += 10 + length
    for _hop in range(_HOPS):
        asked = aliases.get(asked, asked)
    return tuple(addresses.get(asked, ()))


def _name(message: bytes, at: int) -> tuple[_Labels, int]:
    """The labels, in lower case, of the name that starts here, and where the message goes on after it.

    A compression pointer must lead to before all that was read of the name, as RFC 1035 section 4.1.4 means it: so it
    always ends. Raises ValueError or IndexError when it is not a valid name.
    """
    labels: list[bytes] = []
    limit, after, size = at, 0, 0
    while message[at]:
        length = message[at]
        if length >= 0xC0:
            after = after or at + 2
            at = (length & 0x3F) << 8 | message[at + 1]
            if at >= limit:
                raise ValueError("a compression pointer that leads forward")
            limit = at
            continue
        size += length + 1
        if length > 63 or size > 254:
            raise ValueError("a name that is too long")
        labels.append(message[at + 1 : at + 1 + length].lower())
        at += length + 1
    return tuple(labels), after or at + 1


def _first_answer(udp: socket.socket, question: bytes, deadline: Deadline) -> Answer | None:
    """The first answer to the question that arrives in time, whatever else arrives."""
    while not deadline.passed():
        try:
            udp.settimeout(_left(deadline))
            return read_answer(udp.recv(65535), question)
        except ValueError:
            continue
        except OSError:
            if not deadline.passed():
                raise
    return None


def _exactly(tcp: socket.socket, length: int, deadline: Deadline) -> bytes:
    data = b""
    while len(data) < length:
        tcp.settimeout(_left(deadline))
        more = tcp.recv(length - len(data))
        if not more:
            raise OSError("closed the connection in the middle of an answer")
        data += more
    return data


def _left(deadline: Deadline) -> float:
    """Seconds for the next blocking call. Raises TimeoutError when there are none."""
    left = deadline.remaining()
    if not left:
        raise TimeoutError("no answer in time")
    return left

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A zone transfer whose records need not all make sense: one that dnspython refuses is kept as it is.

What one server holds a newer dnspython may refuse, such as an HTTPS record with an ECH list of a wrong length. It then
refuses the whole transfer, and nobody could work with the zone any more.
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from .._deadline import Deadline
from .wire import Endpoint

with suppress(ImportError):  # the modules report a missing library
    import dns.exception
    import dns.message
    import dns.name
    import dns.rdata
    import dns.rdataclass
    import dns.rdatatype
    import dns.tsig
    import dns.zone

#: Seconds without any octet after which the server is called silent.
_SILENCE = 10.0

#: In the head of a message: its flags with the response code, and how many records follow; the octets of the head.
_FLAGS, _COUNTS, _RCODE, _HEAD = 2, 4, 0x000F, 12

#: After a name: type and class; and those with the TTL and the length of the data.
_QUESTION, _BEFORE_DATA = struct.Struct("!HH"), struct.Struct("!HHIH")


@dataclass(frozen=True)
class _Record:
    """A record as it was sent. start: where it begins in the message."""

    start: int
    name: dns.name.Name
    ttl: int
    rdata: dns.rdata.Rdata


def transfer(endpoint: Endpoint, zone: str, key: dns.tsig.Key, deadline: Deadline) -> dns.zone.Zone:
    """The whole zone, with absolute names. zone: without a trailing dot.

    Raises OSError, EOFError and dnspython's exceptions, also for a signature that is wrong or missing.
    """
    origin = dns.name.from_text(zone)
    query = dns.message.make_query(origin, "AXFR")
    query.use_tsig(key)
    wire = query.to_wire()
    found = dns.zone.Zone(origin, relativize=False)
    with socket.create_connection((endpoint.address, endpoint.port), deadline.at_most(_SILENCE)) as connection:
        connection.sendall(struct.pack("!H", len(wire)) + wire)
        context, heads, is_signed = None, 0, False
        while heads < 2:  # the zone is over where its head comes a second time
            message = _received(connection, deadline)
            records = list(_records(message))
            context, is_signed = _verified(message, records, key, query, context)
            answers = [one for one in records if one.rdata.rdtype != dns.rdatatype.TSIG]
            if not answers or struct.unpack_from("!H", message, _FLAGS)[0] & _RCODE:
                raise dns.exception.FormError("the transfer ends before the zone does")
            for one in answers:
                heads += one.rdata.rdtype == dns.rdatatype.SOA
                if heads < 2:
                    found.find_rdataset(one.name, one.rdata.rdtype, create=True).add(one.rdata, one.ttl)
    if not is_signed:
        raise dns.exception.FormError("the transfer does not end with a signature")
    return found


def _received(connection: socket.socket, deadline: Deadline) -> bytes:
    """The next message. Raises EOFError where the connection ends."""
    (length,) = struct.unpack("!H", _octets(connection, 2, deadline))
    return _octets(connection, length, deadline)


def _octets(connection: socket.socket, count: int, deadline: Deadline) -> bytes:
    found = b""
    while len(found) < count:
        connection.settimeout(deadline.at_most(_SILENCE))
        more = connection.recv(count - len(found))
        if not more:
            raise EOFError
        found += more
    return found


def _records(message: bytes) -> Iterator[_Record]:
    """The records of a message. Raises dnspython's exceptions where the message itself is broken."""
    questions, *counts = struct.unpack_from("!HHHH", message, _COUNTS)
    here = _HEAD
    for _number in range(questions):
        here += dns.name.from_wire(message, here)[1] + _QUESTION.size
    for _number in range(sum(counts)):
        start = here
        name, length = dns.name.from_wire(message, start)
        rdtype, rdclass, ttl, size = _BEFORE_DATA.unpack_from(message, start + length)
        data = start + length + _BEFORE_DATA.size
        here = data + size
        if here > len(message):
            raise dns.exception.FormError("a record is cut off")
        yield _Record(start, name, ttl, _rdata(message, rdclass, rdtype, data, size))


def _rdata(message: bytes, rdclass: int, rdtype: int, start: int, length: int) -> dns.rdata.Rdata:
    number, kind = dns.rdataclass.RdataClass.make(rdclass), dns.rdatatype.RdataType.make(rdtype)
    try:
        return dns.rdata.from_wire(number, kind, message, start, length)
    except (dns.exception.DNSException, ValueError):
        return dns.rdata.GenericRdata(number, kind, message[start : start + length])


def _verified(
    message: bytes, records: list[_Record], key: dns.tsig.Key, query: dns.message.Message, context: Any
) -> tuple[Any, bool]:
    """The signature so far, and whether this message ends with one; between the first and the last one it need not."""
    last = records[-1] if records else None
    if last is None or last.rdata.rdtype != dns.rdatatype.TSIG:
        if context is None:
            raise dns.exception.FormError("the transfer does not begin with a signature")
        context.update(message)
        return context, False
    if last.name != key.name:
        raise dns.tsig.PeerBadKey
    now = int(time.time())
    rdata: Any = last.rdata
    return dns.tsig.validate(message, key, last.name, rdata, now, query.mac, last.start, context, True), True

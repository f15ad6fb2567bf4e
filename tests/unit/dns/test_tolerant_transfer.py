# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A zone transfer with records that dnspython refuses: they are kept, and a signature counts as much as ever."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import dns.tsig
import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._deadline import Deadline
from ansible_collections.twinzone.edge.plugins.module_utils._dns.primary import Primary, Refused
from ansible_collections.twinzone.edge.plugins.module_utils._dns.wire import Endpoint

ZONE = "example.com"
KEY = dns.tsig.Key("twinzone.", "bm90IGEgc2VjcmV0LCBvbmx5IGZvciB0ZXN0cyBvbiBsbw==", "hmac-sha256")
OTHER = dns.tsig.Key("twinzone.", "d3Jvbmcgc2VjcmV0LCBvbmx5IGZvciB0ZXN0cyBvbiBsbw==", "hmac-sha256")
UNKNOWN = dns.tsig.Key("somebody.", "bm90IGEgc2VjcmV0LCBvbmx5IGZvciB0ZXN0cyBvbiBsbw==", "hmac-sha256")

#: An HTTPS record with an ECH list of a wrong length.
BAD_ECH = bytes.fromhex("000100000500080045fe0d00410001")
SOA = dns.rrset.from_text(f"{ZONE}.", 300, "IN", "SOA", "ns1.example.net. host.example.net. 7 1 1 1 1")
MX = dns.rrset.from_text(f"{ZONE}.", 300, "IN", "MX", f"10 mail.{ZONE}.", f"20 other.{ZONE}.")


def odd() -> dns.rrset.RRset:
    rdata = dns.rdata.GenericRdata(dns.rdataclass.IN, dns.rdatatype.HTTPS, BAD_ECH)
    found = dns.rrset.RRset(dns.name.from_text(f"odd.{ZONE}."), dns.rdataclass.IN, dns.rdatatype.HTTPS)
    found.add(rdata, 300)
    return found


@contextmanager
def server(key: dns.tsig.Key | None, *messages: list[dns.rrset.RRset], rcode: int = 0, cut: int = 0) -> Iterator[int]:
    """Answers every query with these messages, signed with the key. cut: octets that are missing at the end."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _address = listening.accept()
                except OSError:
                    return
                with connection:
                    answer(connection)

        def answer(connection: socket.socket) -> None:
            (length,) = struct.unpack("!H", connection.recv(2))
            query = dns.message.from_wire(connection.recv(length), keyring=KEY)
            context = None
            for number, sections in enumerate(messages):
                response = dns.message.make_response(query)
                response.set_rcode(dns.rcode.Rcode(rcode))
                response.flags |= dns.flags.AA
                response.answer = sections
                if key is not None:
                    response.use_tsig(key)
                response.request_mac = query.mac or b""
                wire = response.to_wire(multi=True, tsig_ctx=context) if key else unsigned(response)
                assert wire is not None
                context = response.tsig_ctx
                last = number == len(messages) - 1
                whole = struct.pack("!H", len(wire)) + wire
                connection.sendall(whole[: len(whole) - cut] if last else whole)

        threading.Thread(target=serve, daemon=True).start()
        yield int(listening.getsockname()[1])


def unsigned(response: dns.message.Message) -> bytes | None:
    response.tsig = None
    return response.to_wire()


def transferred(port: int) -> dict[tuple[str, str], int]:
    """By name and type, how many values the transfer brought."""
    zone = Primary(Endpoint("127.0.0.1", port), ZONE, KEY, Deadline(5.0)).transfer()
    return {
        (name.to_text(), dns.rdatatype.to_text(one.rdtype)): len(one) for name, node in zone.items() for one in node
    }


WHOLE = {(f"{ZONE}.", "SOA"): 1, (f"{ZONE}.", "MX"): 2, (f"odd.{ZONE}.", "HTTPS"): 1}


@pytest.mark.parametrize(
    "messages", [([SOA, MX, odd(), SOA],), ([SOA, MX], [odd()], [SOA])], ids=["in one message", "in three"]
)
def test_what_cannot_be_parsed_is_kept(messages: tuple[list[dns.rrset.RRset], ...]) -> None:
    with server(KEY, *messages) as port:
        assert transferred(port) == WHOLE


@pytest.mark.parametrize("key", [None, OTHER, UNKNOWN], ids=["unsigned", "another secret", "another key"])
def test_a_transfer_is_believed_with_its_signature_only(key: dns.tsig.Key | None) -> None:
    with server(key, [SOA, MX, odd(), SOA]) as port, pytest.raises(dns.exception.DNSException):
        transferred(port)


@pytest.mark.parametrize("messages", [([SOA, MX, odd()],), ([SOA, MX], [odd()])])
def test_half_a_transfer_is_none(messages: tuple[list[dns.rrset.RRset], ...]) -> None:
    with server(KEY, *messages) as port, pytest.raises((EOFError, OSError, dns.exception.DNSException)):
        transferred(port)
    with server(KEY, [SOA, MX, odd(), SOA], cut=30) as port, pytest.raises((EOFError, dns.exception.DNSException)):
        transferred(port)


def test_a_refusal_is_one() -> None:
    with server(KEY, [], rcode=dns.rcode.REFUSED) as port, pytest.raises(Refused, match="REFUSED"):
        transferred(port)

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Those who lead astray: a name server that changes what a real one answers, and an API that answers what it likes."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import dns.message
import dns.name
import dns.query
import dns.rdatatype
import dns.rrset

from support.tls_fronts import Server

#: Changes the answer of the real server to a question.
Change = Callable[[dns.message.Message], None]


@contextmanager
def lying_name_server(address: str, port: int, change: Change) -> Iterator[str]:
    """A server over TCP that stands before a real one; its `address:port`."""

    def talk(connection: socket.socket, number: int) -> None:
        stream = connection.makefile("rwb")
        while head := stream.read(2):
            query = dns.message.from_wire(stream.read(int.from_bytes(head, "big")))
            answer = dns.query.tcp(query, address, timeout=10, port=port)
            change(answer)
            wire = answer.to_wire()
            stream.write(len(wire).to_bytes(2, "big") + wire)
            stream.flush()

    server = Server(talk)
    try:
        yield server.place
    finally:
        server.close()


@contextmanager
def lying_resolver(place: str, change: Change) -> Iterator[str]:
    """A resolver over UDP that stands before the real one at `address:port`; its own."""
    address, _colon, port = place.rpartition(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as here:
        here.bind(("127.0.0.1", 0))

        def serve() -> None:
            while packet := here.recvfrom(65536):
                query = dns.message.from_wire(packet[0])
                if not query.question:
                    return
                answer = dns.query.udp(query, address, timeout=10, port=int(port))
                change(answer)
                here.sendto(answer.to_wire(), packet[1])

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        own = "{}:{}".format(*here.getsockname())
        yield own
        # A message without a question ends it.
        here.sendto(dns.message.Message().to_wire(), here.getsockname())
        thread.join(10)


def replace(answer: dns.message.Message, name: str, rdtype: str, *texts: str) -> None:
    """Where this is asked for, let the answer be these values."""
    (question,) = answer.question
    if (question.name, question.rdtype) != (dns.name.from_text(name), dns.rdatatype.from_text(rdtype)):
        return
    answer.set_rcode(dns.rcode.NOERROR)
    answer.answer[:] = [dns.rrset.from_text(name, 60, "IN", rdtype, *texts)]
    answer.authority.clear()


@contextmanager
def lying_api(*parts: bytes, status: str = "200 OK", headers: str = "", endless: bool = False) -> Iterator[str]:
    """An API that answers every request with these parts, the last of them for ever if `endless`; its URL."""
    over = threading.Event()

    def talk(connection: socket.socket, number: int) -> None:
        with suppress(OSError):
            connection.recv(65536)
            head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nConnection: close\r\n{headers}\r\n"
            connection.sendall(head.encode() + b"".join(parts))
            while endless and not over.is_set():
                connection.sendall(parts[-1])

    server = Server(talk)
    try:
        yield f"http://{server.place}"
    finally:
        over.set()
        server.close()


class Collector:
    """Where an adversary would like tokens to be sent. got: what came over each connection."""

    def __init__(self, server: Server, got: list[bytes]) -> None:
        self.url = f"http://{server.place}"
        self.got = got


@contextmanager
def collector() -> Iterator[Collector]:
    """Notes everything, and answers every request as an API does that has nothing."""
    got: list[bytes] = []

    def talk(connection: socket.socket, number: int) -> None:
        with suppress(OSError):
            got.append(connection.recv(65536))
            connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    server = Server(talk)
    try:
        yield Collector(server, got)
    finally:
        server.close()

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A UDP and TCP DNS server. What it answers is its responder's business."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass

from ..tcp_listener import TcpListener

MAX_TCP = 65535


@dataclass(frozen=True)
class Reply:
    """What a responder gives for one query; a `wire` of `None` is silence."""

    wire: bytes | None
    delay: float = 0.0
    """Seconds before it is sent."""


Responder = Callable[[bytes, bool], Reply]
"""Query in wire format, whether it came over TCP → reply. Must not raise."""


class DnsServer:
    """Listens on one address until closed."""

    def __init__(self, address: str, port: int, respond: Responder) -> None:
        """Raises `OSError` when the address is taken."""
        self._respond = respond
        self._tcp = TcpListener(address, port, self._serve_tcp)
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        # A multicast DNS daemon often holds the wildcard address of port 5353; the TCP listener detects a real clash.
        self._udp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        try:
            self._udp.bind((address, port))
        except OSError:
            self._tcp.close()
            raise
        threading.Thread(target=self._serve_udp, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._tcp.close()
        self._udp.close()

    def _serve_udp(self) -> None:
        while True:
            try:
                query, client = self._udp.recvfrom(MAX_TCP)
            except OSError:
                return
            reply = self._respond(query, False)
            if reply.delay:
                timer = threading.Timer(reply.delay, self._send_udp, (reply.wire, client))
                timer.daemon = True
                timer.start()
            else:
                self._send_udp(reply.wire, client)

    def _send_udp(self, wire: bytes | None, client: tuple[str, int]) -> None:
        if wire is not None:
            with contextlib.suppress(OSError):  # closed meanwhile
                self._udp.sendto(wire, client)

    def _serve_tcp(self, connection: socket.socket) -> None:
        """Answers every complete query that has arrived in one write: clients pipeline hundreds (RFC 7766)."""
        waiting = b""
        delay = threading.Event()
        while data := connection.recv(1 << 16):
            waiting += data
            replies = []
            position = 0
            while len(waiting) >= position + 2:
                (length,) = struct.unpack_from("!H", waiting, position)
                if len(waiting) < position + 2 + length:
                    break
                reply = self._respond(waiting[position + 2 : position + 2 + length], True)
                position += 2 + length
                if reply.wire is not None:
                    replies.append(struct.pack("!H", len(reply.wire)) + reply.wire)
                if reply.delay:
                    delay.wait(reply.delay)
            waiting = waiting[position:]
            if replies:
                connection.sendall(b"".join(replies))

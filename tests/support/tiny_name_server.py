# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A name server on loopback that answers whatever a test wants, also what no real one would."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable

import dns.message
import dns.rrset

Reply = Callable[[dns.message.Message, bool], "bytes | None"]


class NameServer:
    """Answers over UDP and TCP of one port, byte for byte, what `reply(query, over_tcp)` makes; None is silence."""

    def __init__(self, reply: Reply, host: str = "127.0.0.1") -> None:
        self.reply = reply
        self.asked: list[tuple[dns.message.Message, bool]] = []
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.udp = socket.socket(family, socket.SOCK_DGRAM)
        self.tcp = socket.socket(family, socket.SOCK_STREAM)
        self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.tcp.bind((host, 0))
        self.address = (host, self.tcp.getsockname()[1])
        self.udp.bind(self.address)
        self.tcp.listen()
        for serve in (self._serve_udp, self._serve_tcp):
            threading.Thread(target=serve, daemon=True).start()

    def _answer(self, wire: bytes, over_tcp: bool) -> bytes | None:
        message = dns.message.from_wire(wire)
        self.asked.append((message, over_tcp))
        return self.reply(message, over_tcp)

    def _serve_udp(self) -> None:
        with contextlib.suppress(OSError):  # until it is closed
            while True:
                wire, client = self.udp.recvfrom(4096)
                answer = self._answer(wire, False) if wire else None  # nothing was read, but the socket closed
                if answer is not None:
                    self.udp.sendto(answer, client)

    def _serve_tcp(self) -> None:
        while True:
            try:
                client, _peer = self.tcp.accept()
            except OSError:
                return
            with client:
                (length,) = struct.unpack("!H", client.recv(2, socket.MSG_WAITALL))
                answer = self._answer(client.recv(length, socket.MSG_WAITALL), True)
                if answer is not None:
                    client.sendall(answer)

    def close(self) -> None:
        for listener in (self.udp, self.tcp):
            with contextlib.suppress(OSError):  # a UDP socket has no peer to say farewell to, yet its reader wakes up
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()


def with_address(question: dns.message.Message, address: str = "192.0.2.1") -> dns.message.Message:
    """An answer of one address."""
    reply = dns.message.make_response(question)
    kind = "AAAA" if ":" in address else "A"
    reply.answer.append(dns.rrset.from_text(question.question[0].name, 60, "IN", kind, address))
    return reply

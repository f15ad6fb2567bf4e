# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small servers on loopback that behave, or misbehave, as a front may. For unit tests and benchmarks."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from twinzone_lab.web.ca import CertificateAuthority

HOST = "www.example.com"

Talk = Callable[[socket.socket, int], None]
"""What a server does with its n-th connection, counted from 0. TLS, if there is any, is already up."""


def answer(body: bytes = b"all is well", status: int = 200, headers: str = "", length: int | None = None) -> bytes:
    """An HTTP answer, byte for byte. length: what it claims, if that is not the truth."""
    size = len(body) if length is None else length
    return f"HTTP/1.1 {status} Words\r\nContent-Length: {size}\r\n{headers}\r\n".encode() + body


def says(*parts: bytes, every: float = 0.0) -> Talk:
    """Read the request, then send these parts, so many seconds apart."""

    def talk(connection: socket.socket, number: int) -> None:
        connection.recv(65536)
        for part in parts:
            connection.sendall(part)
            time.sleep(every)

    return talk


WELL = says(answer())


class Server:
    """Listens on a free port of one address, each connection in its own thread."""

    def __init__(self, talk: Talk, tls: ssl.SSLContext | None = None, address: str = "127.0.0.1") -> None:
        self.connections = 0
        self._talk = talk
        self._tls = tls
        self._open: list[socket.socket] = []
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._listener = socket.create_server((address, 0), family=family, backlog=1024)
        self.address = address
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def place(self) -> str:
        """As an entry of `connect_to`."""
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"

    def _serve(self) -> None:
        while True:
            try:
                connection, _peer = self._listener.accept()
            except OSError:
                return
            number, self.connections = self.connections, self.connections + 1
            self._open.append(connection)
            threading.Thread(target=self._one, args=(connection, number), daemon=True).start()

    def _one(self, connection: socket.socket, number: int) -> None:
        with contextlib.suppress(OSError):
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
            self._talk(connection, number)
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        connection.close()

    def close(self) -> None:
        """Stop listening and cut all connections."""
        for one in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


class Town:
    """Starts servers whose certificates one throwaway authority issued, and stops them all."""

    def __init__(self, folder: Path) -> None:
        self.authority = CertificateAuthority("Throwaway authority of the tests")
        self.ca_path = str(folder / "ca.pem")
        Path(self.ca_path).write_bytes(self.authority.pem)
        self.good = self.authority.server_context([HOST])
        self._servers: list[Server] = []

    def front(self, talk: Talk = WELL, tls: ssl.SSLContext | None = None, address: str = "127.0.0.1") -> Server:
        """A server that, by default, has a good certificate for HOST and says that all is well."""
        return self._start(Server(talk, tls or self.good, address))

    def plain(self, talk: Talk = WELL, address: str = "127.0.0.1") -> Server:
        """A server without TLS."""
        return self._start(Server(talk, None, address))

    def _start(self, server: Server) -> Server:
        self._servers.append(server)
        return server

    def close(self) -> None:
        for server in self._servers:
            server.close()


def unused_port(address: str = "127.0.0.1") -> int:
    """A port at which nobody listens."""
    with socket.create_server((address, 0), family=socket.AF_INET6 if ":" in address else socket.AF_INET) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextlib.contextmanager
def full_place() -> Iterator[str]:
    """Where no connection is taken: those that wait fill the queue, and the kernel answers no further one."""
    with contextlib.ExitStack() as stack:
        full = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        host, port = full.getsockname()
        for _time in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex((host, port))
        yield f"{host}:{port}"

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A TCP listener with one thread per connection, that can stop listening and listen again."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable


class TcpListener:
    """Accepts connections on one address. `serve` owns the socket that it is given and may raise `OSError`."""

    def __init__(self, address: str, port: int, serve: Callable[[socket.socket], None]) -> None:
        """Listens when this returns. Port 0: one that is free. Raises `OSError` when the address cannot be had."""
        self._address = (address, port)
        self._serve = serve
        self._lock = threading.Lock()
        self._connections: set[socket.socket] = set()
        self._listener: socket.socket | None = None
        self.open()

    @property
    def place(self) -> str:
        """`address:port`, with brackets around an IPv6 address."""
        address, port = self._address
        return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"

    def open(self) -> None:
        """Listen (again). Does nothing while it listens."""
        with self._lock:
            if self._listener is None:
                family = socket.AF_INET6 if ":" in self._address[0] else socket.AF_INET
                self._listener = socket.create_server(self._address, family=family, backlog=1024)
                self._address = self._listener.getsockname()[:2]
                threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def close(self) -> None:
        """Refuse connections from now on and cut those that are open."""
        with self._lock:
            if self._listener is not None:
                _shut(self._listener)  # wakes up `accept`, which a mere close does not
                self._listener.close()
                self._listener = None
        self.cut()

    def cut(self) -> None:
        """Close every open connection."""
        with self._lock:
            for connection in self._connections:
                _shut(connection)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _unused = listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            # A TLS layer takes the descriptor over from this object; through the duplicate `cut` still reaches it.
            handle = connection.dup()
            with self._lock:
                self._connections.add(handle)
            threading.Thread(target=self._run, args=(connection, handle), daemon=True).start()

    def _run(self, connection: socket.socket, handle: socket.socket) -> None:
        try:
            self._serve(connection)
        except OSError:
            pass  # the client has gone, or the connection was cut
        finally:
            connection.close()
            with self._lock:
                self._connections.discard(handle)
            handle.close()


def reset_on_close(connection: socket.socket) -> None:
    """Make the coming `close` send RST in place of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # gone already
        connection.shutdown(socket.SHUT_RDWR)

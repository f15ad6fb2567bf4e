# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One connection to one address, from the first packet to the last byte of the answer, within a deadline.

Every blocking call gets the time that is left, so that a peer which drips its bytes cannot stretch it. http.client only
takes the answer apart: its own connections bound single calls, not the whole.
"""

from __future__ import annotations

import errno
import http.client
import io
import os
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, cast

from .._deadline import Deadline
from .addresses import family_of
from .verdict import TIMED

_DURING = {
    "connect": "while connecting",
    "tls": "in the TLS handshake",
    "status": "while waiting for the answer",
    "body": "while reading the body",
}
_ENOUGH = 1 << 20
"""Bytes of an answer, with head and framing, that are read at most."""
_NONSENSE = (ValueError, OverflowError)
"""What http.client raises, besides its own exceptions, on chunks of negative size."""
_EXHAUSTED = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS, errno.EADDRNOTAVAIL}
"""What a connection fails with when this host, not its peer, has run out of files, memory or ports."""


class Exhausted(Exception):
    """This host has run out of something; that says nothing about the peer."""


class Failed(Exception):
    """A visit did not come to its end. The message says why in plain words."""


class Refused(Failed):
    """The peer's certificate was not accepted."""

    def __init__(self, error: ssl.SSLCertVerificationError) -> None:
        super().__init__(f"TLS certificate is not trusted: {error.verify_message}")
        self.code = error.verify_code


class Visit:
    """One connection, closed at the end of the `with` block. `phase` tells how far it came, `seconds` how fast.

    Its methods are called in this order, and raise Failed or Exhausted.
    """

    def __init__(self, deadline: Deadline) -> None:
        self.phase = "connect"
        self.seconds: dict[str, float | None] = dict.fromkeys(TIMED)
        self._deadline = deadline
        self._socket: socket.socket | None = None
        self._response: http.client.HTTPResponse | None = None

    def __enter__(self) -> Visit:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._response:
            self._response.close()
        if self._socket:
            self._socket.close()

    def connect(self, address: str, port: int) -> None:
        """Open a TCP connection to an IP address."""
        with self._phase("connect", "connect"):
            self._socket = socket.socket(family_of(address), socket.SOCK_STREAM)
            # Otherwise the request waits until the end of the TLS handshake is acknowledged, which is often delayed.
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._hurried().connect((address, port))

    def shake_hands(self, context: ssl.SSLContext, host: str) -> Mapping[str, Any]:
        """Start TLS for a host; the peer's certificate, as getpeercert() tells it."""
        with self._phase("tls", "tls"):
            tls = context.wrap_socket(self._hurried(), server_hostname=host, do_handshake_on_connect=False)
            self._socket = tls
            self._hurried()
            tls.do_handshake()
            return tls.getpeercert() or {}

    def ask(self, request: bytes, method: str) -> http.client.HTTPResponse:
        """Send a request, and return the answer once its head is there."""
        with self._phase("status", "first_byte"):
            self._hurried().sendall(request)
            self._response = http.client.HTTPResponse(cast(socket.socket, _Source(self._hurried)), method=method)
            self._response.begin()
            return self._response

    def read(self, response: http.client.HTTPResponse, size: int) -> bytes:
        """The body of an answer, of a longer one the first `size` bytes."""
        with self._phase("body", None):
            body = response.read(size)
            if len(body) < size and response.length:
                raise http.client.IncompleteRead(body, response.length)
            return body

    @contextmanager
    def _phase(self, phase: str, timed: str | None) -> Iterator[None]:
        self.phase = phase
        begun = time.monotonic()
        try:
            yield
        except ssl.SSLCertVerificationError as error:
            raise Refused(error) from error
        except (OSError, http.client.HTTPException, *_NONSENSE) as error:
            if getattr(error, "errno", None) in _EXHAUSTED:
                raise Exhausted(str(error)) from error
            raise Failed(self._why(error)) from error
        if timed:
            self.seconds[timed] = time.monotonic() - begun

    def _hurried(self) -> socket.socket:
        """The socket, its next call bounded by the time that is left. Raises TimeoutError when there is none."""
        left = self._deadline.remaining()
        if not left:
            raise TimeoutError("timed out")
        if not self._socket:
            raise RuntimeError("connect comes first")
        self._socket.settimeout(left)
        return self._socket

    def _why(self, error: Exception) -> str:
        """What went wrong, and unless the words tell, when."""
        during = _DURING[self.phase]
        if self._deadline.passed() or "timed out" in str(error):
            return f"timed out after {self._deadline.seconds:g} s {during}"
        if isinstance(
            error, (http.client.RemoteDisconnected, http.client.IncompleteRead, ssl.SSLEOFError, ssl.SSLZeroReturnError)
        ):
            return f"connection closed {during}"
        if isinstance(error, (http.client.HTTPException, *_NONSENSE)):
            return "the answer is not HTTP/1"
        if isinstance(error, ssl.SSLError):
            return f"{(error.reason or str(error)).replace('_', ' ').lower()} {during}"
        number = cast(OSError, error).errno
        words = os.strerror(number).lower() if number else str(error)
        return words if self.phase == "connect" else f"{words} {during}"


class _Source(io.RawIOBase):
    """What http.client reads an answer from: a socket that is hurried before every read, and ends after _ENOUGH bytes.

    For http.client itself reads without limit what announces a chunk of -1 bytes.
    """

    def __init__(self, hurried: Callable[[], socket.socket]) -> None:
        self._hurried = hurried
        self._more = _ENOUGH

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        size = self._hurried().recv_into(buffer, min(len(buffer), self._more)) if self._more else 0
        self._more -= size
        return size

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One connection to one address, from the first packet to the last byte of the answer, within a deadline.

Every blocking call gets the time that is left, so that a peer which drips its bytes cannot stretch it.
"""

from __future__ import annotations

import errno
import os
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, cast

from .._deadline import Deadline
from . import certificates
from .addresses import family_of
from .body import Body, first_bytes
from .certificates import Certificate
from .http1 import CutOff, Head, NotHttp, Source, TooLong, body_pieces, read_head
from .quoting import shortened
from .verdict import TIMED

_DURING = {
    "connect": "while connecting",
    "tls": "in the TLS handshake",
    "status": "while waiting for the answer",
    "body": "while reading the body",
}
_CAUSES = {"connect": "connect", "tls": "tls", "status": "answer", "body": "answer"}
_EXHAUSTED = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS, errno.EADDRNOTAVAIL}
"""What a connection fails with when this host, not its peer, has run out of files, memory or ports."""


class Exhausted(Exception):
    """This host has run out of something; that says nothing about the peer."""


class Failed(Exception):
    """A visit did not reach its end. The message says why in plain words."""

    def __init__(self, message: str, cause: str) -> None:
        super().__init__(message)
        self.cause = cause


class Refused(Failed):
    """The peer's certificate was not accepted."""

    def __init__(self, error: ssl.SSLCertVerificationError) -> None:
        words = shortened(error.verify_message)
        super().__init__(f"TLS certificate is not trusted: {words}", certificates.cause_of(error.verify_code))
        self.code = error.verify_code


class Visit:
    """One connection, closed at the end of the `with` block. `phase` says how far it got, `seconds` how fast.

    Its methods are called in this order, and raise Failed or Exhausted.
    """

    def __init__(self, deadline: Deadline) -> None:
        self.phase = "connect"
        self.seconds: dict[str, float | None] = dict.fromkeys(TIMED)
        self._deadline = deadline
        self._allowed = deadline.seconds
        self._socket: socket.socket | None = None
        self._source = Source(self._receive)

    def __enter__(self) -> Visit:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._socket:
            self._socket.close()

    def connect(self, address: str, port: int, within: float = float("inf")) -> None:
        """Open a TCP connection to an IP address. within: seconds for this alone, where the deadline leaves more."""
        with self._phase("connect", "connect"):
            self._socket = socket.socket(family_of(address), socket.SOCK_STREAM)
            # Otherwise the request waits until the end of the TLS handshake is acknowledged, which is often delayed.
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._allowed = min(within, self._deadline.seconds)
            self._hurried(within).connect((address, port))
            self._allowed = self._deadline.seconds

    def shake_hands(self, context: ssl.SSLContext, host: str) -> Certificate:
        """Start TLS for a host; the peer's certificate."""
        with self._phase("tls", "tls"):
            tls = context.wrap_socket(self._hurried(), server_hostname=host, do_handshake_on_connect=False)
            self._socket = tls
            self._hurried()
            tls.do_handshake()
            return certificates.read(tls.getpeercert() or {}, tls.getpeercert(True) or b"", _verified_chain(tls))

    def ask(self, request: bytes) -> Head:
        """Send a request, and return the head of the answer."""
        with self._phase("status", "first_byte"):
            self._hurried().sendall(request)
            return read_head(self._source)

    def read(self, head: Head, method: str, size: int) -> Body:
        """The body of an answer, of a longer one the first `size` bytes, decompressed."""
        with self._phase("body", None):
            return first_bytes(body_pieces(self._source, head, method), head.value("content-encoding"), size)

    @contextmanager
    def _phase(self, phase: str, timed: str | None) -> Iterator[None]:
        self.phase = phase
        begun = time.monotonic()
        try:
            yield
        except ssl.SSLCertVerificationError as error:
            raise Refused(error) from error
        except OSError as error:
            if error.errno in _EXHAUSTED:
                raise Exhausted(str(error)) from error
            raise Failed(self._why(error), _CAUSES[phase]) from error
        except CutOff as error:
            raise Failed(f"connection closed {_DURING[phase]}", _CAUSES[phase]) from error
        except NotHttp as error:
            raise Failed("the answer is not HTTP/1", _CAUSES[phase]) from error
        except (TooLong, ValueError) as error:
            raise Failed(str(error), _CAUSES[phase]) from error
        if timed:
            self.seconds[timed] = time.monotonic() - begun

    def _hurried(self, within: float = float("inf")) -> socket.socket:
        """The socket, its next call bounded by the time that is left. Raises TimeoutError when there is none."""
        left = min(within, self._deadline.remaining())
        if not left:
            raise TimeoutError("timed out")
        if not self._socket:
            raise RuntimeError("connect comes first")
        self._socket.settimeout(left)
        return self._socket

    def _receive(self, size: int) -> bytes:
        return self._hurried().recv(size)

    def _why(self, error: OSError) -> str:
        """What went wrong, and unless the words say so, when."""
        during = _DURING[self.phase]
        if self._deadline.passed() or "timed out" in str(error):
            return f"timed out after {self._allowed:g} s {during}"
        if isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
            return f"connection closed {during}"
        if isinstance(error, ssl.SSLError):
            return f"{(error.reason or str(error)).replace('_', ' ').lower()} {during}"
        words = os.strerror(error.errno).lower() if error.errno else str(error)
        return words if self.phase == "connect" else f"{words} {during}"


def _verified_chain(tls: ssl.SSLSocket) -> list[dict[str, Any]]:
    """The verified chain, as far as this Python knows: since 3.10 OpenSSL's socket inside has it, since 3.13 openly."""
    ask = getattr(getattr(tls, "_sslobj", None), "get_verified_chain", None)
    return [cast("dict[str, Any]", one.get_info()) for one in (ask() or ())] if ask else []

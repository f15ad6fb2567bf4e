# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A web server of the lab: with TLS or without, keep-alive, and every fault that its boxes hold."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from io import BufferedIOBase
from typing import TypeAlias

from ..faults import Fault, FaultBox
from ..tcp_listener import TcpListener, reset_on_close
from .api import Request, Response
from .wire import BadRequest, body_of, read_request, render

Handler: TypeAlias = Callable[[Request], Response]


class How(Enum):
    """The manner in which an answer reaches the client."""

    WHOLE = "whole"
    DRIP_HEAD = "drip_head"
    """Byte by byte from the first on."""
    DRIP_BODY = "drip_body"
    """The head at once, then byte by byte."""
    RESET = "reset"
    """Half of it, then the connection is reset."""
    ABORT = "abort"
    """The connection is reset before a byte of it."""
    NEVER = "never"


@dataclass(frozen=True)
class Delivery:
    """What becomes of one request: an answer, and how it goes out."""

    response: Response
    how: How = How.WHOLE
    delay: float = 0.0
    """Seconds before it goes out."""
    interval: float = 1.0
    """Seconds between the bytes of a drip."""


Spoiler: TypeAlias = Callable[[Fault, Request, Handler], Delivery]
Recorder: TypeAlias = Callable[[Request, Delivery, Fault | None, float], None]


class WebServer:
    """Serves one address. The first box that holds a striking fault decides."""

    def __init__(
        self,
        address: tuple[str, int],
        handler: Handler,
        *,
        tls: Callable[[Fault | None], ssl.SSLContext] | None = None,
        boxes: Sequence[FaultBox] = (),
        spoilers: Mapping[str, Spoiler] | None = None,
        record: Recorder | None = None,
        latency: float = 0.0,
    ) -> None:
        """`tls` gives the context for a new connection, `latency` is in seconds per request. Port 0: one that is free.
        Raises `OSError` when the address cannot be had."""
        self._handler = handler
        self._tls = tls
        self._boxes = boxes
        self._spoilers = spoilers or {}
        self._record = record
        self._latency = latency
        self._scheme = "https" if tls else "http"
        self._listener = TcpListener(*address, self._serve)
        for box in boxes:
            box.watch(self._changed)

    @property
    def place(self) -> str:
        """Where it listens: `address:port`."""
        return self._listener.place

    def close(self) -> None:
        """Stop listening."""
        self._listener.close()

    def _changed(self) -> None:
        """No connection outlives a change: a kept-alive one would otherwise not see a fault of the handshake, and a
        hanging one would go on hanging after a repair."""
        if any(fault.closes for box in self._boxes if (fault := box.present)):
            self._listener.close()
        else:
            self._listener.cut()
            self._listener.open()

    def _take(self, stage: str, method: str = "") -> Fault | None:
        return next((fault for box in self._boxes if (fault := box.take(stage, method))), None)

    def _serve(self, connection: socket.socket) -> None:
        fault = self._take("connection")
        if fault and fault.kind == "hang_tls":
            return _wait_for_the_end(connection)
        if self._tls:
            connection = self._tls(fault).wrap_socket(connection, server_side=True)
        with connection, connection.makefile("rb") as stream:
            while self._serve_one(connection, stream):
                pass
        return None

    def _serve_one(self, connection: socket.socket, stream: BufferedIOBase) -> bool:
        """Answer one request; whether another may follow."""
        try:
            request = read_request(stream, f"{self._scheme}://{self.place}")
        except BadRequest as error:
            connection.sendall(render(Response(400, str(error), {"Connection": "close"})))
            return False
        if request is None:
            return False
        started = time.monotonic()
        if self._latency:
            time.sleep(self._latency)
        fault = self._take("request", request.method)
        if fault is None:
            delivery = Delivery(self._handler(request))
        else:
            handle = self._worked(request) if fault.after_work else self._handler
            delivery = self._spoilers[fault.kind](fault, request, handle)
        time.sleep(delivery.delay)
        if self._record:
            self._record(request, delivery, fault, time.monotonic() - started)
        _deliver(connection, delivery, head_only=request.method == "HEAD")
        wants_close = request.headers.get("connection", "").lower() == "close"
        return delivery.how is How.WHOLE and not wants_close

    def _worked(self, request: Request) -> Handler:
        """Carry the request out; a handler that gives its answer."""
        response = self._handler(request)
        return lambda _unused: response


def _deliver(connection: socket.socket, delivery: Delivery, *, head_only: bool) -> None:
    data = render(delivery.response, head_only=head_only)
    body_length = 0 if head_only else len(body_of(delivery.response))
    match delivery.how:
        case How.WHOLE:
            connection.sendall(data)
        case How.DRIP_HEAD:
            _drip(connection, data, delivery.interval)
        case How.DRIP_BODY:
            connection.sendall(data[: len(data) - body_length])
            _drip(connection, data[len(data) - body_length :], delivery.interval)
        case How.RESET:
            connection.sendall(data[: len(data) - (body_length + 1) // 2])
            reset_on_close(connection)
        case How.ABORT:
            reset_on_close(connection)
        case How.NEVER:
            _wait_for_the_end(connection)


def _drip(connection: socket.socket, data: bytes, interval: float) -> None:
    for position in range(len(data)):
        connection.sendall(data[position : position + 1])
        time.sleep(interval)


def _wait_for_the_end(connection: socket.socket) -> None:
    while connection.recv(65536):
        pass

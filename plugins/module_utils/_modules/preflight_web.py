# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a thorough look asks every front over HTTP."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any

from .._deadline import Deadline
from .._dns.wire import Resolver
from .._preflight.seen import ParityLook
from .._probes.places import Url, is_address, place_with_port, read_url
from .._text import visible

_SECONDS = 5.0
_WEB_SOCKET = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dHdpbnpvbmUtcHJlZmxpZw==",
}
_AGENT = "twinzone.edge (Ansible collection)"


def parity(entry: Mapping[str, Any], resolver: Resolver, deadline: Deadline) -> list[ParityLook]:
    """What one front answers to every request that is to be compared."""
    return [_look(entry, method, url, resolver, deadline) for method, url in _requests(entry)]


def _requests(entry: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        *(("GET", url) for url in entry["urls"]),
        *(("POST", url) for url in entry["post"]),
        *(("WebSocket", url) for url in entry["websocket"]),
    ]


def _look(entry: Mapping[str, Any], method: str, text: str, resolver: Resolver, deadline: Deadline) -> ParityLook:
    look = ParityLook(
        site=entry["site"], front=entry["front"], method=method, url=text, status=None, headers={}, error=""
    )
    try:
        url = read_url(text)
        with _connection(entry, url, resolver, deadline) as answer_of:
            answer = answer_of(method)
        compared = ["location", "strict-transport-security", "cache-control", *map(str.lower, entry["headers"])]
        headers = {name: answer.headers.get(name, "") for name in compared}
        return {**look, "status": answer.status, "headers": headers}
    except (OSError, HTTPException, ValueError) as error:
        return {**look, "error": visible(str(error)) or type(error).__name__}


class _connection:
    """A connection to the front's own address, under the public name."""

    def __init__(self, entry: Mapping[str, Any], url: Url, resolver: Resolver, deadline: Deadline) -> None:
        host, port = _place(entry, url, resolver)
        self._url = url
        self._raw = socket.create_connection((host, port), deadline.at_most(_SECONDS))
        if url.tls:
            context = ssl.create_default_context(cafile=entry["ca_path"] or None)
            self._raw = context.wrap_socket(self._raw, server_hostname=url.host)

    def __enter__(self) -> Any:
        return self._ask

    def __exit__(self, *_error: object) -> None:
        self._raw.close()

    def _ask(self, method: str) -> HTTPResponse:
        connection = HTTPConnection(self._url.host, self._url.port)
        connection.sock = self._raw
        headers = {"Host": self._url.authority, "User-Agent": _AGENT, "Accept": "*/*"}
        if method == "WebSocket":
            headers |= _WEB_SOCKET
        connection.request("POST" if method == "POST" else "GET", self._url.path, headers=headers)
        return connection.getresponse()


def _place(entry: Mapping[str, Any], url: Url, resolver: Resolver) -> tuple[str, int]:
    """The first address of the front."""
    given: Sequence[str] = entry["connect_to"] or [entry["target"]]
    host, port = place_with_port(str(given[0]).rstrip("."), url.port)
    addresses = resolver.addresses(host if is_address(host) else f"{host}.")
    if not addresses:
        raise ValueError(f"{host} has no address")
    return addresses[0], port

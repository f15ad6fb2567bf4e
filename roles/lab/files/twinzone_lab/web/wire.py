# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP/1.1 as far as a lab needs it: reads requests from a connection and writes answers."""

from __future__ import annotations

import email.utils
import http
import json
from collections.abc import Mapping
from io import BufferedIOBase
from urllib.parse import parse_qsl, unquote

from .. import clock
from .api import Request, Response

MAX_LINE = 65536


class BadRequest(ValueError):
    """What came is not an HTTP request."""


def read_request(stream: BufferedIOBase, base_url: str) -> Request | None:
    """Read one request with its body; `None` when the client closed the connection before one began.

    `base_url` is used when there is no Host header."""
    line = stream.readline(MAX_LINE)
    if not line.strip():
        return None
    parts = line.decode("latin-1").split()
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise BadRequest("malformed request line")
    headers = _read_headers(stream)
    path, _unused, query = parts[1].partition("?")
    scheme = base_url.partition(":")[0]
    return Request(
        method=parts[0].upper(),
        path=unquote(path),
        query=tuple(parse_qsl(query, keep_blank_values=True)),
        headers=headers,
        body=_read_body(stream, headers),
        base_url=f"{scheme}://{headers['host']}" if "host" in headers else base_url,
    )


def _read_headers(stream: BufferedIOBase) -> dict[str, str]:
    headers: dict[str, str] = {}
    while True:
        line = stream.readline(MAX_LINE)
        if line in (b"\r\n", b"\n"):
            return headers
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon:
            raise BadRequest("malformed header")
        name, value = name.strip().lower(), value.strip()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value


def _read_body(stream: BufferedIOBase, headers: dict[str, str]) -> bytes:
    try:
        length = int(headers.get("content-length", "0"))
    except ValueError:
        raise BadRequest("malformed Content-Length") from None
    if headers.get("transfer-encoding", "").lower() == "chunked":
        chunks = []
        while size := int(stream.readline(MAX_LINE).split(b";")[0], 16):
            chunks.append(stream.read(size))
            stream.readline(MAX_LINE)
        while stream.readline(MAX_LINE).strip():  # trailers
            pass
        return b"".join(chunks)
    return stream.read(length)


def body_of(response: Response) -> bytes:
    """The octets of an answer's body."""
    if response.body is None:
        return b""
    if isinstance(response.body, bytes):
        return response.body
    if isinstance(response.body, str):
        return response.body.encode()
    return json.dumps(response.body, ensure_ascii=False, separators=(",", ":")).encode()


def render(response: Response, *, head_only: bool = False) -> bytes:
    """The whole answer as it goes over the wire."""
    body = body_of(response)
    default = "text/html; charset=utf-8" if isinstance(response.body, str | bytes) else "application/json"
    headers = {"Date": email.utils.formatdate(clock.timestamp(), usegmt=True), "Content-Length": str(len(body))}
    if response.body is not None:
        headers["Content-Type"] = response.content_type or default
    headers.update(response.headers)
    heads = [_head(status, {"Link": "</style.css>; rel=preload"}) for status in response.interim]
    heads.append(_head(response.status, headers))
    return b"".join(heads) + (b"" if head_only else body)


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    try:
        reason = http.HTTPStatus(status).phrase
    except ValueError:
        reason = "Unknown"
    lines = [f"HTTP/1.1 {status} {reason}", *(f"{name}: {value}" for name, value in headers.items())]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode("latin-1")

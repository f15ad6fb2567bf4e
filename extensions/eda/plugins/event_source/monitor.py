# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Event source for ansible-rulebook: lets a monitor that exists say that somebody should look."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import hmac
import json
import logging
import re
import ssl
import time
from typing import Any

DOCUMENTATION = r"""
---
short_description: A webhook for the monitors that people have
description:
  - Takes the webhooks of Uptime Kuma, Gatus, Alertmanager, Grafana, Cloudflare Notifications and everything else
    that can send a POST with a secret. What they say is not read and goes nowhere; an alert is a reason to look,
    and the run looks itself.
  - A POST to C(/) is about all sites, one to C(/www.example.com) about this site.
  - "The secret may come as C(Authorization: Bearer), as the password of C(Authorization: Basic), or as
    C(cf-webhook-auth), which Cloudflare sends. C(eda.builtin.webhook), which ansible-rulebook brings, knows only
    the first of these."
  - A flood makes one event for a path in O(again) seconds. An alert that comes meanwhile makes another one after
    them, so that none is lost.
  - "Events: C(twinzone) is V(alert), C(sites) the site or V([all]), and C(meta.hosts) limits a playbook to it."
options:
  token:
    description:
      - The secret. At least 16 characters. With an empty one nothing is listened to, and the source sleeps.
    type: str
    default: ""
  host:
    description: The address to listen at. The default is for a reverse proxy on the same machine, or a monitor there.
    type: str
    default: 127.0.0.1
  port:
    description: The TCP port.
    type: int
    default: 5055
  certfile:
    description: A file with a certificate chain; the source speaks TLS then.
    type: str
  keyfile:
    description: The file with its key, unless that is in the same file.
    type: str
  again:
    description: The least seconds between two events about the same path.
    type: float
    default: 60
"""

EXAMPLES = r"""
- twinzone.edge.monitor:
    host: 0.0.0.0
    certfile: /etc/twinzone/webhook.pem
    token: "{{ twinzone_monitor_token }}"
"""

logger = logging.getLogger(__name__)

_HEAD = 16384
"""Bytes of a request's head."""
_BODY = 1 << 20
"""Bytes of a body, which is only read so that its sender can go on."""
_SECONDS = 10.0
"""For a whole request."""
_CONNECTIONS = 64
_PATHS = 1000
"""Paths that are remembered."""
_SHORTEST_TOKEN = 16
_SITE = re.compile(r"/([A-Za-z0-9_][A-Za-z0-9_.-]{0,252})?")
_DEFAULTS: dict[str, Any] = {
    "token": "",
    "host": "127.0.0.1",
    "port": 5055,
    "certfile": "",
    "keyfile": "",
    "again": 60.0,
}
_ANSWERS = {
    202: "Accepted",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    503: "Service Unavailable",
}


async def main(queue: asyncio.Queue[Any], args: dict[str, Any]) -> None:
    """Listen, and put events on the queue, until cancelled. Raises ValueError naming what is wrong with `args`."""
    given = {key: value for key, value in args.items() if not key.startswith("eda_") and value not in (None, "")}
    unknown = sorted(given.keys() - _DEFAULTS.keys())
    if unknown:
        raise ValueError(f"{', '.join(unknown)}: unknown; known are {', '.join(_DEFAULTS)}")
    options = {**_DEFAULTS, **given}
    token = str(options["token"])
    if not token:
        logger.warning("twinzone: no token, so monitors are not listened to")
        await asyncio.Event().wait()
    if len(token) < _SHORTEST_TOKEN:
        raise ValueError(f"token: has less than {_SHORTEST_TOKEN} characters")
    doorkeeper = Doorkeeper(queue, token, float(options["again"]))
    server = await asyncio.start_server(
        doorkeeper.serve, options["host"], int(options["port"]), limit=_HEAD, ssl=_tls(options)
    )
    try:
        async with server:
            await doorkeeper.report()
    finally:
        server.close()


def _tls(options: dict[str, Any]) -> ssl.SSLContext | None:
    if not options["certfile"]:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options["certfile"], options["keyfile"] or None)
    return context


class _Refused(Exception):
    """A request that gets this status."""

    def __init__(self, status: int) -> None:
        super().__init__(_ANSWERS[status])
        self.status = status


class Doorkeeper:
    """Knows who may ring, and how often that is reported."""

    def __init__(self, queue: asyncio.Queue[Any], token: str, again: float) -> None:
        self._queue = queue
        self._token = token.encode()
        self._again = again
        self._connections = 0
        self._reported: dict[str, float] = {}
        self._waiting: dict[str, None] = {}
        """The sites to report, in order."""
        self._rung = asyncio.Event()

    async def report(self) -> None:
        """Put an event on the queue for each site that is due, without end."""
        while True:
            now = time.monotonic()
            self._reported = {site: when for site, when in self._reported.items() if now - when < self._again}
            due = [site for site in self._waiting if site not in self._reported]
            for site in due:
                del self._waiting[site]
                self._reported[site] = now
                await self._queue.put({"twinzone": "alert", "sites": [site], "meta": {"hosts": site}})
            self._rung.clear()
            ends = [self._reported[site] + self._again for site in self._waiting if site in self._reported]
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._rung.wait(), max(0.0, min(ends) - time.monotonic()) if ends else None)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request, and close."""
        self._connections += 1
        try:
            status = await asyncio.wait_for(self._answer(reader), _SECONDS)
        except _Refused as refusal:
            status = refusal.status
        except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError, ValueError):
            status = 400
        finally:
            self._connections -= 1
        head = f"HTTP/1.1 {status} {_ANSWERS[status]}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        with contextlib.suppress(OSError):
            writer.write(head.encode())
            await asyncio.wait_for(writer.drain(), _SECONDS)
        writer.close()

    async def _answer(self, reader: asyncio.StreamReader) -> int:
        """The status of the answer. Raises _Refused, and what a broken request makes."""
        if self._connections > _CONNECTIONS:
            raise _Refused(503)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        request, *lines = head.split("\r\n")
        method, target, _version = request.split(" ")
        headers = {name.strip().lower(): value.strip() for name, _colon, value in (one.partition(":") for one in lines)}
        await self._skip(reader, int(headers.get("content-length") or 0))
        if not self._may(headers):
            raise _Refused(401)
        if method != "POST":
            raise _Refused(405)
        match = _SITE.fullmatch(target.partition("?")[0])
        if not match or len(self._waiting) >= _PATHS:
            raise _Refused(404)
        self._waiting.setdefault(match[1] or "all")
        self._rung.set()
        return 202

    async def _skip(self, reader: asyncio.StreamReader, size: int) -> None:
        if not 0 <= size <= _BODY:
            raise _Refused(400)
        while size > 0:
            piece = await reader.read(min(size, 65536))
            if not piece:
                raise _Refused(400)
            size -= len(piece)

    def _may(self, headers: dict[str, str]) -> bool:
        scheme, _space, value = headers.get("authorization", "").partition(" ")
        found = [headers.get("cf-webhook-auth", "")]
        if scheme.lower() == "bearer":
            found.append(value.strip())
        elif scheme.lower() == "basic":
            with contextlib.suppress(binascii.Error, UnicodeDecodeError):
                found.append(base64.b64decode(value, validate=True).decode("latin-1").partition(":")[2])
        return any(hmac.compare_digest(one.encode("latin-1"), self._token) for one in found)


if __name__ == "__main__":

    class _Printing(asyncio.Queue[Any]):
        """To try the source without ansible-rulebook."""

        async def put(self, item: Any) -> None:
            """Print the event."""
            print(json.dumps(item), flush=True)

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(_Printing(), {"token": "only-to-try-this-out"}))

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests to the emulated deSEC API without a socket, and a clock whose timers only move when a test moves them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import dns.name
from dns.rdatatype import RdataType
from twinzone_lab.desec.api import DesecApi
from twinzone_lab.dns.served import FixedRRsets
from twinzone_lab.web.api import Request, Response

BASE = "http://127.0.0.1:8001"
PREFIX = "/api/v1/"


def request(
    method: str, target: str, body: object = None, token: str = "secret", headers: Mapping[str, str] | None = None
) -> Request:
    """A request to a path below the prefix, or to an absolute one, with a query in it. `bytes` are sent as they are."""
    parts = urlsplit(target)
    path = parts.path if parts.path.startswith("/") else PREFIX + parts.path
    sent = {"accept": "application/json", "authorization": f"Token {token}"}
    if body is not None:
        sent["content-type"] = "application/json"
    data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    query = tuple(parse_qsl(parts.query, keep_blank_values=True))
    return Request(method, path, query, {**sent, **(headers or {})}, data, BASE)


@dataclass
class FakeTime:
    """A clock, and timers that fire when it is moved past them."""

    now: float = 0.0
    timers: list[tuple[float, Callable[[], None]]] = field(default_factory=list)

    def clock(self) -> float:
        """Seconds since the start."""
        return self.now

    def call_later(self, seconds: float, function: Callable[[], None]) -> None:
        """Remember to call."""
        self.timers.append((self.now + seconds, function))

    def advance(self, seconds: float) -> None:
        """Move on and call what has become due, in order."""
        self.now += seconds
        due = sorted((timer for timer in self.timers if timer[0] <= self.now), key=lambda timer: timer[0])
        self.timers = [timer for timer in self.timers if timer[0] > self.now]
        for _unused, function in due:
            function()


class Desec:
    """An emulator with its published zones at hand."""

    def __init__(self, **options: Any) -> None:
        self.time = FakeTime()
        self.published: dict[str, FixedRRsets] = {}
        self.publications = 0
        settings = {"token": "secret", "clock": self.time.clock, "call_later": self.time.call_later, **options}
        self.api = DesecApi(self._publish, withdraw=self._withdraw, **settings)

    def _publish(self, zone: dns.name.Name, rrsets: Callable[[], FixedRRsets]) -> None:
        self.publications += 1
        self.published[zone.to_text(omit_final_dot=True)] = rrsets()

    def _withdraw(self, zone: dns.name.Name) -> None:
        self.published.pop(zone.to_text(omit_final_dot=True), None)

    def __call__(self, method: str, target: str, body: object = None, **options: Any) -> Response:
        return self.api.handle(request(method, target, body, **options))

    def body(self, method: str, target: str, body: object = None, *, status: int = 200, **options: Any) -> Any:
        """The body of an answer that must have this status."""
        response = self(method, target, body, **options)
        assert response.status == status, response
        return response.body

    def served(self, zone: str, name: str, rtype: str) -> set[str]:
        """Contents that the name servers give out, as text."""
        rdataset = self.published[zone].get((dns.name.from_text(name), RdataType[rtype]))
        return set() if rdataset is None else {rdata.to_text() for rdata in rdataset}


def rrset(subname: str, rtype: str, *records: str, ttl: int = 3600) -> dict[str, Any]:
    """The JSON of a write."""
    return {"subname": subname, "type": rtype, "ttl": ttl, "records": list(records)}


def hosts(count: int, address: str = "192.0.2.1") -> Iterable[dict[str, Any]]:
    """So many A record sets."""
    return [rrset(f"h{number:04}", "A", address) for number in range(count)]

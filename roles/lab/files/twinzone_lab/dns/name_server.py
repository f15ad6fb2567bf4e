# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An authoritative name server of one provider, and its faults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import dns.name
import dns.rcode
from dns.rdatatype import RdataType

from ..faults import FaultBox, Kind
from .messages import Question, read_query, render_answer
from .served import Answer, ServedZone, Snapshot
from .server import Reply

NAME_SERVER_KINDS: Mapping[str, Kind] = {
    "silent": Kind("queries are never answered", stage="query"),
    "refused": Kind("answers REFUSED", stage="query"),
    "servfail": Kind("answers SERVFAIL", stage="query"),
    "stale": Kind("goes on serving what it serves now", stage="query"),
    "no_udp": Kind("queries over UDP are never answered", stage="query"),
    "slow": Kind("answers late", {"seconds": float}, "query"),
}
FAILURES = {
    "refused": Answer(dns.rcode.REFUSED, authoritative=False),
    "servfail": Answer(dns.rcode.SERVFAIL, authoritative=False),
}
_CACHE_LIMIT = 50_000


@dataclass(frozen=True)
class _Cached:
    """An answer less its identifier, good as long as its snapshot is served."""

    snapshot: Snapshot
    wire: bytes


Cache: TypeAlias = dict[tuple[bytes, bool], _Cached]
"""Answers by the query less its identifier, and whether it came over TCP. Servers of the same zones can share one."""


class NameServer:
    """Answers for every zone in `zones`, which others fill."""

    def __init__(self, zones: Mapping[dns.name.Name, ServedZone], box: FaultBox, cache: Cache) -> None:
        self._zones = zones
        self._box = box
        self._frozen: dict[dns.name.Name, Snapshot] = {}
        self._cache = cache
        box.watch(self._changed)

    def respond(self, wire: bytes, tcp: bool) -> Reply:
        """Answer a query in wire format."""
        fault = self._box.take("query")
        if fault and (fault.kind == "silent" or (fault.kind == "no_udp" and not tcp)):
            return Reply(None)
        delay = fault.number("seconds") if fault and fault.kind == "slow" else 0.0
        failure = FAILURES.get(fault.kind) if fault else None
        cached = self._cache.get((wire[2:], tcp))
        if cached and not failure and self._snapshot(cached.snapshot.origin) is cached.snapshot:
            return Reply(wire[:2] + cached.wire, delay)
        question = read_query(wire)
        if not isinstance(question, Question):
            return Reply(question, delay)
        if failure:
            return Reply(render_answer(question, failure, tcp=tcp))
        snapshot = self._closest(question.name)
        if snapshot is None:
            return Reply(render_answer(question, FAILURES["refused"], tcp=tcp))
        answer = snapshot.answer(question.name, question.type)
        rendered = render_answer(question, answer, tcp=tcp)
        if answer.lasting:
            self._keep(wire[2:], tcp, _Cached(snapshot, rendered[2:]))
        return Reply(rendered, delay)

    def _keep(self, query: bytes, tcp: bool, answer: _Cached) -> None:
        if len(self._cache) >= _CACHE_LIMIT:
            self._cache.clear()
        self._cache[query, tcp] = answer

    def lookup(self, name: dns.name.Name, rdtype: RdataType) -> Answer | None:
        """The answer as the lab's own resolver would get it; `None` when there is none. A slow server is not waited
        for: the resolver asks another or has cached what it said."""
        fault = self._box.take("query")
        if fault and fault.kind == "silent":
            return None
        if fault and fault.kind in FAILURES:
            return FAILURES[fault.kind]
        snapshot = self._closest(name)
        return snapshot.answer(name, rdtype) if snapshot else None

    def _closest(self, name: dns.name.Name) -> Snapshot | None:
        """The closest zone that holds the name."""
        while (snapshot := self._snapshot(name)) is None and name != dns.name.root:
            name = name.parent()
        return snapshot

    def _snapshot(self, origin: dns.name.Name) -> Snapshot | None:
        if origin in self._frozen:
            return self._frozen[origin]
        zone = self._zones.get(origin)
        return zone.snapshot if zone else None

    def _changed(self) -> None:
        fault = self._box.present
        stale = fault is not None and fault.kind == "stale"
        self._frozen = {origin: zone.snapshot for origin, zone in self._zones.items()} if stale else {}

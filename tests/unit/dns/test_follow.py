# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A name is followed as visitors over IPv4 and over IPv6 would."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._dns.follow import follow
from ansible_collections.twinzone.edge.plugins.module_utils._dns.nameservers import Server
from ansible_collections.twinzone.edge.plugins.module_utils._dns.replies import Reply
from ansible_collections.twinzone.edge.plugins.module_utils._dns.wire import Endpoint, Question

WWW, ROUTER, FRONT = "www.example.com.", "web-router.example.com.", "front.example.net."


@dataclass(frozen=True)
class Liar:
    """The only server of its zone. targets: of the CNAME at WWW, by the type that is asked for."""

    targets: Mapping[str, str]
    server: Server
    zone: str = "example.com"

    def replies(self, questions: Sequence[Question]) -> dict[Question, Reply]:
        chains = {one: tuple(filter(None, [self.targets.get(one[1], "")])) for one in questions}
        return {question: Reply("NOERROR", cnames=chain) for question, chain in chains.items()}

    def is_own(self, name: str) -> bool:
        return name.endswith(f"{self.zone}.")

    def asked_for(self, name: str) -> list[Liar]:
        return [self]


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        ({"A": ROUTER, "AAAA": ROUTER}, [(ROUTER,)]),
        ({"A": ROUTER}, [(ROUTER,)]),
        ({"AAAA": FRONT}, [(FRONT,)]),
        ({"A": ROUTER, "AAAA": FRONT}, [(ROUTER,), (FRONT,)]),
    ],
)
def test_a_server_that_leads_one_family_elsewhere(targets: dict[str, str], expected: list[tuple[str, ...]]) -> None:
    """A switch of the router would move half of the visitors, so both ways count."""
    zones: Any = Liar(targets, Server("cloudflare", "a", Endpoint("192.0.2.1")))
    assert [step.cnames for step in follow([WWW], {ROUTER, FRONT}, zones)] == expected


@dataclass(frozen=True)
class Places:
    """The servers of a zone, and those of the zone below it."""

    above: Sequence[Any]
    below: Sequence[Any] = ()

    def asked_for(self, name: str) -> Sequence[Any]:
        return self.above

    def askers(self, zone: str) -> Sequence[Any]:
        return self.below


@dataclass(frozen=True)
class Referring(Liar):
    """A server that has a delegation where others have a CNAME."""

    def replies(self, questions: Sequence[Question]) -> dict[Question, Reply]:
        return dict.fromkeys(questions, Reply("NOERROR", referral=WWW))


ROUTED = Liar({"A": ROUTER, "AAAA": ROUTER}, Server("cloudflare", "a", Endpoint("192.0.2.1")))
REFERRING = Referring({}, Server("desec", "b", Endpoint("192.0.2.2")))
BELOW = Liar({"A": ROUTER}, Server("", "c", Endpoint("192.0.2.3")), "www.example.com")


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        (Places([ROUTED, REFERRING]), {("a", "cname"), ("b", "delegated"), ("", "silent")}),
        # What is found below is judged by itself, and where all refer, what cannot be found is unknown.
        (Places([ROUTED, REFERRING], [BELOW]), {("a", "cname"), ("c", "cname")}),
        (Places([REFERRING]), {("", "silent")}),
    ],
)
def test_a_server_that_alone_refers_elsewhere(places: Any, expected: set[tuple[str, str]]) -> None:
    """Its visitors go where nobody who asks another server can see."""
    assert {(step.server, step.status) for step in follow([WWW], {ROUTER}, places)} == expected

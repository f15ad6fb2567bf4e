# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A name is followed as visitors over IPv4 and over IPv6 would."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._dns.follow import follow
from ansible_collections.twinzone.edge.plugins.module_utils._dns.nameservers import Server
from ansible_collections.twinzone.edge.plugins.module_utils._dns.replies import Referral, Reply
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

    def below(self, zone: str, referral: Referral) -> NoReturn:
        raise AssertionError(f"nobody refers to {referral}")


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

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What name servers say that would stop a site counts only if enough of them, or the API, say so."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._failover import claims
from ansible_collections.twinzone.edge.plugins.module_utils._failover.quorum import Health

SITE: Any = {"router": "www", "zone": "example.com"}
SERVERS = (("cloudflare", "a"), ("cloudflare", "b"), ("desec", "c"), ("desec", "d"))


def answers(saying: str, silent: str = "", rdtype: str = "TXT") -> list[Any]:
    """What all servers answer, of which those named in `saying` claim a neighbour and a circle."""
    base = {"zone": "example.com", "name": "www.example.com.", "type": rdtype}
    return [
        {
            **base,
            "provider": provider,
            "server": server,
            "values": ["x"] if server in saying else [],
            "cnames": [],
            "circular": ["bunny", "bunny at b.example.net"] if server in saying else [],
            "error": "silent" if server in silent else "",
        }
        for provider, server in SERVERS
    ]


@pytest.mark.parametrize(
    ("saying", "silent", "believed"),
    [
        ("", "", False),
        ("a", "", False),
        ("d", "", False),
        ("ac", "", False),
        ("ab", "", True),
        ("cd", "", True),
        ("acd", "", True),
        ("a", "b", False),
        ("ac", "bd", True),
        ("a", "bcd", False),
        ("a", "bd", False),
    ],
)
def test_one_server_is_not_believed(saying: str, silent: str, believed: bool) -> None:
    heard = answers(saying, silent)
    assert claims.neighbours(SITE, heard, {}) == (["TXT"] if believed else [])
    assert claims.circles(SITE, heard) == ({"bunny"} if believed else set())


def test_the_api_settles_it() -> None:
    nothing: Any = {"records": [], "error": None}
    there: Any = {"records": [{"name": "www", "type": "TXT", "values": ["x"]}], "error": None}
    broken: Any = {"records": [], "error": {"kind": "unreachable", "message": "", "hint": ""}}
    assert claims.neighbours(SITE, answers("ab"), {"cloudflare": nothing}) == []
    assert claims.neighbours(SITE, answers(""), {"desec": there}) == ["TXT"]
    assert claims.neighbours(SITE, answers("ab"), {"cloudflare": broken}) == ["TXT"]


def test_a_front_in_a_circle_is_no_target_and_one_that_is_down_stays_down() -> None:
    health = {"cloudflare": Health("up", True), "bunny": Health("up", True), "third": Health("down", reason="refused")}
    found = claims.unusable(health, {"bunny", "third"})
    assert found["cloudflare"] == health["cloudflare"]
    assert (found["bunny"].verdict, found["bunny"].clean) == ("unknown", False)
    assert (found["third"].verdict, found["third"].clean) == ("down", False)
    assert found["third"].reason.startswith("refused; ")

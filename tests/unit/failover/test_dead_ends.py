# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fronts whose name leads nowhere at some name servers, by what each of them shows."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._failover import dead_ends

STANDBY = "cdn2-front.example.com."


def front(**published: Any) -> dict[str, Any]:
    return {"name": "bunny", "target": "" if published else STANDBY, "published": published}


def cname(value: str, **attributes: Any) -> dict[str, Any]:
    return {"CNAME": {"ttl": 60, "values": [value], "attributes": attributes, "copied": False}}


def answer(provider: str, server: str, *nowhere: str, name: str = "web.example.com.") -> dict[str, Any]:
    return {"name": name, "type": "CNAME", "provider": provider, "server": server, "nowhere": list(nowhere)}


LINE = "bunny leads nowhere at {} of {}: no address for cdn2-front.example.com. comes from there"
HERE = [answer("desec", "ns1", STANDBY), answer("desec", "ns2", STANDBY), answer("cloudflare", "ada")]


@pytest.mark.parametrize(
    ("one", "answers", "lines"),
    [
        (front(), HERE, [LINE.format("ns1, ns2", "desec")]),
        (front(), HERE[1:], [LINE.format("ns2", "desec")]),
        (
            front(),
            [*HERE, answer("cloudflare", "bob", STANDBY)],
            [LINE.format("ns1, ns2", "desec"), LINE.format("bob", "cloudflare")],
        ),
        (front(), [answer("desec", "ns1", "cf-front.example.com.")], []),
        (front(), [answer("desec", "ns1", STANDBY, name="other.example.com.")], []),
        # What is published in place of a target counts where it is a name, and no proxy answers for it.
        (front(desec=cname(STANDBY)), HERE, [LINE.format("ns1, ns2", "desec")]),
        (front(desec=cname(STANDBY, proxied=True)), HERE, []),
        (front(cloudflare=cname(STANDBY)), HERE, []),
        (front(desec={"A": {"ttl": 60, "values": ["192.0.2.1"], "attributes": {}, "copied": True}}), HERE, []),
    ],
)
def test_a_front_leads_nowhere_where_its_own_name_has_no_address(one: Any, answers: Any, lines: list[str]) -> None:
    site: Any = {"router": "web", "zone": "example.com", "fronts": [one]}
    assert dead_ends.found(site, answers) == ({"bunny": lines} if lines else {})

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server's message says about one name and type."""

from __future__ import annotations

from ansible_collections.twinzone.edge.plugins.module_utils._dns.replies import Reply, reply
from support.dns_messages import NAME, message


def test_a_chain_is_followed_to_its_end() -> None:
    links = ("b.example.org. 30 IN CNAME c.example.org.", f"{NAME} 60 IN CNAME B.example.org.")
    got = reply(message(*links, "c.example.org. 9 IN A 192.0.2.1"), NAME, "A")
    assert got.cnames == ("b.example.org.", "c.example.org.")
    assert [value.text for value in got.values] == ["192.0.2.1"]


def test_a_loop_ends() -> None:
    got = reply(message(f"{NAME} 9 IN CNAME b.example.org.", f"b.example.org. 9 IN CNAME {NAME}"), NAME, "A")
    assert got.values == ()
    assert got.cnames[:2] == ("b.example.org.", NAME)


def test_the_ttl_is_that_of_the_first_record() -> None:
    assert reply(message(f"{NAME} 60 IN CNAME b.example.org."), NAME, "A").ttl == 60
    assert reply(message(), NAME, "A").ttl is None


def test_no_answer_has_a_reason() -> None:
    assert reply("connection refused", NAME, "A") == Reply("", error="connection refused")

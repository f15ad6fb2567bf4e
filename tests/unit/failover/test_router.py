# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a provider serves for a router, from the answers of its servers or from its API."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._failover import router
from ansible_collections.twinzone.edge.plugins.module_utils._failover.router import (
    MISSING,
    MIXED,
    OTHER,
    SILENT,
    UNCLEAR,
    held,
    served,
)
from hypothesis import given
from hypothesis import strategies as st

TARGETS = {"cloudflare": "cf-front.example.com.", "bunny": "example.b-cdn.net."}


def answer(server: str, status: str = "cname", *leads_to: str) -> Any:
    return {"server": server, "status": status, "leads_to": list(leads_to)}


@pytest.mark.parametrize(
    ("answers", "tie_break", "expected"),
    [
        ([], None, SILENT),
        ([answer("1", "silent"), answer("2", "silent")], None, SILENT),
        ([answer("1", "cname", "bunny"), answer("2", "cname", "bunny")], None, "bunny"),
        ([answer("1", "silent"), answer("2", "cname", "bunny")], None, "bunny"),
        ([answer("1", "missing"), answer("2", "missing")], None, MISSING),
        ([answer("1", "missing"), answer("2", "cname", "bunny")], None, MIXED),
        ([answer("1", "cname", "cloudflare"), answer("2", "cname", "bunny")], "bunny", MIXED),
        ([answer("1", "cname")], None, OTHER),
        ([answer("1", "addresses", "cloudflare", "bunny")], None, UNCLEAR),
        ([answer("1", "addresses", "cloudflare", "bunny")], "bunny", "bunny"),
        ([answer("1", "addresses", "cloudflare", "bunny")], "fastly", UNCLEAR),
        ([answer("1", "addresses", "cloudflare")], "bunny", "cloudflare"),
        ([answer("1", "addresses")], "bunny", UNCLEAR),
    ],
)
def test_what_is_served(answers: Any, tie_break: str | None, expected: str) -> None:
    found = served(answers, tie_break)
    assert found.shown() == expected
    assert found.known == (expected not in (SILENT, UNCLEAR))
    assert list(found.servers) == [one["server"] for one in answers]


answers = st.builds(
    answer,
    st.text("12345", min_size=1, max_size=2),
    st.sampled_from(["cname", "addresses", "missing", "silent"]),
).flatmap(
    lambda one: st.lists(st.sampled_from([*TARGETS]), max_size=2, unique=True).map(
        lambda fits: {**one, "leads_to": fits}
    )
)


@given(st.lists(answers, max_size=4, unique_by=lambda one: one["server"]), st.none() | st.sampled_from([*TARGETS]))
def test_a_front_is_only_served_when_no_server_says_otherwise(given_answers: Any, tie_break: str | None) -> None:
    found = served(given_answers, tie_break)
    assert bool(found.front) == (found.state == "front")
    if found.front:
        heard = [one for one in given_answers if one["status"] != "silent"]
        assert heard
        assert all(found.front in one["leads_to"] for one in heard)
        assert all(one["status"] in ("cname", "addresses") for one in heard)


#: Of one family the addresses are not known.
COPIED = {"A": {"192.0.2.1"}, "AAAA": set[str]()}


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([], MISSING),
        ([{"type": "CNAME", "values": ["cf-front.example.com."]}], "cloudflare"),
        ([{"type": "CNAME", "values": ["Example.B-CDN.net."]}], "bunny"),
        ([{"type": "CNAME", "values": ["elsewhere.example.org."]}], OTHER),
        ([{"type": "A", "values": ["192.0.2.2"]}], OTHER),
        ([{"type": "A", "values": ["192.0.2.1", "192.0.2.2"]}], "copied"),
        ([{"type": "AAAA", "values": ["2001:db8::1"]}], "copied"),
        ([{"type": "A", "values": ["192.0.2.1"]}, {"type": "MX", "values": ["10 mail.example.com."]}], OTHER),
        ([{"type": "TXT", "values": ["cf-front.example.com."]}], OTHER),
        ([{"type": "CNAME", "values": []}], OTHER),
        ([{"type": "CNAME", "values": ["cf-front.example.com."], "at": {"cloudflare": {"proxied": True}}}], OTHER),
        ([{"type": "CNAME", "values": ["origin.example.com."], "at": {"cloudflare": {"proxied": True}}}], "proxied"),
        ([{"type": "CNAME", "values": ["origin.example.com."]}], OTHER),
    ],
)
def test_what_is_held(records: Any, expected: str) -> None:
    """The same record with a proxy, or without one, is another one."""
    shapes = {name: {"CNAME": {target}} for name, target in TARGETS.items()}
    shapes["proxied"] = {"CNAME": {router.in_shape("origin.example.com.", True)}}
    assert held(records, {**shapes, "copied": COPIED}).shown() == expected


def test_no_front_can_have_the_name_of_a_state() -> None:
    states = {value for name, value in vars(router).items() if name.isupper() and isinstance(value, str)}
    assert states == {OTHER, MISSING, SILENT, UNCLEAR, MIXED}
    assert all(state.startswith("(") for state in states)

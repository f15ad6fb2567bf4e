# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the head of an answer tells besides its health."""

from __future__ import annotations

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._probes.evidence import seen
from ansible_collections.twinzone.edge.plugins.module_utils._probes.http1 import Head
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("headers", "cached", "cache"),
    [
        ({}, False, ""),
        ({"age": "0"}, False, "age: 0"),
        ({"age": "7"}, True, "age: 7"),
        ({"age": "-7"}, False, ""),
        ({"age": "soon"}, False, ""),
        ({"x-cache": "MISS, HIT"}, True, "x-cache: MISS, HIT"),
        ({"x-cache": "Hit from cloudfront"}, True, "x-cache: Hit from cloudfront"),
        ({"cf-cache-status": "DYNAMIC"}, False, "cf-cache-status: DYNAMIC"),
        ({"cdn-cache": "HIT"}, True, "cdn-cache: HIT"),
        ({"cache-status": "edge; hit; ttl=30"}, True, "cache-status: edge; hit; ttl=30"),
        ({"x-cache": "a\nfoo"}, False, "x-cache: a\\nfoo"),
    ],
)
def test_whether_a_cache_answered(headers: dict[str, str], cached: bool, cache: str) -> None:
    found = seen(Head(200, list(headers.items())), 0)
    assert (found.cached, found.cache) == (cached, cache)


def test_secrets_of_the_request_are_not_repeated() -> None:
    found = seen(Head(200, [("via", "sesame-open"), ("x-cache", "for sesame-open")]), 0, ["Bearer sesame-open"])
    assert "sesame" not in str(found)


@given(st.text(), st.text())
def test_any_header_is_survived(date: str, age: str) -> None:
    found = seen(Head(200, [("date", date), ("age", age), ("server", date)]), 0)
    assert found.age is None or found.age >= 0
    assert found.identity["server"].isprintable()

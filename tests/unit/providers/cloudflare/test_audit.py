# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Cloudflare cannot hold is reported before anything is sent, and nothing else is."""

from __future__ import annotations

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._providers.cloudflare.provider import Cloudflare
from ansible_collections.twinzone.edge.plugins.module_utils._zone.record_sets import RecordSet
from support.sample_records import record_set


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (record_set("x", "HINFO", "a b"), "type: HINFO is not supported by cloudflare"),
        (record_set("x", "A", "192.0.2.1", ttl=86401), "ttl: 86401 is above the maximum of 86400"),
        (record_set("x", "CNAME", "a.example.org.", "b.example.org."), "values: a CNAME has one value"),
        (record_set("x", "TXT", "x", proxied=True), "proxied: only A, AAAA, CNAME can be proxied, not TXT"),
        (record_set("x", "A", "192.0.2.1", proxied="yes"), "proxied: 'yes' is not a bool"),
        (record_set("x", "A", "192.0.2.1", comment=["x"]), "comment: ['x'] is not a str"),
        (record_set("x", "A", "192.0.2.1", comment="a\nb"), "comment: has a line break"),
        (record_set("x", "A", "192.0.2.1", tags="a"), "tags: 'a' is not a list"),
        (record_set("x", "A", "192.0.2.1", settings=[]), "settings: [] is not a dict"),
        (
            record_set("x", "CNAME", "a.example.org.", proxied=True, settings={"flatten_cname": True}),
            "settings: flatten_cname is silently dropped",
        ),
        (record_set("@", "DS", f"1 13 2 {'ab' * 32}"), "type: DS belongs into the parent zone"),
        (record_set("x", "A", "192.0.2.1", "104.16.1.1"), "104.16.1.1: Cloudflare refuses the addresses of its own"),
        (record_set("x", "AAAA", "2606:4700::1"), "2606:4700::1: Cloudflare refuses the addresses of its own proxies"),
        (record_set("x", "TXT", "x" * 4090), "values: Cloudflare takes at most 4096 bytes in one record"),
    ],
)
def test_what_it_cannot_hold(wanted: RecordSet, reason: str) -> None:
    problems = Cloudflare.audit(wanted)
    assert any(reason in problem for problem in problems), problems

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What cannot be done is found before anything is sent: every entry is audited at every provider that it concerns."""

from __future__ import annotations

from typing import Any

from ansible_collections.twinzone.edge.plugins.module_utils._engine.job import Job, audit
from ansible_collections.twinzone.edge.plugins.module_utils._providers.registry import PROVIDERS
from ansible_collections.twinzone.edge.plugins.module_utils._zone import entries as zone_entries
from ansible_collections.twinzone.edge.plugins.module_utils._zone.entries import Context

ZONE = "example.com"


def job(*entries: dict[str, Any]) -> Job:
    known = {name: PROVIDERS[name].attributes for name in ("cloudflare", "desec")}
    declared = zone_entries.parse_declared(entries, Context(ZONE, known))
    providers = tuple(PROVIDERS[name].read_settings({"name": name, "type": name, "token": "t"}, 1.0) for name in known)
    return Job(ZONE, providers, tuple(declared))


def test_all_entries_are_audited_at_every_provider_that_they_concern() -> None:
    reported = audit(
        job(
            {"name": "@", "type": "CNAME", "values": "a.example.org."},
            {"name": "x", "type": "HINFO", "values": "a b", "only": "desec"},
            {"name": "y", "type": "HINFO", "values": "a b"},
            {"name": "z", "type": "A", "at": {"cloudflare": {"values": "192.0.2.1"}}},
            {"name": "old", "type": "WKS", "state": "absent"},
            {"name": "w", "type": "A", "values": "192.0.2.1", "ttl": 99999},
        )
    )
    assert [line.partition(":")[0] for line in reported] == [
        "records[2] (y HINFO)",
        "records[5] (w A)",
        "records[0] (@ CNAME)",
        "records[3] (z A)",
        "records[5] (w A)",
    ]
    assert "records[3] (z A): values: is empty for desec" in reported

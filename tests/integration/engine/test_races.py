# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody on another machine, whom no lock holds back, changes the zone after it was read and before it is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._providers.base import Provider, Write
from ansible_collections.twinzone.edge.plugins.module_utils._providers.cloudflare.provider import Cloudflare
from ansible_collections.twinzone.edge.plugins.module_utils._providers.desec import errors
from ansible_collections.twinzone.edge.plugins.module_utils._providers.desec.provider import Desec
from ansible_collections.twinzone.edge.plugins.module_utils._zone.plan import Held
from support.lab_api import CloudflareCaller, DesecCaller
from support.lab_jobs import ZONE, Entry, held, ok, run, values
from twinzone_lab.client import LabClient

NEW: list[Entry] = [
    {"name": "www", "type": "A", "ttl": 300, "values": ["192.0.2.1", "192.0.2.2"]},
    {"name": "other", "type": "TXT", "ttl": 300, "values": ["x"]},
]


@pytest.fixture
def after_the_first_read(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], None]:
    """Have something happen as soon as Cloudflare's zone was read once."""

    def set_up(happen: Callable[[], Any]) -> None:
        pending = [happen]
        fetch = Cloudflare.fetch

        def reading(self: Cloudflare) -> Held:
            found = fetch(self)
            if pending:
                pending.pop()()
            return found

        monkeypatch.setattr(Cloudflare, "fetch", reading)

    return set_up


def contents(lab: LabClient, name: str) -> list[str]:
    return sorted(one["content"] for one in lab.zone("cloudflare", ZONE) if one["name"] == f"{name}.{ZONE}")


def test_a_record_that_exists_meanwhile_is_no_error_and_not_there_twice(
    lab: LabClient, cloudflare: CloudflareCaller, after_the_first_read: Callable[..., None]
) -> None:
    """81058, of which only another look tells whether it is a success."""
    after_the_first_read(lambda: cloudflare.create(f"www.{ZONE}", "A", "192.0.2.1"))
    reports = run(lab, NEW, "cloudflare", verify_seconds=10)
    ok(reports)
    assert reports["cloudflare"].count.retries == 1
    assert any("code 81058" in note for note in reports["cloudflare"].notes)
    assert contents(lab, "www") == ["192.0.2.1", "192.0.2.2"]
    assert contents(lab, "other") == ['"x"']
    assert {one["ttl"] for one in lab.zone("cloudflare", ZONE) if one["name"] == f"www.{ZONE}"} == {300}


def test_a_record_that_is_gone_meanwhile_is_made_again(
    lab: LabClient, cloudflare: CloudflareCaller, after_the_first_read: Callable[..., None]
) -> None:
    """81044."""
    record = cloudflare.create(f"www.{ZONE}", "A", "192.0.2.9")
    after_the_first_read(lambda: cloudflare.ok("DELETE", f"dns_records/{record['id']}"))
    ok(run(lab, NEW, "cloudflare", verify_seconds=10))
    assert contents(lab, "www") == ["192.0.2.1", "192.0.2.2"]


def test_another_type_that_stands_there_meanwhile_is_a_conflict(
    lab: LabClient, cloudflare: CloudflareCaller, after_the_first_read: Callable[..., None]
) -> None:
    """81054: nothing of the batch was applied, and the name is reported."""
    after_the_first_read(lambda: cloudflare.create(f"www.{ZONE}", "CNAME", "a.example.org"))
    result = run(lab, NEW, "cloudflare")["cloudflare"].as_result()
    assert (result["result"], result["changed"]) == ("conflict", False)
    assert result["error"]["code"] == "81054"
    assert "www A" in result["error"]["message"]
    assert "state: absent" in result["error"]["hint"]
    assert (contents(lab, "www"), contents(lab, "other")) == (["a.example.org"], [])


EXISTS = "Another RRset with the same subdomain and type exists for this domain. (Try modifying it.)"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (409, {"detail": "Conflict: duplicate key value"}),
        (400, [{"non_field_errors": [EXISTS]}, {}]),
        (400, {"non_field_errors": [EXISTS]}),
    ],
)
def test_writers_that_collide_at_desec_read_again(
    lab: LabClient, desec: DesecCaller, monkeypatch: pytest.MonkeyPatch, status: int, body: object
) -> None:
    """The real server refuses one of them, also where the other was our own earlier write; here none collide."""
    send, collisions = Desec.send, [1]

    def sending(self: Provider, write: Write) -> None:
        if collisions:
            desec.put("www", "A", "192.0.2.9")
            collisions.clear()
            raise errors.of(status, body, "", write.changes)
        send(self, write)  # type: ignore[arg-type]

    monkeypatch.setattr(Desec, "send", sending)
    reports = run(lab, NEW, "desec", verify_seconds=15)
    assert ok(reports) == [("desec", "create", "other", "TXT"), ("desec", "update", "www", "A")]
    assert values(held(lab, "desec"), "www", "A") == ["192.0.2.1", "192.0.2.2"]

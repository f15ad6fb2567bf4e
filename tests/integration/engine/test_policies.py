# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an entry and a task can say, in combination, at both providers at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._engine import engine, verification
from ansible_collections.twinzone.edge.plugins.module_utils._zone.apex_ns import ApexNs
from ansible_collections.twinzone.edge.plugins.module_utils._zone.plan import Limits, PlanPolicy
from support.lab_api import CloudflareCaller, DesecCaller
from support.lab_jobs import BOTH, Entry, changes, held, job, ok, run, served, soon, values
from twinzone_lab.client import LabClient

FORCE = PlanPolicy(force=True)
UNION = ApexNs("union")


def entry(name: str, rdtype: str, *given: str, **more: Any) -> Entry:
    return {"name": name, "type": rdtype, "ttl": 3600, "values": list(given), **more}


def test_what_stands_where(lab: LabClient) -> None:
    """`only` and `at` choose the providers, the TTL and the values of each."""
    zone = [
        entry("both", "TXT", "x"),
        entry("one", "TXT", "x", only=["desec"]),
        entry("other", "TXT", "x", only="cloudflare", at={"cloudflare": {"comment": "here"}}),
        entry("differs", "TXT", "x", at={"desec": {"values": ["y", "z"], "ttl": 7200}}),
        {"name": "apart", "type": "A", "at": {"cloudflare": {"values": "192.0.2.1"}, "desec": {"values": "192.0.2.2"}}},
        {"name": "ghost", "type": "A", "at": {"desec": {"values": "192.0.2.2"}}, "only": "desec"},
    ]
    ok(run(lab, zone, verify_seconds=10))
    cloudflare, desec = (held(lab, name) for name in BOTH)
    for name, here, there in (
        ("both", ['"x"'], ['"x"']),
        ("one", [], ['"x"']),
        ("other", ['"x"'], []),
        ("differs", ['"x"'], ['"y"', '"z"']),
    ):
        assert (values(cloudflare, name, "TXT"), values(desec, name, "TXT")) == (here, there), name
    assert (values(cloudflare, "apart", "A"), values(desec, "apart", "A")) == (["192.0.2.1"], ["192.0.2.2"])
    assert (values(cloudflare, "ghost", "A"), values(desec, "ghost", "A")) == ([], ["192.0.2.2"])
    assert (cloudflare.sets["differs", "TXT"].ttl, desec.sets["differs", "TXT"].ttl) == (3600, 7200)
    assert ok(run(lab, zone)) == []

    # What is not for a provider is undeclared there: prune takes it away, `absent` with `only` too.
    ok(run(lab, zone[:1], policy=FORCE))
    gone = {"name": "apart", "type": "A", "state": "absent", "only": ["desec"]}
    assert ok(run(lab, [gone])) == [("desec", "delete", "apart", "A")]
    assert ok(run(lab, [gone])) == []
    keep = ({"name": "diff*"}, {"name": "@"})
    pruned = ok(run(lab, zone[:2], policy=PlanPolicy(prune=True, force=True, keep=keep)))
    assert pruned == [
        ("cloudflare", "delete", "apart", "A"),
        ("cloudflare", "delete", "other", "TXT"),
        ("desec", "delete", "ghost", "A"),
    ]


def test_prune_and_limits_and_force(lab: LabClient) -> None:
    zone = [entry(f"h{number}", "A", "192.0.2.1") for number in range(20)]
    ok(run(lab, [*zone, entry("@", "A", "192.0.2.1")]))
    few = zone[:10]
    for policy in (PlanPolicy(prune=True), PlanPolicy(prune=True, limits=Limits(delete_percent=40))):
        refused = run(lab, few, policy=policy)
        assert {report.result for report in refused.values()} == {"unsafe"}
        assert changes(refused) == []
    allowed = PlanPolicy(prune=True, limits=Limits(delete_percent=55))
    assert len(ok(run(lab, few, policy=replace(allowed, keep=({"name": "h1?"},))))) == 2, "the apex at both"
    assert len(ok(run(lab, few, policy=allowed))) == 20


def test_a_ttl_floor_that_refuses_names_the_record_and_what_helps(lab: LabClient) -> None:
    low = entry("www", "A", "192.0.2.1") | {"ttl": 300}
    reports = run(lab, [low], policy=PlanPolicy(ttl_floor="refuse"))
    assert {name: report.result for name, report in reports.items()} == {"cloudflare": "rejected", "desec": "rejected"}
    error = reports["desec"].as_result()["error"]
    assert "(www A): ttl 300 is below the zone's minimum of 3600 seconds" in error["message"]
    assert "support" in error["hint"]
    assert "the plan for desec was refused" in reports["cloudflare"].as_result()["error"]["message"]
    assert ok(run(lab, [low], "cloudflare", policy=PlanPolicy(ttl_floor="refuse"))) == [
        ("cloudflare", "create", "www", "A")
    ]
    raised = run(lab, [low])
    assert ok(raised) == [("desec", "create", "www", "A")]
    assert "ttl raised to desec's minimum of 3600 seconds: www A (300)" in raised["desec"].as_result()["notes"]


def test_letter_case_is_a_change_at_desec_only(lab: LabClient) -> None:
    ok(run(lab, [entry("www", "CNAME", "a.example.org.")]))
    assert ok(run(lab, [entry("www", "CNAME", "A.Example.org.")], verify_seconds=10)) == [
        ("desec", "update", "www", "CNAME")
    ]
    assert values(held(lab, "desec"), "www", "CNAME") == ["A.Example.org."]
    assert ok(run(lab, [entry("WWW", "CNAME", "A.Example.org.")])) == []


def test_all_servers_at_the_apex(lab: LabClient, cloudflare: CloudflareCaller) -> None:
    union = sorted(["amir.ns.cloudflare.com.", "lola.ns.cloudflare.com.", "ns1.desec.io.", "ns2.desec.org."])
    lab.adjust("example.com", multi_provider="false")
    reports = run(lab, [], apex_ns=UNION, verify_seconds=10)
    assert ok(reports) == [("cloudflare", "create", "@", "NS"), ("desec", "update", "@", "NS")]
    assert served(lab, "desec", "@", "NS") == [union] * 2
    assert values(held(lab, "cloudflare"), "@", "NS") == union[2:], "Cloudflare adds its own, and refuses them here"
    assert served(lab, "cloudflare", "@", "NS") == [union[:2]] * 2, "and ignores the set"
    assert any("only if the zone's DNS setting multi_provider is on" in note for note in reports["cloudflare"].notes)
    cloudflare.ok("PATCH", "dns_settings", {"multi_provider": True})
    assert ok(run(lab, [], apex_ns=UNION, verify_seconds=10)) == []
    soon(lambda: served(lab, "cloudflare", "@", "NS"), [union] * 2)
    assert ok(run(lab, [], policy=PlanPolicy(prune=True, force=True, keep=({"name": "@"},)))) == [], "prune leaves them"
    lab.break_("cloudflare_api", "refuse")
    reports = run(lab, [], "cloudflare", "desec", apex_ns=UNION)
    assert reports["desec"].result == "ok"
    assert any("apex NS: left as it is" in note for note in reports["desec"].notes)
    assert served(lab, "desec", "@", "NS") == [union] * 2


def test_strangers_at_the_apex(lab: LabClient) -> None:
    """Declared ones are refused with the reason; extra ones are named everywhere; those that go are reported."""
    refused = run(lab, [], apex_ns=replace(UNION, declared=("dns1.previous.example.", "ns1.desec.io.")))
    message = refused["desec"].as_result()["error"]["message"]
    assert message.startswith("apex NS: dns1.previous.example.: declared, but the server of no provider here")
    assert changes(refused) == []
    extra = replace(UNION, extra=("ns.mine.example.",), declared=("ns.mine.example.", "ns2.desec.org."))
    ok(run(lab, [], apex_ns=extra))
    assert "ns.mine.example." in values(held(lab, "desec"), "@", "NS")
    assert "ns.mine.example." in values(held(lab, "cloudflare"), "@", "NS")
    gone = run(lab, [], apex_ns=UNION)
    assert (
        "apex NS: ns.mine.example. is removed, as it belongs to no provider; `apex_ns_extra` keeps it"
        in gone["desec"].notes
    )


@pytest.fixture
def disturbed(desec: DesecCaller) -> Iterator[None]:
    """Somebody else writes the zone all the time."""
    over = threading.Event()

    def disturb() -> None:
        number = 0
        while not over.wait(0.4):
            number += 1
            desec.put("disturbance", "TXT", f'"{number}"')

    thread = threading.Thread(target=disturb)
    thread.start()
    yield
    over.set()
    thread.join()


@pytest.mark.usefixtures("disturbed")
def test_two_thousand_sets_are_served_although_transfers_get_lost(
    lab: LabClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "_TRANSFER_LOST", 2.5)
    zone = [entry(f"h{number}", "A", f"192.0.2.{number % 250}") for number in range(2000)]
    made = job(lab, zone, "desec", policy=FORCE, verify_seconds=30, deadlines={"desec": 120.0})
    reports = engine.run(made)
    assert len(ok(reports)) == 2000
    assert len([one for one in lab.log("desec") if "h1999" in str(one["body"])]) == 1, "each set is written once"
    for one in zone[::97]:
        assert served(lab, "desec", one["name"], "A") == [one["values"]] * 2

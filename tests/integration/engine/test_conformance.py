# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The conformance suite: one story of a zone, in steps, which every provider must pass, at the lab or real servers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._engine import engine
from ansible_collections.twinzone.edge.plugins.module_utils._engine.provider_report import Report
from ansible_collections.twinzone.edge.plugins.module_utils._providers.registry import PROVIDERS
from ansible_collections.twinzone.edge.plugins.module_utils._zone.plan import Limits, PlanPolicy
from support import lab_jobs, real_servers, stages
from support.lab_jobs import ZONE, Entry, changes, held, run, served, values
from support.sample_records import SAMPLES
from support.stages import Stage
from twinzone_lab.client import LabClient

FORCE = PlanPolicy(force=True)
DKIM = "v=DKIM1; k=rsa; p=" + "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA" + "x1Yz/+" * 58 + "QIDAQAB"

EMULATED = ("cloudflare", "desec")


@pytest.fixture(params=[*EMULATED, *stages.REAL])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """Each provider in turn, with an empty zone."""
    name = str(request.param)
    if name in EMULATED:
        yield stages.at_the_lab(request.getfixturevalue("lab"), name)
        return
    if why := real_servers.missing():
        assert not os.environ.get("CI"), why
        pytest.skip(f"real name servers are {why}")
    with stages.at_real_servers(name, tmp_path) as real:
        yield real


def ok(report: Report) -> list[tuple[str, str]]:
    """The changes of a job that must have succeeded: (action, name)."""
    return [(action, name) for _provider, action, name, _type in lab_jobs.ok({report.provider: report})]


def entry(name: str, rdtype: str, *texts: str, ttl: int = 3600, **more: Any) -> Entry:
    return {"name": name, "type": rdtype, "ttl": ttl, "values": list(texts), **more}


def of_every_type(stage: Stage) -> list[Entry]:
    """A set of every type that the provider takes, with several values where samples have them that it takes."""
    own_name = {"DNSKEY": "@", "SRV": "_sip._udp", "TLSA": "_443._tcp.www", "DS": "delegated", "NS": "delegated"}
    names = {rdtype: own_name.get(rdtype, f"t-{rdtype.lower()}") for rdtype in sorted(stage.record_types)}
    return [entry(name, rdtype, *_taken(stage, name, rdtype)) for rdtype, name in names.items()] + [
        entry("mail", "A", "192.0.2.25")
    ]  # BIND wants an address where an MX leads to a host in the zone


def _taken(stage: Stage, name: str, rdtype: str) -> list[str]:
    audit = PROVIDERS[stage.type].audit
    return [text for text in SAMPLES[rdtype] if not audit(lab_jobs.declare([entry(name, rdtype, text)])[0].record_set)]


USUAL: list[Entry] = [
    entry("@", "A", "192.0.2.1", "192.0.2.2", "192.0.2.3"),
    entry("@", "MX", "10 mail", "20 mail.example.org."),
    entry("@", "TXT", "v=spf1 include:_spf.example.net -all", "some-verification=abc123"),
    entry("@", "CAA", '0 issue "letsencrypt.org"', '0 iodef "mailto:hostmaster@example.com"'),
    entry("mail", "A", "192.0.2.25"),
    entry("mail", "AAAA", "2001:DB8:0::25"),
    entry("s1._domainkey", "TXT", DKIM),
    entry("_dmarc", "TXT", r"v=DMARC1\; p=none\; rua=mailto:d@example.com"),
    entry("_mta-sts", "TXT", "v=STSv1; id=20260101"),
    entry("no-mail", "MX", "0 ."),
    entry("*", "A", "192.0.2.80"),
    entry("*.dev", "CNAME", "dev.example.org."),
    entry("bücher", "A", "192.0.2.90"),
    entry("_443._tcp", "TLSA", f"3 1 1 {'AB' * 32}"),
    entry("_sip._udp", "SRV", "0 5 5060 mail"),
    entry("svc", "HTTPS", '1 . alpn="h3,h2"'),
    entry("many", "A", *(f"192.0.2.{number}" for number in range(1, 61))),
    entry("WWW.example.com.", "CNAME", "www.example.org."),
]


@contextmanager
def step(title: str) -> Iterator[None]:
    """A step of the story: a failure in it shows its title."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"in the step: {title}")
        raise


def test_the_story_of_a_zone(stage: Stage) -> None:
    def act(records: list[Entry], **options: Any) -> list[tuple[str, str]]:
        """Do it; what changed, as (action, name)."""
        return ok(stage.run(records, verify_seconds=20, **options))

    def stands() -> set[tuple[str, str]]:
        return set(stage.held().sets)

    first_day = stands()

    with step("Everything is created at once, predicted by check mode, and served by all name servers"):
        predicted = ok(stage.run(USUAL, policy=FORCE, check_mode=True))
        assert stands() == first_day, "check mode writes nothing"
        report = stage.run(USUAL, policy=FORCE, verify_seconds=20)
        assert ok(report) == predicted
        assert ("create", "s1._domainkey") in predicted
        assert len(predicted) == len(USUAL)
        assert report.count.requests == stage.reads + stage.per_write
        assert stands() == first_day | {lab_jobs.meaning(one)[0] for one in USUAL}
        assert stage.served("mail", "AAAA") == [["2001:db8::25"]] * 2
        assert stage.served("anything", "A") == [["192.0.2.80"]] * 2

    with step("A second run changes nothing, whatever the spelling"):
        assert act(USUAL) == []
        assert act([entry("MAIL.example.com.", "AAAA", "2001:0db8:0000::0025"), entry("*", "A", " 192.0.2.80 ")]) == []
        assert stage.run(USUAL).count.requests == stage.reads

    with step("One value changes, one more comes, one goes; the other values stay the same records"):
        before = stage.ids()
        assert act([entry("many", "A", *(f"192.0.2.{number}" for number in range(2, 62)))]) == [("update", "many")]
        assert len(stage.served("many", "A")[0]) == 60
        assert before == stage.ids(), "records keep their ids"
        assert act([entry("@", "A", "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4")]) == [("update", "@")]
        assert act([entry("@", "A", "192.0.2.4")]) == [("update", "@")]
        assert values(stage.held(), "@", "A") == ["192.0.2.4"]

    with step("A TTL changes, and without one the set keeps its own"):
        assert act([entry("mail", "A", "192.0.2.25", ttl=7200)]) == [("update", "mail")]
        without: Entry = {"name": "mail", "type": "A", "values": "192.0.2.25"}
        assert act([without]) == []
        assert stage.held().sets["mail", "A"].ttl == 7200

    with step("Only what is declared is touched"):
        assert act([entry("new", "A", "192.0.2.99")]) == [("create", "new")]
        assert stands() == first_day | {lab_jobs.meaning(one)[0] for one in USUAL} | {("new", "A")}

    with step("A set goes; that it is gone is no change"):
        gone: Entry = {"name": "new", "type": "A", "state": "absent"}
        assert act([gone, {"name": "never", "type": "TXT", "state": "absent"}]) == [("delete", "new")]
        assert act([gone]) == []

    with step("A type changes at one name"):
        swap = [{"name": "mail", "type": "A", "state": "absent"}, {"name": "mail", "type": "AAAA", "state": "absent"}]
        swap += [entry("mail", "CNAME", "mx.example.org.")]
        if not PROVIDERS[stage.type].atomic_type_change:
            assert stage.run(swap).result == "unsafe"
            assert ("mail", "A") in stands()
        report = stage.run(swap, policy=FORCE, verify_seconds=20)
        assert ok(report) == [("delete", "mail"), ("delete", "mail"), ("create", "mail")]
        assert report.count.requests == stage.reads + stage.per_write, "in one atomic request"
        assert act(
            [{"name": "mail", "type": "CNAME", "state": "absent"}, entry("mail", "A", "192.0.2.25")], policy=FORCE
        )

    with step("What is not declared goes with prune, but not more than the limits allow, and never what is kept"):
        act(
            [
                entry("_acme-challenge", "TXT", "x"),
                entry("_twinzone.web-router", "TXT", "x"),
                entry("keep-me", "A", "192.0.2.7"),
            ]
        )
        few = [one for one in USUAL if one["name"] not in ("@", "mail", "many")]
        few.append({"name": "many", "type": "A", "values": values(stage.held(), "many", "A")})
        refused = stage.run(few, policy=PlanPolicy(prune=True, limits=Limits(delete_percent=5)))
        assert (refused.result, refused.changes) == ("unsafe", [])
        keep = ({"name": "keep-*"}, {"name": "_acme*"}, {"type": "CAA"}, {"type": "MX"})
        dropped = act(few, policy=PlanPolicy(prune=True, limits=Limits(delete_percent=50), keep=keep))
        assert dropped == [("delete", "@"), ("delete", "@"), ("delete", "mail")]
        left = stands()
        assert {("keep-me", "A"), ("_acme-challenge", "TXT"), ("_twinzone.web-router", "TXT"), ("@", "MX")} <= left
        assert not {("@", "A"), ("@", "TXT"), ("mail", "A")} & left


def test_every_type_is_created_read_back_served_and_deleted(stage: Stage) -> None:
    records = of_every_type(stage)
    # A delegation hides what lies below it, and a DNAME too: neither is above another set here.
    assert len(ok(stage.run(records, policy=FORCE, verify_seconds=20))) == len(records)
    shown = {key: {value.key for value in one.values} for key, one in stage.held().sets.items()}
    for one in records:
        key, keys = lab_jobs.meaning(one)
        assert shown[key] == keys
    assert ok(stage.run(records)) == []
    absent = [{"name": one["name"], "type": one["type"], "state": "absent"} for one in records]
    assert len(ok(stage.run(absent, policy=FORCE, verify_seconds=20))) == len(records)


def test_a_hundred_sets_at_both_providers_need_few_requests(lab: LabClient) -> None:
    records = [entry(f"h{number}", "A", f"192.0.2.{number}") for number in range(100)]
    for expected in (6, 4):
        lab.log_reset()
        lab_jobs.ok(run(lab, records, policy=FORCE))
        assert len(lab.log()) == expected
    records[7] = entry("h7", "A", "198.51.100.7")
    lab.log_reset()
    assert len(lab_jobs.ok(run(lab, records))) == 2
    assert len(lab.log()) == 6
    assert served(lab, "desec", "h7", "A") != []


def test_with_the_zones_id_no_zone_is_looked_up(lab: LabClient) -> None:
    identity = held(lab, "cloudflare").facts["zone_id"]
    made = lab_jobs.job(lab, [entry("x", "A", "192.0.2.1")], "cloudflare")
    made = replace(made, providers=(lab_jobs.settings(lab, "cloudflare", zone_id=identity),))
    lab.log_reset()
    reports = engine.run(made)
    assert lab_jobs.ok(reports) == [("cloudflare", "create", "x", "A")]
    assert len(lab.log("cloudflare")) == 2


def test_a_ttl_below_the_minimum_is_raised_where_it_must_be(lab: LabClient) -> None:
    reports = run(lab, [entry("x", "A", "192.0.2.1", ttl=60)])
    lab_jobs.ok(reports)
    assert held(lab, "cloudflare").sets["x", "A"].ttl == 60
    assert held(lab, "desec").sets["x", "A"].ttl == 3600
    assert any("ttl raised" in note for note in reports["desec"].notes)
    assert lab_jobs.ok(run(lab, [entry("x", "A", "192.0.2.1", ttl=60)])) == []
    refused = run(lab, [entry("y", "A", "192.0.2.1", ttl=60)], policy=PlanPolicy(ttl_floor="refuse"))
    assert {name: report.result for name, report in refused.items()} == {"cloudflare": "rejected", "desec": "rejected"}
    assert changes(refused) == [], "plan_first: nothing is written anywhere"


def test_cloudflares_attributes_stay_unless_declared(lab: LabClient) -> None:
    at = {"cloudflare": {"proxied": True, "comment": "origin"}}
    lab_jobs.ok(run(lab, [entry("shop", "A", "203.0.113.99", at=at)], "cloudflare"))
    lab_jobs.ok(run(lab, [entry("shop", "A", "203.0.113.98")], "cloudflare"))
    (record,) = [one for one in lab.zone("cloudflare", ZONE) if one["name"] == f"shop.{ZONE}"]
    assert (record["content"], record["proxied"], record["comment"]) == ("203.0.113.98", True, "origin")
    lab_jobs.ok(run(lab, [entry("shop", "A", "203.0.113.98", at={"cloudflare": {"comment": ""}})], "cloudflare"))
    (record,) = [one for one in lab.zone("cloudflare", ZONE) if one["name"] == f"shop.{ZONE}"]
    assert (record["proxied"], record.get("comment") or "") == (True, "")

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The migration guide: its files and commands as printed, and a test for every row that says what is different."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import jinja2
import pytest
import yaml
from ansible_collections.twinzone.edge.plugins.module_utils._errors import BadInput
from ansible_collections.twinzone.edge.plugins.module_utils._providers.registry import PROVIDERS
from ansible_collections.twinzone.edge.plugins.module_utils._zone import apex_ns
from ansible_collections.twinzone.edge.plugins.module_utils._zone.entries import Context, parse_declared
from ansible_collections.twinzone.edge.plugins.module_utils._zone.plan import PlanPolicy
from ansible_collections.twinzone.edge.plugins.module_utils._zone.record_sets import Declared
from support import guides, lab_jobs
from support.lab_api import CloudflareCaller, DesecCaller
from support.lab_playbooks import SITE, ZONE
from support.quick_failover import QuickDesk, QuickPlaybooks
from twinzone_lab.client import LabClient

GUIDE = guides.sections("guide_migration")
COMMON = GUIDE["The same for all"]
CLOUDFLARE_DNS = GUIDE["From community.general.cloudflare_dns"]
OCTODNS = GUIDE["From octoDNS"]
INSPIRING = GUIDE["From multi-dns-cdn-failover"]

IMPORT, CHECK, SYNC, AGAIN = COMMON.commands

Entry = dict[str, Any]


@pytest.fixture
def desk(quick: QuickPlaybooks, lab: LabClient) -> QuickDesk:
    return QuickDesk(quick, lab)


def declared(records: list[Entry], ttl: int | None = None) -> list[Declared]:
    known = {provider.type: provider.attributes for provider in PROVIDERS.values()}
    return parse_declared(records, Context(ZONE, known, ttl))


def meaning(records: list[Entry], ttl: int | None = None) -> set[Any]:
    """Entries free of spelling and order."""
    return {
        (
            *entry.key,
            entry.absent,
            entry.only,
            *(
                (name, each.ttl, frozenset(value.key for value in each.values), str(sorted(each.attributes.items())))
                for name in lab_jobs.BOTH
                if (each := entry.at(name))
            ),
        )
        for entry in declared(records, ttl)
    }


def without_ttl_of_their_own(records: list[Entry], ttl: int) -> list[Entry]:
    return [{"ttl": ttl, **entry} for entry in records]


# From community.general.cloudflare_dns


def arguments(task: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the module is called with, once for each item of a loop."""
    template = jinja2.Environment().from_string
    return [
        {
            key: template(value).render(item=item) if isinstance(value, str) else value
            for key, value in task["community.general.cloudflare_dns"].items()
        }
        for item in task.get("loop", [None])
    ]


def record_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """The record that cloudflare_dns would create, in Cloudflare's own form."""
    name = given.get("record", "@")
    value, more = given["value"], dict[str, Any]()
    match given["type"]:
        case "SRV":
            name = f"_{given['service']}._{given['proto']}" + ("" if name == "@" else f".{name}")
            more["data"] = {key: given[key] for key in ("priority", "weight", "port")} | {"target": value}
        case "TLSA":
            name = f"_{given['port']}._{given['proto']}.{name}"
            fields = {"usage": "cert_usage", "selector": "selector", "matching_type": "hash_type"}
            more["data"] = {key: given[option] for key, option in fields.items()} | {"certificate": value}
        case "SSHFP":
            more["data"] = {"algorithm": given["algorithm"], "type": given["hash_type"], "fingerprint": value.upper()}
        case "DS":
            fields = {"key_tag": "key_tag", "algorithm": "algorithm", "digest_type": "hash_type"}
            more["data"] = {key: given[option] for key, option in fields.items()} | {"digest": value}
        case "CAA":
            more["data"] = {"flags": given["flag"], "tag": given["tag"], "value": value}
        case "MX":
            more = {"content": value, "priority": int(given["priority"])}
        case _:
            more["content"] = value
    more |= {key: given[key] for key in ("proxied", "comment") if key in given}
    full = ZONE if name == "@" else f"{name}.{ZONE}"
    return {"name": full, "type": given["type"], "ttl": given.get("ttl", 1), **more}


def test_cloudflare_dns(desk: QuickDesk, lab: LabClient, cloudflare: CloudflareCaller) -> None:
    """What its tasks made is left alone at Cloudflare, and appears at deSEC. They use every option of the table."""
    (play,) = CLOUDFLARE_DNS.yaml("dns.yml")
    calls = [given for task in play["tasks"] for given in arguments(task)]
    named = set(re.findall(r"``(\w+)(?:: \w+)?``", " ".join(CLOUDFLARE_DNS.rows)))
    used = {option for given in calls for option in given}
    rest = {"zone", "tags", "api_token", "CLOUDFLARE_TOKEN", "account_email", "account_api_key", "timeout"}
    assert named - rest == used

    for given in calls:
        if given.get("state") != "absent":
            cloudflare.ok("POST", "dns_records", record_of(given))
    cloudflare.create(f"old.{ZONE}", "AAAA", "2001:db8::99")  # another type than the absent one
    before = lab.zone("cloudflare", ZONE)
    desk.write(COMMON, "inventory.yml", zone_sync_ttl=1)
    desk.write(CLOUDFLARE_DNS, "zones/example.com.yml")

    predicted = desk.run(CHECK).ok()
    assert f"{ZONE} at desec" in predicted.output
    assert f"{ZONE} at cloudflare" not in predicted.output
    assert lab.zone("desec", ZONE)[0]["type"] in ("A", "NS")
    done = desk.run(SYNC).ok()
    assert done.diff == predicted.diff
    assert desk.run(AGAIN).ok().changed == 0
    assert lab.zone("cloudflare", ZONE) == before
    assert lab_jobs.served(lab, "desec", "@", "MX") == [["10 mail.example.com.", "20 backup.example.net."]] * 2
    assert lab_jobs.served(lab, "desec", "_sip._tcp", "SRV") == [["10 5 5060 sip.example.com."]] * 2
    edge = sorted(lab.info["fronts"]["cloudflare"])
    assert lab_jobs.served(lab, "desec", "shop", "A") == [edge] * 2, "not the origin"


def test_cloudflare_dns_without_a_second_provider(
    desk: QuickDesk, lab: LabClient, cloudflare: CloudflareCaller
) -> None:
    (play,) = CLOUDFLARE_DNS.yaml("records.yml")
    (task,) = play["tasks"]
    (entry,) = desk.providers([{"name": "cloudflare", "type": "cloudflare"}])
    where = {key: entry[key] for key in ("api_url", "ca_path")}
    lab_play = {**play, "module_defaults": {"twinzone.edge.cloudflare_records": where}}
    (desk.directory / "records.yml").write_text(yaml.safe_dump([lab_play]))
    (command,) = CLOUDFLARE_DNS.commands
    assert desk.run(command).ok().changed == 1
    records = task["twinzone.edge.cloudflare_records"]["records"]
    assert lab_jobs.ok(lab_jobs.run(lab, without_ttl_of_their_own(records, 1), "cloudflare")) == []


# From octoDNS


def test_octodns_by_the_playbook(desk: QuickDesk) -> None:
    """The playbook writes the file that is printed as `after`; a type that it does not know fails it."""
    desk.write(OCTODNS, "config/example.com.yaml", "from_octodns.yml")
    (desk.directory / "zones").mkdir()
    (command,) = OCTODNS.commands
    desk.run(command).ok()
    made = yaml.safe_load((desk.directory / "zones" / f"{ZONE}.yml").read_text())
    printed = OCTODNS.yaml("zones/example.com.yml")
    assert made["domain"] == printed["domain"] == ZONE
    assert meaning(made["records"]) == meaning(printed["records"])

    source = desk.directory / "config" / "example.com.yaml"
    text = source.read_text()
    source.write_text(text + "zzz: {type: URLFWD, value: {}}\n")
    assert "URLFWD" in desk.run(command).failed().output
    for fields, named in (
        ("value: 192.0.2.1, dynamic: {pools: {}}", "dynamic"),
        ("value: 192.0.2.1, octodns: {healthcheck: {}}", "healthcheck"),
        ("value: 192.0.2.1, octodns: {cloudflare: {flatten: true}}", "flatten"),
    ):
        source.write_text(text + f"zzz: {{type: A, {fields}}}\n")
        assert f"Write the record sets with these by hand: {named}" in desk.run(command).failed().output


def test_octodns_by_import(desk: QuickDesk, lab: LabClient) -> None:
    """What a provider holds, written as a zone file, means the same; nothing is left to do with it."""
    records = OCTODNS.yaml("zones/example.com.yml")["records"]
    lab_jobs.ok(lab_jobs.run(lab, without_ttl_of_their_own(records, 3600), verify_seconds=10))
    desk.write(COMMON, "inventory.yml")
    desk.run(IMPORT).ok()
    imported = yaml.safe_load((desk.directory / "zones" / f"{ZONE}.cloudflare.yml").read_text())["records"]
    assert {(entry["name"], entry["type"]) for entry in imported} == {
        *((entry["name"], entry["type"]) for entry in records if entry.get("only") != ["desec"]),
        ("@", "A"),
    }
    reports = lab_jobs.run(lab, imported, policy=PlanPolicy(prune=True), check_mode=True)
    assert lab_jobs.ok(reports) == [("desec", "delete", "internal", "A")], "which Cloudflare does not have"


def test_octodns_equivalents_that_its_example_does_not_show(
    lab: LabClient, cloudflare: CloudflareCaller, desec: DesecCaller
) -> None:
    """An ALIAS at the apex, sets that are ignored, CNAMEs to the proxy, and NS at the apex."""
    assert {
        "``ALIAS`` at the apex",
        "``octodns: {ignored: true}``",
        "the processor ``ProxyCNAME``",
        "NS at the apex",
    } <= {*OCTODNS.rows}
    lab_jobs.ok(lab_jobs.run(lab, [{"name": "@", "type": "A", "state": "absent"}], policy=PlanPolicy(force=True)))
    cloudflare.create(f"ignored.{ZONE}", "A", "192.0.2.9")
    desec.put("ignored", "A", "192.0.2.9")
    records: list[Entry] = [
        {"name": "@", "type": "CNAME", "ttl": 3600, "values": "example.b-cdn.net.", "only": ["cloudflare"]},
        {"name": "@", "type": "A", "ttl": 3600, "values": "192.0.2.1", "only": ["desec"]},
        {"name": "@", "type": "AAAA", "ttl": 3600, "values": "2001:db8::1", "only": ["desec"]},
        {"name": "shop", "type": "A", "values": "203.0.113.11", "at": {"cloudflare": {"proxied": True}}},
    ]
    keep = PlanPolicy(prune=True, keep=({"name": "ignored"},))
    lab_jobs.ok(lab_jobs.run(lab, records, policy=keep, proxied="cdn_cname", verify_seconds=10))
    here, there = (lab_jobs.held(lab, name) for name in lab_jobs.BOTH)
    assert here.sets.keys() == {("@", "CNAME"), ("shop", "A"), ("ignored", "A")}
    assert there.sets.keys() == {("@", "A"), ("@", "AAAA"), ("@", "NS"), ("shop", "CNAME"), ("ignored", "A")}
    assert lab_jobs.values(there, "shop", "CNAME") == [f"shop.{ZONE}.cdn.cloudflare.net."]
    assert lab_jobs.ok(lab_jobs.run(lab, records, policy=keep, proxied="cdn_cname")) == []


# From multi-dns-cdn-failover


def test_the_inspiring_project(desk: QuickDesk, lab: LabClient) -> None:
    """Its zone file as it is; its failover file as a site that says the same; and what is different on purpose."""
    desk.write(INSPIRING, "config/zone.example.com.yml", "sites.yml")
    old = INSPIRING.yaml("config/failover.example.com.yml")
    inventory = INSPIRING.yaml("sites.yml")["all"]["children"]
    site = inventory["sites"]["hosts"][SITE]
    assert site["failover_zone"] == old["domain"]
    assert site["failover_router"] == old["router_record"]
    assert [front["target"] for front in site["failover_fronts"]] == [
        f"{old[key]}.{ZONE}." for key in ("primary_target", "secondary_target")
    ]
    check = site["failover_check"]
    assert (check["url"], check["status"], check["timeout"]) == (
        old["primary_check_url"],
        [old["expected_status"]],
        old["timeout_seconds"],
    )
    assert inventory["zones"]["hosts"][ZONE]["zone_sync_ttl"] == 300, "its default"

    playbooks, (sync, failover) = desk.playbooks, INSPIRING.commands
    playbooks.environment |= {
        "CF_API_TOKEN": playbooks.environment.pop("CLOUDFLARE_API_TOKEN"),
        "DESEC_API_TOKEN": playbooks.environment.pop("DESEC_TOKEN"),
    }
    assert "+origin 300 IN A 203.0.113.10" in desk.run(sync).ok().diff
    lab.log_reset()
    quiet = desk.run(failover).ok()
    assert quiet.changed == 0
    playbooks.check_quiet()

    lab.break_("front_cloudflare", "refuse")
    lab.break_("cloudflare_api", "hang")
    partial = desk.run(failover).failed().result("partial", "active_down")
    assert playbooks.visitors() == {"cloudflare": ["cloudflare"] * 2, "desec": ["bunny"] * 2}
    assert partial["fronts"]["cloudflare"]["verdict"] == "down"
    lab.repair()
    converged = desk.run(failover).ok().result("converged", "failback_manual")
    assert converged["front"] == "bunny", "it does not come back by itself"
    assert playbooks.visitors() == {"cloudflare": ["bunny"] * 2, "desec": ["bunny"] * 2}
    assert desk.run(sync).ok().changed == 0, "a sync does not pull it back"


# What is different on purpose


def refused(*records: Entry) -> str:
    with pytest.raises(BadInput) as caught:
        declared(list(records))
    return "\n".join(caught.value.problems)


def only_what_is_declared(lab: LabClient, cloudflare: CloudflareCaller, desec: DesecCaller) -> None:
    wanted = [{"name": "www", "type": "A", "ttl": 3600, "values": "192.0.2.1"}]
    desec.put("mine", "A", "192.0.2.9")
    assert lab_jobs.ok(lab_jobs.run(lab, wanted, "desec")) == [("desec", "create", "www", "A")]
    pruned = lab_jobs.ok(lab_jobs.run(lab, wanted, "desec", policy=PlanPolicy(prune=True)))
    assert pruned == [("desec", "delete", "@", "A"), ("desec", "delete", "mine", "A")]
    assert ("@", "NS") in lab_jobs.held(lab, "desec").sets


def sets_not_records(lab: LabClient, cloudflare: CloudflareCaller, desec: DesecCaller) -> None:
    for address in ("192.0.2.1", "192.0.2.2"):
        cloudflare.create(f"www.{ZONE}", "A", address)
    wanted = {"name": "www", "type": "A", "ttl": 60, "values": ["192.0.2.2"]}
    assert lab_jobs.ok(lab_jobs.run(lab, [wanted], "cloudflare")) == [("cloudflare", "update", "www", "A")]
    assert lab_jobs.values(lab_jobs.held(lab, "cloudflare"), "www", "A") == ["192.0.2.2"]
    assert "put all its values in one entry" in refused(wanted, {**wanted, "values": "192.0.2.3"})


def undeclared_attributes_stay(lab: LabClient, cloudflare: CloudflareCaller, desec: DesecCaller) -> None:
    lab.adjust(ZONE, plan="pro")  # for the tags
    kept = {"proxied": True, "comment": "by hand", "tags": ["team:web"], "settings": {"ipv4_only": True}}
    cloudflare.create(f"www.{ZONE}", "A", "192.0.2.1", **{**kept, "ttl": 1})
    wanted: Entry = {"name": "www", "type": "A", "values": "192.0.2.2"}
    assert lab_jobs.ok(lab_jobs.run(lab, [wanted], "cloudflare")) == [("cloudflare", "update", "www", "A")]
    (after,) = [record for record in lab.zone("cloudflare", ZONE) if record["name"].startswith("www")]
    assert (after["content"], {key: after[key] for key in kept}) == ("192.0.2.2", kept)
    lab_jobs.ok(lab_jobs.run(lab, [{**wanted, "at": {"cloudflare": {"proxied": False}}}], "cloudflare"))
    (after,) = [record for record in lab.zone("cloudflare", ZONE) if record["name"].startswith("www")]
    assert after["proxied"] is False


def a_minimum_for_the_ttl(lab: LabClient, cloudflare: CloudflareCaller, desec: DesecCaller) -> None:
    wanted = [{"name": "www", "type": "A", "ttl": 60, "values": "192.0.2.1"}]
    refuses = lab_jobs.run(lab, wanted, policy=PlanPolicy(ttl_floor="refuse"))
    assert refuses["desec"].result == "rejected"
    assert lab_jobs.changes(refuses) == [], "nor at the other provider"
    raised = lab_jobs.run(lab, wanted)
    assert {name: lab_jobs.held(lab, name).sets["www", "A"].ttl for name in raised} == {"cloudflare": 60, "desec": 3600}
    assert any("raised" in note and "3600" in note for note in raised["desec"].notes)


def names_as_in_a_zone_file(lab: LabClient, cloudflare: CloudflareCaller, desec: DesecCaller) -> None:
    (entry,) = declared([{"name": "front", "type": "CNAME", "values": "example.b-cdn.net"}])
    assert [value.text for value in entry.record_set.values] == [f"example.b-cdn.net.{ZONE}."]
    assert "without a trailing dot" in refused({"name": "x", "type": "CNAME", "values": f"www.{ZONE}"})
    assert "without a trailing dot" in refused({"name": f"www.{ZONE}", "type": "A", "values": "192.0.2.1"})


def the_apex_ns_set(lab: LabClient, cloudflare: CloudflareCaller, desec: DesecCaller) -> None:
    old_host = declared([{"name": "@", "type": "NS", "values": ["ns1.previous.example."]}])
    kept, about, notes = apex_ns.split(old_host, apex_ns.KEEP, [])
    assert (kept, about.declared) == ([], ("ns1.previous.example.",))
    assert "left out" in notes[0]
    own = lab_jobs.values(lab_jobs.held(lab, "desec"), "@", "NS")
    extra = apex_ns.ApexNs(apex_ns.UNION, ("ns.mine.example.",))
    lab_jobs.ok(lab_jobs.run(lab, [], apex_ns=extra))
    assert {*own, "ns.mine.example."} < set(lab_jobs.values(lab_jobs.held(lab, "desec"), "@", "NS"))
    refused = lab_jobs.run(lab, [], apex_ns=apex_ns.ApexNs(apex_ns.UNION, (), about.declared))
    assert {report.result for report in refused.values()} == {"rejected"}


def nothing_is_lenient(lab: LabClient, cloudflare: CloudflareCaller, desec: DesecCaller) -> None:
    reported = refused(
        {"name": "a", "type": "MX", "values": "mail"},
        {"name": "b", "type": "A", "values": "192.0.2.1", "lenient": True},
    )
    assert "records[0] (a MX): values: " in reported
    assert "records[1] (b A): lenient: is unknown" in reported


def limits(lab: LabClient, cloudflare: CloudflareCaller, desec: DesecCaller) -> None:
    hosts = [{"name": f"h{number}", "type": "A", "ttl": 3600, "values": "192.0.2.1"} for number in range(10)]
    lab_jobs.ok(lab_jobs.run(lab, hosts, verify_seconds=10))
    moved = [{**entry, "values": "192.0.2.2"} for entry in hosts[:5]]
    assert {report.result for report in lab_jobs.run(lab, moved).values()} == {"unsafe"}
    forced = lab_jobs.ok(lab_jobs.run(lab, moved, policy=PlanPolicy(force=True)))
    assert len(forced) == 10


def the_origin_stays_hidden(lab: LabClient, cloudflare: CloudflareCaller, desec: DesecCaller) -> None:
    entry: Entry = {"name": "shop", "type": "A", "values": "203.0.113.11"}
    wanted = {**entry, "at": {"cloudflare": {"proxied": True}}}
    lab.adjust(ZONE, paused="true")
    left_out = lab_jobs.run(lab, [wanted])
    assert lab_jobs.changes(left_out) == [("cloudflare", "create", "shop", "A")]
    assert list(left_out["desec"].pending_copy) == ["shop"]
    lab.adjust(ZONE, paused="false")
    edge = sorted(lab.info["fronts"]["cloudflare"])
    lab_jobs.soon(lambda: lab_jobs.served(lab, "cloudflare", "shop", "A"), [edge] * 2)
    assert lab_jobs.ok(lab_jobs.run(lab, [wanted])) == [("desec", "create", "shop", "A")]
    assert lab_jobs.values(lab_jobs.held(lab, "desec"), "shop", "A") == edge

    lab.break_("cloudflare_api", "401")
    blind = lab_jobs.run(lab, [entry], plan_first=False)
    assert lab_jobs.changes(blind) == []
    lab.repair()
    assert lab_jobs.ok(lab_jobs.run(lab, [wanted], proxied="origin")) == [("desec", "update", "shop", "A")]
    assert lab_jobs.values(lab_jobs.held(lab, "desec"), "shop", "A") == ["203.0.113.11"]


def nobody_waits(lab: LabClient, cloudflare: CloudflareCaller, desec: DesecCaller) -> None:
    lab.break_("cloudflare_api", "hang")
    wanted = [{"name": "www", "type": "TXT", "ttl": 3600, "values": "text"}]
    reports = lab_jobs.run(lab, wanted, deadlines={"cloudflare": 2}, plan_wait=0.5)
    assert {name: report.result for name, report in reports.items()} == {"cloudflare": "deadline", "desec": "ok"}
    assert lab_jobs.changes(reports) == [("desec", "create", "www", "TXT")]


DIFFERENT: dict[str, Callable[[LabClient, CloudflareCaller, DesecCaller], None]] = {
    "Only what is declared": only_what_is_declared,
    "Sets, not records": sets_not_records,
    "Undeclared attributes stay": undeclared_attributes_stay,
    "A minimum for the TTL": a_minimum_for_the_ttl,
    "Names as in a zone file": names_as_in_a_zone_file,
    "The apex NS set": the_apex_ns_set,
    "Nothing is lenient": nothing_is_lenient,
    "Limits": limits,
    "The origin stays hidden": the_origin_stays_hidden,
    "Nobody waits": nobody_waits,
}


@pytest.mark.parametrize("rule", COMMON.rows)
def test_what_is_different_on_purpose(
    rule: str, lab: LabClient, cloudflare: CloudflareCaller, desec: DesecCaller
) -> None:
    DIFFERENT[rule](lab, cloudflare, desec)

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""import.yml and zone_sync_source: a zone moves from one provider to the other, and what cannot move is reported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.twinzone.edge.plugins.module_utils._providers.registry import PROVIDERS
from ansible_collections.twinzone.edge.plugins.module_utils._sync.data import Held
from ansible_collections.twinzone.edge.plugins.module_utils._sync.mirror import mirrored
from ansible_collections.twinzone.edge.plugins.module_utils._zone.plan import PlanPolicy
from support.lab_api import DesecCaller
from support.lab_jobs import BOTH, Entry, held, meaning, ok, run, served, soon, values
from support.lab_playbooks import ZONE, Playbooks
from support.sample_records import SAMPLES
from twinzone_lab.client import LabClient

MINE = PlanPolicy(prune=True, force=True)
AT_BOTH = "A AAAA CAA CERT CNAME HTTPS LOC MX NAPTR NS OPENPGPKEY PTR SMIMEA SRV SSHFP SVCB TLSA TXT URI".split()

HARD: list[Entry] = [
    {"name": "*.wild", "type": "A", "ttl": 3600, "values": "192.0.2.1"},
    {"name": "_dmarc", "type": "TXT", "ttl": 7200, "values": r'v=DMARC1\; p=none; "quoted" and \\ {{ 7 * 7 }} #x: y'},
    {"name": "key._domainkey", "type": "TXT", "ttl": 3600, "values": "x" * 700},
    {"name": "bücher", "type": "TXT", "ttl": 3600, "values": ["ü", r"\000\255"]},
    {"name": "no", "type": "TXT", "ttl": 3600, "values": ["yes", "1.0", "~", "2001-01-01"]},
]


def everything(names: list[str]) -> list[Entry]:
    entries = [
        {"name": f"t-{rdtype.lower()}", "type": rdtype, "ttl": 3600, "values": list(SAMPLES[rdtype])}
        for rdtype in names
    ]
    return [*entries, {"name": "t-ns", "type": "DS", "ttl": 3600, "values": list(SAMPLES["DS"])}, *HARD]


def imported(playbooks: Playbooks, provider: str) -> tuple[str, list[dict[str, Any]]]:
    """What import.yml tells, and the records that it writes; the next sync takes them."""
    reported = playbooks.run("import", zone_sync_import_from=provider).ok().output
    name = f"zones/{ZONE}.{provider}.yml"
    playbooks.zones[ZONE]["zone_sync_file"] = name
    return reported, yaml.safe_load((Path(playbooks.directory) / name).read_text())["records"]


@pytest.mark.parametrize(("source", "target"), [("desec", "cloudflare"), ("cloudflare", "desec")])
def test_a_zone_moves_to_the_other_provider(playbooks: Playbooks, lab: LabClient, source: str, target: str) -> None:
    playbooks.sites.clear()
    left_out: list[Entry] = [
        {"name": "pc", "type": "HINFO", "ttl": 3600, "values": "a b", "only": "desec"},
        {"name": "@", "type": "CDS", "ttl": 3600, "values": list(SAMPLES["CDS"]), "only": "desec"},
        {"name": "here", "type": "LOC", "ttl": 3600, "values": "52 22 23.000 N 4 53 32.000 E 0m", "only": "cloudflare"},
    ]
    ok(run(lab, [*everything(AT_BOTH), *left_out], source, policy=MINE))
    ok(run(lab, [], target, policy=MINE))
    reported, records = imported(playbooks, source)
    assert {meaning(one)[0] for one in records if "only" in one} == {
        meaning(one)[0] for one in left_out if one["only"] == source
    }
    assert all(f"{one['name']} {one['type']}: left out" in reported for one in records if "only" in one)
    before = held(lab, source)
    synced = playbooks.sync("--diff").ok()
    assert held(lab, source).sets == before.sets
    assert f" at {source}\n" not in synced.output, "nothing changes at the source"
    _reported, back = imported(playbooks, target)
    here = {meaning(one): one["ttl"] for one in records if "only" not in one}
    assert {meaning(one): one["ttl"] for one in back} == here


def test_a_mirror_of_what_only_cloudflare_has(playbooks: Playbooks, lab: LabClient) -> None:
    """An apex CNAME, proxied sets, records of other products and a value that deSEC cannot hold."""
    playbooks.sites.clear()
    edge = sorted(lab.info["fronts"]["cloudflare"])
    proxied = {"cloudflare": {"proxied": True}}
    zone: list[Entry] = [
        {"name": "@", "type": "CNAME", "ttl": 300, "values": "example.b-cdn.net.", "only": "cloudflare"},
        {"name": "shop", "type": "A", "values": "203.0.113.77", "at": proxied},
        {"name": "auto", "type": "A", "ttl": 1, "values": "203.0.113.10"},
        {"name": "uri", "type": "URI", "ttl": 3600, "values": r'1 1 "https://a/\\b"'},
        {"name": "www", "type": "TXT", "ttl": 3600, "values": "x"},
    ]
    ok(run(lab, zone, "cloudflare", policy=MINE))
    r2 = {
        "name": "r2",
        "type": "CNAME",
        "content": "public.r2.dev",
        "ttl": 1,
        "proxied": True,
        "meta": {"read_only": True},
    }
    lab.seed("cloudflare", ZONE, [r2])
    soon(lambda: served(lab, "cloudflare", "shop", "A"), [edge] * 2)
    playbooks.zones[ZONE] = {"zone_sync_source": "cloudflare", "zone_sync_prune": True, "zone_sync_force": True}
    before = held(lab, "cloudflare").sets
    mirrored = playbooks.sync().ok()
    assert held(lab, "cloudflare").sets == before
    there = held(lab, "desec")
    assert values(there, "@", "A") == sorted(lab.info["fronts"]["bunny"])
    assert values(there, "shop", "A") == edge
    assert (values(there, "auto", "A"), there.sets["auto", "A"].ttl) == (["203.0.113.10"], 3600)
    assert values(there, "www", "TXT") == ['"x"']
    assert not there.sets.keys() & {("uri", "URI"), ("r2", "CNAME"), ("r2", "A")}
    for reported in (
        "@ CNAME: left out elsewhere: it becomes the addresses that it leads to",
        "uri URI: left out at desec: values: ",
        "r2 CNAME: left out: managed by another product",
        "ttl raised to desec's minimum of 3600 seconds: ",
    ):
        assert reported in mirrored.output, mirrored.output
    assert "203.0.113.77" not in str([request["body"] for request in lab.log("desec")])
    assert playbooks.sync("--diff").ok().changed == 0


def test_a_mirror_while_the_source_is_paused_keeps_what_was_copied(lab: LabClient) -> None:
    """An apex CNAME that is proxied is copied like any other proxied set."""
    edge = sorted(lab.info["fronts"]["cloudflare"])
    proxied = {"cloudflare": {"proxied": True}}
    zone: list[Entry] = [
        {"name": "@", "type": "CNAME", "ttl": 300, "values": "origin", "at": proxied},
        {"name": "origin", "type": "A", "ttl": 3600, "values": "203.0.113.77"},
    ]
    ok(run(lab, zone, "cloudflare", policy=MINE))
    soon(lambda: served(lab, "cloudflare", "@", "A"), [edge] * 2)
    read = Held(records=zone, left_out=[])
    records = mirrored(ZONE, "cloudflare", read, {name: PROVIDERS[name] for name in BOTH}, {})["records"]
    ok(run(lab, records, policy=MINE, verify_seconds=10))
    assert values(held(lab, "desec"), "@", "A") == edge
    lab.adjust(ZONE, paused="true")
    soon(lambda: served(lab, "cloudflare", "@", "A"), [["203.0.113.77"]] * 2)
    assert "paused or not active" in run(lab, records, policy=MINE)["desec"].pending_copy["@"]
    assert values(held(lab, "desec"), "@", "A") == edge


@pytest.mark.real_command
def test_an_import_as_a_bind_zone_file(playbooks: Playbooks, lab: LabClient) -> None:
    """It says where it wrote and which line to change; the next sync from the file changes nothing."""
    playbooks.sites.clear()
    edge = sorted(lab.info["fronts"]["cloudflare"])
    proxied = {"cloudflare": {"proxied": True, "comment": "behind the CDN"}}
    zone: list[Entry] = [
        {"name": "@", "type": "A", "values": "203.0.113.77", "at": proxied},
        {"name": "www", "type": "CNAME", "values": "@", "at": proxied},
        {"name": "txt", "type": "TXT", "ttl": 3600, "values": ["a; b", '"two" "strings"']},
    ]
    ok(run(lab, zone, "cloudflare", policy=MINE))
    for name in ("@", "www"):
        soon(lambda name=name: served(lab, "cloudflare", name, "A"), [edge] * 2)  # type: ignore[misc]
    imported = playbooks.run("import", zone_sync_import_from="cloudflare", zone_sync_format="bind").ok()
    name = f"zones/{ZONE}.cloudflare.zone"
    shown = " ".join(imported.output.split())
    assert f"{ZONE} was written to {playbooks.directory}/{name}" in shown
    assert f"write for the host {ZONE} in {playbooks.directory}/inventory.yml: zone_sync_file: {name}" in shown
    assert (
        (Path(playbooks.directory) / name).read_text().startswith(f"; The zone {ZONE} as cloudflare held it.\n$ORIGIN")
    )
    playbooks.zones[ZONE]["zone_sync_file"] = name
    before = held(lab, "cloudflare").sets
    playbooks.sync().ok()
    assert held(lab, "cloudflare").sets == before
    assert [values(held(lab, "desec"), name, "A") for name in ("@", "www")] == [edge] * 2
    assert playbooks.sync().ok().changed == 0


def test_a_value_that_cannot_be_parsed_does_not_end_an_import(
    playbooks: Playbooks, lab: LabClient, desec: DesecCaller
) -> None:
    """An ECH list of a wrong length, which deSEC takes and newer versions of dnspython refuse."""
    playbooks.sites.clear()
    ok(run(lab, [{"name": "www", "type": "A", "ttl": 3600, "values": "192.0.2.1"}], "desec", policy=MINE))
    desec.put("odd", "HTTPS", '1 . ech="AEX+DQBBpQAgACB/"')
    imported = playbooks.run("import", zone_sync_import_from="desec").ok()
    assert "odd HTTPS" in imported.output
    records = yaml.safe_load((Path(playbooks.directory) / f"zones/{ZONE}.desec.yml").read_text())["records"]
    assert ("www", "A") in {(one["name"], one["type"]) for one in records}
    playbooks.zones[ZONE]["zone_sync_file"] = f"zones/{ZONE}.desec.yml"
    playbooks.sync().ok()
    assert ("odd", "HTTPS") in held(lab, "desec").sets


def test_copies_are_not_imported_as_plain_addresses(playbooks: Playbooks, lab: LabClient) -> None:
    """What deSEC holds for a proxied name is a copy: it is written as it is proxied, or left out."""
    playbooks.sites.clear()
    edge = sorted(lab.info["fronts"]["cloudflare"])
    zone: list[Entry] = [
        {"name": "www", "type": "A", "values": "203.0.113.77", "at": {"cloudflare": {"proxied": True}}},
        {"name": "old", "type": "A", "ttl": 3600, "values": "104.16.0.1", "only": "desec"},
    ]
    ok(run(lab, zone, "cloudflare", policy=MINE))
    soon(lambda: served(lab, "cloudflare", "www", "A"), [edge] * 2)
    ok(run(lab, zone, policy=MINE, verify_seconds=10))
    assert values(held(lab, "desec"), "www", "A") == edge
    shown, records = imported(playbooks, "desec")
    (www,) = [one for one in records if one["name"] == "www"]
    assert (www["values"], www["at"]["cloudflare"]) == (["203.0.113.77"], {"proxied": True})
    assert "www A: a copy of a proxy's addresses; written as it is proxied there" in shown
    assert "old A: left out: it is a copy of a proxy's addresses" in shown
    assert playbooks.sync().ok().changed == 0

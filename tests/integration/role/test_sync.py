# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""sync.yml as its users meet it: what it writes, what it tells, how many requests that takes."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import yaml
from support import lab_jobs
from support.lab_playbooks import SITE, ZONE, Playbooks
from support.paths import ROOT
from support.sample_records import SAMPLES
from twinzone_lab.client import LabClient

#: As in the zone files of the project that inspired this one.
INSPIRING = f"""
domain: {ZONE}
records:
  - name: www
    type: CNAME
    ttl: 60
    values: ["web-router.{ZONE}."]
  - name: web-router
    type: CNAME
    ttl: 60
    values: ["cf-front.{ZONE}."]
  - name: cf-front
    type: CNAME
    ttl: 300
    values: ["{ZONE}."]
  - name: cdn2-front
    type: CNAME
    ttl: 300
    values: ["example.b-cdn.net."]
  - name: origin
    type: A
    ttl: 300
    values: ["203.0.113.10"]
"""

_DKIM = "v=DKIM1; h=sha256; k=rsa; p=" + "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA" + "u7Xk2+/" * 49 + "QIDAQAB"

#: What a domain with mail has, written as people write it.
MAIL: list[dict[str, Any]] = [
    {"name": "@", "type": "MX", "values": ["10 mail.example.com.", "20 backup.example.net."]},
    {"name": "mail", "type": "A", "values": "203.0.113.25"},
    {"name": "mail", "type": "AAAA", "values": "2001:DB8::25"},
    {"name": "@", "type": "TXT", "values": ["v=spf1 mx include:_spf.example.net -all", '"site-verification=abc"']},
    {"name": "mail._domainkey", "type": "TXT", "values": [_DKIM]},
    {"name": "_dmarc", "type": "TXT", "values": "v=DMARC1; p=reject; rua=mailto:dmarc@example.com"},
    {"name": "@", "type": "CAA", "values": ['0 issue "letsencrypt.org"', '0 iodef "mailto:security@example.com"']},
    {"name": "_submission._tcp", "type": "SRV", "values": "0 1 587 mail"},
    {"name": "autoconfig.example.com.", "type": "CNAME", "values": "mail"},
]

#: Every form that an entry can have.
FORMS: list[dict[str, Any]] = [
    {"name": "*", "type": "A", "values": "192.0.2.99"},
    {"name": "*.apps", "type": "CNAME", "ttl": 7200, "values": "origin"},
    {"name": "origin", "type": "A", "values": "203.0.113.10"},
    {
        "name": "shop",
        "type": "A",
        "values": ["203.0.113.11"],
        "at": {
            "cloudflare": {"proxied": True, "comment": "origin behind the CDN"},
            "desec": {"values": "198.51.100.1"},
        },
    },
    {"name": "here", "type": "TXT", "values": "only at one", "only": ["desec"]},
    {"name": "there", "type": "TXT", "values": "only at the other", "only": "cloudflare"},
    {"name": "gone", "type": "A", "state": "absent"},
]

_AT_BOTH = "A AAAA CAA CERT CNAME DS HTTPS LOC MX NAPTR NS OPENPGPKEY PTR SMIMEA SRV SSHFP SVCB TLSA TXT URI".split()
_AT_DESEC = "AFSDB APL CDNSKEY CDS CSYNC DHCID DNAME DNSKEY EUI48 EUI64 HINFO KX L32 L64 LP NID RP SPF".split()
_AT_APEX = ("DNSKEY", "CDS", "CDNSKEY")


def _every_type() -> list[dict[str, Any]]:
    entries = [{"name": f"t-{rdtype.lower()}", "type": rdtype, "values": list(SAMPLES[rdtype])} for rdtype in _AT_BOTH]
    entries.append({"name": "t-ds", "type": "NS", "values": list(SAMPLES["NS"])})
    for rdtype in _AT_DESEC:
        name = "@" if rdtype in _AT_APEX else f"t-{rdtype.lower()}"
        entries.append({"name": name, "type": rdtype, "values": list(SAMPLES[rdtype]), "only": ["desec"]})
    return entries


def _hundred() -> list[dict[str, Any]]:
    hosts = [{"name": f"h{number}", "type": "A", "ttl": 3600, "values": f"192.0.2.{number}"} for number in range(95)]
    return [*hosts, *yaml.safe_load(INSPIRING)["records"]]


def test_the_inspiring_projects_zone_file(playbooks: Playbooks, lab: LabClient) -> None:
    """As it is: predicted, created at both, served, and left alone by the next run, all by the paths of a clone."""
    playbooks.zone_file(INSPIRING)
    predicted = playbooks.sync("--check", "--diff").ok()
    assert predicted.changed == 1
    assert not playbooks.writes()
    assert playbooks.routers() == {"cloudflare": "-", "desec": "-"}

    lab.log_reset()
    del playbooks.environment["ANSIBLE_COLLECTIONS_PATH"]
    playbooks.cwd = ROOT
    command = ("playbooks/sync.yml", "-i", playbooks.inventory_file(), "--diff")
    created = playbooks.command(*command).ok()
    assert created.changed == 1
    assert created.diff == predicted.diff
    assert Counter(line[0] for line in created.diff) == {"+": 10}
    assert "+web-router 60 IN CNAME cf-front.example.com." in created.diff
    assert playbooks.requests() <= 6
    assert playbooks.visitors() == {"cloudflare": ["cloudflare"] * 2, "desec": ["cloudflare"] * 2}

    again = playbooks.command(*command).ok()
    assert (again.changed, again.diff) == (0, [])
    assert playbooks.requests() <= 4
    assert "ttl raised to desec's minimum of 3600 seconds" in again.output


def test_a_hundred_record_sets(playbooks: Playbooks, lab: LabClient) -> None:
    """The requests of section 10, and a change of one record, predicted exactly."""
    records = _hundred()
    playbooks.zone_file(records)
    assert playbooks.sync().ok().changed == 1
    assert playbooks.requests() <= 6
    assert playbooks.sync().ok().changed == 0
    assert playbooks.requests() <= 4

    records[7]["values"] = ["198.51.100.7", "198.51.100.8"]
    playbooks.zone_file(records)
    predicted = playbooks.sync("--check", "--diff").ok()
    assert not playbooks.writes()
    lab.log_reset()
    made = playbooks.sync("--diff").ok()
    assert playbooks.requests() <= 6
    assert (predicted.changed, made.changed) == (1, 1)
    assert predicted.diff == made.diff
    assert [line.partition(" ;")[0] for line in made.diff] == 2 * [
        "-h7 3600 IN A 192.0.2.7",
        "+h7 3600 IN A 198.51.100.7",
        "+h7 3600 IN A 198.51.100.8",
    ]
    for provider in ("cloudflare", "desec"):
        assert lab_jobs.served(lab, provider, "h7", "A") == [["198.51.100.7", "198.51.100.8"]] * 2
        assert lab_jobs.served(lab, provider, "h8", "A") == [["192.0.2.8"]] * 2


def test_every_type_and_form(playbooks: Playbooks, lab: LabClient) -> None:
    """Whatever an entry can say is created, is served by all four name servers, and is equal on the second run."""
    playbooks.zone_file([*MAIL, *FORMS, *_every_type()])
    playbooks.sites.clear()
    assert playbooks.sync().ok().changed == 1
    lab.log_reset()
    again = playbooks.sync("--diff").ok()
    assert (again.changed, again.diff, playbooks.writes()) == (0, [], [])

    def everywhere(name: str, rdtype: str) -> list[str]:
        answers = [answer for provider in lab_jobs.BOTH for answer in lab_jobs.served(lab, provider, name, rdtype)]
        assert len(answers) == 4
        assert all(answer == answers[0] for answer in answers), answers
        return answers[0]

    assert everywhere("@", "MX") == ["10 mail.example.com.", "20 backup.example.net."]
    assert everywhere("mail", "AAAA") == ["2001:db8::25"]
    assert '"v=spf1 mx include:_spf.example.net -all"' in everywhere("@", "TXT")
    (key,) = everywhere("mail._domainkey", "TXT")
    assert key.replace('" "', "") == f'"{_DKIM}"'
    assert len(key) > 255
    assert everywhere("_dmarc", "TXT") == ['"v=DMARC1; p=reject; rua=mailto:dmarc@example.com"']
    assert everywhere("_submission._tcp", "SRV") == ["0 1 587 mail.example.com."]
    assert everywhere("anything", "A") == ["192.0.2.99"]
    for provider in lab_jobs.BOTH:  # of which one flattens
        assert all("203.0.113.10" in answer for answer in lab_jobs.served(lab, provider, "a.apps", "A"))
    for provider in lab_jobs.BOTH:  # Cloudflare's servers add CAA records of their own
        assert all('0 issue "letsencrypt.org"' in answer for answer in lab_jobs.served(lab, provider, "@", "CAA"))
    for entry in _every_type():
        if "only" not in entry and entry["type"] not in ("CAA", "CNAME", "DS", "NS"):
            assert len(everywhere(entry["name"], entry["type"])) == len(entry["values"])
    edge = sorted(lab.info["fronts"]["cloudflare"])
    assert lab_jobs.served(lab, "cloudflare", "shop", "A") == [edge] * 2
    assert lab_jobs.served(lab, "desec", "shop", "A") == [["198.51.100.1"]] * 2
    assert lab_jobs.served(lab, "desec", "here", "TXT") == [['"only at one"']] * 2
    assert lab_jobs.served(lab, "cloudflare", "there", "TXT") == [['"only at the other"']] * 2
    (shop,) = [record for record in lab.zone("cloudflare", ZONE) if record["name"] == f"shop.{ZONE}"]
    assert (shop["proxied"], shop["comment"]) == (True, "origin behind the CDN")


def test_every_mistake_in_a_zone_file_is_told_at_once(playbooks: Playbooks) -> None:
    records = [
        {"name": "a", "type": "A", "values": ["999.1.1.1"]},
        {"name": "b", "type": "MX", "values": ["mail.example.com."]},
        {"name": "c", "typ": "A", "values": ["192.0.2.1"]},
        {"name": f"d.{ZONE}", "type": "A", "values": ["192.0.2.1"]},
        {"name": "e", "type": "A", "ttl": "1h", "values": ["192.0.2.1"]},
        {"name": "f", "type": "A", "values": []},
        {"name": "g", "type": "A", "values": ["192.0.2.1"], "at": {"cloudfare": {"proxied": True}}},
        {"name": "h", "type": "A", "values": ["192.0.2.1"], "proxied": True},
        {"name": "i", "type": "A", "values": ["192.0.2.1"]},
        {"name": "I", "type": "A", "values": ["192.0.2.2"]},
        {"name": "under_score", "type": "BOGUS", "values": ["x"]},
        "not a mapping",
    ]
    playbooks.zone_file(records)  # type: ignore[arg-type]
    run = playbooks.sync().failed()
    for reported in (
        "records[0] (a A): values: ",
        "records[1] (b MX): values: ",
        "records[2] (c ?): typ: is unknown; did you mean type?",
        f"records[3] (d.{ZONE} A): name: ",
        "records[4] (e A): ttl: '1h'",
        "records[5] (f A): values: is empty",
        "records[6] (g A): at: unknown provider 'cloudfare'",
        "records[7] (h A): proxied: belongs under `at`",
        "records[9] (I A): records[8] (i A) declares the same set",
        "BOGUS",
        "records[11]: is not a mapping",
    ):
        assert reported in run.output, (reported, run.output)
    assert playbooks.requests() == 0


def test_misspelt_variables(playbooks: Playbooks) -> None:
    """They fail before anything is sent, and the message lists the valid ones."""
    playbooks.zones[ZONE]["zone_sync_purne"] = True
    sync = playbooks.sync(zone_sync_tll=60).failed()
    for reported in ("zone_sync_purne", "zone_sync_tll", "did you mean zone_sync_prune?", "zone_sync_ttl_floor"):
        assert reported in sync.output
    playbooks.sites[SITE]["failover_front"] = []
    playbooks.sites[SITE]["failover_policy"]["probe"] = 1
    failover = playbooks.failover(failover_dealine=3).failed()
    for words in ("failover_dealine", "did you mean failover_deadline?", "failover_front:", "failover_policy.probe:"):
        assert words in failover.output
    assert "failover_verify_timeout" in failover.output
    playbooks.sites[SITE]["failover_frontz"] = playbooks.sites[SITE].pop("failover_fronts")
    del playbooks.sites[SITE]["failover_zone"]
    needed = playbooks.failover().failed()
    for reported in ("failover_frontz: is unknown; did you mean failover_fronts?", "failover_zone: is missing"):
        assert reported in needed.output
    assert playbooks.requests() == 0


@pytest.mark.parametrize("playbook", ["sync", "failover", "status"])
def test_a_run_that_selects_nothing_fails(playbooks: Playbooks, playbook: str) -> None:
    """Neither a limit to the wrong group nor a forgotten inventory looks like success."""
    other, group = (SITE, "zones") if playbook == "sync" else (ZONE, "sites")
    limited = playbooks.run(playbook, "--limit", other).failed()
    assert f"No host of the group `{group}` is in this run" in limited.output
    forgotten = playbooks.command(f"twinzone.edge.{playbook}").failed()
    assert f"No host of the group `{group}` is in this run" in forgotten.output


def test_a_front_that_leads_nowhere(playbooks: Playbooks) -> None:
    """A zone without the target of a front is written, but the run fails and names the front's target."""
    playbooks.zone_file([record for record in yaml.safe_load(INSPIRING)["records"] if record["name"] != "cdn2-front"])
    run = playbooks.sync().failed()
    assert run.output.count(f"serves for cdn2-front.{ZONE}. A: nothing that leads to an address\n") == 4
    assert f"serves for cf-front.{ZONE}." not in run.output
    assert playbooks.visitors() == {"cloudflare": ["cloudflare"] * 2, "desec": ["cloudflare"] * 2}


def test_a_file_for_another_zone(playbooks: Playbooks) -> None:
    playbooks.zone_file(yaml.safe_dump({"domain": "example.org", "record": [], "records": [{"name": "x"}]}))
    run = playbooks.sync().failed()
    assert "is for the domain example.org, not for the zone example.com" in run.output
    assert "'record' is not a key of a zone file" in run.output
    playbooks.zone_file("records: [{name: www, type: A")
    assert f"zone_sync_file: zones/{ZONE}.yml is not YAML: " in playbooks.sync().failed().output
    assert playbooks.requests() == 0


def test_a_target_without_its_dot(playbooks: Playbooks) -> None:
    """It is warned about where the name with the dot exists, and refused where that was asked for."""
    slip = {"name": "cdn", "type": "CNAME", "values": ["example.b-cdn.net"]}
    playbooks.sites.clear()
    playbooks.zone_file([slip, {"name": "x", "type": "CNAME", "values": ["not.there.example"]}])
    warned = playbooks.sync("--check").ok().output
    line = "(cdn CNAME): example.b-cdn.net has no trailing dot, so it means example.b-cdn.net.example.com.;"
    assert line in " ".join(warned.split())
    assert "write example.b-cdn.net.," in " ".join(warned.split())
    assert "not.there.example has" not in warned
    refused = playbooks.sync(zone_sync_strict_names=True).failed().output
    assert line in " ".join(refused.split())
    assert "not.there.example has no trailing dot" in " ".join(refused.split())
    assert playbooks.writes() == []


def test_the_old_hosts_servers_do_not_take_the_apex(playbooks: Playbooks, lab: LabClient) -> None:
    playbooks.sites.clear()
    apex = {"name": "@", "type": "NS", "values": ["dns1.previous.example.", "dns2.previous.example."]}
    playbooks.zone_file([apex, {"name": "www", "type": "A", "values": ["192.0.2.1"]}])
    assert "(@ NS): left out, as the apex NS set stays the providers' own" in playbooks.sync().ok().output
    own = ["ns1.desec.io.", "ns2.desec.org."]
    assert lab_jobs.values(lab_jobs.held(lab, "desec"), "@", "NS") == own
    refused = playbooks.sync(zone_sync_apex_ns="union").failed()
    assert "dns1.previous.example., dns2.previous.example.: declared, but the server of no provider" in refused.output
    assert "zone_sync_apex_ns_extra" in refused.output
    playbooks.sync(zone_sync_apex_ns="declared").ok()
    assert lab_jobs.values(lab_jobs.held(lab, "desec"), "@", "NS") == apex["values"]

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The apex as a router, set up as the guide prints it: a CNAME that Cloudflare flattens, addresses at deSEC."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._failover.given_addresses import fingerprint
from ansible_collections.twinzone.edge.plugins.module_utils._zone.plan import PlanPolicy
from support import guides, lab_jobs
from support.guide_desk import Desk
from support.lab_api import CloudflareCaller
from support.lab_jobs import BOTH
from support.lab_machines import Machines, machines
from support.lab_playbooks import ZONE, Playbooks
from support.lab_steering import held, markers
from twinzone_lab.client import LabClient

APEX = guides.sections("guide_layouts")["The apex"]
SYNC, FAILOVER = APEX.commands[:2]
SITE = "apex"
CDN, ORIGIN = "example.b-cdn.net.", f"origin-7f3a.{ZONE}."
BESIDE = {"MX": ["10 mail.example.com."], "TXT": ['"v=spf1 mx -all"']}


@pytest.fixture
def zone(lab: LabClient, cloudflare: CloudflareCaller) -> LabClient:
    """The guide's zone, as the second sync leaves it."""
    for record in lab.zone("cloudflare", ZONE):
        if record["name"] == ZONE and record["type"] == "A":
            cloudflare.ok("DELETE", f"dns_records/{record['id']}")
    records = APEX.yaml("apex.yml")["all"]["children"]["zones"]["hosts"][ZONE]["zone_sync_records"]
    for _time in range(2):
        lab_jobs.ok(lab_jobs.run(lab, records, verify_seconds=10))
    lab.log_reset()
    return lab


@pytest.fixture
def desk(playbooks: Playbooks, zone: LabClient) -> Desk:
    desk = Desk(playbooks, zone)
    desk.write(APEX, "apex.yml")
    return desk


@pytest.fixture
def here(zone: LabClient, tmp_path: Path) -> Iterator[Machines]:
    """The guide's site, at its first front, with a marker."""
    site = APEX.yaml("apex.yml")["all"]["children"]["sites"]["hosts"][SITE]
    with machines(zone, tmp_path) as found:
        found.site = site
        found.one(found.failover("cloudflare", "bunny", run="first", failover_to="cloudflare"))
        zone.log_reset()
        yield found


def at_apex(lab: LabClient) -> dict[str, list[str]]:
    """By provider, what its API holds that leads the apex somewhere."""
    return {
        provider: [value for (name, rdtype), values in held(lab, provider).items() for value in values
                   if name == "@" and rdtype in ("A", "AAAA", "CNAME")]
        for provider in BOTH
    }  # fmt: skip


def at(lab: LabClient, front: str) -> dict[str, list[str]]:
    """The same, for a front."""
    return {
        "cloudflare": [{"cloudflare": ORIGIN, "bunny": CDN}[front]],
        "desec": sorted(lab.info["fronts"][front]),
    }


def check_beside(lab: LabClient) -> None:
    """What else stands at the apex has stayed."""
    there = held(lab, "desec")
    assert {rdtype: there["@", rdtype] for rdtype in BESIDE} == BESIDE
    assert there["@", "NS"]
    assert {("@", "MX"), ("@", "TXT")} <= held(lab, "cloudflare").keys()


def visitors(lab: LabClient, name: str = ZONE) -> set[str]:
    """The fronts to which the servers of both lead."""
    ends = lab.info["fronts"]
    return {
        next((front for front in ends if set(ends[front]) & set(answer)), f"{answer}")
        for provider in BOTH
        for answer in lab.served(provider, name, "A").values()
    }


def give(lab: LabClient, provider: str, *values: str, **options: object) -> None:
    """Somebody else leads the apex elsewhere at one provider."""
    rdtype = "CNAME" if values[0].endswith(".") else "A"
    entry = {"name": "@", "type": rdtype, "ttl": 3600, "values": list(values), "only": [provider], **options}
    if provider == "cloudflare":
        entry["at"] = {"cloudflare": {"proxied": values == (ORIGIN,)}}
    lab_jobs.ok(lab_jobs.run(lab, [entry], provider, policy=PlanPolicy(switch=True), verify_seconds=10))
    lab.log_reset()


def test_there_and_back(desk: Desk, zone: LabClient) -> None:
    """Each in one atomic request at each provider, and what stands beside the router stays."""
    ((record,),) = (
        [one["id"] for one in zone.zone("cloudflare", ZONE) if one["name"] == ZONE and one["type"] == "CNAME"],
    )
    assert desk.run(FAILOVER).ok().result("unchanged", site=SITE)["active_before"] == "cloudflare"
    assert at_apex(zone) == at(zone, "cloudflare")

    zone.break_("front_cloudflare", "refuse")
    zone.log_reset()
    predicted = desk.run(f"{FAILOVER} --check").result("switched", "active_down", site=SITE)
    assert (predicted["check_mode"], desk.playbooks.writes()) == (True, [])
    result = desk.run(FAILOVER).ok().result("switched", "active_down", site=SITE)
    assert result["front"] == "bunny"
    assert sorted((write["provider"], write["method"]) for write in desk.playbooks.writes()) == [
        ("cloudflare", "POST"),
        ("desec", "PATCH"),
    ]
    assert at_apex(zone) == at(zone, "bunny")
    assert [one["id"] for one in zone.zone("cloudflare", ZONE) if one["name"] == ZONE and one["type"] == "CNAME"] == [
        record
    ]
    assert (visitors(zone), visitors(zone, f"www.{ZONE}")) == ({"bunny"}, {"bunny"})
    assert {marker.given for marker in markers(zone, "@").values()} == {"bunny"}
    assert markers(zone, "@")["cloudflare"].gave is None
    check_beside(zone)

    desk.playbooks.requests()
    assert desk.run(FAILOVER).ok().result("unchanged", site=SITE)["front"] == "bunny"
    desk.playbooks.check_quiet()
    assert f"{SITE}  bunny" in desk.run("ansible-playbook -i apex.yml twinzone.edge.status").ok().output
    assert desk.run(SYNC).ok().changed == 0, "a sync does not lead it back"

    zone.mend("front_cloudflare")
    back = desk.run(FAILOVER, failover_to="cloudflare").ok().result("switched", "requested", site=SITE)
    assert (back["front"], at_apex(zone), visitors(zone)) == ("cloudflare", at(zone, "cloudflare"), {"cloudflare"})
    check_beside(zone)

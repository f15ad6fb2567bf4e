# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The apex as a router, set up as the guide prints it: a CNAME that Cloudflare flattens, addresses at deSEC."""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from typing import Any

import pytest
import yaml
from ansible_collections.twinzone.edge.plugins.module_utils._failover.given_addresses import fingerprint
from ansible_collections.twinzone.edge.plugins.module_utils._failover.renewals import Renewals
from ansible_collections.twinzone.edge.plugins.module_utils._zone.plan import PlanPolicy
from support import guides, lab_jobs
from support.guide_desk import Desk
from support.lab_api import CloudflareCaller
from support.lab_jobs import BOTH
from support.lab_machines import Machines
from support.lab_playbooks import ZONE, Playbooks
from support.lab_steering import check_quiet, held, markers
from twinzone_lab.client import LabClient

APEX = guides.sections("guide_layouts")["The apex"]
SYNC, FAILOVER = APEX.commands[:2]
PREFLIGHT = FAILOVER.replace("failover", "preflight")
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
def here(zone: LabClient, machines: Machines) -> Machines:
    """The guide's site, at its first front, with a marker."""
    machines.site = APEX.yaml("apex.yml")["all"]["children"]["sites"]["hosts"][SITE]
    machines.one(machines.failover("cloudflare", "bunny", run="first", failover_to="cloudflare"))
    zone.log_reset()
    return machines


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

    zone.repair("front_cloudflare")
    back = desk.run(FAILOVER, failover_to="cloudflare").ok().result("switched", "requested", site=SITE)
    assert (back["front"], at_apex(zone), visitors(zone)) == ("cloudflare", at(zone, "cloudflare"), {"cloudflare"})
    check_beside(zone)


UP = ("cloudflare", "bunny")


def writes(lab: LabClient) -> list[str]:
    return [entry["provider"] for entry in lab.log() if entry["method"] != "GET"]


def note(lab: LabClient, gave: str, **changed: object) -> None:
    """Change what the markers say. gave: which addresses deSEC was given; Cloudflare was given a CNAME."""
    for provider, marker in markers(lab, "@").items():
        of_one = {"gave": gave} if provider == "desec" else {}
        text = replace(marker, **changed, **of_one).to_text()  # type: ignore[arg-type]
        entry = {"name": "_twinzone", "type": "TXT", "ttl": 3600, "values": [text]}
        lab_jobs.ok(lab_jobs.run(lab, [entry], provider, policy=PlanPolicy(switch=True), verify_seconds=10))
    lab.log_reset()


def test_what_somebody_else_leads_elsewhere(zone: LabClient, here: Machines) -> None:
    """To nothing of ours it is left alone until somebody asks; what is missing is written."""
    give(zone, "desec", "198.51.100.9")
    give(zone, "cloudflare", "third-cdn.example.net.")
    seen = here.one(here.failover("bunny")).whole
    assert (seen["outcome"], seen["rule"], writes(zone)) == ("held", "unmanaged", [])
    back = here.one(here.failover(*UP, failover_to="cloudflare")).whole
    assert (back["outcome"], at_apex(zone)) == ("converged", at(zone, "cloudflare"))
    give(zone, "desec", "198.51.100.9", state="absent")
    again = here.one(here.failover(*UP)).whole
    assert (again["outcome"], at_apex(zone)) == ("converged", at(zone, "cloudflare"))
    check_beside(zone)


def test_what_somebody_else_moves_to_another_front(zone: LabClient, here: Machines) -> None:
    """At one provider it is waited for the other, then followed; against a tool that undoes it, it is left alone."""
    give(zone, "desec", *zone.info["fronts"]["bunny"])
    half = here.one(here.failover(*UP)).whole
    assert (half["outcome"], half["rule"], writes(zone)) == ("held", "half_moved", [])
    give(zone, "cloudflare", CDN)
    followed = here.one(here.failover(*UP, on_the_way=0)).whole
    assert (followed["outcome"], followed["rule"], followed["front"]) == ("switched", "adopted_by_hand", "bunny")
    assert at_apex(zone) == at(zone, "bunny")
    for _time in range(2):  # what was followed counts too
        give(zone, "desec", *zone.info["fronts"]["cloudflare"])
        undone = here.one(here.failover(*UP, on_the_way=0)).whole
        assert (undone["outcome"], at_apex(zone)) == ("converged", at(zone, "bunny"))
    give(zone, "desec", *zone.info["fronts"]["cloudflare"])
    contested = here.one(here.failover(*UP, on_the_way=0)).whole
    assert (contested["outcome"], contested["rule"], writes(zone)) == ("held", "contested", [])


def test_a_pin_and_its_end(zone: LabClient, here: Machines) -> None:
    pinned = here.one(here.failover(*UP, failover_pin="bunny")).whole
    assert (pinned["outcome"], at_apex(zone)) == ("switched", at(zone, "bunny"))
    zone.log_reset()
    there = here.one(here.failover("cloudflare")).whole
    assert (there["outcome"], there["rule"], writes(zone)) == ("held", "pinned", [])
    lifted = here.one(here.failover(*UP, failover_pin="none")).whole
    assert (lifted["pin"], at_apex(zone)) == ("", at(zone, "bunny"))
    back = here.one(here.failover(*UP, failover_to="cloudflare")).whole
    assert (back["outcome"], at_apex(zone)) == ("switched", at(zone, "cloudflare"))


def test_it_returns_by_itself(zone: LabClient, here: Machines) -> None:
    """When the preferred front was healthy for long enough, at addresses that the CDN has left by then; what an API
    did not take then is written by the next run."""
    given: dict[str, Any] = {"failover_policy": {"failback": "auto"}}
    here.one(here.failover("bunny", **given))
    left = ["198.51.100.1", "198.51.100.2"]
    give(zone, "desec", *left)
    note(zone, gave=fingerprint(left))
    before = at_apex(zone)
    seen = [(0, UP), (600, UP), (1200, ("bunny",)), (1500, UP), (2100, UP), (2700, UP), (3240, UP)]
    for later, up in seen:
        waits = here.one(here.failover(*up, later=later, **given)).whole
        assert waits["rule"] == ("failback_waiting" if up == UP else "active_up"), later
        assert at_apex(zone) == before
        assert markers(zone, "@", later=later)["desec"].gave == fingerprint(left)
    zone.break_("desec_api", "refuse")
    half = here.one(here.failover(*UP, later=3301, **given)).whole
    assert (half["outcome"], half["rule"], half["front"]) == ("partial", "failback", "cloudflare")
    assert at_apex(zone) == {**at(zone, "cloudflare"), "desec": left}
    zone.repair("desec_api")
    zone.log_reset()
    back = here.one(here.failover(*UP, later=3361, **given)).whole
    assert (back["outcome"], back["front"], at_apex(zone)) == ("converged", "cloudflare", at(zone, "cloudflare"))
    assert writes(zone) == ["desec"]
    assert {marker.given for marker in markers(zone, "@", later=3361).values()} == {"cloudflare"}
    check_beside(zone)


def test_addresses_that_the_cdn_has_left(zone: LabClient, here: Machines) -> None:
    """As long as they answer nothing is written, whatever a resolver says. Then they are renewed, up to a limit."""
    here.one(here.failover("bunny"))
    left = ["198.51.100.1", "198.51.100.2"]
    give(zone, "desec", *left)
    note(zone, gave=fingerprint(left))
    quiet = here.one(here.failover("bunny")).whole
    assert (quiet["outcome"], quiet["front"]) == ("unchanged", "bunny"), "the marker tells what it is"
    check_quiet(zone)

    note(zone, gave=fingerprint(left), renewed=Renewals(int(time.time()) - 60, 24))
    late = here.one(here.failover("bunny", left_down=["bunny"])).whole
    assert (late["outcome"], writes(zone)) == ("unready", [])
    assert "renewed too often today" in late["unready"][0]

    note(zone, gave=fingerprint(left), renewed=Renewals(int(time.time()) - 60, 23))
    renewed = here.one(here.failover("bunny", left_down=["bunny"])).whole
    assert (renewed["outcome"], at_apex(zone)) == ("converged", at(zone, "bunny"))
    assert {marker.renewed.count for marker in markers(zone, "@").values()} == {24}
    assert markers(zone, "@")["desec"].gave == fingerprint(zone.info["fronts"]["bunny"])
    zone.log_reset()
    assert here.one(here.failover("bunny")).whole["outcome"] == "unchanged"
    check_quiet(zone)


def test_an_address_where_nobody_answers_any_more(desk: Desk, zone: LabClient) -> None:
    """The run probes it, as the front no longer has it, and gives the apex those that the front has now."""
    desk.run(FAILOVER, failover_to="bunny").ok()
    # On loopback every address can be reached; there nobody listens.
    both = [zone.info["fronts"]["bunny"][0], f"{zone.info['resolver'].rpartition('.')[0]}.99"]
    give(zone, "desec", *both)
    note(zone, gave=fingerprint(both))
    assert desk.run(FAILOVER).ok().result("converged", site=SITE)["front"] == "bunny"
    assert at_apex(zone) == at(zone, "bunny")
    zone.log_reset()
    desk.run(FAILOVER).ok().result("unchanged", site=SITE)
    assert writes(zone) == []


def test_addresses_that_nobody_knows_prove_nothing(zone: LabClient, here: Machines) -> None:
    """One read of the API settles them; where it cannot be asked, nothing is claimed and nothing written."""
    give(zone, "desec", "198.51.100.9")
    zone.break_("desec_api", "refuse")
    seen = here.one(here.failover(*UP)).whole
    assert (seen["front"], writes(zone)) == ("cloudflare", [])
    assert "(unclear)" in seen["served"].values()


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("jq")), reason="curl and jq are not both installed")
def test_while_an_api_is_down(desk: Desk, zone: LabClient) -> None:
    """The other half moves, the printed commands do the rest, and the marker that they write is the apex's own."""
    zone.break_("front_cloudflare", "refuse")
    zone.break_("desec_api", "500")
    half = desk.run(FAILOVER).failed().result("partial", "active_down", site=SITE)
    assert at_apex(zone) == {**at(zone, "bunny"), "desec": at(zone, "cloudflare")["desec"]}
    zone.repair("desec_api")
    desk.playbooks.type_in(half["by_hand"])
    assert at_apex(zone) == at(zone, "bunny")
    check_beside(zone)
    lab_jobs.soon(lambda: visitors(zone), {"bunny"})
    zone.log_reset()
    assert desk.run(FAILOVER).ok().result("unchanged", site=SITE)["front"] == "bunny"
    assert desk.playbooks.writes() == []

    give(zone, "desec", "198.51.100.9", state="absent")
    assert desk.run(FAILOVER).ok().result("converged", site=SITE)["front"] == "bunny"
    zone.break_("desec_api", "nsmaster_down")
    lost = desk.run(FAILOVER, failover_to="cloudflare", failover_force="true", failover_verify_timeout="1")
    assert lost.results[SITE]["outcome"] in ("unverified", "partial")
    zone.repair("desec_api")


def test_what_is_written_and_not_served(desk: Desk, zone: LabClient) -> None:
    """Both APIs hold the other front, and one provider's servers still answer the addresses before. A request for a
    front that does not exist is refused."""
    zone.break_("front_cloudflare", "refuse")
    zone.break_("desec_ns", "stale")
    desk.run(FAILOVER, failover_verify_timeout="1").failed().result("unverified", "active_down", site=SITE)
    assert at_apex(zone) == at(zone, "bunny")
    zone.repair("desec_ns")
    lab_jobs.soon(lambda: visitors(zone), {"bunny"})
    assert desk.run(FAILOVER).ok().result("unchanged", site=SITE)["front"] == "bunny"
    desk.run(FAILOVER, failover_to="buny").failed().result("refused", site=SITE)


def test_hands_and_wishes_by_playbook(desk: Desk, zone: LabClient) -> None:
    """Held where it leads to nothing of ours or was moved by half, followed to a front, advised instead of done, and
    pinned."""
    desk.run(FAILOVER, failover_to="cloudflare").ok()
    give(zone, "desec", "198.51.100.9")
    give(zone, "cloudflare", "third-cdn.example.net.")
    desk.run(FAILOVER).failed().result("held", "unmanaged", site=SITE)
    assert desk.playbooks.writes() == []
    assert desk.run(FAILOVER, failover_to="bunny").ok().result("switched", "requested", site=SITE)["front"] == "bunny"
    give(zone, "desec", *zone.info["fronts"]["cloudflare"])
    desk.run(FAILOVER).failed().result("held", "half_moved", site=SITE)
    assert desk.playbooks.writes() == []
    give(zone, "cloudflare", ORIGIN)
    followed = desk.run(FAILOVER).ok().result("switched", "adopted_by_hand", site=SITE)
    assert (followed["front"], at_apex(zone)) == ("cloudflare", at(zone, "cloudflare"))
    zone.break_("front_cloudflare", "refuse")
    lab_jobs.settle(zone)
    zone.log_reset()
    advised = desk.run(FAILOVER, failover_mode="advise").failed().result("advised", "active_down", site=SITE)
    assert (advised["front"], desk.playbooks.writes()) == ("bunny", [])
    assert at_apex(zone) == at(zone, "cloudflare")
    zone.repair("front_cloudflare")
    assert desk.run(FAILOVER, failover_pin="cloudflare").ok().results[SITE]["pin"]
    zone.break_("front_cloudflare", "refuse")
    desk.run(FAILOVER).failed().result("held", "pinned", site=SITE)
    assert at_apex(zone) == at(zone, "cloudflare")


def test_what_the_next_switch_lacks(desk: Desk, zone: LabClient) -> None:
    """Preflight is content with an apex that is a router; without a token, the next switch would fail."""
    there = " ".join(desk.run(PREFLIGHT).output.split())
    assert "every name behind a CDN belongs to a site" in there
    assert "the next failover run" not in there and "no front publishes" not in there
    desk.playbooks.environment["DESEC_TOKEN"] = ""
    unready = desk.run(FAILOVER).failed().result("unready", site=SITE)
    assert any("desec could not be written" in line for line in unready["unready"])


def test_a_drill(desk: Desk, zone: LabClient) -> None:
    more = {"drill_site": SITE, "failover_canary": "true", "failover_report_dir": desk.playbooks.reports}
    run = desk.run("ansible-playbook -i apex.yml twinzone.edge.drill", **more).ok()
    report = run.results[f"{SITE}.drill"]
    assert (report["outcome"], at_apex(zone)) == ("passed", at(zone, "cloudflare"))


def test_with_www_published_beside_it(desk: Desk, zone: LabClient) -> None:
    """Two sites of one zone, in one atomic request at each provider."""
    path = desk.directory / "apex.yml"
    inventory = yaml.safe_load(path.read_text())
    sites = inventory["all"]["children"]["sites"]["hosts"]
    published = {"type": "CNAME", "values": [CDN]}
    sites["www"] = {**sites[SITE], "failover_router": "www", "failover_names": ["www"]}
    sites[SITE]["failover_names"] = ["@"]
    sites["www"]["failover_fronts"] = [sites[SITE]["failover_fronts"][0], {"name": "bunny", "publish": [published]}]
    path.write_text(yaml.safe_dump(inventory))
    apex_variables = desk.directory / "host_vars" / f"{SITE}.yml"
    own = yaml.safe_load(apex_variables.read_text())
    own["failover_fronts"][1] = {"name": "bunny", "publish": [published]}
    (desk.directory / "host_vars" / "www.yml").write_text(yaml.safe_dump(own))
    www = {"name": "www", "type": "CNAME", "ttl": 3600, "values": [ORIGIN], "at": {"cloudflare": {"proxied": True}}}
    for _time in range(2):
        lab_jobs.ok(lab_jobs.run(zone, [www], policy=PlanPolicy(force=True), verify_seconds=10))
    zone.break_("front_cloudflare", "refuse")
    zone.log_reset()
    run = desk.run(FAILOVER).ok()
    assert {run.result("switched", site=name)["front"] for name in (SITE, "www")} == {"bunny"}
    (at_desec,) = [write["body"] for write in desk.playbooks.writes() if write["provider"] == "desec"]
    assert {item["subname"] for item in at_desec} == {"", "_twinzone", "www", "_twinzone.www"}
    assert (visitors(zone), len(desk.playbooks.writes())) == ({"bunny"}, 2)


def test_a_cdn_that_answers_by_location(desk: Desk, zone: LabClient) -> None:
    """Cloudflare flattens to other addresses than the resolver gets, and deSEC keeps those that it was given."""
    zone.break_("second_cdn", "by_location")
    zone.break_("front_cloudflare", "refuse")
    result = desk.run(FAILOVER).ok().result("switched", "active_down", site=SITE)
    assert (result["front"], result["behind"]) == ("bunny", "")
    given = at_apex(zone)["desec"]
    assert len(given) == 1 < len(zone.info["fronts"]["bunny"])
    flattened = {one for values in zone.served("cloudflare", ZONE, "A").values() for one in values}
    assert flattened and not flattened & set(given), "the test tests nothing"
    zone.repair("second_cdn")
    zone.log_reset()
    desk.run(FAILOVER).ok().result("unchanged", site=SITE)
    assert (at_apex(zone)["desec"], desk.playbooks.writes()) == (given, [])


def test_the_page_for_the_night(desk: Desk, zone: LabClient) -> None:
    """Its script leads the apex by hand, with the marker that belongs to it."""
    desk.run("ansible-playbook -i apex.yml twinzone.edge.runbook").ok()
    script = next(desk.directory.rglob("desec-to-bunny.sh"))
    desk.playbooks.type_in([script.read_text()])
    assert at_apex(zone)["desec"] == at(zone, "bunny")["desec"]
    (text,) = held(zone, "desec")["_twinzone", "TXT"]
    assert f"gave={fingerprint(zone.info['fronts']['bunny'])}" in text
    check_beside(zone)

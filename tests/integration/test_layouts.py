# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layouts of the guide, set up as printed, and switched while Cloudflare is gone."""

from __future__ import annotations

import shutil
import subprocess

import guides
import lab_jobs
import pytest
from ansible_collections.twinzone.edge.plugins.module_utils import _outcome, _verdict
from ansible_collections.twinzone.edge.plugins.module_utils._decision import GO, Decision
from ansible_collections.twinzone.edge.plugins.module_utils._steering import Served
from guide_desk import Desk
from lab_api import DesecCaller
from lab_playbooks import SITE, ZONE, Playbooks
from twinzone_lab.client import LabClient

GUIDE = guides.sections("guide_layouts")
A = GUIDE["A: Cloudflare as a custom hostname"]
B = GUIDE["B: the public name itself"]
C = GUIDE["C: a steering zone"]
EDGE, STEERING, CHILD = "example-edge.net", "example-router.net", f"router.{ZONE}"


@pytest.fixture
def desk(playbooks: Playbooks, lab: LabClient) -> Desk:
    return Desk(playbooks, lab)


def cloudflare_is_gone(lab: LabClient) -> None:
    lab.break_("front_cloudflare", "refuse")
    lab.break_("cloudflare_api", "hang")
    lab.log_reset()


def visitors(lab: LabClient) -> str:
    """Where a resolver sends the visitors of the public name."""
    answers = lab.resolve(SITE, "A")
    return next(
        (front for front, addresses in lab.info["fronts"].items() if set(addresses) & set(answers)), f"{answers}"
    )


def test_a_custom_hostname(desk: Desk, lab: LabClient) -> None:
    """Nothing of Cloudflare is needed: neither its DNS nor its API is asked."""
    lab.add_zone(EDGE)
    lab.delegate(EDGE, "cloudflare")
    lab.delegate(ZONE, "desec")
    desk.write(A, "inventory.yml", "zones/example.com.yml", "zones/example-edge.net.yml")
    sync, preflight, failover = A.commands
    assert desk.run(sync).ok().changed == 2
    assert "2 answer over TCP" in desk.run(preflight).ok().output
    assert visitors(lab) == "cloudflare"

    cloudflare_is_gone(lab)
    lab.break_("cloudflare_ns", "silent")
    result = desk.run(failover).ok().result("switched", "active_down")
    assert (result["front"], list(result["providers"])) == ("bunny", ["desec"])
    assert {entry["provider"] for entry in lab.log()} == {"desec"}
    assert visitors(lab) == "bunny"
    changed = {entry["subname"] for write in desk.playbooks.writes() for entry in write["body"]}
    assert changed == {"web-router", "_twinzone.web-router"}


def test_b_the_public_name_by_hand(desk: Desk, lab: LabClient) -> None:
    """One atomic request at each provider; back by two syncs; deSEC alone while Cloudflare's API is down."""
    zone = B.yaml("b.yml")["all"]["children"]["zones"]["hosts"][ZONE]
    lab_jobs.run(lab, zone["zone_sync_records"], verify_seconds=10)
    at_the_edge = [[sorted(lab.info["fronts"]["cloudflare"])] * 2] * 2
    lab_jobs.soon(lambda: [lab_jobs.served(lab, name, "www", "A") for name in lab_jobs.BOTH], at_the_edge)
    desk.write(B, "b.yml", "leave.yml")
    leave, back, again = B.commands
    lab.log_reset()
    assert desk.run(leave).ok().changed == 1
    writes = [(write["provider"], write["method"]) for write in desk.playbooks.writes()]
    assert sorted(writes) == [("cloudflare", "POST"), ("desec", "PATCH")]
    assert desk.playbooks.visitors() == {"cloudflare": ["bunny"] * 2, "desec": ["bunny"] * 2}
    assert lab_jobs.held(lab, "cloudflare").sets["www", "CNAME"].attributes == {"proxied": False}
    desk.run(back).ok()
    desk.run(again).ok()
    assert [lab_jobs.served(lab, name, "www", "A") for name in lab_jobs.BOTH] == at_the_edge

    lab.break_("cloudflare_api", "401")
    (play,) = B.yaml("leave.yml")
    records = play["tasks"][0]["twinzone.edge.zone_records"]["records"]
    lab_jobs.run(lab, records, plan_first=False, verify_seconds=10)
    assert desk.playbooks.visitors() == {"cloudflare": ["cloudflare"] * 2, "desec": ["bunny"] * 2}


def test_c_a_steering_zone(desk: Desk, lab: LabClient, desec: DesecCaller) -> None:
    """One write at one provider moves the visitors, while Cloudflare's API and front are gone."""
    create_at_desec(desec, STEERING)
    lab.delegate(ZONE, "cloudflare")
    desk.write(C, "c.yml")
    sync, failover = C.commands
    assert desk.run(sync).ok().changed == 2
    assert visitors(lab) == "cloudflare"
    cloudflare_is_gone(lab)
    assert desk.run(failover).ok().result("switched", "active_down")["front"] == "bunny"
    assert [(write["provider"], write["path"]) for write in desk.playbooks.writes()] == [
        ("desec", f"/api/v1/domains/{STEERING}/rrsets/")
    ]
    assert visitors(lab) == "bunny"


def test_c_with_a_child_zone(lab: LabClient, desec: DesecCaller) -> None:
    """The records are served as printed: the delegation by Cloudflare's servers, the rest by deSEC's."""
    create_at_desec(desec, CHILD)
    lab.delegate(ZONE, "cloudflare")
    lab_jobs.ok(lab_jobs.run(lab, C.yaml("child.yml"), "cloudflare", verify_seconds=10))
    router = [{"name": "www", "type": "CNAME", "ttl": 60, "values": f"{SITE}."}]
    lab_jobs.ok(lab_jobs.run(lab, router, "desec", zone=CHILD, verify_seconds=10))
    lab_jobs.soon(lambda: f"{SITE}." in lab.resolve(f"www.{CHILD}", "CNAME"), True)


def create_at_desec(desec: DesecCaller, zone: str) -> None:
    domains = f"{desec.url.partition('/domains/')[0]}/domains/"
    assert desec.session.post(domains, json={"name": zone}, timeout=10).status_code == 201


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_the_question_before_all_others(lab: LabClient) -> None:
    """The printed command tells an edge that serves names which are not proxied from one that does not."""
    (command,) = GUIDE["The question before all others"].commands
    port, edge = lab.info["front_port"], lab.info["fronts"]["cloudflare"][0]
    for old, new in {":443": f":{port}", "203.0.113.80": edge, f"//{SITE}/": f"//{SITE}:{port}/"}.items():
        assert old in command
        command = command.replace(old, new)

    def answer() -> str:
        typed = f"CURL_CA_BUNDLE={lab.info['ca']} NO_PROXY='*' {command}"
        done = subprocess.run(typed, shell=True, text=True, timeout=30, capture_output=True, check=False)
        return done.stdout.strip()

    assert answer() == "200"
    lab.break_("front_cloudflare", "proxied_only")
    assert answer() in ("403", "409", "530")


def test_how_long_it_takes() -> None:
    """The fourth try settles it, either way; three pauses lie before it."""
    policy = _verdict.policy()
    settled = [(tries, bad) for tries in range(1, 6) for bad in (0, tries) if _verdict.settled(tries, bad, policy)]
    assert settled[:2] == [(4, 0), (4, 4)]
    assert 3 * policy.interval == 9


def test_the_share_that_a_partial_run_reports() -> None:
    behind = {
        "cloudflare": Served("front", "cloudflare", {"a": "cloudflare", "b": "cloudflare"}),
        "desec": Served("front", "bunny", {"c": "bunny", "d": "bunny"}),
    }
    decision = Decision("active_down", GO, "", "bunny", "cloudflare", ("cloudflare", "desec"))
    assert _outcome.share_behind(decision, behind).startswith("2 of 4 name servers, so about 50 %")
    (formula,) = [block.text for block in GUIDE["When one provider cannot be written"].blocks]
    assert "2 of 4: 50 %" in formula

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layouts of the guide, set up as printed, and switched while Cloudflare is gone."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._failover import summary
from ansible_collections.twinzone.edge.plugins.module_utils._failover.decision import GO, Decision
from ansible_collections.twinzone.edge.plugins.module_utils._failover.router import Served
from ansible_collections.twinzone.edge.plugins.module_utils._probes.thresholds import thresholds
from support import guides, lab_jobs
from support.lab_api import CloudflareCaller, DesecCaller
from support.lab_playbooks import SITE, ZONE
from support.quick_failover import QuickDesk, QuickPlaybooks
from twinzone_lab.client import LabClient

GUIDE = guides.sections("guide_layouts")
A = GUIDE["A: Cloudflare as a custom hostname"]
B = GUIDE["B: the public name itself"]
C = GUIDE["C: a steering zone"]
EDGE, STEERING, CHILD = "example-edge.net", "example-router.net", f"router.{ZONE}"


@pytest.fixture
def desk(quick: QuickPlaybooks, lab: LabClient) -> QuickDesk:
    return QuickDesk(quick, lab)


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


def test_a_custom_hostname(desk: QuickDesk, lab: LabClient) -> None:
    """Nothing of Cloudflare is needed: neither its DNS nor its API is asked."""
    lab.add_zone(EDGE)
    lab.delegate(EDGE, "cloudflare")
    lab.delegate(ZONE, "desec")
    desk.write(A, "inventory.yml", "zones/example.com.yml", "zones/example-edge.net.yml")
    sync, preflight, failover = A.commands
    assert desk.run(sync).ok().changed == 2
    assert "2 answer over UDP and TCP" in desk.run(preflight).ok().output
    assert visitors(lab) == "cloudflare"

    cloudflare_is_gone(lab)
    lab.break_("cloudflare_ns", "silent")
    result = desk.run(failover).ok().result("switched", "active_down")
    assert (result["front"], list(result["providers"])) == ("bunny", ["desec"])
    assert {entry["provider"] for entry in lab.log()} == {"desec"}
    assert visitors(lab) == "bunny"
    changed = {entry["subname"] for write in desk.playbooks.writes() for entry in write["body"]}
    assert changed == {"web-router", "_twinzone.web-router"}


def at_desec(lab: LabClient) -> dict[str, list[str]]:
    """What deSEC holds at the public name, by type."""
    return {item["type"]: sorted(item["records"]) for item in lab.zone("desec", ZONE) if item["subname"] == "www"}


def at_cloudflare(lab: LabClient) -> dict[str, tuple[str, bool]]:
    """The content of the public name's records at Cloudflare and whether they are proxied, by id."""
    return {
        record["id"]: (record["content"], record["proxied"])
        for record in lab.zone("cloudflare", ZONE)
        if record["name"] == SITE
    }


def test_b_the_public_name_itself(desk: QuickDesk, lab: LabClient) -> None:
    """There and back, each in one atomic request at each provider; nothing in between is asked of an API."""
    desk.write(B, "b.yml")
    sync, failover = B.commands
    for _time in range(2):
        desk.run(sync).ok()
    edge = sorted(lab.info["fronts"]["cloudflare"])
    copies = {
        rdtype: [address for address in edge if (":" in address) == (rdtype == "AAAA")] for rdtype in ("A", "AAAA")
    }
    copies = {rdtype: addresses for rdtype, addresses in copies.items() if addresses}
    assert at_desec(lab) == copies
    ((record, before),) = at_cloudflare(lab).items()
    assert before == (f"origin-7f3a.{ZONE}", True)
    lab.log_reset()
    assert desk.run(failover).ok().result("unchanged")["active_before"] == "cloudflare"
    desk.playbooks.check_quiet()

    lab.break_("front_cloudflare", "refuse")
    assert desk.run(failover).ok().result("switched", "active_down")["front"] == "bunny"
    assert sorted((write["provider"], write["method"]) for write in desk.playbooks.writes()) == [
        ("cloudflare", "POST"),
        ("desec", "PATCH"),
    ]
    assert at_cloudflare(lab) == {record: ("example.b-cdn.net", False)}
    assert at_desec(lab) == {"CNAME": ["example.b-cdn.net."]}
    assert desk.playbooks.visitors() == {"cloudflare": ["bunny"] * 2, "desec": ["bunny"] * 2}
    assert desk.run(sync).ok().changed == 0, "a sync does not lead it back"
    assert "not published everywhere yet" not in desk.run(sync).output

    lab.repair("front_cloudflare")
    lab.break_("front_cloudflare", "proxied_only")
    lab.log_reset()
    back = desk.run(failover, failover_to="cloudflare").ok().result("switched", "requested")
    assert back["front"] == "cloudflare"
    assert at_cloudflare(lab) == {record: before}
    assert at_desec(lab) == copies
    assert desk.playbooks.visitors() == {"cloudflare": ["cloudflare"] * 2, "desec": ["cloudflare"] * 2}
    lab.log_reset()
    desk.run(failover).ok().result("unchanged")
    desk.playbooks.check_quiet()


def test_b_on_a_zone_that_was_proxied_before(desk: QuickDesk, lab: LabClient, cloudflare: CloudflareCaller) -> None:
    """Its servers answer as if the front stood there; no light is green until it does, and then all visitors move."""
    cloudflare.create(SITE, "CNAME", ZONE, proxied=True)
    desk.write(B, "b.yml")
    sync, failover = B.commands
    for _time in range(2):
        desk.run(sync).ok()
    assert set(desk.playbooks.visitors()["cloudflare"]) == {"cloudflare"}
    lab.log_reset()
    before = desk.run(failover).failed()
    desk.playbooks.check_quiet()
    guides.check_fault("what stands at the router looks like a front, and no front publishes it", before.result("held"))
    for output in (before.output, desk.run("ansible-playbook -i b.yml twinzone.edge.status").ok().output):
        assert f"cloudflare holds {SITE}. CNAME {ZONE}., proxied" in " ".join(output.split())
    assert desk.run(f"{failover} -e failover_to=cloudflare").ok().result("converged")["front"] == "cloudflare"
    desk.run(failover).ok().result("unchanged")

    lab.break_("front_cloudflare", "refuse")
    assert desk.run(failover).ok().result("switched", "active_down")["front"] == "bunny"
    assert desk.playbooks.visitors() == {"cloudflare": ["bunny"] * 2, "desec": ["bunny"] * 2}


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("jq")), reason="curl and jq are not both installed")
def test_b_while_an_api_is_down(desk: QuickDesk, lab: LabClient) -> None:
    """The other half moves, the printed commands do the rest, and what might be the origin's address is not copied."""
    desk.write(B, "b.yml")
    sync, failover = B.commands
    for _time in range(2):
        desk.run(sync).ok()
    before = at_cloudflare(lab)
    copies = at_desec(lab)
    cloudflare_is_gone(lab)
    result = desk.run(failover).failed().result("partial", "active_down")
    assert (at_cloudflare(lab), at_desec(lab)) == (before, {"CNAME": ["example.b-cdn.net."]})
    lab.repair("cloudflare_api")
    desk.playbooks.type_in(result["by_hand"])
    assert list(at_cloudflare(lab).values()) == [("example.b-cdn.net", False)]
    lab_jobs.soon(desk.playbooks.visitors, {"cloudflare": ["bunny"] * 2, "desec": ["bunny"] * 2})

    lab.repair("front_cloudflare")
    lab.break_("desec_api", "500")
    back = desk.run(failover, failover_to="cloudflare").failed().result("partial", "requested")
    assert (at_cloudflare(lab), at_desec(lab)) == (before, {"CNAME": ["example.b-cdn.net."]})
    lab.repair("desec_api")
    desk.playbooks.type_in(back["by_hand"])
    assert at_desec(lab) == copies

    desk.run(failover, failover_to="bunny").ok()
    lab.adjust(ZONE, paused="true")
    paused = desk.run(failover, failover_to="cloudflare", failover_force="true").failed().result("partial", "requested")
    assert "the origin's address" in paused["providers"]["desec"]["error"]
    assert at_desec(lab) == {"CNAME": ["example.b-cdn.net."]}
    lab.adjust(ZONE, paused="false")
    desk.run(failover).ok().result("converged")
    assert at_desec(lab) == copies


def test_c_a_steering_zone(desk: QuickDesk, lab: LabClient, desec: DesecCaller) -> None:
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
    burst = thresholds()
    settled = [(tries, bad) for tries in range(1, 6) for bad in (0, tries) if burst.settled(tries, bad)]
    assert settled[:2] == [(4, 0), (4, 4)]
    assert 3 * burst.interval == 9


def test_the_share_that_a_partial_run_reports() -> None:
    behind = {
        "cloudflare": Served("front", "cloudflare", {"a": "cloudflare", "b": "cloudflare"}),
        "desec": Served("front", "bunny", {"c": "bunny", "d": "bunny"}),
    }
    decision = Decision("active_down", GO, "", "bunny", "cloudflare", ("cloudflare", "desec"))
    assert summary.share_behind(decision, behind).startswith("2 of 4 name servers answer otherwise, to 16 to 84 %")
    (formula,) = [block.text for block in GUIDE["When one provider cannot be written"].blocks]
    assert "2 of 4: 16 %" in formula
    assert "2 of 4: 84 %" in formula

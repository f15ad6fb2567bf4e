# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cloudflare is dead altogether: its front, its API and its name servers. deSEC and a real Knot carry the site."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from ansible_collections.twinzone.edge.plugins.module_utils._zone.plan import PlanPolicy
from support import guides, lab_jobs, real_servers, stages
from support.guide_desk import Desk
from support.lab_playbooks import MARGIN, SITE, ZONE, Playbooks
from support.quick_failover import QuickDesk, QuickPlaybooks
from support.stages import Stage
from twinzone_lab.client import LabClient, running_lab
from twinzone_lab.third import knot

GUIDE = guides.sections("guide_layouts")
A = GUIDE["A: Cloudflare as a custom hostname"]
EDGE = "example-edge.net"
ROUTER = f"web-router.{ZONE}"

pytestmark = pytest.mark.skipif(
    knot.program("knotd") is None and not os.environ.get("CI"), reason="Knot is not installed here"
)


@pytest.fixture(scope="module")
def lab_with_third(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabClient]:
    with running_lab(tmp_path_factory.mktemp("lab"), third=True, max_seconds=3600) as lab:
        yield lab


@pytest.fixture
def lab(lab_with_third: LabClient) -> LabClient:
    lab_with_third.reset()
    return lab_with_third


def cloudflare_is_dead(lab: LabClient) -> None:
    lab.break_("front_cloudflare", "refuse")
    lab.break_("cloudflare_api", "hang")
    lab.break_("cloudflare_ns", "silent")
    lab.log_reset()


def routers(lab: LabClient, provider: str) -> list[list[str]]:
    """What each server of a provider serves for the router."""
    return list(lab.served(provider, ROUTER, "CNAME").values())


def test_layout_a_needs_nothing_of_cloudflare(quick: QuickPlaybooks, lab: LabClient) -> None:
    """As printed: nothing of Cloudflare is asked, and every server that is left leads to the second CDN."""
    desk = QuickDesk(quick, lab)
    lab.add_zone(EDGE)
    lab.delegate(EDGE, "cloudflare")
    lab.delegate(ZONE, "desec", "own")
    desk.write(A, "inventory.yml", "zones/example.com.yml", "zones/example-edge.net.yml")
    sync, preflight, failover = A.commands
    assert desk.run(sync).ok().changed == 2
    assert desk.run(sync).ok().changed == 0
    four = ["ns1.desec.io.", "ns1.own-dns.net.", "ns2.desec.org.", "ns2.own-dns.org."]
    for provider in ("desec", "own"):
        assert list(lab.served(provider, ZONE, "NS").values()) == [four] * 2
    preflighted = " ".join(desk.run(preflight).ok().output.split())
    for words in ("own: 2 answer over UDP and TCP", "own: to ns1.own-dns.net., ns2.own-dns.org."):
        assert words in preflighted

    cloudflare_is_dead(lab)
    result = desk.run(failover).ok().result("switched", "active_down")
    assert (result["front"], sorted(result["providers"])) == ("bunny", ["desec", "own"])
    assert {entry["provider"] for entry in lab.log()} == {"desec"}, "Knot has no log of this kind"
    for provider in ("desec", "own"):
        assert routers(lab, provider) == [["example.b-cdn.net."]] * 2
    assert set(lab.resolve(SITE, "A")) & set(lab.info["fronts"]["bunny"])

    lab.log_reset()
    assert desk.run(failover).ok().result("unchanged")["front"] == "bunny"
    assert not lab.log()


def with_everybody(desk: Desk) -> None:
    """Cloudflare serves the DNS of the site, too, as the limits of the layout allow."""
    for name, variable in ((ZONE, "zone_sync_providers"), (SITE, "failover_providers")):
        path = desk.directory / "host_vars" / f"{name}.yml"
        path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), variable: "{{ dns_providers }}"}))


@pytest.mark.parametrize("three", [False, True], ids=["as printed", "and Cloudflare"])
def test_a_drill_in_layout_a(playbooks: Playbooks, lab: LabClient, three: bool) -> None:
    """There and back at every provider; and where the API of one is dead, it says so and comes back anyway."""
    # deSEC's API is to hang, and no other provider to be late.
    playbooks.hurry("desec")
    desk = Desk(playbooks, lab)
    lab.add_zone(EDGE)
    lab.delegate(EDGE, "cloudflare")
    lab.delegate(ZONE, *(["cloudflare"] if three else []), "desec", "own")
    desk.write(A, "inventory.yml", "zones/example.com.yml", "zones/example-edge.net.yml")
    if three:
        with_everybody(desk)
    names = {"desec", "own"} | ({"cloudflare"} if three else set())
    desk.run(A.commands[0]).ok()
    reports = desk.directory / "reports"
    command = (
        f"ansible-playbook -i inventory.yml twinzone.edge.drill -e drill_site={SITE} -e failover_report_dir={reports}"
    )
    refused = desk.run(command).failed()
    assert "set failover_canary" in refused.output
    done = desk.run(command, failover_canary=True).ok()
    report = json.loads((reports / f"{SITE}.drill.json").read_text())
    assert (report["outcome"], report["home"], report["to"]) == ("passed", "cloudflare", "bunny"), done.output
    for leg, front in zip(report["legs"], ("bunny", "cloudflare"), strict=True):
        assert leg["outcome"] == "switched"
        assert {name: one["result"] for name, one in leg["providers"].items()} == dict.fromkeys(names, "ok")
        assert (len(leg["served"]), set(leg["served"].values())) == (2 * len(names), {front})
    assert report["caches"].keys() == names
    for name in names:
        assert routers(lab, name) == [[f"cf-front.{EDGE}."]] * 2

    lab.break_("desec_api", "hang")
    desk.run(command, failover_canary=True).failed()
    report = json.loads((reports / f"{SITE}.drill.json").read_text())
    assert (report["outcome"], [leg["outcome"] for leg in report["legs"]]) == ("failed", ["partial", "switched"])
    assert set(report["served"].values()) == {"cloudflare"}
    assert "desec: " in report["legs"][0]["message"]


def test_three_providers_of_which_one_is_dead(quick: QuickPlaybooks, lab: LabClient) -> None:
    """The two others are written at once and say so; when the third is back, the next run brings it in line."""
    quick.sync().ok()
    # The target of the first front is an alias that only the zone itself explains.
    assert routers(lab, "own") == [[f"cf-front.{ZONE}."]] * 2
    cloudflare_is_dead(lab)
    quick.hurry("cloudflare")
    run = quick.failover().failed()
    result = run.result("partial", "active_down")
    assert run.seconds < MARGIN
    results = {name: one["result"] for name, one in result["providers"].items()}
    assert (results["desec"], results["own"]) == ("ok", "ok")
    assert results["cloudflare"] != "ok"
    for provider in ("desec", "own"):
        assert routers(lab, provider) == [[f"cdn2-front.{ZONE}."]] * 2
    assert set(lab.resolve(SITE, "A")) & set(lab.info["fronts"]["bunny"])
    # A person's hand is not needed, and no later run takes it back.
    assert quick.failover().failed().result("partial")["front"] == "bunny"

    lab.repair()
    quick.hurry("")
    lab.log_reset()
    assert quick.failover().ok().result("converged")["front"] == "bunny"
    assert {entry["provider"] for entry in quick.writes()} == {"cloudflare"}
    assert set(quick.routers().values()) == {f"cdn2-front.{ZONE}"}


@pytest.mark.parametrize("fault", ["silent", "servfail"])
def test_the_own_servers_are_dead_instead(quick: QuickPlaybooks, lab: LabClient, fault: str) -> None:
    """Its name servers are silent, the primary behind them is not: it is written, and reported as not verified."""
    quick.sync().ok()
    lab.break_("front_cloudflare", "refuse")
    lab.break_("own_ns", fault)
    result = quick.failover(failover_verify_timeout=3).failed().result("unverified", "active_down")
    assert result["providers"]["own"]["result"] == "ok"
    lab.repair("own_ns")
    assert routers(lab, "own") == [[f"cdn2-front.{ZONE}."]] * 2
    assert quick.failover().ok().result("unchanged")["front"] == "bunny"


needs_real_servers = pytest.mark.skipif(
    bool(real_servers.missing()) and not os.environ.get("CI"), reason=f"real name servers: {real_servers.missing()}"
)


@contextmanager
def a_host(playbooks: Playbooks, lab: LabClient, folder: Path, name: str, variable: str) -> Iterator[Stage]:
    """A host that runs PowerDNS in place of a server of one's own; it gets a proxied apex as a copy. All is in sync."""
    lab.delegate(ZONE, "cloudflare", "desec")
    records = yaml.safe_load((lab.directory / "zones" / f"{ZONE}.yml").read_text())["records"]
    apex = {"name": "@", "type": "A", "values": ["203.0.113.10"], "at": {"cloudflare": {"proxied": True}}}
    playbooks.zone_file([apex, *records])
    folder.mkdir()
    with stages.at_real_servers(name, folder) as stage:
        host = {**{key: value for key, value in stage.entry.items() if key != "token"}, "name": "host"}
        others = [one for one in playbooks.common["dns_providers"] if one["name"] in ("cloudflare", "desec")]
        playbooks.common["dns_providers"] = [*others, host]
        playbooks.environment[variable] = real_servers.API_KEY
        playbooks.sync().ok()
        yield stage


@needs_real_servers
@pytest.mark.parametrize(
    ("name", "variable"), [("powerdns", "POWERDNS_API_KEY"), ("octodns-powerdns", "OCTODNS_TOKEN")]
)
def test_a_leg_at_a_host_that_runs_powerdns(
    quick: QuickPlaybooks, lab: LabClient, tmp_path: Path, name: str, variable: str
) -> None:
    """By its API, or through octoDNS."""
    with a_host(quick, lab, tmp_path / "host", name, variable) as stage:
        assert quick.sync().ok().changed == 0
        cloudflare_is_dead(lab)
        quick.hurry("cloudflare")
        run = quick.run("failover").failed()
        result = run.result("partial", "active_down")
        assert {name: one["result"] for name, one in result["providers"].items() if one["result"] == "ok"} == {
            "desec": "ok",
            "host": "ok",
        }
        assert real_servers.API_KEY not in run.output
        assert stage.served("web-router", "CNAME") == [[f"cdn2-front.{ZONE}."]] * 2
        (marker,) = lab_jobs.values(stage.held(), "_twinzone.web-router", "TXT")
        assert "v=twinzone1" in marker
        lab.repair()
        quick.hurry("")
        assert quick.failover().ok().result("converged")["front"] == "bunny"


@needs_real_servers
def test_a_write_through_octodns_that_arrived_by_half_is_finished(
    quick: QuickPlaybooks, lab: LabClient, tmp_path: Path
) -> None:
    """The marker is there and the router is not, as after a run that was killed in between."""
    with a_host(quick, lab, tmp_path / "host", "octodns-powerdns", "OCTODNS_TOKEN") as stage:
        quick.failover(failover_to="bunny").ok()
        old = [{"name": "web-router", "type": "CNAME", "ttl": 60, "values": [f"cf-front.{ZONE}."]}]
        assert stage.run(old, policy=PlanPolicy(switch=True), verify_seconds=10).result == "ok"
        assert stage.served("web-router", "CNAME") == [[f"cf-front.{ZONE}."]] * 2
        assert quick.failover().ok().result("converged")["front"] == "bunny"
        assert stage.served("web-router", "CNAME") == [[f"cdn2-front.{ZONE}."]] * 2


def test_an_apex_on_three_providers(quick: QuickPlaybooks, lab: LabClient) -> None:
    """Knot holds the addresses of a target as deSEC does, and what stands beside them stays; Cloudflare is dead."""
    fronts = lab.info["fronts"]
    lead = {"name": "@", "type": "A", "ttl": 60, "only": ["desec", "own"]}
    records = [
        {**lead, "values": list(fronts["cloudflare"])},
        {"name": "@", "type": "MX", "ttl": 3600, "values": ["10 mail.example.com."]},
        {"name": "www", "type": "CNAME", "ttl": 60, "values": ["@"]},
        {"name": "mail", "type": "A", "ttl": 60, "values": ["203.0.113.25"]},
    ]
    quick.zone_file(records)
    lab.delegate(ZONE, "desec", "own")
    own = quick.sites[SITE]
    entries = [one for one in quick.common["dns_providers"] if one["name"] != "cloudflare"]
    at_edge = {"publish": [{"type": "A", "values": list(fronts["cloudflare"])}]}
    own |= {"failover_router": "@", "failover_providers": entries, "failover_names": ["@", "www"]}
    own["failover_fronts"] = [
        {"name": "cloudflare", **at_edge},
        {"name": "bunny", "target": "example.b-cdn.net."},
    ]
    quick.sync().ok()
    cloudflare_is_dead(lab)
    result = quick.failover().ok().result("switched", "active_down")
    assert (result["front"], sorted(result["providers"])) == ("bunny", ["desec", "own"])
    for provider in ("desec", "own"):
        for name in (ZONE, SITE):
            # An alias is answered first.
            answers = [set(one) - {f"{ZONE}."} for one in lab.served(provider, name, "A").values()]
            assert answers == [set(fronts["bunny"])] * 2
        assert list(lab.served(provider, ZONE, "MX").values()) == [["10 mail.example.com."]] * 2
        assert all("given=bunny gave=" in f"{one}" for one in lab.served(provider, f"_twinzone.{ZONE}", "TXT").values())
    lab.log_reset()
    assert quick.failover().ok().result("unchanged")["front"] == "bunny"
    assert not lab.log()

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No light is green while visitors are lost: public names that a switch of the router does not move."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import yaml
from support import guides, lab_jobs
from support.lab_api import CloudflareCaller, DesecCaller
from support.lab_playbooks import SITE, ZONE
from support.quick_failover import QuickDesk, QuickPlaybooks
from twinzone_lab.client import LabClient

BOTH = ("cloudflare", "desec")
GUIDE = guides.sections("guide_layouts")
EDGE_ZONE, STEERING, OTHER = "example-edge.net", "example-router.net", "example.org"


@pytest.fixture
def zone(quick: QuickPlaybooks) -> QuickPlaybooks:
    """Playbooks for a zone that is there already."""
    quick.create_zone()
    return quick


def public(lab: LabClient, name: str = SITE) -> str:
    """The id of a public name's record at Cloudflare."""
    return str(next(one["id"] for one in lab.zone("cloudflare", ZONE) if one["name"] == name))


@dataclass(frozen=True)
class Broken:
    """A public name in the zone, to be broken."""

    lab: LabClient
    name: str
    router: str
    cloudflare: CloudflareCaller
    desec: DesecCaller

    @property
    def record(self) -> str:
        return f"dns_records/{public(self.lab, f'{self.name}.{ZONE}')}"


def proxied_by_an_import(here: Broken) -> None:
    here.cloudflare.ok("PATCH", here.record, {"proxied": True, "content": here.router})


def router_forgotten(here: Broken) -> None:
    here.cloudflare.ok("PATCH", here.record, {"content": f"cf-front.{ZONE}"})
    here.desec.put(here.name, "CNAME", f"cf-front.{ZONE}.")


def leftover_address(here: Broken) -> None:
    here.cloudflare.ok("DELETE", here.record)
    here.cloudflare.create(f"{here.name}.{ZONE}", "A", "203.0.113.10")


def leftover_at_desec(here: Broken) -> None:
    edge = here.lab.info["fronts"]["cloudflare"][0]
    item = {"subname": here.name, "ttl": 3600}
    body = [{**item, "type": "CNAME", "records": []}, {**item, "type": "A", "records": [edge]}]
    assert here.desec.call("PATCH", body).status_code == 200


def never_published(here: Broken) -> None:
    here.desec.put(here.name, "CNAME")


#: What breaks the way, the providers at which it leads past the router, and the record that is named.
WAYS: list[tuple[Callable[[Broken], None], tuple[str, ...], str]] = [
    (proxied_by_an_import, ("cloudflare",), "{name}. CNAME {router}., proxied"),
    (router_forgotten, BOTH, f"{{name}}. CNAME cf-front.{ZONE}."),
    (leftover_address, ("cloudflare",), "{name}. A "),
    (leftover_at_desec, ("desec",), "{name}. A "),
    (never_published, ("desec",), "nothing at {name}."),
]


def verdicts(result: dict[str, Any]) -> dict[str, set[str]]:
    """By provider, what was found of the public names at its servers."""
    found: dict[str, set[str]] = {}
    for one in result["paths"]:
        found.setdefault(one["provider"], set()).add(one["verdict"])
    return found


def test_names_that_bypass_the_router(
    quick: QuickPlaybooks, lab: LabClient, cloudflare: CloudflareCaller, desec: DesecCaller
) -> None:
    """A site for each way. A quiet run fails, and so does the switch that leaves visitors behind; the entry that is
    printed solves it."""
    own = quick.sites[SITE]
    del quick.sites[SITE]
    records = yaml.safe_load((quick.directory / "zones" / f"{ZONE}.yml").read_text())["records"]
    ways = {f"w{number}.{ZONE}": way for number, way in enumerate(WAYS)}
    routers = {site: f"r-{site}" for site in ways}
    for site, router in routers.items():
        at = f"{router.partition('.')[0]}"
        quick.sites[site] = {**own, "failover_router": at, "failover_names": [site]}
        records.append({"name": at, "type": "CNAME", "ttl": 60, "values": [f"cf-front.{ZONE}."]})
        records.append({"name": site.partition(".")[0], "type": "CNAME", "ttl": 60, "values": [f"{router}."]})
    lab_jobs.ok(lab_jobs.run(lab, records, verify_seconds=10))
    for site, (broken, _where, _record) in ways.items():
        broken(Broken(lab, site.partition(".")[0], routers[site], cloudflare, desec))
    lab_jobs.settle(lab)
    lab.log_reset()

    quiet = quick.run("failover").failed()
    assert quiet.changed == 0
    quick.check_quiet()
    preflight = quick.run("preflight").failed()
    status = quick.status()
    lab.break_("front_cloudflare", "refuse")
    over = quick.failover().failed()
    again = quick.failover().failed()
    for site, (_broken, where, record) in ways.items():
        named = record.format(name=site, router=routers[site])
        expected = {provider: {"bypasses" if provider in where else "through"} for provider in BOTH}
        assert verdicts(quiet.result("unready", "active_up", site)) == expected
        for output in (quiet.output, status.output, preflight.output):
            assert f"{site} bypasses the router at" in output
            assert named in output
            assert f"- {{name: '{site}.', type: CNAME, values: ['{routers[site]}.']" in output
        switched = over.result("unverified", "active_down", site)
        assert switched["front"] == "bunny"
        assert named in switched["message"]
        lost = quick.visitors(site)
        assert all(set(lost[provider]) != {"bunny"} for provider in where), "the test breaks nothing"
        assert all(lost[provider] == ["bunny"] * 2 for provider in set(BOTH) - set(where))
        again.result("unready", site=site)


def test_a_healthy_site_is_green_and_says_so(zone: QuickPlaybooks) -> None:
    """With one read of Cloudflare's API, which hides nothing when it is asked; `failover_names: []` asks nobody."""
    metrics = zone.directory / "m.prom"
    quiet = zone.run("failover", failover_metrics_file=metrics).ok()
    assert verdicts(quiet.result("unchanged")) == {provider: {"through"} for provider in BOTH}
    zone.check_quiet()
    path = f'twinzone_public_name_servers{{site="{SITE}",name="{SITE}",verdict='
    assert f'{path}"through"}} 4\n' in metrics.read_text()
    assert "follow" in zone.status().output
    zone.lab.log_reset()
    zone.sites[SITE]["failover_names"] = []
    assert zone.failover().ok().result("unchanged")["paths"] == []
    assert not zone.lab.log()


def test_an_api_that_says_nothing_is_a_note(zone: QuickPlaybooks) -> None:
    """Nor does it hold up a run for long; servers that are silent are not known either."""
    lab = zone.lab
    lab.break_("cloudflare_api", "hang")
    quiet = zone.failover().ok()
    assert verdicts(quiet.result("unchanged")) == {"cloudflare": {"unknown"}, "desec": {"through"}}
    assert "its servers hide where it leads" in quiet.output
    lab.repair()
    lab.break_("desec_ns", "silent")
    silent = zone.failover().ok().result("unchanged")
    assert verdicts(silent) == {"cloudflare": {"through"}, "desec": {"unknown"}}


def test_names_in_another_zone(zone: QuickPlaybooks, desec: DesecCaller) -> None:
    """They are followed at the servers of their own zone, found by delegation."""
    lab = zone.lab
    lab.add_zone(OTHER)
    lab.delegate(OTHER, "desec")
    other = DesecCaller(lab, OTHER)
    zone.sites[SITE]["failover_names"] = [f"shop.{OTHER}"]
    other.put("shop", "CNAME", f"www.{ZONE}.")
    lab_jobs.settle(lab, OTHER)
    good = zone.failover().ok().result("unchanged")
    assert verdicts(good) == {"cloudflare": {"through"}, "desec": {"through"}}, "from link to link"
    other.put("shop", "CNAME", f"cf-front.{ZONE}.")
    lab_jobs.settle(lab, OTHER)
    bad = zone.failover().failed().result("unready")
    assert f"shop.{OTHER} bypasses the router" in bad["message"]
    lab.delegate(OTHER, "cloudflare")
    missing = zone.failover().failed().result("unready")
    assert f"nothing at shop.{OTHER}." in missing["message"]


def test_a_wildcard(zone: QuickPlaybooks, cloudflare: CloudflareCaller, desec: DesecCaller) -> None:
    """A name that nobody asked for before stands for all."""
    zone.sites[SITE]["failover_names"] = ["*", SITE]
    desec.put("*", "CNAME", f"web-router.{ZONE}.")
    cloudflare.create(f"*.{ZONE}", "CNAME", f"web-router.{ZONE}")
    lab_jobs.settle(zone.lab)
    assert verdicts(zone.failover().ok().result("unchanged")) == {provider: {"through"} for provider in BOTH}
    desec.put("*", "CNAME", f"cf-front.{ZONE}.")
    lab_jobs.settle(zone.lab)
    assert f"*.{ZONE} bypasses" in zone.failover().failed().result("unready")["message"]


def test_b_the_public_name_is_the_router(quick: QuickPlaybooks, lab: LabClient) -> None:
    """It passes, with one read of what stands there; a name beside it that is proxied by itself does not follow."""
    desk = QuickDesk(quick, lab)
    section = GUIDE["B: the public name itself"]
    desk.write(section, "b.yml")
    sync, failover = section.commands
    for _time in range(2):
        desk.run(sync).ok()
    lab.log_reset()
    assert verdicts(desk.run(failover).ok().result("unchanged")) == {provider: {"through"} for provider in BOTH}
    desk.playbooks.check_quiet()
    beside = desk.run(failover, failover_names=f"canary.{ZONE}").failed().result("unready")
    assert f"canary.{ZONE} bypasses the router at" in beside["message"]


def test_b_an_https_record_that_leads_past_the_router(
    quick: QuickPlaybooks, lab: LabClient, desec: DesecCaller
) -> None:
    """All addresses go through the router, and browsers would be led to the dead front anyway."""
    desk = QuickDesk(quick, lab)
    section = GUIDE["B: the public name itself"]
    desk.write(section, "b.yml")
    sync, failover = section.commands
    for _time in range(2):
        desk.run(sync).ok()
    desec.put("www", "HTTPS", "1 . alpn=h2")
    lab_jobs.settle(lab)
    assert verdicts(desk.run(failover).ok().result("unchanged")) == {provider: {"through"} for provider in BOTH}
    edge = lab.info["fronts"]["cloudflare"][0]
    desec.put("www", "HTTPS", f"1 . alpn=h2 ipv4hint={edge}")
    lab_jobs.settle(lab)
    run = desk.run(failover).failed()
    unready = run.result("unready", "active_up")
    guides.check_fault("an HTTPS record at a public name has addresses of its own", unready)
    assert verdicts(unready) == {"cloudflare": {"through"}, "desec": {"bypasses"}}
    (server, *_others) = [one["server"] for one in unready["paths"] if one["provider"] == "desec"]
    assert f"{SITE} bypasses the router at {server}" in unready["message"]
    assert f"{SITE}. HTTPS 1 ." in unready["message"] and edge in unready["message"]
    assert f"- {{name: '{SITE}.', type: HTTPS, state: absent}}" in run.output
    desec.put("www", "HTTPS")
    # Where browsers ask for another port than 443.
    at_port = f"_{lab.info['front_port']}._https.www"
    desec.put(at_port, "HTTPS", f"0 canary.{ZONE}.")
    lab_jobs.settle(lab)
    run = desk.run(failover).failed()
    assert verdicts(run.result("unready", "active_up")) == {"cloudflare": {"through"}, "desec": {"bypasses"}}
    assert f"- {{name: '{at_port}.{ZONE}.', type: HTTPS, state: absent}}" in run.output
    desec.put(at_port, "HTTPS")
    lab_jobs.settle(lab)
    assert verdicts(desk.run(failover).ok().result("unchanged")) == {provider: {"through"} for provider in BOTH}


def test_c_a_steering_zone(quick: QuickPlaybooks, lab: LabClient, desec: DesecCaller) -> None:
    """The public name lies in a zone of which the site's providers are none: its servers are asked anyway."""
    domains = f"{desec.url.partition('/domains/')[0]}/domains/"
    assert desec.session.post(domains, json={"name": STEERING}, timeout=10).status_code == 201
    lab.delegate(ZONE, "cloudflare")
    desk = QuickDesk(quick, lab)
    section = GUIDE["C: a steering zone"]
    desk.write(section, "c.yml")
    sync, failover = section.commands
    desk.run(sync).ok()
    good = desk.run(failover).ok().result("unchanged")
    assert verdicts(good) == {"": {"through"}}
    cloudflare = CloudflareCaller(lab)
    cloudflare.ok("PATCH", f"dns_records/{public(lab)}", {"content": "example.b-cdn.net"})
    lab_jobs.settle(lab)
    lab_jobs.soon(lambda: lab.resolve(SITE, "CNAME"), ["example.b-cdn.net."])
    assert f"{SITE} bypasses" in desk.run(failover).failed().result("unready")["message"]


def test_a_custom_hostname(quick: QuickPlaybooks, lab: LabClient) -> None:
    lab.add_zone(EDGE_ZONE)
    lab.delegate(EDGE_ZONE, "cloudflare")
    lab.delegate(ZONE, "desec")
    desk = QuickDesk(quick, lab)
    section = GUIDE["A: Cloudflare as a custom hostname"]
    desk.write(section, "inventory.yml", "zones/example.com.yml", "zones/example-edge.net.yml")
    sync, preflight, failover = section.commands
    desk.run(sync).ok()
    assert "path" in desk.run(preflight).ok().output
    assert verdicts(desk.run(failover).ok().result("unchanged")) == {"desec": {"through"}}
    DesecCaller(lab).put("www", "CNAME", f"cf-front.{EDGE_ZONE}.")
    lab_jobs.settle(lab)
    assert verdicts(desk.run(failover).failed().result("unready")) == {"desec": {"bypasses"}}


@pytest.mark.parametrize(
    ("host", "why"),
    [
        ("ns1.elsewhere.example.", "ns1.elsewhere.example has no address"),
        ("ns1.desec.io.", "ns1.desec.io: refers to www.example.com. and does not serve the zone itself"),
    ],
)
def test_a_name_delegated_away_at_one_provider_alone(
    zone: QuickPlaybooks, lab: LabClient, desec: DesecCaller, host: str, why: str
) -> None:
    """Whoever asks the other provider finds no such zone, and yet half of the visitors are sent there."""
    www = {"subname": "www", "ttl": 3600}
    body = [{**www, "type": "CNAME", "records": []}, {**www, "type": "NS", "records": [host]}]
    assert desec.call("PATCH", body).status_code == 200
    lab_jobs.settle(lab)
    lab.log_reset()
    run = zone.failover().failed()
    result = run.result("unready")
    assert verdicts(result) == {"cloudflare": {"through"}, "desec": {"bypasses"}}
    assert f"{SITE}. NS {host} leads to no server that answers for it ({why})" in result["message"]
    assert f"- {{name: '{SITE}.', type: NS, state: absent}}" in run.output
    zone.check_quiet()


@pytest.mark.parametrize(
    "sets",
    [
        [("cdn2-front", "CNAME")],
        [("cdn2-front", "CNAME"), ("cdn2-front", "TXT", '"others stand here"')],
        [("cdn2-front", "CNAME"), ("cdn2-front", "NS", "ns1.desec.io.")],
    ],
)
def test_a_standby_that_leads_nowhere_at_one_provider(
    zone: QuickPlaybooks, lab: LabClient, desec: DesecCaller, sets: list[tuple[str, ...]]
) -> None:
    """The router would be led to its name everywhere, and half of the visitors would get no address there."""
    body = [{"subname": name, "type": rdtype, "ttl": 3600, "records": records} for name, rdtype, *records in sets]
    assert desec.call("PATCH", body).status_code == 200
    lab_jobs.settle(lab)
    (lost,) = zone.failover().failed().result("unready", "active_up")["unready"]
    assert lost.startswith("bunny leads nowhere at ")
    assert lost.endswith(f" of desec: no address for cdn2-front.{ZONE}. comes from there")
    assert lost in zone.status().output
    # Whether it probes clean depends on the server that the resolver asks.
    over = zone.failover(failover_to="bunny", failover_force="true").failed().result("unverified", "requested")
    assert (over["front"], over["unready"]) == ("bunny", [lost])
    assert zone.visitors()["cloudflare"] == ["bunny"] * 2

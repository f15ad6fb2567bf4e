# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No light is green while visitors are lost: public names that a switch of the router does not move."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support import guides, lab_jobs
from support.guide_desk import Desk
from support.lab_api import CloudflareCaller, DesecCaller
from support.lab_playbooks import SITE, ZONE, Playbooks
from twinzone_lab.client import LabClient

BOTH = ("cloudflare", "desec")
GUIDE = guides.sections("guide_layouts")
EDGE_ZONE, STEERING, OTHER = "example-edge.net", "example-router.net", "example.org"


@pytest.fixture
def zone(playbooks: Playbooks) -> Playbooks:
    """Playbooks for a zone that is there already."""
    playbooks.create_zone()
    return playbooks


def public(lab: LabClient, name: str = SITE) -> str:
    """The id of the public name's record at Cloudflare."""
    return str(next(one["id"] for one in lab.zone("cloudflare", ZONE) if one["name"] == name))


def proxied_by_an_import(zone: Playbooks, cloudflare: CloudflareCaller, desec: DesecCaller) -> None:
    record = f"dns_records/{public(zone.lab)}"
    cloudflare.ok("PATCH", record, {"proxied": True, "content": f"web-router.{ZONE}"})


def router_forgotten(zone: Playbooks, cloudflare: CloudflareCaller, desec: DesecCaller) -> None:
    cloudflare.ok("PATCH", f"dns_records/{public(zone.lab)}", {"content": f"cf-front.{ZONE}"})
    desec.put("www", "CNAME", f"cf-front.{ZONE}.")


def leftover_address(zone: Playbooks, cloudflare: CloudflareCaller, desec: DesecCaller) -> None:
    cloudflare.ok("DELETE", f"dns_records/{public(zone.lab)}")
    cloudflare.create(SITE, "A", "203.0.113.10")


def leftover_at_desec(zone: Playbooks, cloudflare: CloudflareCaller, desec: DesecCaller) -> None:
    edge = zone.lab.info["fronts"]["cloudflare"][0]
    item = {"subname": "www", "ttl": 3600}
    body = [{**item, "type": "CNAME", "records": []}, {**item, "type": "A", "records": [edge]}]
    assert desec.call("PATCH", body).status_code == 200


def never_published(zone: Playbooks, cloudflare: CloudflareCaller, desec: DesecCaller) -> None:
    desec.put("www", "CNAME")


Break = Callable[[Playbooks, CloudflareCaller, DesecCaller], None]

#: What breaks the way, the providers at which it leads past the router, and the record that is named.
WAYS: list[tuple[Break, tuple[str, ...], str]] = [
    (proxied_by_an_import, ("cloudflare",), f"{SITE}. CNAME web-router.{ZONE}., proxied"),
    (router_forgotten, BOTH, f"{SITE}. CNAME cf-front.{ZONE}."),
    (leftover_address, ("cloudflare",), f"{SITE}. A "),
    (leftover_at_desec, ("desec",), f"{SITE}. A "),
    (never_published, ("desec",), f"nothing at {SITE}."),
]


def verdicts(result: dict[str, Any]) -> dict[str, set[str]]:
    """By provider, what was found of the public names at its servers."""
    found: dict[str, set[str]] = {}
    for one in result["paths"]:
        found.setdefault(one["provider"], set()).add(one["verdict"])
    return found


@pytest.mark.parametrize(("broken", "where", "record"), WAYS, ids=[way[0].__name__ for way in WAYS])
def test_a_name_that_bypasses_the_router(
    zone: Playbooks,
    cloudflare: CloudflareCaller,
    desec: DesecCaller,
    broken: Break,
    where: tuple[str, ...],
    record: str,
) -> None:
    """A quiet run fails, and so does the switch that leaves visitors behind; the entry that is printed solves it."""
    lab = zone.lab
    broken(zone, cloudflare, desec)
    lab_jobs.soon(lambda: lab.served("cloudflare", SITE, "A") != {}, True)
    lab.log_reset()
    expected = {provider: {"bypasses" if provider in where else "through"} for provider in BOTH}

    quiet = zone.failover().failed()
    unready = quiet.result("unready", "active_up")
    assert verdicts(unready) == expected
    assert quiet.changed == 0
    zone.check_quiet()
    for output in (quiet.output, zone.status().output, zone.run("preflight").failed().output):
        assert f"{SITE} bypasses the router at" in output
        assert record in output
        assert f"- {{name: '{SITE}.', type: CNAME, values: ['web-router.{ZONE}.']" in output

    lab.break_("front_cloudflare", "refuse")
    over = zone.failover().failed().result("unverified", "active_down")
    assert over["front"] == "bunny"
    assert record in over["message"]
    lost = zone.visitors()
    assert all(set(lost[provider]) != {"bunny"} for provider in where), "the test breaks nothing"
    assert all(lost[provider] == ["bunny"] * 2 for provider in set(BOTH) - set(where))
    zone.failover().failed().result("unready")


def test_a_healthy_site_is_green_and_says_so(zone: Playbooks) -> None:
    """With one read of Cloudflare's API, which hides nothing when it is asked; `failover_names: []` asks nobody."""
    quiet = zone.failover(failover_metrics_file=zone.directory / "m.prom").ok().result("unchanged")
    assert verdicts(quiet) == {provider: {"through"} for provider in BOTH}
    zone.check_quiet()
    path = f'twinzone_public_name_servers{{site="{SITE}",name="{SITE}",verdict='
    assert f'{path}"through"}} 4\n' in (zone.directory / "m.prom").read_text()
    assert "follow" in zone.status().output
    zone.lab.log_reset()
    zone.sites[SITE]["failover_names"] = []
    assert zone.failover().ok().result("unchanged")["paths"] == []
    assert not zone.lab.log()


def test_an_api_that_says_nothing_is_a_note(zone: Playbooks) -> None:
    """Nor does it hold up a run for long; servers that are silent are not known either."""
    lab = zone.lab
    lab.break_("cloudflare_api", "hang")
    quiet = zone.failover().ok()
    assert verdicts(quiet.result("unchanged")) == {"cloudflare": {"unknown"}, "desec": {"through"}}
    assert "its servers hide where it leads" in quiet.output
    lab.mend()
    lab.break_("desec_ns", "silent")
    silent = zone.failover().ok().result("unchanged")
    assert verdicts(silent) == {"cloudflare": {"through"}, "desec": {"unknown"}}


def test_names_in_another_zone(zone: Playbooks, desec: DesecCaller) -> None:
    """They are followed at the servers of their own zone, found by delegation."""
    lab = zone.lab
    lab.add_zone(OTHER)
    lab.delegate(OTHER, "desec")
    other = DesecCaller(lab, OTHER)
    zone.sites[SITE]["failover_names"] = [f"shop.{OTHER}"]
    other.put("shop", "CNAME", f"www.{ZONE}.")
    good = zone.failover().ok().result("unchanged")
    assert verdicts(good) == {"cloudflare": {"through"}, "desec": {"through"}}, "from link to link"
    other.put("shop", "CNAME", f"cf-front.{ZONE}.")
    bad = zone.failover().failed().result("unready")
    assert f"shop.{OTHER} bypasses the router" in bad["message"]
    lab.delegate(OTHER, "cloudflare")
    missing = zone.failover().failed().result("unready")
    assert f"nothing at shop.{OTHER}." in missing["message"]


def test_a_wildcard(zone: Playbooks, cloudflare: CloudflareCaller, desec: DesecCaller) -> None:
    """A name that nobody asked for before stands for all."""
    zone.sites[SITE]["failover_names"] = ["*", SITE]
    desec.put("*", "CNAME", f"web-router.{ZONE}.")
    cloudflare.create(f"*.{ZONE}", "CNAME", f"web-router.{ZONE}")
    lab_jobs.soon(lambda: zone.lab.served("cloudflare", f"any.{ZONE}", "A") != {}, True)
    assert verdicts(zone.failover().ok().result("unchanged")) == {provider: {"through"} for provider in BOTH}
    desec.put("*", "CNAME", f"cf-front.{ZONE}.")
    assert f"*.{ZONE} bypasses" in zone.failover().failed().result("unready")["message"]


def test_b_the_public_name_is_the_router(playbooks: Playbooks, lab: LabClient) -> None:
    """It passes, with one read of what stands there; a name beside it that is proxied by itself does not follow."""
    desk = Desk(playbooks, lab)
    section = GUIDE["B: the public name itself"]
    desk.write(section, "b.yml")
    sync, failover = section.commands
    for _time in range(2):
        desk.run(sync).ok()
    lab.log_reset()
    assert verdicts(desk.run(failover).ok().result("unchanged")) == {provider: {"through"} for provider in BOTH}
    desk.playbooks.check_quiet()
    beside = desk.run(failover, failover_names=f"{SITE},canary.{ZONE}").failed().result("unready")
    assert f"canary.{ZONE} bypasses the router at" in beside["message"]


def test_b_an_https_record_that_leads_past_the_router(playbooks: Playbooks, lab: LabClient, desec: DesecCaller) -> None:
    """All addresses go through the router, and browsers would be led to the dead front all the same."""
    desk = Desk(playbooks, lab)
    section = GUIDE["B: the public name itself"]
    desk.write(section, "b.yml")
    sync, failover = section.commands
    for _time in range(2):
        desk.run(sync).ok()
    desec.put("www", "HTTPS", "1 . alpn=h2")
    assert verdicts(desk.run(failover).ok().result("unchanged")) == {provider: {"through"} for provider in BOTH}
    edge = lab.info["fronts"]["cloudflare"][0]
    desec.put("www", "HTTPS", f"1 . alpn=h2 ipv4hint={edge}")
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
    run = desk.run(failover).failed()
    assert verdicts(run.result("unready", "active_up")) == {"cloudflare": {"through"}, "desec": {"bypasses"}}
    assert f"- {{name: '{at_port}.{ZONE}.', type: HTTPS, state: absent}}" in run.output
    desec.put(at_port, "HTTPS")
    assert verdicts(desk.run(failover).ok().result("unchanged")) == {provider: {"through"} for provider in BOTH}


def test_c_a_steering_zone(playbooks: Playbooks, lab: LabClient, desec: DesecCaller) -> None:
    """The public name lies in a zone of which the site's providers are none: its servers are asked all the same."""
    domains = f"{desec.url.partition('/domains/')[0]}/domains/"
    assert desec.session.post(domains, json={"name": STEERING}, timeout=10).status_code == 201
    lab.delegate(ZONE, "cloudflare")
    desk = Desk(playbooks, lab)
    section = GUIDE["C: a steering zone"]
    desk.write(section, "c.yml")
    sync, failover = section.commands
    desk.run(sync).ok()
    good = desk.run(failover).ok().result("unchanged")
    assert verdicts(good) == {"": {"through"}}
    cloudflare = CloudflareCaller(lab)
    cloudflare.ok("PATCH", f"dns_records/{public(lab)}", {"content": "example.b-cdn.net"})
    lab_jobs.soon(lambda: lab.resolve(SITE, "CNAME"), ["example.b-cdn.net."])
    assert f"{SITE} bypasses" in desk.run(failover).failed().result("unready")["message"]


def test_a_custom_hostname(playbooks: Playbooks, lab: LabClient) -> None:
    lab.add_zone(EDGE_ZONE)
    lab.delegate(EDGE_ZONE, "cloudflare")
    lab.delegate(ZONE, "desec")
    desk = Desk(playbooks, lab)
    section = GUIDE["A: Cloudflare as a custom hostname"]
    desk.write(section, "inventory.yml", "zones/example.com.yml", "zones/example-edge.net.yml")
    sync, preflight, failover = section.commands
    desk.run(sync).ok()
    assert "path" in desk.run(preflight).ok().output
    assert verdicts(desk.run(failover).ok().result("unchanged")) == {"desec": {"through"}}
    DesecCaller(lab).put("www", "CNAME", f"cf-front.{EDGE_ZONE}.")
    assert verdicts(desk.run(failover).failed().result("unready")) == {"desec": {"bypasses"}}

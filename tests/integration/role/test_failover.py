# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""failover.yml and status.yml while both APIs work: over, back, held, refused, pinned."""

from __future__ import annotations

import re
import time
from collections import Counter
from typing import Any

import pytest
import yaml
from ansible_collections.twinzone.edge.plugins.module_utils._failover.marker import Marker, Pin, Span
from ansible_collections.twinzone.edge.plugins.module_utils._zone.plan import PlanPolicy
from support import lab_jobs
from support.lab_playbooks import SITE, ZONE
from support.quick_failover import QuickPlaybooks
from twinzone_lab.client import LabClient

BOTH = ("cloudflare", "desec")
CF_FRONT, BUNNY = f"cf-front.{ZONE}", f"cdn2-front.{ZONE}"


def to_all(front: str) -> dict[str, list[str]]:
    """What visitors get when all four name servers lead to one front."""
    return {provider: [front] * 2 for provider in BOTH}


@pytest.fixture
def zone(quick: QuickPlaybooks) -> QuickPlaybooks:
    """Playbooks for a zone that is there already."""
    quick.create_zone()
    return quick


def test_over_and_back(zone: QuickPlaybooks, lab: LabClient) -> None:
    """Quiet; the first front dies; predicted, switched, quiet again; it recovers; back by request only."""
    quiet = zone.run("failover").ok()
    assert quiet.changed == 0
    assert quiet.result("unchanged", "active_up")["front"] == "cloudflare"
    zone.check_quiet()

    lab.break_("front_cloudflare", "refuse")
    predicted = zone.run("failover", "--check", "--diff").ok()
    assert predicted.result("switched", "active_down")["front"] == "bunny"
    assert predicted.changed == 1
    assert not zone.writes()
    assert zone.visitors() == to_all("cloudflare")

    lab.log_reset()
    over = zone.run("failover", "--diff").ok()
    result = over.result("switched", "active_down")
    assert (result["active_before"], result["front"]) == ("cloudflare", "bunny")
    assert set(result["served"].values()) == {"bunny"}
    assert len(result["served"]) == 4
    assert {one["result"] for one in result["providers"].values()} == {"ok"}
    assert "connection refused" in result["reason"]
    assert over.changed == predicted.changed
    assert [write["provider"] for write in sorted(zone.writes(), key=lambda write: str(write["provider"]))] == [*BOTH]
    assert zone.requests() <= 8
    assert zone.visitors() == to_all("bunny")

    again = zone.failover().ok()
    assert again.changed == 0
    assert again.result("unchanged", "active_up")["front"] == "bunny"
    zone.check_quiet()

    refused = zone.failover(failover_to="cloudflare").failed()
    assert "cloudflare is down" in refused.result("refused", "refused")["reason"]
    assert "failover_force=true" in refused.output
    lab.repair("front_cloudflare")
    recovered = zone.failover().ok()
    assert recovered.result("unchanged", "failback_manual")["front"] == "bunny"
    assert "failover_to=cloudflare" in recovered.output
    assert zone.writes() == []
    back = zone.failover(failover_to="cloudflare").ok()
    assert back.result("switched", "requested")["front"] == "cloudflare"
    assert zone.visitors() == to_all("cloudflare")
    assert zone.failover().ok().result("unchanged", "active_up")["since"] == back.results[SITE]["since"]


def test_requests_that_need_a_second_word(zone: QuickPlaybooks, lab: LabClient) -> None:
    """To a front that is down only by force, for several sites only for all, to no unknown front at all."""
    zone.add_site(f"shop.{ZONE}", router="shop-router")
    for provider in BOTH:
        zone.lead(provider, f"{CF_FRONT}.", "shop-router")
    lab.break_("front_bunny", "status", code=503)
    many = zone.failover(failover_to="bunny", failover_force="true").failed()
    assert "would move all 2 sites" in many.result("refused", "refused")["reason"]
    assert "failover_all=true" in many.output
    unknown = zone.failover("--limit", SITE, failover_pin="buny").failed()
    assert "there is no front 'buny'" in unknown.result("refused")["reason"]
    assert zone.writes() == []
    moved = zone.failover(failover_to="bunny", failover_force="true", failover_all="true").ok()
    assert {result["outcome"] for result in moved.results.values()} == {"switched"}
    assert sorted(moved.results) == [f"shop.{ZONE}", SITE]
    assert zone.visitors() == zone.visitors(f"shop-router.{ZONE}") == to_all("bunny")


@pytest.mark.parametrize("trouble", ["all fronts down", "vantage offline"])
def test_held_where_no_front_is_known_to_be_better(zone: QuickPlaybooks, lab: LabClient, trouble: str) -> None:
    if trouble == "vantage offline":
        lab.break_("vantage", "offline")
        rule, hint = "vantage_offline", "no vantage could probe any front"
    else:
        lab.break_("front_cloudflare", "refuse")
        lab.break_("front_bunny", "bad_certificate")
        rule, hint = "all_down", "no other front is clean"
    held = zone.failover().failed()
    result = held.result("held", rule)
    assert hint in result["reason"]
    assert result["front"] == "cloudflare"
    assert "failover_to=" in held.output
    zone.check_quiet()


def test_routers_that_nobody_manages(zone: QuickPlaybooks, lab: LabClient) -> None:
    """One points elsewhere, to an address where nobody listens; one is missing; of one the providers disagree. All are
    left alone until `failover_adopt`. What the steered names lead to says nothing about the fronts."""
    lost, split = f"lost.{ZONE}", f"split.{ZONE}"
    zone.add_site(lost, router="lost-router")
    zone.add_site(split, router="split-router")
    for provider in BOTH:
        zone.lead(provider, f"origin.{ZONE}.")
    zone.lead("cloudflare", f"{CF_FRONT}.", "split-router")
    zone.lead("desec", f"{BUNNY}.", "split-router")
    before = zone.routers()

    held = zone.failover().failed()
    assert "points at none of the fronts" in held.result("held", "unmanaged")["reason"]
    assert "no provider has the router" in held.result("refused", "router_missing", lost)["reason"]
    assert "different fronts" in held.result("held", "unmanaged", split)["reason"]
    assert held.output.count("failover_adopt=true") >= 3
    for result in held.results.values():
        assert {name: front["verdict"] for name, front in result["fronts"].items()} == {
            "cloudflare": "up",
            "bunny": "up",
        }
    assert not zone.writes()
    assert zone.routers() == before

    lab.break_("front_cloudflare", "wrong_body")  # the first front must not be chosen just because it is first
    for site in zone.sites.values():
        site["failover_check"]["contains"] = "^ok$"
    adopted = zone.failover(failover_adopt="true").ok()
    assert {result["front"] for result in adopted.results.values()} == {"bunny"}
    for router in ("web-router", "lost-router", "split-router"):
        assert zone.visitors(f"{router}.{ZONE}") == to_all("bunny")
    lab.repair()
    lab.log_reset()
    assert zone.failover().ok().changed == 0
    zone.check_quiet()


def test_fronts_that_lead_through_the_router(zone: QuickPlaybooks, lab: LabClient) -> None:
    """Straight, by a chain within the zone, or where it is probed: the verdict would be about what is steered."""
    first, second = zone.sites[SITE]["failover_fronts"]
    cases = {
        "straight": [first, {"name": "bunny", "target": f"loop-straight.{ZONE}."}],
        "chain": [first, {"name": "bunny", "target": f"chain-chain.{ZONE}."}],
        "probed": [first, {**second, "connect_to": [f"chain-probed.{ZONE}:8444"]}],
    }
    records = []
    for case, fronts in cases.items():
        router = f"router-{case}"
        zone.add_site(f"{case}.{ZONE}", router=router, fronts=fronts)
        targets = {router: "cf-front", f"loop-{case}": router, f"chain-{case}": f"loop-{case}"}
        records += [{"name": name, "type": "CNAME", "values": [target]} for name, target in targets.items()]
    lab_jobs.ok(lab_jobs.run(lab, records, verify_seconds=10))
    lab.log_reset()
    run = zone.failover().ok()
    for case in cases:
        front = run.results[f"{case}.{ZONE}"]["fronts"]["bunny"]
        assert front["verdict"] in ("unknown", "down")
        assert not front["clean"]
        assert "leads through the router itself" in front["evidence"]
    assert {result["outcome"] for result in run.results.values()} == {"unchanged"}
    assert not zone.writes()

    forced = zone.failover("--limit", f"chain.{ZONE}", failover_to="bunny", failover_force="true").failed()
    assert "the target of bunny leads through" in forced.result("refused", "refused", f"chain.{ZONE}")["reason"]
    assert not zone.writes()


def test_mistakes_of_some_sites_stop_no_other(zone: QuickPlaybooks, lab: LabClient) -> None:
    """Two sites that steer one router would write it against each other: refused from the first quiet day on. A site
    that is badly described fails alone. The others of the zone are switched nevertheless."""
    good = zone.sites.pop(SITE)
    zone.sites[f"bad.{ZONE}"] = {**good, "failover_router": "bad-router", "failover_fronts": []}
    zone.sites[SITE] = good
    zone.add_site(f"shop.{ZONE}")
    third = f"third.{ZONE}"
    zone.add_site(third, router="third-router")
    for provider in BOTH:
        zone.lead(provider, f"{CF_FRONT}.", "third-router")
    lab.break_("front_cloudflare", "refuse")
    run = zone.run("failover").failed()
    assert "failover_fronts: needs at least two fronts" in run.output
    assert f"shop.{ZONE} steers web-router.{ZONE}. too" in run.result("refused", "refused")["reason"]
    assert {name: result["outcome"] for name, result in run.results.items()} == {
        f"bad.{ZONE}": "refused",
        SITE: "refused",
        f"shop.{ZONE}": "refused",
        third: "switched",
    }
    assert zone.visitors() == to_all("cloudflare")
    assert zone.visitors(f"third-router.{ZONE}") == to_all("bunny")


def test_a_pin_holds_until_it_is_lifted(zone: QuickPlaybooks, lab: LabClient) -> None:
    """Set by one run, it is honoured by later ones and shown by status.yml; a pin to a front that died is held. To a
    dead front it takes force. It ends by itself."""
    pinned = zone.failover(failover_pin="bunny", failover_pin_for="2h", failover_pin_by="INC-7").ok()
    assert pinned.result("switched", "pinned")["front"] == "bunny"
    assert zone.visitors() == to_all("bunny")
    later = zone.failover().ok()
    assert later.result("unchanged", "pinned")["pin"].startswith("bunny until ")
    assert later.changed == 0
    refused = zone.failover(failover_to="cloudflare").failed()
    assert "lift the pin first" in refused.result("refused", "refused")["reason"]
    table = zone.status().output
    assert f"{SITE}  bunny" in table
    assert "by INC-7" in table
    lab.break_("front_bunny", "refuse")
    assert "which is down" in zone.failover().failed().result("held", "pinned")["reason"]
    lab.repair()
    lifted = zone.failover(failover_pin="none").ok()
    assert lifted.result("unchanged", "failback_manual")["pin"] == ""
    assert zone.requests() > 0
    assert "INC-7" not in zone.status().output
    zone.check_quiet()

    lab.break_("front_bunny", "refuse")
    dead = zone.failover(failover_pin="bunny").failed()
    assert "bunny is down" in dead.result("refused", "refused")["reason"]
    assert "failover_force=true" in dead.output
    # A person's request reads the APIs, also where it is refused; it writes nothing.
    assert not zone.writes()
    asked = {(entry["provider"], entry["method"]) for entry in lab.log()}
    assert asked == {("cloudflare", "GET"), ("desec", "GET")}
    lab.log_reset()
    forced = zone.failover(failover_pin="bunny", failover_pin_for="1s", failover_force="true").ok()
    forced.result("unchanged", "pinned")
    # Its end is in whole seconds.
    time.sleep(2)
    expired = zone.failover().ok()
    assert expired.result("switched", "active_down")["pin"] == ""
    assert zone.visitors() == to_all("cloudflare")


def test_each_site_by_its_own_policy(zone: QuickPlaybooks, lab: LabClient) -> None:
    """The way back: by itself after a while, by request only, or never; pins that stand and pins that are over; the
    switch limit; more than two fronts in order, the last of them the origin itself. Later runs and syncs leave all of
    them where they are."""
    now = int(time.time())
    preferred, second = zone.sites[SITE]["failover_fronts"]
    nobody = [f"{lab.info['resolver'].partition(':')[0]}:1"]
    dead, dead_too = {**preferred, "connect_to": nobody}, {**second, "connect_to": nobody}
    last = {"name": "origin", "target": f"origin.{ZONE}.", "connect_to": lab.info["fronts"]["bunny"]}
    waited, short = Span(now - 2400, now - 120), Span(now - 600, now - 120)
    busy = tuple(now - ago for ago in (3000, 1800, 900, 120))
    auto, pin = {"failback": "auto"}, Pin("bunny", tag="INC-7")
    #: Name: fronts, policy, what the runs before have left, and the rule and the front expected.
    cases: dict[str, tuple[list[Any], dict[str, Any], dict[str, Any], str, str]] = {
        "returns": ([preferred, second], auto, {"healthy": waited}, "failback", "cloudflare"),
        "waits": ([preferred, second], auto, {"healthy": short}, "failback_waiting", "bunny"),
        "asks": ([preferred, second], {}, {"healthy": waited}, "failback_manual", "bunny"),
        "never": ([preferred, second], {"failback": "never"}, {"healthy": waited}, "active_up", "bunny"),
        "limited": ([preferred, second], auto, {"healthy": waited, "switches": busy}, "failback_waiting", "bunny"),
        "pinned": ([preferred, second], auto, {"healthy": waited, "pin": pin}, "pinned", "bunny"),
        "over": ([preferred, second], {}, {"pin": Pin("bunny", now - 1)}, "failback_manual", "bunny"),
        "third": ([dead, last, dead_too], {}, {}, "active_down", "origin"),
        "last": ([preferred, dead_too, last], {"failback": "never"}, {}, "active_down", "cloudflare"),
        "resort": ([dead, dead_too, last], {}, {}, "active_down", "origin"),
        "flaps": ([preferred, dead_too, last], {}, {"switches": busy}, "switch_limit", "bunny"),
    }
    records: list[dict[str, Any]] = []
    for name, (fronts, policy, memory, *_expected) in cases.items():
        zone.add_site(
            f"{name}.{ZONE}", router=name, fronts=fronts, policy={**zone.sites[SITE]["failover_policy"], **policy}
        )
        text = Marker(7, "bunny", now - 3600, "earlier", **memory).to_text()
        records.append({"name": name, "type": "CNAME", "ttl": 3600, "values": ["cdn2-front"]})
        records.append({"name": f"_twinzone.{name}", "type": "TXT", "ttl": 3600, "values": [text]})
    del zone.sites[SITE]
    lab_jobs.ok(lab_jobs.run(lab, records, policy=PlanPolicy(switch=True), verify_seconds=10))

    run = zone.failover().failed()
    found = {name: run.results[f"{name}.{ZONE}"] for name in cases}
    assert {name: (one["rule"], one["front"]) for name, one in found.items()} == {
        name: (rule, front) for name, (*_given, rule, front) in cases.items()
    }
    outcomes = Counter(one["outcome"] for one in found.values())
    assert outcomes == {"switched": 4, "unchanged": 6, "held": 1}
    assert "4 switches in the last hour" in found["flaps"]["reason"]

    table = zone.status().output
    assert re.search(rf"pinned\.{ZONE} +bunny .*bunny until it is lifted by INC-7", table)
    assert re.search(rf"over\.{ZONE} +bunny .* - ", table)
    before = {name: zone.routers(name) for name in cases}
    entries = yaml.safe_load((zone.directory / "zones" / f"{ZONE}.yml").read_text())["records"]
    zone.zone_file([*entries, *({"name": name, "type": "CNAME", "values": ["cf-front"]} for name in cases)])
    assert zone.sync().ok().changed == 0
    lab.log_reset()
    again = zone.failover().failed()
    assert {name: again.results[f"{name}.{ZONE}"]["front"] for name in cases} == {
        name: front for name, (*_given, front) in cases.items()
    }
    assert again.results[f"pinned.{ZONE}"]["pin"].startswith("bunny until it is lifted")
    assert {name: zone.routers(name) for name in cases} == before
    assert not zone.writes()

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""preflight.yml: when nothing is wrong it passes and says what will be slow; it names everything that would fail."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.lab_api import CloudflareCaller, DesecCaller
from support.lab_playbooks import SITE, ZONE, Playbooks, Run
from support.lab_worlds import LAYOUTS, World
from twinzone_lab.client import LabClient


def report(playbooks: Playbooks, folder: Path, *words: str) -> tuple[Run, dict[tuple[str, str], dict[str, Any]]]:
    """A run, and the results in its report by check and subject."""
    run = playbooks.run("preflight", "-e", f"preflight_report_dir={folder}", *words)
    written = json.loads((folder / "preflight.json").read_text())
    assert written["schema"] == "twinzone-preflight/1"
    assert written["passed"] == (run.code == 0)
    assert "<script" not in (folder / "preflight.html").read_text()
    return run, {(one["id"], one["subject"]): one for one in written["results"]}


@pytest.mark.real_command
def test_good_weather_passes_and_says_what_will_be_slow(playbooks: Playbooks, tmp_path: Path) -> None:
    playbooks.create_zone()
    passed, results = report(playbooks, tmp_path)
    passed.ok()
    assert passed.changed == 0
    assert not playbooks.writes()
    assert "FAIL" not in passed.output
    assert "resolvers may keep the old answer as long" in results["ttl_chain", "www.example.com: desec"]["seen"]
    assert results["delegation", f"{ZONE}: desec"]["seen"] == "to ns1.desec.io., ns2.desec.org."
    assert results["zones_equal", ZONE]["level"] == "ok"
    assert "may make other tokens" in results["tokens", f"{ZONE}: desec"]["seen"]


def test_everything_that_would_fail_is_named(playbooks: Playbooks, lab: LabClient, tmp_path: Path) -> None:
    playbooks.create_zone()
    lab.break_("desec_api", "401")
    lab.break_("front_bunny", "expiring_certificate", days=3)
    lab.break_("desec_ns/1", "silent")
    lab.delegate(ZONE, "cloudflare")
    playbooks.environment["CLOUDFLARE_API_TOKEN"] = ""
    run, results = report(playbooks, tmp_path)
    assert run.code == 2
    expected = {
        ("tokens", f"{ZONE}: cloudflare"): ("fail", "no token was given"),
        ("tokens", f"{ZONE}: desec"): ("fail", "Invalid token."),
        ("delegation", f"{ZONE}: desec"): ("fail", "the parent names only"),
        ("cert_renewal", "www.example.com: bunny"): ("fail", "valid for 2 more days"),
    }
    for key, (level, words) in expected.items():
        assert results[key]["level"] == level
        assert words in results[key]["seen"]
        assert results[key]["remedy"]
    assert "change first:" in run.output


def test_what_is_accepted_does_not_fail_until_its_day(playbooks: Playbooks, lab: LabClient, tmp_path: Path) -> None:
    playbooks.create_zone()
    lab.delegate(ZONE, "cloudflare")
    entry = {"id": "delegation", "reason": "the registrar moves it", "until": "2999-01-01", "by": "Ada"}
    run, results = report(playbooks, tmp_path, "-e", json.dumps({"preflight_ignore": [entry]}))
    run.ok()
    assert results["delegation", f"{ZONE}: desec"]["level"] == "accepted"
    over = {**entry, "until": "2020-01-01"}
    run, results = report(playbooks, tmp_path, "-e", json.dumps({"preflight_ignore": [over]}))
    assert run.code == 2
    assert results["delegation", f"{ZONE}: desec"]["level"] == "fail"


def test_an_inventory_of_zones_only_is_looked_at(playbooks: Playbooks, lab: LabClient, tmp_path: Path) -> None:
    playbooks.create_zone()
    del playbooks.inventory["all"]["children"]["sites"]
    passed, results = report(playbooks, tmp_path)
    passed.ok()
    assert not playbooks.writes()
    assert passed.recap.keys() == {ZONE}
    assert "@" in results["coverage", ZONE]["seen"], "nobody leads the proxied apex elsewhere"
    for check in ("zones_equal", "delegation", "zone_state", "dnssec_two", "tokens", "lock_in"):
        assert any(name == check and subject.startswith(ZONE) for name, subject in results)
    lab.delegate(ZONE, "cloudflare")
    run, results = report(playbooks, tmp_path, "-e", "coverage=strict")
    assert run.code == 2
    assert run.recap[ZONE]["failed"] == 1
    assert results["coverage", ZONE]["level"] == results["delegation", f"{ZONE}: desec"]["level"] == "fail"


def test_what_a_look_at_the_first_answer_misses_is_named(
    playbooks: Playbooks, lab: LabClient, cloudflare: CloudflareCaller, desec: DesecCaller, tmp_path: Path
) -> None:
    """Both APIs hold the same; one name server of four serves what was there before. An origin behind a cached answer
    admits only the first CDN. There is a proxied name in a zone without a site."""
    playbooks.create_zone()
    lab.break_("front_bunny", "cached_only")
    lab.add_zone("example.net")
    playbooks.zones["example.net"] = {}
    lab.break_("desec_ns/2", "stale")
    desec.put("git", "A", "203.0.113.99")
    desec.put("www", "CNAME", "elsewhere.example.net.")
    for record in cloudflare.ok("GET", "dns_records?name=git." + ZONE):
        cloudflare.ok("PATCH", f"dns_records/{record['id']}", {"content": "203.0.113.99"})
    run, results = report(playbooks, tmp_path)
    assert run.code == 2
    assert results["front_health", "www.example.com: bunny"]["level"] == "ok"
    found = results["uncached_path", "www.example.com: bunny"]
    assert (found["level"], "status 403" in found["seen"]) == ("fail", True)
    assert results["tokens", "example.net: cloudflare"]["level"] == "ok"
    assert ("coverage", "example.net") in results
    found = results["zones_equal", f"{ZONE}: desec"]
    assert found["level"] == "fail", "the public name is among them"
    second = list(lab.info["providers"]["desec"]["name_servers"].values())[1]
    assert second in found["seen"].partition(" serves ")[0], found
    assert "www CNAME: web-router.example.com." in found["seen"]


def test_a_canary_whose_proxy_is_off_is_named(
    playbooks: Playbooks, lab: LabClient, cloudflare: CloudflareCaller, tmp_path: Path
) -> None:
    layout = LAYOUTS["the public name itself"]
    World(lab, layout).begin("cloudflare")
    # The lab's apex is proxied, and belongs to no site.
    (apex,) = cloudflare.ok("GET", f"dns_records?name={ZONE}&type=A")
    cloudflare.ok("DELETE", f"dns_records/{apex['id']}")
    playbooks.sites[SITE] |= {"failover_router": "www", **layout.variables}
    _run, results = report(playbooks, tmp_path)
    assert results["copies", f"{SITE}: cloudflare"]["level"] == "ok"
    assert results["coverage", ZONE]["level"] == "ok"
    (record,) = cloudflare.ok("GET", f"dns_records?name=canary.{ZONE}")
    cloudflare.ok("PATCH", f"dns_records/{record['id']}", {"proxied": False})
    run, results = report(playbooks, tmp_path)
    assert run.code == 2
    expected = {
        ("copies", f"{SITE}: cloudflare"): ("fail", "answer the origin's address for canary"),
    }
    for key, (level, words) in expected.items():
        assert (results[key]["level"], words in results[key]["seen"]) == (level, True), results[key]


def test_many_things_at_once_are_all_found(
    playbooks: Playbooks, lab: LabClient, cloudflare: CloudflareCaller, desec: DesecCaller, tmp_path: Path
) -> None:
    """One world for several checks, as a run takes ten seconds."""
    playbooks.create_zone()
    cloudflare.create("docs", "CNAME", "docs.pages.dev")
    cloudflare.create("shop", "A", "203.0.113.77", proxied=True)
    desec.put("shop", "A", "203.0.113.77")
    playbooks.lead("desec", "example.b-cdn.net.")
    lab.break_("front_cloudflare", "proxied_only")
    lab.break_("front_bunny", "challenge")
    run, results = report(playbooks, tmp_path)
    assert run.code == 2
    site = "www.example.com"
    expected = {
        ("edge_accepts_host", f"{site}: cloudflare"): ("fail", "the edge refuses www.example.com: status 409"),
        ("front_health", f"{site}: bunny"): ("fail", "the bot protection of Cloudflare"),
        ("router", site): ("fail", "leads to "),
        ("lock_in", f"{ZONE}: docs"): ("warn", "a Pages site"),
        ("origin_published", ZONE): ("fail", "shop 203.0.113.77 at desec"),
    }
    for key, (level, words) in expected.items():
        assert (results[key]["level"], words in results[key]["seen"]) == (level, True), results[key]
    differs = [one for (check, _subject), one in results.items() if check == "zones_equal"]
    assert any("docs CNAME" in one["seen"] or "web-router CNAME" in one["seen"] for one in differs)

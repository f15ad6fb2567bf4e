# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""sync.yml during a failover, and many sites of one zone at once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import lab_jobs
from lab_api import DesecCaller
from lab_playbooks import SITE, ZONE, Playbooks
from twinzone_lab.client import LabClient, running_lab

MANY = 30


def test_a_sync_never_fights_a_failover(playbooks: Playbooks, lab: LabClient, desec: DesecCaller) -> None:
    """The zone file still says the first front. Neither a subset nor a whole-zone sync goes back to it, not even one
    whose inventory knows nothing of the site; a router that is lost at one provider comes from the other."""
    playbooks.zone_file(
        [
            {"name": "web-router", "type": "CNAME", "ttl": 60, "values": ["cf-front"]},
            {"name": "www", "type": "CNAME", "ttl": 60, "values": ["web-router"]},
            {"name": "cf-front", "type": "CNAME", "values": ["@"]},
            {"name": "cdn2-front", "type": "CNAME", "values": ["example.b-cdn.net."]},
            {"name": "@", "type": "A", "values": ["203.0.113.10"], "only": ["cloudflare"]},
            {"name": "@", "type": "A", "values": lab.info["fronts"]["cloudflare"], "only": ["desec"]},
            *({"name": f"h{number}", "type": "A", "values": ["192.0.2.1"]} for number in range(12)),
        ]
    )
    playbooks.create_zone()
    stray = [{"name": "stray", "type": "TXT", "values": ["not in the file"]}]
    lab_jobs.ok(lab_jobs.run(lab, stray, verify_seconds=10))
    lab.break_("front_cloudflare", "refuse")
    playbooks.failover().ok().result("switched")
    switched = playbooks.routers()
    assert set(switched.values()) == {f"cdn2-front.{ZONE}"}

    lab.log_reset()
    subset = playbooks.sync("--diff").ok()
    assert (subset.changed, subset.diff) == (0, [])
    assert "web-router: left as it is; failovers own it" in subset.output
    pruned = playbooks.sync("--diff", zone_sync_prune="true").ok()
    assert [line.partition(" ;")[0] for line in pruned.diff] == ['-stray 3600 IN TXT "not in the file"'] * 2
    assert playbooks.routers() == switched

    lab_jobs.soon(lambda: len(lab_jobs.held(lab, "desec").sets) > 12, True)
    desec.put("web-router", "CNAME")
    sites = playbooks.sites.copy()
    playbooks.sites.clear()  # as in a slice of the inventory
    copied = playbooks.sync("--diff").ok()
    assert [line.partition(" ;")[0] for line in copied.diff] == [f"+web-router 3600 IN CNAME cdn2-front.{ZONE}."]
    assert playbooks.routers() == switched
    playbooks.sites.update(sites)
    assert playbooks.failover().ok().result("unchanged", "active_up")["front"] == "bunny"
    assert playbooks.visitors() == {"cloudflare": ["bunny"] * 2, "desec": ["bunny"] * 2}


def test_many_sites_of_one_zone(tmp_path: Path) -> None:
    """One write at each provider holds the routers and markers of all, under the request limits of both."""
    with running_lab(tmp_path / "lab", throttle=True, max_seconds=300) as lab:
        (tmp_path / "runs").mkdir()
        playbooks = Playbooks(lab, tmp_path / "runs")
        routers = [f"router-{number}" for number in range(MANY)]
        for number, router in enumerate(routers):
            check = {**playbooks.sites[SITE]["failover_check"], "url": f"https://s{number}.{ZONE}:8444/health"}
            playbooks.add_site(f"s{number}.{ZONE}", router=router, check=check)
        del playbooks.sites[SITE]
        playbooks.create_zone()
        entries = [{"name": router, "type": "CNAME", "values": ["cf-front"]} for router in routers]
        lab_jobs.ok(lab_jobs.run(lab, entries, verify_seconds=10))
        lab.break_("front_cloudflare", "refuse")
        lab.log_reset()
        run = playbooks.failover().ok()
        assert {result["outcome"] for result in run.results.values()} == {"switched"}
        assert len(run.results) == run.changed == MANY
        assert Counter(write["provider"] for write in playbooks.writes()) == {"cloudflare": 1, "desec": 1}
        assert len(lab.log()) <= 6
        for router in routers:
            assert set(playbooks.routers(router).values()) == {f"cdn2-front.{ZONE}"}
        (patch,) = [write["body"] for write in playbooks.writes() if write["provider"] == "desec"]
        assert Counter(rrset["type"] for rrset in patch) == {"CNAME": MANY, "TXT": MANY}


def test_a_play_of_ones_own_in_turns_and_a_site_with_a_mistake(playbooks: Playbooks, lab: LabClient) -> None:
    """Other hosts in the play, for which the role is skipped, `serial`, and the mistakes of one site, before all others
    in the inventory, hold up nobody else. Nor does a configuration with another strategy."""
    wrong = [{**entry, "type": "cloudflair"} for entry in playbooks.common["dns_providers"]]
    right = playbooks.sites.pop(SITE)
    playbooks.sites[f"wrong.{ZONE}"] = {**right, "failover_router": "wrong", "failover_providers": wrong}
    playbooks.sites[SITE] = right
    playbooks.add_site(f"other.{ZONE}", router="other")
    playbooks.create_zone()
    lab_jobs.ok(lab_jobs.run(lab, [{"name": "other", "type": "CNAME", "values": ["cf-front"]}], verify_seconds=10))
    lab.break_("front_cloudflare", "refuse")
    own = playbooks.directory / "own_failover.yml"
    own.write_text(
        "- hosts: all\n  serial: 2\n  gather_facts: false\n  tasks:\n"
        "  - ansible.builtin.include_role: {name: twinzone.edge.failover}\n"
        "    when: inventory_hostname in groups.sites\n"
    )
    run = playbooks.command(str(own), "-i", playbooks.inventory_file()).failed()
    assert {site: result["outcome"] for site, result in run.results.items()} == {
        SITE: "switched",
        f"other.{ZONE}": "switched",
    }
    assert "providers[0]: value of type must be one of" in run.output

    del playbooks.sites[f"wrong.{ZONE}"]
    playbooks.environment["ANSIBLE_STRATEGY"] = "free"
    again = playbooks.failover().ok()
    assert [result["outcome"] for result in again.results.values()] == ["unchanged"] * 2

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""sync.yml during a failover."""

from __future__ import annotations

from support import lab_jobs
from support.lab_api import DesecCaller
from support.lab_playbooks import ZONE, Playbooks
from twinzone_lab.client import LabClient


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
    left = playbooks.sync("--diff").ok()
    assert left.diff == []
    assert "left missing, as no provider is in line with the newest marker" in left.output
    playbooks.sites.update(sites)
    copied = playbooks.sync("--diff").ok()
    assert [line.partition(" ;")[0] for line in copied.diff] == [f"+web-router 3600 IN CNAME cdn2-front.{ZONE}."]
    assert playbooks.routers() == switched
    assert playbooks.failover().ok().result("unchanged", "active_up")["front"] == "bunny"
    assert playbooks.visitors() == {"cloudflare": ["bunny"] * 2, "desec": ["bunny"] * 2}

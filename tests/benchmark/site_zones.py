# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sites and zones of the benchmark, in any number."""

from __future__ import annotations

from pathlib import Path

import yaml
from support import lab_jobs
from support.lab_playbooks import SITE, ZONE, Playbooks


def spread(playbooks: Playbooks, count: int) -> None:
    """Make this many sites of the one."""
    pattern = playbooks.sites.pop(SITE)
    for number in range(count):
        check = {**pattern["failover_check"], "url": f"https://s{number}.{ZONE}:8444/health"}
        playbooks.sites[f"s{number}.{ZONE}"] = {
            **pattern,
            "failover_router": f"router-{number}",
            "failover_check": check,
        }


def create(playbooks: Playbooks) -> None:
    """The zone with a router for each site, and the name of its visitors that leads there."""
    playbooks.lab.reset()
    playbooks.create_zone()
    routers = {name: site["failover_router"] for name, site in playbooks.sites.items()}
    leads = {**dict.fromkeys(routers.values(), "cf-front"), **{name.split(".")[0]: to for name, to in routers.items()}}
    entries = [{"name": name, "type": "CNAME", "values": [target]} for name, target in leads.items()]
    lab_jobs.ok(lab_jobs.run(playbooks.lab, entries, verify_seconds=10))
    playbooks.lab.log_reset()


def many_zones(playbooks: Playbooks, names: list[str], sets: int) -> None:
    """Describe the zones, each with a file of its own that has so many record sets."""
    pattern = playbooks.zones.pop(ZONE)
    playbooks.sites.clear()
    for name in names:
        entries = [
            {"name": f"h{number}", "type": "A", "ttl": 3600, "values": [f"192.0.2.{number}"]} for number in range(sets)
        ]
        Path(playbooks.directory, "zones", f"{name}.yml").write_text(
            yaml.safe_dump({"domain": name, "records": entries})
        )
        playbooks.zones[name] = {**pattern, "zone_sync_file": f"zones/{name}.yml"}

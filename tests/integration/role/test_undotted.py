# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An emergency target without its trailing dot leads to a name below the zone. Every playbook says so beforehand."""

from __future__ import annotations

from typing import Any

import yaml
from support import guides
from support.lab_playbooks import SITE, ZONE, Playbooks

TARGET = "example.b-cdn.net"
LINE = f"{TARGET} has no trailing dot, so it means {TARGET}.{ZONE}.; write {TARGET}."


def said(output: str) -> str:
    """The output without the line breaks that Ansible puts into warnings."""
    return " ".join(output.split())


def test_under_publish(playbooks: Playbooks) -> None:
    playbooks.create_zone()
    front = playbooks.sites[SITE]["failover_fronts"][1]
    del front["target"]
    front["publish"] = [{"type": "CNAME", "values": [TARGET]}]
    preflight = playbooks.run("preflight").output
    for output in (playbooks.failover().output, playbooks.status().output, preflight):
        assert f"{SITE}: failover_fronts[1] (bunny).publish[0] (web-router CNAME): {LINE}" in said(output)
    assert "warn     undotted" in preflight
    playbooks.sites[SITE]["failover_strict_names"] = True
    playbooks.lab.log_reset()
    run = playbooks.failover().failed()
    refused = run.result("refused")
    assert LINE in said(run.output)
    guides.check_fault("a target under ``publish`` without its trailing dot, ``failover_strict_names`` set", refused)
    assert not playbooks.lab.log()
    front["publish"][0]["values"] = [f"{TARGET}."]
    assert "trailing dot" not in playbooks.failover().ok().output


def test_in_a_zone_file_and_in_what_is_expected(playbooks: Playbooks) -> None:
    zone = yaml.safe_load((playbooks.directory / "zones" / f"{ZONE}.yml").read_text())
    (entry,) = [one for one in zone["records"] if one["name"] == "cdn2-front"]
    entry["values"] = [TARGET]
    playbooks.zone_file(zone["records"])
    assert LINE in said(playbooks.sync().output)
    playbooks.zones[ZONE]["zone_sync_strict_names"] = True
    playbooks.lab.log_reset()
    assert LINE in said(playbooks.sync().failed().output)
    assert playbooks.writes() == []
    play: dict[str, Any] = {
        "hosts": "localhost",
        "gather_facts": False,
        "tasks": [
            {
                "twinzone.edge.served_info": {
                    "zone": ZONE,
                    "providers": "{{ dns_providers }}",
                    "expect": [entry],
                    "records": [
                        {"name": "web-router", "type": "CNAME", "candidates": {"bunny": [TARGET, "192.0.2.1"]}}
                    ],
                    "strict_names": "{{ strict | bool }}",
                    "dns_resolver": "{{ dns_resolver }}",
                    "dns_port": "{{ dns_port }}",
                }
            }
        ],
    }
    path = playbooks.directory / "served.yml"
    path.write_text(yaml.safe_dump([play]))
    inventory = playbooks.inventory_file()
    for strict in ("false", "true"):
        output = said(playbooks.command(str(path), "-i", inventory, strict=strict).output)
        assert f"expect[0] (cdn2-front CNAME): {LINE}" in output
        assert f"records[0] (bunny): {LINE}" in output
        assert ("To refuse this" in output) == (strict == "false")

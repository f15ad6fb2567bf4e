# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host returned once and a cache keeps is no input: it decides neither where tokens go nor what is written."""

from __future__ import annotations

import json

from support.adversaries import collector
from support.lab_playbooks import SITE, ZONE, Playbooks


def poison(playbooks: Playbooks, group: str, **facts: object) -> None:
    """Let a cache hold these facts of all hosts of a group."""
    cache = str(playbooks.directory / "cache")
    playbooks.environment |= {"ANSIBLE_CACHE_PLUGIN": "jsonfile", "ANSIBLE_CACHE_PLUGIN_CONNECTION": cache}
    own = playbooks.directory / "poison.yml"
    task = {"ansible.builtin.set_fact": {**facts, "cacheable": True}}
    own.write_text(json.dumps([{"hosts": group, "gather_facts": False, "tasks": [task]}]))
    playbooks.command(str(own), "-i", playbooks.inventory_file()).ok()


def test_what_is_found_among_facts_is_refused(playbooks: Playbooks) -> None:
    """By every playbook that has tokens or writes; what is read once for all sites is the first site's."""
    other = f"other.{ZONE}"
    playbooks.create_zone()
    playbooks.add_site(other, router="other-router")
    with collector() as evil:
        providers = [{**one, "api_url": f"{evil.url}/x"} for one in playbooks.common["dns_providers"]]
        written = playbooks.directory / "written"
        poison(
            playbooks,
            SITE,
            dns_providers=providers,
            failover_metrics_file=str(written),
            tokens_desec_api_url="http://127.0.0.1:1",
        )
        for name in ("failover", "status", "preflight", "dependencies", "sync", "tokens"):
            run = playbooks.run(name).failed()
            assert "found among the facts" in run.output, name
            assert "--flush-cache" in run.output, name
        playbooks.failover("--flush-cache", "--limit", SITE).ok().result("unchanged")
        poison(playbooks, ZONE, dns_providers=providers, zone_sync_import_file=str(written))
        for name in ("sync", "import"):
            run = playbooks.run(name, zone_sync_import_from="desec").failed()
            assert "found among the facts" in run.output, name
        playbooks.run("preflight")
        playbooks.sync("--flush-cache").ok()
        assert evil.got == []
        assert not written.exists()


def test_a_site_with_inputs_among_its_facts_fails_alone(playbooks: Playbooks) -> None:
    other = f"other.{ZONE}"
    playbooks.create_zone()
    playbooks.add_site(other, router="other-router")
    poison(playbooks, other, failover_fronts=[])
    run = playbooks.failover().failed()
    (problem,) = run.results[other]["summary"][2:-1]
    assert "failover_fronts: found among the facts" in problem
    assert run.results[SITE]["outcome"] == "unchanged"

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Vantages over SSH, as separate hosts: each has a vote, and what is cut off has none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._modules.packing import unpacked
from support.lab_playbooks import MARGIN, SITE, ZONE, Playbooks
from support.lab_vantages import Vantages, vantages
from twinzone_lab.client import LabClient

#: Seconds for one exchange with a vantage.
PATIENCE = 30


@pytest.fixture
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vantages]:
    """Makes hosts that live as long as the test."""
    with vantages(tmp_path_factory.mktemp("hosts")) as made:
        yield made


@pytest.fixture
def zone(playbooks: Playbooks, lab: LabClient) -> Playbooks:
    """Playbooks for a zone whose first front is down."""
    playbooks.create_zone()
    lab.break_("front_cloudflare", "refuse")
    return playbooks


def probe_from(playbooks: Playbooks, hosts: Vantages) -> None:
    """Let every site be probed from all the hosts that there are."""
    playbooks.inventory["all"]["children"]["vantages"] = hosts.inventory
    for site in playbooks.sites.values():
        site["failover_vantages"] = list(hosts.made)


def test_two_of_three_decide_while_one_is_cut_off_from_everything(zone: Playbooks, hosts: Vantages) -> None:
    """It answers over SSH, but has no route to the fronts nor to the controls: it votes `unknown`, not `down`. One of
    the others is the controller, whose $HOME is another than its user's, as that of a service."""
    hosts.add("paris")
    hosts.add_without_network("adrift")
    probe_from(zone, hosts)
    zone.sites[SITE]["failover_vantages"].append("localhost")
    # On a busy machine each exchange takes long, and none of them hangs.
    run = zone.failover("-v", __failover_vantage_seconds=MARGIN, __failover_decision_age=10 * MARGIN).ok()
    result = run.result("switched", "active_down")
    fronts = {name: (front["verdict"], front["clean"]) for name, front in result["fronts"].items()}
    assert fronts == {"cloudflare": ("down", False), "bunny": ("up", True)}
    assert "2 of 3 vantages: 2 of 2 addresses down: connection refused" in result["reason"]
    votes = unpacked(run.task("Count their votes")["ansible_facts"]["__failover_probes"]["votes"])
    seen = {vote["vantage"]: {front["name"]: front["verdict"] for front in vote["fronts"]} for vote in votes}
    well = {"cloudflare": "down", "bunny": "up"}
    assert seen == {"paris": well, "localhost": well, "adrift": {"cloudflare": "unknown", "bunny": "unknown"}}
    assert [host.jobs for host in hosts.made.values()] == [[], []], "nothing is left behind"


def test_hosts_that_fail_in_every_way_neither_vote_nor_hold_up_the_run(zone: Playbooks, hosts: Vantages) -> None:
    """One refuses, one is silent, on one the probes hang, on one their verdicts. The one that is left decides alone,
    unless a quorum asks for more: then the site holds, but stays in the play."""
    hosts.add("paris")
    hosts.add("dead").kill()
    hosts.add("silent").freeze()
    hosts.add_hanging("stuck", "cdn_health")
    hosts.add_hanging("lost", "async_status")
    careful = f"careful.{ZONE}"
    zone.add_site(careful, router="careful-router")
    zone.sites[careful]["failover_policy"]["quorum"] = 2
    for provider in ("cloudflare", "desec"):
        zone.lead(provider, f"cf-front.{ZONE}.", "careful-router")
    probe_from(zone, hosts)
    run = zone.failover(__failover_vantage_seconds=PATIENCE).failed()
    # Stuck and lost cost the patience each.
    assert run.seconds < 2 * PATIENCE + MARGIN
    assert run.results[SITE]["outcome"] == "switched"
    assert "1 of 5 vantages: 2 of 2 addresses down" in run.results[SITE]["reason"]
    held = run.result("held", "vantage_offline", careful)
    assert "1 of 5 vantages could tell, and the quorum is 2" in held["reason"]
    assert {host: (counts["unreachable"], counts["failed"]) for host, counts in run.recap.items()} == {
        SITE: (0, 0),
        careful: (0, 1),
    }


def test_a_single_vantage_that_cannot_be_reached_holds(zone: Playbooks, hosts: Vantages) -> None:
    hosts.add("dead").kill()
    probe_from(zone, hosts)
    run = zone.failover().failed()
    held = run.result("held", "vantage_offline")
    assert "dead: Failed to connect to the host via ssh" in held["reason"].replace("Task failed: ", "")
    assert run.recap[SITE]["unreachable"] == 0
    zone.check_quiet()

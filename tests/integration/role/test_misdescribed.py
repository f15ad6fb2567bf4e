# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A site that is not well described fails by itself; the others are looked after, and nothing selected is red."""

from __future__ import annotations

import json
import re

from support.lab_playbooks import SITE, ZONE, Playbooks
from twinzone_lab.client import LabClient


def test_a_misdescribed_site_fails_alone_whatever_the_environment_says(playbooks: Playbooks, lab: LabClient) -> None:
    """It has a report of its own, all problems are shown once, and the line of its task is short."""
    wrong = f"a-wrong.{ZONE}"
    playbooks.create_zone()
    playbooks.add_site(wrong, router="wrong-router", fronst=[], ttl="soon")
    sites = playbooks.sites
    # The first of the play: tasks that run once run on it.
    playbooks.inventory["all"]["children"]["sites"]["hosts"] = {wrong: sites[wrong], SITE: sites[SITE]}
    playbooks.environment["ANSIBLE_ANY_ERRORS_FATAL"] = "true"
    lab.break_("front_cloudflare", "refuse")
    run = playbooks.failover().failed()
    moved = run.results[SITE]
    assert (moved["outcome"], moved["rule"]) == ("switched", "active_down")
    result = run.result("refused", "misdescribed", wrong)
    assert "failover_ttl: 'soon' is not" in "\n".join(result["summary"])
    assert run.output.count("failover_fronst: unknown variable") == 1
    assert result["message"].endswith("see its problems above: failover_fronst, failover_ttl")
    assert {host: counts["failed"] for host, counts in run.recap.items()} == {wrong: 1, SITE: 0}


def test_headers_of_checks_are_shown_nowhere(playbooks: Playbooks) -> None:
    """They reach the probe all the same: the front wants them."""
    secret = "s3cr3t-of-the-check"
    playbooks.create_zone()
    playbooks.sites[SITE]["failover_check"]["request_headers"] = {"X-Probe-Key": secret}
    run = playbooks.failover("-vvv").ok()
    run.result("unchanged")
    assert "__failover_sites" in run.output
    assert secret not in run.output
    assert secret not in json.dumps(dict(run.results))


def test_tags_that_select_nothing_are_red(playbooks: Playbooks) -> None:
    playbooks.create_zone()
    run = playbooks.failover("--tags", "failover").failed()
    assert "Nothing was done for any site" in run.output
    playbooks.failover("--tags", "failover", "-e", "twinzone_allow_nothing=true").ok()


def test_commands_are_shown_so_that_they_can_be_pasted(playbooks: Playbooks, lab: LabClient) -> None:
    playbooks.create_zone()
    lab.break_("front_cloudflare", "refuse")
    lab.break_("desec_api", "500", methods="PATCH")
    run = playbooks.failover(failover_deadline="4").failed()
    result = run.result("partial", "active_down")
    assert result["by_hand"]
    for line in result["by_hand"]:
        assert re.search(rf"^ *{re.escape(line)}$", run.output, re.MULTILINE), line

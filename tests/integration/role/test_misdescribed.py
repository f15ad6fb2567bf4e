# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A site that is not well described fails by itself; the others are looked after, and nothing selected is red."""

from __future__ import annotations

import json
import re

from support.chats import Chat
from support.lab_playbooks import SITE, ZONE, Playbooks
from twinzone_lab.client import LabClient


def test_a_misdescribed_site_fails_alone_whatever_the_environment_says(playbooks: Playbooks, lab: LabClient) -> None:
    """It has a report of its own, all problems are shown once, and the line of its task is short.

    What is wrong with one webhook keeps neither the reports and the metrics from being written, nor the others silent.
    """
    wrong = f"a-wrong.{ZONE}"
    chat = Chat()
    playbooks.create_zone()
    webhooks = [{"url": chat.url}, {"url": chat.url, "tokn": "s3cret"}]
    playbooks.add_site(wrong, router="wrong-router", fronst=[], ttl="soon", notify=webhooks)
    sites = playbooks.sites
    # The first of the play: tasks that run once run on it.
    playbooks.inventory["all"]["children"]["sites"]["hosts"] = {wrong: sites[wrong], SITE: sites[SITE]}
    playbooks.environment["ANSIBLE_ANY_ERRORS_FATAL"] = "true"
    lab.break_("front_cloudflare", "refuse")
    kept, metrics = playbooks.directory / "kept", playbooks.directory / "failover.prom"
    run = playbooks.failover("-vvv", failover_report_dir=kept, failover_metrics_file=metrics).failed()
    chat.close()
    moved = json.loads((kept / f"{SITE}.json").read_text())
    assert (moved["outcome"], moved["rule"]) == ("switched", "active_down")
    result = json.loads((kept / f"{wrong}.json").read_text())
    assert (result["outcome"], result["rule"]) == ("refused", "misdescribed")
    assert "failover_ttl: 'soon' is not" in "\n".join(result["summary"])
    assert re.findall("^failover_fronst: is unknown", run.output, re.MULTILINE) == ["failover_fronst: is unknown"]
    assert result["message"].endswith("see its problems above: failover_fronst, failover_ttl, failover_notify[1]")
    assert {host: counts["failed"] for host, counts in run.recap.items()} == {wrong: 1, SITE: 0}
    assert f'twinzone_active_front{{site="{SITE}",front="bunny"}} 1' in metrics.read_text()
    assert sorted(body["event"] for body in chat.got) == ["begin", "news"]
    assert "s3cret" not in run.output


def test_without_providers_and_without_a_site_to_look_at_nothing_breaks(playbooks: Playbooks) -> None:
    """The one mistake is all that is shown, and no task fails on the way to it."""
    providers = playbooks.inventory["all"]["vars"].pop("dns_providers")
    run = playbooks.failover().failed()
    run.result("refused", "misdescribed")
    assert "'dns_providers' is undefined" in run.output
    playbooks.inventory["all"]["vars"]["dns_providers"] = providers
    playbooks.sites[SITE]["failover_router"] = f"web-router.{ZONE}"
    looked = playbooks.run("preflight").failed()
    assert f"write 'web-router.{ZONE}.'" in looked.output
    assert {host: (counts["failed"], counts["ignored"]) for host, counts in looked.recap.items()} == {
        SITE: (1, 0),
        ZONE: (0, 0),
    }


def test_headers_of_checks_are_shown_nowhere(playbooks: Playbooks) -> None:
    """They reach the probe anyway: the front wants them."""
    secret = "s3cr3t-of-the-check"
    playbooks.create_zone()
    playbooks.sites[SITE]["failover_check"]["request_headers"] = {"X-Probe-Key": secret}
    run = playbooks.failover("-vvv").ok()
    run.result("unchanged")
    assert "packed [" in run.output
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

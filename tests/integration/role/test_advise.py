# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`failover_mode: advise`: a run decides as always, writes nothing, and says with which command it is done."""

from __future__ import annotations

import json
import shlex
from datetime import datetime, timedelta
from typing import Any

import pytest
from support import guides, lab_jobs
from support.chats import Chat
from support.lab_playbooks import SITE, Playbooks, Run
from twinzone_lab.client import LabClient


@pytest.fixture
def advised(playbooks: Playbooks) -> Playbooks:
    """A site whose runs give advice."""
    playbooks.create_zone()
    playbooks.sites[SITE]["failover_mode"] = "advise"
    return playbooks


def advice(playbooks: Playbooks, run: Run, rule: str, site: str = SITE) -> dict[str, Any]:
    """What a run advised, without having written anything."""
    result = run.failed().result("advised", rule, site)
    assert playbooks.writes() == []
    assert run.changed == 0
    assert not result["changed"]
    assert result["behind"] == "", "nothing was written, so nothing lags"
    found: dict[str, Any] = result["advice"]
    assert f"{found['would']}, run this until {found['until']}" in result["message"]
    assert result["message"].endswith(found["command"])
    # As it can be pasted: in the summary, and in the message of the task that fails.
    assert f"        {found['command']}\n" in run.output
    return found


def follow(playbooks: Playbooks, found: dict[str, Any], **given: object) -> Run:
    """Type in what was advised, as a person does."""
    program, *words = shlex.split(found["command"])
    assert program == "ansible-playbook"
    playbook = words.pop(words.index("twinzone.edge.failover"))
    done = playbooks.command(playbook, *words, **given)
    playbooks.lab.log_reset()
    return done


def test_a_front_that_is_down_is_advised_and_then_left_by_the_command(advised: Playbooks, lab: LabClient) -> None:
    chat = Chat()
    # One address that answers with 204 as a chat does.
    advised.sites[SITE]["failover_notify"] = {"url": chat.url, "format": "slack"}
    quiet = advised.failover().ok().result("unchanged", "active_up")
    assert quiet["advice"] is None
    assert advised.writes() == []
    lab.break_("front_cloudflare", "refuse")
    before = advised.routers()
    kept = advised.directory / "kept"
    given = {"failover_report_dir": kept, "failover_run_by": "ann"}
    run = advised.failover("--limit", SITE, "-e", '{"dns_providers_extra": "s3cret"}', **given)
    run = Run(run.code, run.output, run.began, run.ended, {SITE: json.loads((kept / f"{SITE}.json").read_text())})
    found = advice(advised, run, "active_down")
    assert advised.routers() == before
    words = ["ansible-playbook", "-i", advised.inventory_file(), "-e", f"failover_report_dir={kept}"]
    words += ["twinzone.edge.failover", "--limit", SITE, "-e", "failover_mode=act", "-e", "failover_to=bunny"]
    assert shlex.split(found["command"]) == words, "as it was started, and no secret"
    assert found["would"] == "switch to bunny"
    *shown, command = (
        guides.sections("guide_awx")["Job templates and schedules"].file("what it shows then").splitlines()
    )
    assert guides.in_form("\n".join(run.results[SITE]["summary"]))[:-1] == guides.in_form("\n".join(shown))
    assert shlex.split(command)[3:] == [words[5], *words[8:]], "without a limit and variables"
    result = run.results[SITE]
    assert (result["front"], result["active_before"]) == ("bunny", "cloudflare")
    assert set(result["served"].values()) == {"cloudflare"}
    finished, until = (datetime.fromisoformat(moment) for moment in (result["finished"], found["until"]))
    assert timedelta(minutes=14) < until - finished <= timedelta(minutes=15)

    again = advised.failover("--limit", SITE, **given)
    assert again.failed().changed == 0
    assert advised.writes() == [], "nothing is remembered either"
    assert len(chat.got) == 1, "an advice that stands is sent once"
    assert found["command"].replace(str(kept), "KEPT") in str(chat.got[0]).replace(str(kept), "KEPT")
    done = follow(advised, found, failover_report_dir=kept).ok()
    assert json.loads((kept / f"{SITE}.json").read_text())["outcome"] == "switched", done.output
    assert set(advised.routers().values()) == {"cdn2-front.example.com"}
    assert len(chat.got) == 2, "and its end is sent"
    chat.close()


def test_what_a_person_asks_for_is_advised_too(advised: Playbooks) -> None:
    before = advised.routers()
    found = advice(advised, advised.failover(failover_to="bunny"), "requested")
    assert found["command"].endswith("-e failover_mode=act -e failover_to=bunny")
    pinned = advised.failover(failover_pin="bunny", failover_pin_for="2h", failover_pin_by="INC-7")
    found = advice(advised, pinned, "pinned")
    words = "-e failover_mode=act -e failover_pin=bunny -e failover_pin_for=120m -e failover_pin_by=INC-7"
    assert found["command"].endswith(words)
    assert pinned.results[SITE]["pin"] == "", "there is none yet"
    held = advice(advised, advised.failover(failover_pin="cloudflare"), "pinned")
    assert held["would"] in ("lead cloudflare and desec to cloudflare", "note that cloudflare is meant")
    assert advised.routers() == before
    follow(advised, found).ok().result("switched", "pinned")
    assert set(advised.routers().values()) == {"cdn2-front.example.com"}
    lifted = advice(advised, advised.failover(failover_pin="none"), "")
    assert lifted["command"].endswith("-e failover_mode=act -e failover_pin=none")
    assert "bunny until" in advised.failover().ok().result("unchanged", "pinned")["pin"]
    advised.failover(failover_to="nowhere").failed().result("refused")


def test_several_sites_share_a_command_and_a_laggard_is_advised(advised: Playbooks, lab: LabClient) -> None:
    records = [
        {"name": "web-router", "type": "CNAME", "values": ["cf-front.example.com."]},
        {"name": "shop-router", "type": "CNAME", "values": ["cf-front.example.com."]},
    ]
    lab_jobs.ok(lab_jobs.run(lab, records, verify_seconds=10))
    advised.add_site("shop.example.com", router="shop-router")
    lab.log_reset()
    lab.break_("front_cloudflare", "refuse")
    run = advised.failover()
    both = advice(advised, run, "active_down")
    assert both == {**run.results["shop.example.com"]["advice"], "until": both["until"]}
    assert "--limit" not in both["command"], "as it was started"
    assert both["command"].endswith("-e failover_mode=act -e failover_to=bunny -e failover_all=true")
    advised.sites["shop.example.com"]["failover_mode"] = "act"
    lab.repair()
    advised.failover().ok()
    lab.log_reset()
    advised.sites["shop.example.com"]["failover_mode"] = "advise"
    lab.break_("front_cloudflare", "refuse")
    one = advised.failover("--limit", "sites", failover_pin="cloudflare")
    assert one.failed().results[SITE]["outcome"] == "refused"
    lab.repair()
    advised.lead("desec", "cdn2-front.example.com.", "shop-router")
    found = advised.failover().failed().results
    assert found[SITE]["outcome"] == "unchanged"
    assert found["shop.example.com"]["outcome"] in ("advised", "held")
    assert advised.writes() == []


def test_a_drill_needs_a_site_that_acts(advised: Playbooks) -> None:
    advised.sites[SITE]["failover_canary"] = True
    refused = advised.run("drill", drill_site=SITE).failed()
    assert "its failover_mode is advise" in refused.output
    assert advised.writes() == []

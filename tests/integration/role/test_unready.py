# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A quiet run is red when the next failover would not work, and a dry run promises no more than it could keep."""

from __future__ import annotations

from support import lab_jobs
from support.lab_api import DesecCaller
from support.lab_playbooks import ZONE
from support.quick_failover import QuickPlaybooks
from twinzone_lab.client import LabClient


def test_a_missing_token_is_known_on_a_quiet_day_and_stops_no_write_elsewhere(
    quick: QuickPlaybooks, lab: LabClient
) -> None:
    quick.create_zone()
    del quick.environment["DESEC_TOKEN"]
    quiet = quick.run("failover").failed().result("unready", "active_up")
    assert quiet["unready"] == [
        "desec could not be written: no token was given; set DESEC_TOKEN or DESEC_API_TOKEN, or `token` of the provider"
    ]
    quick.check_quiet()
    lab.break_("front_cloudflare", "refuse")
    moved = quick.failover().failed().result("partial", "active_down")
    assert moved["providers"]["cloudflare"]["result"] == "ok"


def test_a_token_that_an_api_refuses_is_known_as_soon_as_it_is_asked(quick: QuickPlaybooks) -> None:
    """Cloudflare is asked on a quiet day, as its servers hide where a proxied name leads."""
    quick.create_zone()
    quick.environment["CLOUDFLARE_API_TOKEN"] = "0123456789012345678901234567890123456789"
    quiet = quick.run("failover").failed().result("unready", "active_up")
    [reason] = quiet["unready"]
    assert reason.startswith("cloudflare could not be written: "), reason
    assert "; the token is wrong" in reason
    assert quick.writes() == []


def test_a_dry_run_reads_each_api_and_predicts_what_it_could_not_do(quick: QuickPlaybooks, lab: LabClient) -> None:
    quick.create_zone()
    lab.break_("front_cloudflare", "refuse")
    lab.break_("desec_api", "hang")
    quick.hurry("desec")
    run = quick.run("failover", "--check").failed()
    result = run.result("partial", "active_down")
    assert (result["since"], result["by_hand"]) == ("", [])
    assert "WOULD BE PARTIAL" in run.output
    assert "SWITCHED" not in run.output
    assert quick.writes() == []
    lab.repair()
    quick.hurry("")
    lab.break_("front_cloudflare", "refuse")
    again = quick.failover("--check").ok()
    assert "WOULD SWITCH" in again.output
    assert again.result("switched")["since"] == ""


def test_a_router_that_resolvers_keep_for_a_day_is_a_note(
    quick: QuickPlaybooks, lab: LabClient, desec: DesecCaller
) -> None:
    """On a quiet day, and with the switch, which leaves those behind who ask such a resolver."""
    quick.create_zone()
    assert quick.failover().ok().result("unchanged")["doubts"] == []
    item = {"subname": "web-router", "type": "CNAME", "ttl": 86400, "records": [f"cf-front.{ZONE}."]}
    assert desec.call("PATCH", [item]).status_code == 200
    lab_jobs.settle(lab)
    expected = f"visitors follow a switch after up to 1 d, by the TTL of web-router.{ZONE} at desec; lower it to 60 s"
    quiet = quick.failover().ok()
    assert quiet.result("unchanged")["doubts"] == [expected]
    assert f"note    {expected}" in quiet.output
    lab.break_("front_cloudflare", "refuse")
    assert quick.failover().ok().result("switched")["doubts"] == [expected]

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A quiet run is red when the next failover would not work, and a dry run promises no more than it could keep."""

from __future__ import annotations

from support.lab_playbooks import Playbooks
from twinzone_lab.client import LabClient


def test_a_missing_token_is_known_on_a_quiet_day_and_stops_no_write_elsewhere(
    playbooks: Playbooks, lab: LabClient
) -> None:
    playbooks.create_zone()
    del playbooks.environment["DESEC_TOKEN"]
    quiet = playbooks.failover().failed().result("unready", "active_up")
    assert quiet["unready"] == [
        "desec could not be written: no token was given; set DESEC_TOKEN or DESEC_API_TOKEN, or `token` of the provider"
    ]
    playbooks.check_quiet()
    lab.break_("front_cloudflare", "refuse")
    moved = playbooks.failover().failed().result("partial", "active_down")
    assert moved["providers"]["cloudflare"]["result"] == "ok"


def test_a_dry_run_reads_each_api_and_predicts_what_it_could_not_do(playbooks: Playbooks, lab: LabClient) -> None:
    playbooks.create_zone()
    lab.break_("front_cloudflare", "refuse")
    lab.break_("desec_api", "hang")
    playbooks.common["failover_deadline"] = 3
    run = playbooks.failover("--check").failed()
    result = run.result("partial", "active_down")
    assert (result["since"], result["by_hand"]) == ("", [])
    assert "WOULD BE PARTIAL" in run.output
    assert "SWITCHED" not in run.output
    assert playbooks.writes() == []
    lab.mend()
    lab.break_("front_cloudflare", "refuse")
    again = playbooks.failover("--check").ok()
    assert "WOULD SWITCH" in again.output
    assert again.result("switched")["since"] == ""

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The clock of the runner is wrong: fronts, controls and APIs that agree say so, and pins end by their time.

In the lab it is the others that are ahead.
"""

from __future__ import annotations

import pytest
from support import guides
from support.lab_playbooks import SITE, Playbooks
from twinzone_lab.client import LabClient

THREE_DAYS = 3 * 24 * 3600
FRONTS = ("front_cloudflare", "front_bunny")
APIS = ("cloudflare_api", "desec_api")
WARNING = "the clock of this machine is"


@pytest.fixture
def zone(playbooks: Playbooks) -> Playbooks:
    """Playbooks for a zone that is there already."""
    playbooks.create_zone()
    return playbooks


def ahead(lab: LabClient, *parts: str, seconds: float = THREE_DAYS) -> None:
    for part in parts:
        lab.break_(part, "wrong_clock", seconds=seconds)


def test_a_slow_clock_is_a_warning_and_a_pin_that_is_over_is_refused(zone: Playbooks, lab: LabClient) -> None:
    ahead(lab, *FRONTS, *APIS)
    run = zone.failover().ok()
    unchanged = run.result("unchanged")
    guides.check_fault("its clock is three days slow", unchanged)
    (warning,) = unchanged["warnings"]
    assert warning.startswith(f"{WARNING} {THREE_DAYS} s behind that of the fronts")
    assert f"[WARNING]: {WARNING}" in run.output
    assert f"warning {WARNING}" in run.output
    lab.log_reset()
    refused = zone.failover(failover_pin="bunny", failover_pin_for="4h").failed()
    result = refused.result("refused")
    assert "the pin would be over already" in result["reason"]
    guides.check_fault("its clock is three days slow, and a pin for four hours is asked for", result)
    assert result["hint"].startswith("set the clock of this machine")
    assert zone.writes() == []
    longer = zone.failover(failover_pin="bunny", failover_pin_for="5d").ok()
    assert longer.result("switched", "pinned")["warnings"] == [warning]


def test_a_standing_pin_that_is_over_by_their_time_holds_no_longer(zone: Playbooks, lab: LabClient) -> None:
    assert zone.failover(failover_pin="bunny", failover_pin_for="4h").ok().result("switched", "pinned")["pin"]
    assert zone.failover().ok().result("unchanged", "pinned")
    ahead(lab, *FRONTS)
    later = zone.failover().ok()
    assert later.result("unchanged", "failback_manual")["pin"] == ""


def test_one_front_that_lies_about_the_time_changes_nothing(zone: Playbooks, lab: LabClient) -> None:
    """Nor do a front and one API, where two others contradict them."""
    ahead(lab, FRONTS[0])
    alone = zone.failover().ok().result("unchanged")
    guides.check_fault("one front alone is dated otherwise", alone)
    assert alone["warnings"] == []
    assert "sources differ" in zone.run("preflight").output
    ahead(lab, APIS[0])
    pinned = zone.failover(failover_pin="bunny").ok().result("switched", "pinned")
    assert (pinned["warnings"], bool(pinned["pin"])) == ([], True)


def test_the_control_is_asked_too(zone: Playbooks, lab: LabClient) -> None:
    """Where a front is down, the other one and the control tell."""
    zone.sites[SITE]["failover_controls"] = [lab.info["independent"]]
    lab.break_("front_cloudflare", "refuse")
    ahead(lab, FRONTS[1], "control", seconds=-300)
    (warning,) = zone.failover().ok().result("switched", "active_down")["warnings"]
    assert f"{WARNING} 300 s ahead of" in warning or f"{WARNING} 301 s ahead of" in warning


def test_a_minute_is_no_matter(zone: Playbooks, lab: LabClient) -> None:
    ahead(lab, *FRONTS, *APIS, seconds=50)
    assert zone.failover().ok().result("unchanged")["warnings"] == []

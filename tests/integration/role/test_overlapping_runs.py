# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole runs whose decision is overtaken: by time, by another run, by a person who pins the site meanwhile."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from support import guides
from support.lab_playbooks import SITE, ZONE, Playbooks
from support.lab_steering import TARGETS, check_one_front, markers, third_front
from twinzone_lab.client import LabClient

CONFIRM = "Probe the active and the target front once more"
AGAIN = "Ask the name servers once more"
PROBING = "Probe from here, and ask the APIs beside it"

#: Seconds for which a run waits for a front that says nothing: until the test lets it go on.
LONG, SHORT = 60, 2


@pytest.fixture
def zone(playbooks: Playbooks) -> Playbooks:
    """Playbooks for a zone that is there already, and a site with three fronts."""
    playbooks.create_zone()
    playbooks.sites[SITE] = third_front(playbooks.sites[SITE])
    return playbooks


def probe_once(zone: Playbooks) -> None:
    zone.sites[SITE]["failover_policy"] = {"probes": 1, "interval": 0.05}


class Slow:
    """A run that has asked the name servers, and now waits for a front. result: its report, when it is over."""

    def __init__(self) -> None:
        self.output = ""
        self.result: dict[str, Any] = {}


@contextmanager
def slow_run(zone: Playbooks, *words: str) -> Iterator[Slow]:
    """A run that looks before what is done in the `with` block and writes after it; then its active front is dead."""
    slow = Slow()
    probe_once(zone)
    zone.lab.break_("front_cloudflare", "hang")
    zone.sites[SITE]["failover_check"]["timeout"] = LONG
    with zone.started("failover", *words) as process:
        assert process.stdout is not None
        lines = [""]
        while PROBING not in lines[-1]:
            lines.append(process.stdout.readline())
            assert lines[-1], "".join(lines)
        zone.sites[SITE]["failover_check"]["timeout"] = SHORT
        yield slow
        # What hangs is cut off.
        zone.lab.break_("front_cloudflare", "refuse")
        rest, _none = process.communicate(timeout=LONG)
        slow.output = "".join(lines) + rest
        slow.result = json.loads((zone.reports / f"{SITE}.json").read_text())


def test_an_old_decision_is_observed_again_and_carried_out(zone: Playbooks, lab: LabClient) -> None:
    """Only the active and the target front are looked at."""
    lab.break_("front_cloudflare", "refuse")
    lab.log_reset()
    run = zone.failover("-v", __failover_decision_age="-1").ok()
    assert run.result("switched", "active_down")["front"] == "bunny"
    looked = run.task(CONFIRM)["vote"]["fronts"]
    assert {front["name"] for front in looked} == {"cloudflare", "bunny"}
    check_one_front(lab, "bunny")


def test_an_old_decision_is_dropped_where_the_front_is_well_again(zone: Playbooks, lab: LabClient) -> None:
    probe_once(zone)
    lab.break_("front_cloudflare", "status", code=503, count=1)
    lab.log_reset()
    run = zone.failover(__failover_decision_age="-1").ok()
    assert CONFIRM in run.output
    dropped = run.result("unchanged", "active_up")
    guides.check_fault("the active front is well again before an old decision is carried out", dropped)
    assert dropped["front"] == "cloudflare"
    zone.check_quiet()
    assert zone.routers() == {"cloudflare": f"cf-front.{ZONE}", "desec": f"cf-front.{ZONE}"}


def test_an_old_decision_is_dropped_where_the_target_has_failed_meanwhile(zone: Playbooks, lab: LabClient) -> None:
    """The next run looks at all fronts again, and finds another one."""
    probe_once(zone)
    lab.break_("front_cloudflare", "refuse")
    # The third front is probed there, too.
    lab.break_("front_bunny", "status", code=503, skip=2)
    lab.log_reset()
    run = zone.failover(__failover_decision_age="-1").failed()
    held = run.result("held", "all_down")
    guides.check_fault("the target has failed too before an old decision is carried out", held)
    assert CONFIRM in run.output
    assert zone.writes() == []
    assert held["front"] == "cloudflare"


def test_a_new_decision_is_not_observed_again(zone: Playbooks, lab: LabClient) -> None:
    lab.break_("front_cloudflare", "refuse")
    run = zone.failover().ok()
    run.result("switched", "active_down")
    assert CONFIRM not in run.output


def test_an_automatic_run_gives_way_to_a_pin_that_was_set_meanwhile(zone: Playbooks, lab: LabClient) -> None:
    with slow_run(zone) as slow:
        zone.failover(failover_pin="origin").ok().result("switched", "pinned")
    assert slow.result["outcome"] == "unchanged", slow.output
    guides.check_fault("a person pins the site between the look and the write of an automatic run", slow.result)
    assert "another run wrote" in slow.result["reason"]
    assert slow.result["front"] == "origin"
    assert AGAIN in slow.output
    check_one_front(lab, "origin")
    pins = {marker.pin.front for marker in markers(lab).values() if marker.pin}
    assert pins == {"origin"}


def test_what_a_person_asked_for_is_decided_again(zone: Playbooks, lab: LabClient) -> None:
    """Against the pin it is refused, with that reason: no run was simply faster."""
    with slow_run(zone, "-e", "failover_to=bunny") as slow:
        zone.failover(failover_pin="origin").ok().result("switched", "pinned")
    assert AGAIN in slow.output
    assert (slow.result["outcome"], slow.result["rule"]) == ("refused", "refused"), slow.output
    assert "the site is pinned to origin" in slow.result["reason"]
    guides.check_fault("the same, and the run was to do what another person asked for", slow.result)
    check_one_front(lab, "origin")


def test_a_pin_set_beside_a_pin_is_decided_again_and_stands(zone: Playbooks, lab: LabClient) -> None:
    with slow_run(zone, "-e", "failover_pin=bunny") as slow:
        zone.failover(failover_pin="origin").ok().result("switched", "pinned")
    assert AGAIN in slow.output
    assert (slow.result["outcome"], slow.result["rule"]) == ("switched", "pinned"), slow.output
    check_one_front(lab, "bunny")
    assert zone.failover().ok().result("unchanged", "pinned")["front"] == "bunny"


def test_the_loser_of_two_runs_finds_the_work_done(zone: Playbooks, lab: LabClient) -> None:
    """It is judged by what is then served, and prints no commands."""
    with slow_run(zone) as slow:
        zone.failover().ok().result("switched", "active_down")
    assert slow.result["outcome"] == "unchanged", slow.output
    guides.check_fault("another run makes the same switch", slow.result)
    assert (slow.result["failed"], slow.result["by_hand"]) == (False, [])
    assert "PATCH" not in slow.output
    check_one_front(lab, "bunny")
    assert TARGETS["bunny"].rstrip(".") in zone.routers().values()

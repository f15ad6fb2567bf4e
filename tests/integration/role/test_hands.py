# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody else changes the router: a person, another tool, another run."""

from __future__ import annotations

import re

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._zone.plan import PlanPolicy
from support import lab_jobs
from support.lab_jobs import BOTH
from support.lab_machines import Machines
from support.lab_steering import (
    TARGETS,
    ZONE_RECORDS,
    check_one_front,
    check_quiet,
    held,
    leads_to,
    markers,
    third_front,
)
from twinzone_lab.client import LabClient

ALL = ("cloudflare", "bunny", "origin")
ELSEWHERE = "third-cdn.example.net."


@pytest.fixture
def here(lab: LabClient, machines: Machines) -> Machines:
    """A site with three fronts, which has been switched there and back."""
    lab_jobs.ok(lab_jobs.run(lab, ZONE_RECORDS, verify_seconds=10))
    machines.site = third_front(machines.site)
    machines.one(machines.failover("bunny", run="there"))
    machines.one(machines.failover(*ALL, run="back", failover_to="cloudflare"))
    return machines


def lead(lab: LabClient, provider: str, target: str) -> None:
    """Somebody else leads the router elsewhere at one provider."""
    entry = {"name": "web-router", "type": "CNAME", "ttl": 3600, "values": [target]}
    lab_jobs.ok(lab_jobs.run(lab, [entry], provider, policy=PlanPolicy(switch=True), verify_seconds=10))


def writes(lab: LabClient) -> list[str]:
    return [entry["provider"] for entry in lab.log() if entry["method"] != "GET"]


def test_a_router_that_leads_to_none_of_the_fronts_is_never_taken_back(lab: LabClient, here: Machines) -> None:
    for provider in BOTH:
        lead(lab, provider, ELSEWHERE)
    lab.log_reset()
    for up in (ALL, ("bunny", "origin")):
        seen = here.one(here.failover(*up)).whole
        assert (seen["outcome"], seen["rule"], writes(lab)) == ("held", "unmanaged", [])
        assert "failover_to=FRONT" in seen["hint"]
    back = here.one(here.failover(*ALL, failover_to="cloudflare")).whole
    assert (back["outcome"], check_one_front(lab, "cloudflare") > 0) == ("converged", True)


def test_a_move_to_another_front_at_all_providers_is_followed(lab: LabClient, here: Machines) -> None:
    lead(lab, "desec", TARGETS["bunny"])
    lab.log_reset()
    half = here.one(here.failover(*ALL)).whole
    assert (half["outcome"], half["rule"], writes(lab)) == ("held", "half_moved", [])
    lead(lab, "cloudflare", TARGETS["bunny"])
    lab.break_("desec_api", "refuse")
    waits = here.one(here.failover(*ALL, on_the_way=0)).whole
    assert (waits["outcome"], waits["rule"], leads_to(lab)) == ("held", "half_moved", {"bunny"})
    lab.repair("desec_api")
    followed = here.one(here.failover(*ALL, on_the_way=0)).whole
    assert (followed["outcome"], followed["rule"], followed["front"]) == ("switched", "adopted_by_hand", "bunny")
    check_one_front(lab, "bunny")
    lab.log_reset()
    assert here.one(here.failover(*ALL)).whole["outcome"] == "unchanged"
    check_quiet(lab)


def test_another_tool_that_undoes_every_run_is_left_alone(lab: LabClient, here: Machines) -> None:
    note = {
        "name": "cname-web-router",
        "type": "TXT",
        "ttl": 3600,
        "values": ["heritage=external-dns,external-dns/owner=k8s"],
    }
    lab_jobs.ok(lab_jobs.run(lab, [note], "desec", policy=PlanPolicy(switch=True), verify_seconds=10))
    for _time in range(3):
        lead(lab, "desec", TARGETS["bunny"])
        undone = here.one(here.failover(*ALL, on_the_way=0)).whole
        assert (undone["outcome"], undone["rule"]) == ("converged", "active_up")
    lead(lab, "desec", TARGETS["bunny"])
    lab.log_reset()
    seen = here.one(here.failover(*ALL, on_the_way=0)).whole
    assert (seen["outcome"], seen["rule"], writes(lab)) == ("held", "contested", [])
    assert "desec: external-dns claims it, owner k8s" in seen["reason"]
    assert re.search(r"\(web-router\.example\.com\. at desec was changed 20\S+Z; ", seen["reason"])
    assert markers(lab)["desec"].restored.count == 3
    restored = here.one(here.failover("cloudflare", "origin", on_the_way=0)).whole
    assert (restored["outcome"], leads_to(lab)) == ("converged", {"cloudflare"}), "visitors come first"
    lead(lab, "desec", TARGETS["bunny"])
    moved = here.one(here.failover("bunny", "origin", on_the_way=0)).whole
    assert (moved["outcome"], moved["rule"], leads_to(lab)) == ("switched", "active_down", {"bunny"})


@pytest.mark.parametrize(
    ("up", "asked", "rule", "outcome"),
    [
        (("bunny", "origin"), {}, "pinned", "unchanged"),
        (ALL, {"failover_to": "bunny"}, "refused", "refused"),
        (ALL, {"failover_pin": "bunny"}, "pinned", "switched"),
    ],
)
def test_a_pin_set_between_looking_and_writing_stands(
    lab: LabClient, here: Machines, up: tuple[str, ...], asked: dict[str, str], rule: str, outcome: str
) -> None:
    """Whatever was decided before is decided again."""
    pin = here.failover(*ALL, run="pin", failover_pin="origin")
    ended = here.one(here.failover(*up, machine="there", run="slow", meanwhile=pin, **asked)).whole
    assert (ended["rule"], ended["outcome"]) == (rule, outcome)
    front = "bunny" if "failover_pin" in asked else "origin"
    check_one_front(lab, front)
    later = here.one(here.failover(*ALL)).whole
    assert (later["rule"], later["front"], later["outcome"]) == ("pinned", front, "unchanged")


def test_a_second_run_finds_the_work_done(lab: LabClient, here: Machines) -> None:
    """Neither fails: what counts is what is then served."""
    ended = here.at_once(
        here.failover("bunny", machine="one", run="one"),
        here.failover("bunny", machine="two", run="two"),
    )
    assert {one.whole["outcome"] for one in ended} <= {"switched", "converged", "unchanged"}
    assert leads_to(lab) == {"bunny"}
    assert here.one(here.failover("bunny")).whole["outcome"] in ("unchanged", "converged")
    lab.log_reset()
    assert here.one(here.failover("bunny")).whole["outcome"] == "unchanged"
    check_quiet(lab)


def test_a_lying_server_neither_moves_nor_freezes(lab: LabClient, here: Machines) -> None:
    assert held(lab, "desec")["web-router", "CNAME"] == [TARGETS["cloudflare"]]
    lab.break_("desec_ns", "stale")
    lead_back = here.one(here.failover("bunny", "origin", failover_verify_timeout=0.5)).whole
    assert lead_back["front"] == "bunny"
    still = here.one(here.failover("bunny", "origin", failover_verify_timeout=0.5)).whole
    assert (still["front"], still["active_before"]) == ("bunny", "bunny"), "servers that are behind pull nothing back"
    lab.repair()

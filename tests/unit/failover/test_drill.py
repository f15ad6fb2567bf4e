# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rehearsals: only on a healthy canary, and a report that is honest about how things stand."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._failover import drill_plan, drill_report
from hypothesis import given
from hypothesis import strategies as st
from support.failover_reports import FRONTS, SITE, report
from support.failover_world import NOW

ZONE = "example.com"
PROVIDERS = ("cloudflare", "desec")
FACTS = {"to": "", "run": "r1", "by": "ops"}
ANSWERS = [
    {"zone": ZONE, "provider": provider, "name": f"web-router.{ZONE}.", "ttl": ttl}
    for provider, ttl in (("cloudflare", 60), ("cloudflare", None), ("desec", 3600), ("desec", 3500))
]
#: What a test passes is partial: only what the function looks at.
PLAN: Any = drill_plan.plan
REPORT: Any = drill_report.report

CANARY: Any = {
    "site": SITE,
    "zone": ZONE,
    "router": "web-router",
    "mode": "act",
    "canary": True,
    "fronts": [{"name": name} for name in FRONTS],
    "request": {"to": None, "pin": "", "lift": False, "force": False},
}
CALM: Any = {
    "rule": "active_up",
    "reason": "cloudflare is up",
    "active": "cloudflare",
    "pin": "",
    "health": {name: {"verdict": "up", "clean": True, "reason": "fine"} for name in FRONTS},
    "served": {
        name: {"state": "front", "front": "cloudflare", "servers": {f"ns.{name}": "cloudflare"}} for name in PROVIDERS
    },
}


def plan(to: str = "", site: Any = None, **decision: Any) -> Any:
    return PLAN([{**CANARY, **(site or {})}], [{**CALM, **decision}], ANSWERS, {**FACTS, "to": to})


def with_changed(what: str, name: str, **changed: Any) -> Any:
    """The health or what is served as on a calm day, but for one."""
    made = copy.deepcopy(CALM[what])
    made[name] |= changed
    return {what: made}


def test_a_plan_on_a_calm_day() -> None:
    made = plan()
    assert (made["problems"], made["home"], made["to"]) == ([], "cloudflare", "bunny")
    assert made["caches"] == {"cloudflare": 60, "desec": 3600}
    assert plan("bunny") == made


@pytest.mark.parametrize(
    ("made", "problem"),
    [
        (plan(site={"mode": "advise"}), "its failover_mode is advise"),
        (plan(site={"canary": False}), "not marked as a canary: set failover_canary"),
        (plan(site={"request": {**CANARY["request"], "to": "bunny"}}), "failover_to, failover_pin"),
        (plan(site={"request": {**CANARY["request"], "force": True}}), "failover_to, failover_pin"),
        (plan("fastly"), "no front 'fastly'; the fronts are cloudflare, bunny"),
        (plan("cloudflare"), "cloudflare is where it is already"),
        (plan(pin="cloudflare until it is lifted"), "pinned to cloudflare until it is lifted"),
        (plan(active="bunny", rule="failback_manual"), "it is at bunny, and a drill begins at its first front"),
        (plan(active=None, rule="blind", reason="nobody knows"), "not calm: nobody knows  [blind]"),
        (plan(**with_changed("health", "cloudflare", clean=False, reason="1 of 5 bad")), "front is not clean"),
        (plan(**with_changed("health", "bunny", clean=False, verdict="down")), "no other clean front to go to"),
        (plan("bunny", **with_changed("health", "bunny", clean=False)), "it cannot go to bunny"),
        (plan(**with_changed("served", "desec", state="(silent)", front="", servers={})), "desec leads to cloudflare"),
        (plan(**with_changed("served", "desec", servers={"a": "cloudflare", "b": "(silent)"})), "(b: (silent))"),
        (PLAN([CANARY] * 2, [CALM] * 2, [], FACTS), "one site at a time, and this run has 2"),
        (PLAN([], [], [], FACTS), "one site at a time, and this run has 0"),
    ],
)
def test_what_forbids_a_drill(made: Any, problem: str) -> None:
    (found,) = made["problems"]
    assert problem in found


def leg(name: str, to: str, seconds: float = 0, **result: Any) -> Any:
    made = {
        **report(outcome="switched", front=to, served={"ns1": to, "ns2": to}, message="it went well"),
        "behind": "",
        "by_hand": [],
        **result,
    }
    return {
        "leg": name,
        "front": to,
        # Older versions of Ansible make text of what a template results in.
        "began": str(NOW + seconds),
        "ended": NOW + seconds + 3.5,
        "result": made if result.get("outcome") != "none" else {},
    }


def provider(result: str, seconds: float = 0.25, requests: int = 2) -> Any:
    return {"result": result, "seconds": seconds, "requests": requests, "error": ""}


THERE, BACK = leg("there", "bunny"), leg("back", "cloudflare", 4)


def test_the_report_of_a_drill_that_passed() -> None:
    there = leg("there", "bunny", providers={"cloudflare": provider("ok"), "desec": provider("not needed", 0, 0)})
    made = REPORT(plan(), [there, BACK])
    assert (made["schema"], made["outcome"], made["failed"]) == ("twinzone-drill/1", "passed", False)
    assert made["budget"] == {
        "observe": 1,
        "decide": 0,
        "switch": 0.5,
        "verify": 0.25,
        "caches": 3600,
        "whole": 3601.75,
    }
    assert made["seconds"] == 7.5
    text = "\n".join(made["summary"])
    for piece in (
        f"{SITE}: drill PASSED   cloudflare -> bunny -> cloudflare in 7.5 s",
        "2 of 2 name servers led to bunny, then 2 of 2 name servers led to cloudflare",
        "up to 60 s (cloudflare), 3600 s (desec)",
        "budget  3602 s",
        "run drill-r1 by ops",
        "ok 0.2 s",
        "next    nothing",
    ):
        assert piece in text
    assert "STANDS" not in text


def test_partial_and_back_is_a_failure_without_a_budget() -> None:
    there = leg("there", "bunny", outcome="partial", message="partial: desec: deadline", behind="1 of 2")
    made = REPORT(plan(), [there, BACK])
    assert (made["outcome"], made["budget"], made["by_hand"]) == ("failed", {}, [])
    assert "there: partial: desec: deadline" in made["summary"]
    assert "it is back at cloudflare" in made["hint"]
    assert not any("budget" in line for line in made["summary"])


@pytest.mark.parametrize(
    "last",
    [
        leg("again", "cloudflare", outcome="partial", served={"ns1": "cloudflare", "ns2": "bunny"}, by_hand=["curl"]),
        leg("again", "cloudflare", outcome="refused", front="", served={"ns1": "bunny", "ns2": "bunny"}),
        leg("again", "cloudflare", outcome="none"),
    ],
)
def test_a_site_that_is_not_back_is_never_called_well(last: Any) -> None:
    made = REPORT(plan(), [THERE, leg("back", "cloudflare", outcome="partial"), last])
    assert (made["outcome"], made["failed"]) == ("stranded", True)
    (stands,) = [line for line in made["summary"] if line.startswith("STANDS")]
    known = last["result"].get("served")
    assert (f"ns2: {known['ns2']}" if known else "unknown; twinzone.edge.status shows it") in stands
    assert "-e failover_to=cloudflare" in made["summary"][-1] + made["summary"][-2]
    assert made["by_hand"] == last["result"].get("by_hand", [])


def test_back_only_at_the_second_try_is_a_failure_all_the_same() -> None:
    again = leg("again", "cloudflare", 8, outcome="converged")
    made = REPORT(plan(), [THERE, leg("back", "cloudflare", outcome="partial"), again])
    assert made["outcome"] == "failed"


OUTCOMES = st.sampled_from(["unchanged", "switched", "converged", "partial", "unverified", "held", "refused", "none"])


@given(
    OUTCOMES, st.sampled_from(FRONTS), st.lists(st.tuples(OUTCOMES, st.sampled_from(FRONTS)), min_size=1, max_size=2)
)
def test_passed_means_there_and_back(there: str, at: str, backs: list[tuple[str, str]]) -> None:
    legs = [{**leg("there", "bunny", outcome=there), "result": leg("", at, outcome=there)["result"]}]
    legs += [{**leg("back", "cloudflare"), "result": leg("", front, outcome=one)["result"]} for one, front in backs]
    made = REPORT(plan(), legs)
    good = ("unchanged", "switched", "converged")
    assert (made["outcome"] == "stranded") == (backs[-1][0] not in good or backs[-1][1] != "cloudflare")
    assert (made["outcome"] == "passed") == (
        (there, at) == ("switched", "bunny") and len(backs) == 1 and backs[0][0] in good and backs[0][1] == "cloudflare"
    )

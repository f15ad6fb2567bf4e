# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""kill -9 of a failover and of a sync at every single step at a provider: each request to its API and its lock, before
it and after it; and between the questions to the name servers. A rerun brings both providers to one and the same
state."""

from __future__ import annotations

import time
from functools import partial
from itertools import count, cycle
from typing import Any

import pytest
from support import lab_jobs
from support.lab_jobs import BOTH, ZONE, Entry, soon
from support.lab_machines import Machines
from support.lab_steering import ZONE_RECORDS, check_one_front, check_quiet, held, marker_key
from twinzone_lab.client import LabClient


@pytest.fixture
def here(lab: LabClient, machines: Machines) -> Machines:
    """Machines for a lab whose zone has a site."""
    lab_jobs.ok(lab_jobs.run(lab, ZONE_RECORDS, verify_seconds=10))
    return machines


def wait_for_transfers(lab: LabClient) -> None:
    """Until all that was written is served, so that a rerun sees it, whatever the machine's speed."""
    name = f"_twinzone.web-router.{ZONE}"
    for provider in BOTH:
        written = held(lab, provider).get(marker_key("web-router"), ["NXDOMAIN"])
        soon(partial(served, lab, provider, name, "TXT"), [written] * 2)


def served(lab: LabClient, *what: str) -> list[list[str]]:
    return list(lab.served(*what).values())


def is_write(step: str) -> bool:
    """Whether it is one before or after a request that changes something."""
    return step.endswith(("/batch", "/rrsets/")) and " GET " not in step


def by_whom(death: str, at: str, first: str) -> set[str]:
    """The outcomes that a rerun may have after this death at a provider, the providers being written in this order."""
    if not is_write(death):
        # What the other provider has done by then is chance.
        return {"switched"} if at == first else {"switched", "converged"}
    both_done = at != first and death.startswith("after")
    none_done = at == first and death.startswith("before")
    return {"unchanged"} if both_done else {"switched"} if none_done else {"converged"}


@pytest.mark.parametrize("first", BOTH)
@pytest.mark.parametrize("at", BOTH)
def test_a_failover_killed_at_any_step(lab: LabClient, here: Machines, first: str, at: str) -> None:
    """Each step at one provider, while one of them is always written before the other."""
    fronts = cycle(["bunny", "cloudflare"])
    deaths = []
    seq = 0
    for step in count(1):
        front = next(fronts)
        killed = here.failover(front, run=f"killed-{step}", kill_at=step, steps=("api", "lock"), at=at, first=first)
        ended = here.one(killed)
        wait_for_transfers(lab)
        rerun = here.one(here.failover(front, run=f"rerun-{step}")).whole
        assert rerun["front"] == front
        reached = check_one_front(lab, front)
        # A write takes the time as its number, or the next number where that is higher.
        assert seq < reached <= max(seq + 2, int(time.time()))
        seq = reached
        if not ended.killed:
            break
        deaths.append(ended.steps[-1])
        assert rerun["outcome"] in by_whom(deaths[-1], at, first), deaths
    lab.log_reset()
    again = here.one(here.failover(front)).whole
    assert (again["outcome"], again["changed"]) == ("unchanged", False)
    check_quiet(lab)
    assert ended.whole["outcome"] == "switched"
    assert rerun["outcome"] == "unchanged"
    writes = [death.partition(" ")[0] for death in deaths if is_write(death)]
    assert writes == ["before", "after"], deaths
    locks = [death for death in deaths if death.endswith("the lock")]
    assert locks == ["before the lock", "after the lock"], deaths


def test_a_failover_killed_between_its_questions(lab: LabClient, here: Machines) -> None:
    """Before and after its writes. The questions of a wave change nothing, and come in no certain order: some do."""
    fronts = cycle(["bunny", "cloudflare"])
    for step in count(1, 7):
        front = next(fronts)
        ended = here.one(here.failover(front, run=f"killed-{step}", kill_at=step, steps=("dns",)))
        wait_for_transfers(lab)
        rerun = here.one(here.failover(front, run=f"rerun-{step}")).whole
        assert rerun["front"] == front
        assert rerun["outcome"] in ("switched", "converged", "unchanged")
        check_one_front(lab, front)
        if not ended.killed:
            break
    assert step > 14
    assert ended.whole["outcome"] == "switched"


def zone_of(lab: LabClient, writer: str) -> list[Entry]:
    """One of two zones that share little."""
    number = {"a": 0, "b": 1}[writer]
    changed: list[dict[str, Any]] = [
        {"name": "changed", "type": "TXT", "values": [f"as {writer} has it"]},
        {"name": "several", "type": "A", "values": [f"192.0.2.{last + number}" for last in range(3)]},
    ]
    apex = {"cloudflare": ["203.0.113.10"], "desec": lab.info["fronts"]["cloudflare"]}
    return [
        *({"name": "@", "type": "A", "values": values, "only": [name]} for name, values in apex.items()),
        *ZONE_RECORDS,
        *changed,
        *({"name": f"{writer}{last}", "type": "A", "values": [f"198.51.100.{last}"]} for last in range(4)),
    ]


@pytest.mark.parametrize("at", BOTH)
def test_a_sync_killed_at_any_step(lab: LabClient, here: Machines, at: str) -> None:
    """Of a zone that takes several writes at each provider, while the router is where a failover has led it."""
    assert here.one(here.failover("bunny")).whole["outcome"] == "switched"
    letters = cycle("ab")
    deaths = []
    for step in count(1):
        writer = next(letters)
        records = zone_of(lab, writer)
        ended = here.one(here.sync(records, kill_at=step, steps=("api", "lock"), at=at, small_writes=True))
        assert not here.one(here.sync(records)).whole.get("failed")
        for provider in BOTH:
            found = held(lab, provider)
            declared = {(one["name"], one["type"]) for one in records if provider in one.get("only", BOTH)}
            assert set(found) - {("@", "NS")} == declared | {marker_key("web-router")}
            assert found["several", "A"] == [f"192.0.2.{last + (writer == 'b')}" for last in range(3)]
            assert found["changed", "TXT"] == [f'"as {writer} has it"']
        check_one_front(lab, "bunny")
        if not ended.killed:
            break
        deaths.append(ended.steps[-1])
    lab.log_reset()
    assert here.one(here.sync(records)).whole["changed"] is False
    assert {entry["method"] for entry in lab.log()} == {"GET"}
    assert sum(death.startswith(f"after {at} P") for death in deaths) >= 2, deaths

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""kill -9 of a failover and of a sync at every single step: each request to an API, each round of questions to a name
server, each lock, before it and after it. A rerun brings both providers to one and the same state."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from itertools import count, cycle
from pathlib import Path
from typing import Any

import pytest
from support import lab_jobs
from support.lab_jobs import BOTH, Entry
from support.lab_machines import Machines, machines
from support.lab_steering import ZONE_RECORDS, check_one_front, check_quiet, held, marker_key
from twinzone_lab.client import LabClient

#: More steps than any run takes.
ENDLESS = 200


@pytest.fixture
def here(lab: LabClient, tmp_path: Path) -> Iterator[Machines]:
    """Machines for a lab whose zone has a site."""
    lab_jobs.ok(lab_jobs.run(lab, ZONE_RECORDS, verify_seconds=10))
    with machines(lab, tmp_path) as found:
        yield found


@pytest.mark.parametrize("slow", ["", *BOTH])
def test_a_failover_killed_at_any_step(lab: LabClient, here: Machines, slow: str) -> None:
    """With one API slow, the other provider is written and verified while it still is not."""
    sorts = ("api", "lock") if slow else ("api", "dns", "lock")
    fronts = cycle(["bunny", "cloudflare"])
    outcomes: Counter[str] = Counter()
    deaths = []
    seq = 0
    for step in range(1, ENDLESS):
        front = next(fronts)
        if slow:
            lab.break_(f"{slow}_api", "slow", seconds=0.1, methods="GET")
        ended = here.one(here.failover(front, run=f"killed-{step}", kill_at=step, steps=sorts))
        deaths.append(ended.steps[-1])
        lab.mend()
        rerun = here.one(here.failover(front, run=f"rerun-{step}")).whole
        assert rerun["front"] == front
        outcomes[rerun["outcome"]] += 1
        reached = check_one_front(lab, front)
        # A write takes the time as its number, or the next number where that is higher.
        assert seq < reached <= max(seq + 2, int(time.time()))
        seq = reached
        if not ended.killed:
            break
    lab.log_reset()
    again = here.one(here.failover(front)).whole
    assert (again["outcome"], again["changed"]) == ("unchanged", False)
    check_quiet(lab)
    print(f"killed at {len(deaths) - 1} steps; the reruns: {dict(outcomes)}")
    assert ended.result is not None, "the walk reached the end of the run"
    assert ended.result["outcome"] == "switched"
    # Where no API is slow, both are written at nearly the same moment: whether a death falls in between is chance.
    assert set(outcomes) | (set() if slow else {"converged"}) == {"switched", "converged", "unchanged"}, deaths
    for provider in BOTH:
        writes = {death.partition(" ")[0] for death in deaths if death.endswith(("/batch", "/rrsets/"))}
        assert writes == {"before", "after"}, (provider, deaths)


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


def test_a_sync_killed_at_any_step(lab: LabClient, here: Machines) -> None:
    """Of a zone that takes several writes at each provider, while the router is where a failover has led it."""
    assert here.one(here.failover("bunny")).whole["outcome"] == "switched"
    letters = cycle("ab")
    deaths = []
    for step in count(1):
        writer = next(letters)
        records = zone_of(lab, writer)
        ended = here.one(here.sync(records, kill_at=step, steps=("api", "lock"), small_writes=True))
        deaths.append(ended.steps[-1])
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
    lab.log_reset()
    assert here.one(here.sync(records)).whole["changed"] is False
    assert {entry["method"] for entry in lab.log()} == {"GET"}
    print(f"killed at {len(deaths) - 1} steps")
    for provider in BOTH:
        assert sum(death.startswith(f"after {provider} P") for death in deaths) >= 2, deaths

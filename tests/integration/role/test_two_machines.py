# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two machines that know nothing of each other, and whose runs overlap: after one later run both providers agree."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
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
    marker_key,
    third_front,
)
from twinzone_lab.client import LabClient

#: Who comes last at which provider: the first machine, or the second.
ORDERS = {
    "the first last": (BOTH, ()),
    "the second last": ((), BOTH),
    "crosswise": (("cloudflare",), ("desec",)),
    "crosswise the other way": (("desec",), ("cloudflare",)),
}


@pytest.fixture
def both(lab: LabClient, machines: Machines) -> Machines:
    """Machines for a lab whose zone has a site with three fronts."""
    lab_jobs.ok(lab_jobs.run(lab, ZONE_RECORDS, verify_seconds=10))
    machines.site = third_front(machines.site)
    # A machine that was overtaken waits for what is never served.
    machines.site["failover_verify_timeout"] = 1.5
    return machines


def is_reminder(entry: Mapping[str, Any]) -> bool:
    """Whether a write at deSEC only changes a TTL: the second of two writes in a row is often not transferred."""
    return entry["provider"] == "desec" and not any("records" in one for one in entry["body"])


@pytest.mark.parametrize(
    ("verdicts", "order", "is_first"),
    [
        (("bunny", "bunny"), "crosswise", True),
        (("bunny", "bunny"), "the second last", False),
        (("bunny", "origin"), "crosswise", True),
        (("bunny", "origin"), "crosswise", False),
        (("bunny", "origin"), "crosswise the other way", False),
        (("bunny", "origin"), "the first last", True),
        (("pin origin", "bunny"), "crosswise the other way", False),
        (("pin origin", "bunny"), "the first last", False),
    ],
)
def test_runs_that_overlap(
    lab: LabClient, both: Machines, verdicts: tuple[str, str], order: str, is_first: bool
) -> None:
    """Whatever each of them found, and whoever was the last to write where; with memories and without. The one later
    run finds all fronts well, and so do those after it: nobody pulls the traffic anywhere else."""
    before = 0
    fronts = [verdict.rpartition(" ")[2] for verdict in verdicts]
    everything = ("cloudflare", "bunny", "origin")
    if not is_first:
        both.one(both.failover("bunny", run="first"))
        both.one(both.failover("cloudflare", run="second"))
        before = check_one_front(lab, "cloudflare")
    pinned = {"failover_pin": "origin"} if verdicts[0].startswith("pin") else {}
    first_last_at, second_last_at = ORDERS[order]
    lab.log_reset()
    # In one second, so that neither's marker is newer by chance.
    second = int(time.time())
    ended = both.at_once(
        both.failover(
            fronts[0], machine="one", run="one", overlaps=True, last_at=first_last_at, second=second, **pinned
        ),
        both.failover(fronts[1], machine="two", run="two", overlaps=True, last_at=second_last_at, second=second),
    )
    writes = Counter(entry["provider"] for entry in lab.log() if entry["method"] != "GET" and not is_reminder(entry))
    assert writes == {"cloudflare": 2, "desec": 2}, "nobody insists on what it wrote before the other"
    split = set(fronts) == leads_to(lab) and len(set(fronts)) > 1
    assert split == (order.startswith("crosswise") and len(set(fronts)) > 1)
    assert {one.whole["outcome"] for one in ended} == {"unverified" if split else "switched"} or len(set(fronts)) > 1

    later = both.one(both.failover(*everything, machine="two", run="later")).whole
    # Two markers that were both made new at one provider stand there together; then the later run tells them apart.
    told_apart = ("unchanged", "switched") if is_first and len(set(fronts)) > 1 else ("unchanged",)
    assert later["outcome"] in (("converged",) if split else told_apart), later["summary"]
    assert later["front"] in fronts
    assert leads_to(lab) == {later["front"]}
    lab.log_reset()
    for machine in ("one", "two"):
        again = both.one(both.failover(*everything, machine=machine, run="again")).whole
        assert (again["outcome"], again["front"]) == ("unchanged", later["front"])
        assert bool(again["pin"]) == bool(pinned)
    check_quiet(lab)

    back = both.one(both.failover(*everything, failover_pin="none", failover_to="cloudflare")).whole
    assert back["outcome"] == "switched"
    assert check_one_front(lab, "cloudflare") > before


def test_a_reminder_never_takes_back_what_another_machine_wrote(lab: LabClient, both: Machines) -> None:
    """The name servers that miss a write are reminded of it by a small change. By then it may be somebody else's."""
    lab.log_reset()
    lab.break_("desec_ns", "stale")
    both.at_once(
        both.failover("bunny", machine="one", run="one", overlaps=True),
        both.failover("origin", machine="two", run="two", overlaps=True, last_at=BOTH),
    )
    written = [entry["body"] for entry in lab.log("desec") if entry["method"] == "PATCH"]
    routers = [one["records"] for body in written for one in body if one["type"] == "CNAME" and "records" in one]
    assert routers == [[TARGETS["bunny"]], [TARGETS["origin"]]]
    assert held(lab, "desec")["web-router", "CNAME"] == [TARGETS["origin"]]
    (marker,) = held(lab, "desec")[marker_key("web-router")]
    assert " run=two " in marker
    assert len(written) > 2, "the servers were reminded"
    lab.repair()
    both.one(both.failover("origin", machine="two", run="later"))
    check_one_front(lab, "origin")

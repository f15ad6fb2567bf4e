# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What failovers remember in the DNS, when others have been at it: strangers, vandals, the past, another machine."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._failover.marker import Marker, Pin, Span
from ansible_collections.twinzone.edge.plugins.module_utils._zone.plan import PlanPolicy
from support import lab_jobs
from support.lab_jobs import BOTH
from support.lab_machines import Machines
from support.lab_steering import ZONE_RECORDS, check_one_front, check_quiet, held, leads_to, marker_key, third_front
from twinzone_lab.client import LabClient

ALL = ("cloudflare", "bunny", "origin")


@pytest.fixture
def here(lab: LabClient, machines: Machines) -> Machines:
    """A site with three fronts."""
    lab_jobs.ok(lab_jobs.run(lab, ZONE_RECORDS, verify_seconds=10))
    machines.site = third_front(machines.site)
    return machines


def leave(lab: LabClient, provider: str, *values: str) -> None:
    """Let somebody put these values in the marker's place."""
    name, kind = marker_key("web-router")
    entry = {"name": name, "type": kind, "ttl": 3600, "values": list(values)}
    lab_jobs.ok(lab_jobs.run(lab, [entry], provider, policy=PlanPolicy(switch=True), verify_seconds=10))


def marker(seq: int, front: str, run: str = "somebody", **more: Any) -> str:
    """A marker as one of ours would have left it, where the router was given the first front before."""
    return Marker(seq, front, int(time.time()) - 900, run, given="cloudflare", **more).to_text()


_AHEAD = int(time.time()) + 10**6

#: Nothing of this may be believed, or be in the way of a switch.
STRANGE: dict[str, Sequence[str]] = {
    "not ours, or not whole": [
        "v=spf1 -all",
        '""',
        "v=twinzone1 seq=7x front=bunny",
        "v=twinzone1 seq=7",
        "v=twinzone1 front=bunny pin=bunny until=0",
        "v=twinzone2 seq=99 front=bunny",
        "v=twinzone1 seq=99 front=bunny " + "x=y " * 300,
        "v=twinzone1 seq=٣ front=bünny",
        "{{ lookup('pipe', 'touch /tmp/twinzone') }} v=twinzone1 seq=9 front={{ 7 * 7 }}",
        *(f"stranger {number}" for number in range(20)),
    ],
    "of a front that is gone": [marker(99, "fastly", pin=Pin("fastly"))],
    "with a number that nobody could outdo": [
        marker(999_999_999_999, "bunny", pin=Pin("bunny")),
        f"v=twinzone1 seq={_AHEAD} front=bunny pin=bunny until=0",
    ],
    "from the future": [
        marker(5, "cloudflare", switches=(_AHEAD,) * 12, degraded=Span(_AHEAD, _AHEAD), noted=_AHEAD),
    ],
}


def test_what_strangers_leave_is_survived(lab: LabClient, here: Machines) -> None:
    """A quiet run stays quiet, a switch switches, and then one marker stands there and nothing else."""
    for name, values in STRANGE.items():
        for provider in BOTH:
            leave(lab, provider, *values)
        lab.log_reset()
        quiet = here.one(here.failover(*ALL)).whole
        assert (quiet["outcome"], quiet["front"], quiet["pin"]) == ("unchanged", "cloudflare", ""), (
            name,
            quiet["reason"],
        )
        assert not [entry for entry in lab.log() if entry["method"] != "GET"], name
        assert here.one(here.failover("bunny", "origin")).whole["rule"] == "active_down", name
        assert abs(check_one_front(lab, "bunny") - time.time()) < 100, f"{name}: a seq is a time"
        assert here.one(here.failover(*ALL, failover_to="cloudflare")).whole["outcome"] == "switched", name


@pytest.mark.parametrize(
    ("at_cloudflare", "at_desec", "front"),
    [
        ([marker(5, "bunny", "b")], [marker(5, "origin", "a")], "origin"),
        ([marker(5, "bunny", "b"), marker(6, "origin", "z"), "noise"], [marker(4, "cloudflare")], "origin"),
        ([marker(5, "bunny", "b"), marker(5, "bunny", "a", pin=Pin("bunny"))], ["broken"], "bunny"),
    ],
)
def test_markers_that_contradict_each_other(
    lab: LabClient, here: Machines, at_cloudflare: list[str], at_desec: list[str], front: str
) -> None:
    """The highest number tells, of equal ones that of the lowest run; the routers follow, and one marker is left."""
    leave(lab, "cloudflare", *at_cloudflare)
    leave(lab, "desec", *at_desec)
    assert here.one(here.failover(*ALL)).whole["outcome"] == "converged"
    assert check_one_front(lab, front) in (5, 6), "the newest marker is passed on as it is"
    lab.log_reset()
    assert here.one(here.failover(*ALL)).whole["outcome"] == "unchanged"
    check_quiet(lab)


def test_a_provider_that_comes_back_never_pulls_traffic_back(lab: LabClient, here: Machines) -> None:
    """It was away, servers and all, for two switches. It still has the router and the marker of the time before."""
    here.one(here.failover("bunny"))
    assert here.one(here.failover(*ALL, failover_to="cloudflare")).whole["outcome"] == "switched"
    lab.break_("desec_api", "refuse")
    lab.break_("desec_ns", "refused")
    for up in ("bunny", "origin"):
        away = here.one(here.failover(up, failover_verify_timeout=0.5)).whole
        assert (away["outcome"], away["front"]) == ("partial", up)
    lab.repair()
    assert held(lab, "desec")["web-router", "CNAME"] == ["cf-front.example.com."]
    assert leads_to(lab) == {"cloudflare", "origin"}
    lab.log_reset()
    back = here.one(here.failover(*ALL)).whole
    assert (back["outcome"], back["active_before"], back["front"]) == ("converged", "origin", "origin")
    assert {entry["provider"] for entry in lab.log() if entry["method"] != "GET"} == {"desec"}
    check_one_front(lab, "origin")

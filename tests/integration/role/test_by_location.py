# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A front whose names are answered by location, behind a router that a provider's servers flatten: the addresses that
they answer need not be those that the runner's resolver gets. That says nothing, and the API settles it."""

from __future__ import annotations

import pytest
from support import guides, lab_jobs
from support.lab_playbooks import SITE, ZONE
from support.lab_steering import check_one_front
from support.quick_failover import QuickPlaybooks
from twinzone_lab.client import LabClient


@pytest.fixture
def zone(quick: QuickPlaybooks, lab: LabClient) -> QuickPlaybooks:
    """Playbooks for a zone whose second front is answered by location."""
    lab.break_("second_cdn", "by_location")
    quick.create_zone()
    return quick


def check_addresses_differ(lab: LabClient) -> None:
    flattened = {value for values in lab.served("cloudflare", f"web-router.{ZONE}", "A").values() for value in values}
    assert flattened and not flattened & set(lab.resolve(f"cdn2-front.{ZONE}", "A")), "the test tests nothing"


def test_a_switch_and_the_quiet_runs_after_it(zone: QuickPlaybooks, lab: LabClient) -> None:
    lab.break_("front_cloudflare", "refuse")
    switched = zone.run("failover").ok()
    result = switched.result("switched", "active_down")
    assert result["behind"] == "" and "resolvers" not in switched.output
    lab_jobs.soon(lambda: lab.resolve(f"web-router.{ZONE}", "CNAME"), [f"cdn2-front.{ZONE}."])
    check_addresses_differ(lab)
    number = check_one_front(lab, "bunny")
    lab.log_reset()
    for _time in range(2):
        quiet = zone.failover().ok()
        unchanged = quiet.result("unchanged", "active_up")
        guides.check_fault("a front answered by location behind a flattened router, the API well", unchanged)
        assert unchanged["behind"] == ""
        zone.check_quiet()
    assert check_one_front(lab, "bunny") == number, "no marker is written in a quiet run"
    (line,) = [line for line in zone.status().output.splitlines() if f"{SITE}  bunny" in line]
    assert "yes" in line


def test_a_silent_api_leaves_it_unknown(zone: QuickPlaybooks, lab: LabClient) -> None:
    """Nothing is claimed that was not seen: neither another front nor a share of the resolvers."""
    lab.break_("front_cloudflare", "refuse")
    zone.failover().ok().result("switched", "active_down")
    check_addresses_differ(lab)
    lab.break_("cloudflare_api", "hang")
    zone.hurry("cloudflare")
    lab.log_reset()
    quiet = zone.failover().ok()
    result = quiet.result("unchanged", "active_up")
    guides.check_fault("the same, the API silent", result)
    assert (result["front"], result["behind"]) == ("bunny", "")
    assert zone.writes() == []
    assert "% of the resolvers" not in quiet.output
    assert "note    cloudflare: its servers answer addresses, and its API does not say" in quiet.output


def test_a_laggard_is_a_range_of_resolvers(zone: QuickPlaybooks, lab: LabClient) -> None:
    """Not servers divided by servers, and with the reason."""
    lab.break_("front_cloudflare", "refuse")
    lab.break_("desec_api", "refuse")
    partial = zone.failover().failed().result("partial", "active_down")
    assert "2 of 4 name servers answer otherwise, to 16 to 84 % of the resolvers: most prefer" in partial["behind"]

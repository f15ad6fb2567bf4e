# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of sites and the page made of them: real names in what to do, and no markup of others."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.twinzone.edge.plugins.module_utils._preflight.facts import Drilled
from ansible_collections.twinzone.edge.plugins.module_utils._reports import history, reported_run
from ansible_collections.twinzone.edge.plugins.module_utils._reports.standing_rows import document, drill, of_result
from ansible_collections.twinzone.edge.plugins.module_utils._reports.status_page import to_html
from hypothesis import given
from hypothesis import strategies as st
from support.failover_reports import Report, report, reports
from support.failover_world import NOW

TAKEN = "2026-11-28T00:00:00Z"


def stored(**changed: Any) -> Report:
    return {**report(**changed), "hint": "nothing was switched; decide yourself: -e failover_to=FRONT"}


def test_a_hint_has_the_name_of_a_front_that_is_up() -> None:
    held = stored(outcome="held", rule="active_unknown", fronts={"cloudflare": "down"}, front="cloudflare")
    row = of_result(held, {}, NOW)
    assert row["next"].endswith("-e failover_to=bunny")
    assert (row["well"], document([row], TAKEN)["well"]) == (False, False)


def test_the_drill_is_the_sites_own_or_the_latest_one_with_its_name() -> None:
    known = {"canary": Drilled(NOW - 86400, 2.0), "old": Drilled(NOW - 90 * 86400, 2.0)}
    assert drill("www", {}, NOW) == "never"
    assert drill("www", known, NOW) == "1 d ago (canary)"
    assert drill("old", known, NOW) == "90 d ago"


@given(reports(), st.text(max_size=40))
def test_the_page_says_all_and_is_no_ones_markup(found: list[Report], text: str) -> None:
    last: list[Report] = [{**one, "hint": text, "reason": text, "pin": text} for one in found[-3:]]
    rows = [of_result(one, {}, NOW) for one in last]
    stretches, incidents = history.timeline([reported_run.read(one) for one in found])
    page = to_html(rows, stretches, incidents, TAKEN)
    known = {"doctype", "html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "div", "b", "span", "table"}
    known |= {"thead", "tbody", "tr", "th", "td"}
    assert set(re.findall(r"<[/!]?([a-zA-Z0-9]+)", page)) <= known
    assert page.count('<div class="site') == 1 + len(rows)
    ill = [row for row in rows if not row["well"]]
    assert ("need a look" in page) == bool(ill)

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Timelines: from any reports, ordered and complete; what is kept tells the same as all there was."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._reports import history, reported_run
from ansible_collections.twinzone.edge.plugins.module_utils._reports.history import Stretch
from ansible_collections.twinzone.edge.plugins.module_utils._reports.incidents import Incident
from ansible_collections.twinzone.edge.plugins.module_utils._reports.reported_run import Run
from ansible_collections.twinzone.edge.plugins.module_utils._text import in_words
from hypothesis import given
from hypothesis import strategies as st
from support.failover_reports import SITE, Report, report, reports
from support.failover_world import NOW

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*report()]), inner),
    max_leaves=9,
)


def timeline(left: list[Report]) -> tuple[list[Stretch], list[Incident]]:
    return history.timeline([reported_run.read(one) for one in left if not one["check_mode"]])


@given(reports())
def test_stretches_are_in_order_do_not_overlap_and_lose_no_run(left: list[Report]) -> None:
    runs = [reported_run.read(one) for one in left]
    stretches, _incidents = timeline(left)
    assert [one.first.started for one in stretches] == sorted(one.first.started for one in stretches)
    for site, mine in reported_run.by_site(runs).items():
        own = [one for one in stretches if one.first.site == site]
        places = [(mine.index(one.first), mine.index(one.last)) for one in own]
        covered = [place for first, last in places for place in range(first, last + 1)]
        assert covered == list(range(len(mine))), "each run is in one stretch"
        for first, last in places:
            assert len({run.says for run in mine[first : last + 1]}) == 1
            assert not any(run.changed for run in mine[first + 1 : last + 1])
        for earlier, later in pairwise(own):
            assert earlier.last.says != later.first.says or later.first.changed
            assert earlier.last.started <= later.first.started


@given(reports(sites=(SITE,), dry=True))
def test_what_is_kept_tells_the_same(left: list[Report]) -> None:
    kept: dict[str, Report] = {}
    latest = None
    for one in left:
        kept |= {reported_run.file_name(old): dict(old) for old in reported_run.to_keep(latest, one)}
        latest = one
    assert all(reported_run.KEPT.fullmatch(name) for name in kept)
    assert timeline([*kept.values(), *([latest] if latest else [])]) == timeline(left)


def test_of_a_long_quiet_time_one_report_is_kept() -> None:
    latest, kept = None, []
    for number in range(500):
        new = report(60 * number, run=f"r{number}", reason=f"degraded for {number} minutes")
        kept += reported_run.to_keep(latest, new)
        latest = new
    assert [one["run"] for one in kept] == ["r0"]


@given(reports())
def test_all_trouble_is_in_an_incident_whose_milestones_are_in_order(left: list[Report]) -> None:
    _stretches, incidents = timeline(left)
    for incident in incidents:
        milestones = [incident.began, incident.moved, incident.settled, incident.back]
        known = [moment for moment in milestones if moment is not None]
        assert known == sorted(known)
    for run in map(reported_run.read, left):
        if run.outcome in ("partial", "held") or (run.outcome == "switched" and run.rule == "active_down"):
            assert any(
                one.site == run.site and one.began <= run.started and (one.back is None or one.back >= run.started)
                for one in incidents
            )


@given(json_values)
def test_foreign_content_is_told_and_never_crashes(value: Any) -> None:
    for content in (value, {**report(), **value} if isinstance(value, dict) else report()):
        try:
            assert isinstance(reported_run.read(content), Run)
        except ValueError as error:
            assert str(error)
        assert isinstance(reported_run.to_keep(content, report()), list)


DOWN = {"cloudflare": "down"}
OVER = {"front": "bunny", "active_before": "cloudflare", "rule": "active_down", "reason": "cloudflare is down: refused"}
AT_BUNNY = {"front": "bunny", "active_before": "bunny", "reason": "bunny is up"}
BACK = {"active_before": "bunny", "rule": "active_down"}
OUTAGE = [
    report(0, "r0"),
    report(60, "r1", fronts={"cloudflare": "degraded"}, reason="cloudflare is degraded: 500"),
    report(120, "r2", fronts=DOWN, **OVER, outcome="partial", changed=True, by="ops"),
    report(180, "r3", fronts=DOWN, **AT_BUNNY, outcome="partial"),
    report(240, "r4", fronts=DOWN, **AT_BUNNY, outcome="partial"),
    report(300, "r5", fronts=DOWN, **AT_BUNNY, outcome="converged"),
    report(360, "r6", fronts=DOWN, **AT_BUNNY),
    report(7200, "r7", **AT_BUNNY, rule="failback_manual"),
    report(7260, "r8", front="cloudflare", active_before="bunny", rule="requested", outcome="switched"),
    report(7320, "r9"),
]


def test_the_story_of_an_outage() -> None:
    stretches, (incident,) = timeline(OUTAGE)
    assert [(one.first.run, one.last.run) for one in stretches][3] == ("r3", "r4")
    assert len(stretches) == 9
    assert incident.as_result() == {
        "site": SITE,
        "home": "cloudflare",
        "moved_to": "bunny",
        "reason": "cloudflare is degraded: 500",
        "began": OUTAGE[1]["started"],
        "moved": OUTAGE[2]["finished"],
        "settled": OUTAGE[5]["finished"],
        "back": OUTAGE[8]["finished"],
    }
    lines = history.lines(stretches, [incident])
    assert lines[0].split() == ["since", "for", "site", "outcome", "front", "run", "why"]
    assert lines[3].split()[2:8] == [SITE, "partial", "cloudflare", "->", "bunny", "r2"]
    assert "r2 by ops" in lines[3]
    assert "1 min  " in lines[4]
    assert lines[-1].strip() == (
        "at bunny after 1 min 2 s, at every provider after 4 min 2 s, back at cloudflare after 2 h"
    )


def reported(*left: Report) -> list[str]:
    """The last line of each incident."""
    stretches, incidents = timeline(list(left))
    return [line.strip() for line in history.lines(stretches, incidents) if line.startswith("    ")]


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        (OUTAGE[:4], ["at bunny after 1 min 2 s, not at every provider yet, not back at cloudflare"]),
        (
            [report(fronts=DOWN, outcome="held", rule="all_down"), report(90, "r2")],
            ["over after 1 min 32 s, nothing was switched"],
        ),
        ([report(fronts=DOWN, outcome="held", rule="all_down")], ["not over yet, nothing was switched"]),
        # Not quite well for a while, a wish that was refused, a move that was wanted: no incidents.
        ([report(), report(60, "r2", fronts={"cloudflare": "degraded"}), report(120, "r3")], []),
        ([report(outcome="refused", rule="refused", front="")], []),
        ([report(front="bunny", outcome="switched", rule="requested"), report(60, "r2", **AT_BUNNY)], []),
        # A wanted move that one provider did not take is over when it has, at the new front.
        (
            [
                report(0, "r1", front="bunny", outcome="partial", rule="requested", changed=True),
                report(60, "r2", **AT_BUNNY, outcome="converged"),
            ],
            ["over after 1 min 2 s"],
        ),
        # The front to which it fled fails too, and it returns.
        (
            [
                report(0, "r1", fronts=DOWN, **OVER, outcome="switched"),
                report(60, "r2", **AT_BUNNY),
                report(
                    120, "r3", fronts={"bunny": "down"}, active_before="bunny", rule="active_down", outcome="switched"
                ),
            ],
            [
                "at bunny after 2 s, at every provider after 2 s, back at cloudflare after 2 min 2 s",
                "at cloudflare after 2 s, at every provider after 2 s, not back at bunny",
            ],
        ),
    ],
)
def test_how_incidents_are_reported(left: list[Report], expected: list[str]) -> None:
    assert reported(*left) == expected


def test_only_what_lasted_into_the_time_asked_for() -> None:
    runs = [reported_run.read(one) for one in OUTAGE]
    stretches, incidents = history.timeline(runs, NOW + 7200)
    assert [one.first.run for one in stretches] == ["r7", "r8", "r9"]
    assert len(incidents) == 1, "it was over only then"
    assert history.timeline(runs, NOW + 7300)[1] == []


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (66, "1 min 6 s"), (3600, "1 h"), (3659, "1 h"), (90061, "1 d 1 h")],
)
def test_durations_in_words(seconds: int, words: str) -> None:
    assert in_words(seconds) == words

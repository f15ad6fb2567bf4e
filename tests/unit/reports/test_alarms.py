# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A message is sent when the state of a site changes: an alarm begins, gets worse, and ends."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._reports import alarms, standing
from ansible_collections.twinzone.edge.plugins.module_utils._reports.alarms import State
from hypothesis import given
from support import guides
from support.failover_reports import Report, report, reports
from support.failover_world import NOW

Sent = list[tuple[int, str, str]]


class Story:
    """Runs, one after the other, as write_reports sees them: each finds what the one before has stored."""

    def __init__(self, **options: Any) -> None:
        self.options = options
        self.stored: Any = None
        self.sent: Sent = []

    def run(self, seconds: int, outcome: str = "unchanged", unsent: tuple[str, ...] = (), **more: Any) -> str | None:
        one = report(seconds, outcome=outcome, **more)
        before = alarms.state_before(self.stored)
        alarm = alarms.of(one, before, "hook", **self.options)
        state = alarms.state_after(one, before, unsent)
        self.stored = {**one, alarms.FIELD: {**asdict(state), "unsent": list(state.unsent)}} if state else one
        return None if alarm is None else alarm.event


def test_what_goes_on_is_sent_once_and_its_end_too() -> None:
    story = Story()
    events = [story.run(0), story.run(120, "held"), story.run(240, "held"), story.run(360), story.run(480)]
    assert events == [None, "begin", None, "end", None]


def test_a_move_is_news_and_a_fault_that_gets_worse_is_sent_again() -> None:
    story = Story()
    assert story.run(0, "switched", front="bunny") == "news"
    assert story.run(60, "unverified") == "begin"
    assert story.run(120, "partial") == "worse"
    assert story.run(180, "failed") == "worse"
    assert story.run(240, "partial") == "other"
    assert story.run(300, "switched") == "end"


def test_what_is_new_is_sent_where_there_is_no_report_before() -> None:
    stored: Any
    for stored in (None, [], {"schema": "other/1"}, {"alarm": {"outcome": 1}}, {"alarm": []}):
        before = alarms.state_before(stored)
        assert before is None
        alarm = alarms.of(report(outcome="held"), before)
        assert alarm is not None
        assert alarm.event == "begin"
        assert alarms.of(report(), before) is None


def test_a_report_of_an_older_version_counts_as_the_one_before() -> None:
    assert alarms.of(report(60, outcome="held"), alarms.state_before(report(outcome="held"))) is None


def test_it_is_repeated_after_the_interval_and_not_before() -> None:
    story = Story(repeat_after=600)
    events = [story.run(seconds, "held") for seconds in range(0, 1900, 120)]
    assert [index * 120 for index, event in enumerate(events) if event] == [0, 600, 1200, 1800]
    every = Story(every_run=True)
    assert [every.run(seconds, "held") for seconds in (0, 60, 120)] == ["begin", "repeat", "repeat"]
    assert every.run(180) == "end"


def test_a_dry_run_changes_nothing() -> None:
    story = Story()
    story.run(0, "held")
    assert story.run(60, "unchanged", check_mode=True) is None
    assert story.run(120, "held") is None
    assert story.run(180) == "end"


def test_what_could_not_be_sent_is_sent_by_the_next_run() -> None:
    story = Story()
    assert story.run(0, "held", unsent=("hook", "other")) == "begin"
    assert story.run(60, "held", unsent=("other",)) == "begin"
    assert story.run(120, "held") is None
    assert story.run(180, unsent=("hook",)) == "end"
    assert story.run(240) == "end"
    assert story.run(300) is None


@given(reports(sites=("www.example.com",), dry=True))
def test_every_alarm_that_begins_ends(left: list[Report]) -> None:
    """Whatever happens, who puts the messages together knows at any time whether something is wrong."""
    before: State | None = None
    wrong = False
    for one in left:
        alarm = alarms.of(one, before)
        before = alarms.state_after(one, before)
        if alarm is not None:
            assert alarm.key == "twinzone/www.example.com"
            assert alarm.event not in ("worse", "other", "end") or wrong
            assert alarm.event != "begin" or not wrong
            wrong = not alarm.is_over
        if not one["check_mode"]:
            assert wrong == (one["outcome"] not in ("unchanged", "switched", "converged"))


def test_an_alarm_knows_when_it_began() -> None:
    before = alarms.state_before(report(0, outcome="held"))
    worse = alarms.of(report(300, outcome="failed"), before)
    assert worse is not None
    assert worse.began == NOW + 2
    over = alarms.of(report(600), before)
    assert over is not None
    assert (over.began, over.now, over.severity) == (NOW + 2, NOW + 602, "critical")


def test_the_guide_shows_the_titles() -> None:
    shown = guides.sections("guide_awx")["Watching the watcher"]
    titles = shown.file("the titles of the messages about one incident, the second one by repeat_after").splitlines()
    held = alarms.state_before(report(0, outcome="held"))
    found = [
        alarms.of(report(0, outcome="held"), None),
        alarms.of(report(900, outcome="held"), held, repeat_after=600),
        alarms.of(report(960), held),
    ]
    assert [one and one.title for one in found] == titles


@pytest.mark.parametrize("outcome", ["unready", "refused", "something new"])
def test_an_outcome_that_is_not_known_here_is_a_warning(outcome: str) -> None:
    assert standing.severity(outcome) == "warning"


def preflight(*found: str, when: str = "2026-11-18T11:20:04Z", seen: str = "it is so") -> dict[str, Any]:
    """A report of a preflight. found: levels and ids, such as `fail path`, the worst first."""
    results = [
        {"id": one.split()[1], "subject": "www.example.com", "level": one.split()[0], "seen": seen, "remedy": "do it"}
        for one in found
    ]
    return {"schema": "twinzone-preflight/1", "when": when, "passed": True, "counts": {}, "results": results}


def test_a_preflight_is_sent_when_the_set_of_what_is_wrong_changes() -> None:
    stored: Any = None
    events = []
    for one in (
        preflight("ok path"),
        preflight("warn tokens", "ok path"),
        preflight("warn tokens", "unknown path", seen="in other words"),
        preflight("fail path", "warn tokens"),
        preflight("fail path", "warn vantages"),
        preflight("fail path", "warn vantages"),
        preflight("warn vantages"),
        preflight("accepted vantages"),
        preflight("accepted vantages"),
    ):
        before = alarms.state_before(stored)
        alarm = alarms.of(one, before)
        events.append(alarm and (alarm.event, alarm.severity, alarm.title))
        state = alarms.state_after(one, before)
        assert state is not None
        stored = {**one, alarms.FIELD: asdict(state)}
    assert events == [
        None,
        ("begin", "warning", "preflight: 1 warn"),
        None,
        ("worse", "error", "preflight: 1 fail, 1 warn"),
        ("other", "error", "preflight: 1 fail, 1 warn"),
        None,
        ("other", "warning", "preflight: 1 warn"),
        ("end", "warning", "preflight: is well again"),
        None,
    ]
    alarm = alarms.of(preflight("fail path"), None)
    assert alarm is not None
    assert alarm.key == "twinzone/preflight"
    assert alarm.text.splitlines() == ["fail path  www.example.com: it is so", "     -> do it"]

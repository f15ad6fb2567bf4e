# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happened to sites over time, from the reports that runs left: stretches of equal runs, and incidents. Pure.

A report is kept for good where it says something else than the one before. So the first and the last of a stretch of
equal runs are there, and the timeline from what is kept is the timeline from all reports.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from .._failover import outcome as failover_outcome
from .._failover.data.result import RESULT_SCHEMA
from .._failover.quorum import UP
from .._failover.summary import movement
from .._text import aligned, in_words
from .._timestamps import timestamp

_TIME = "%Y-%m-%dT%H:%M:%SZ"
_TROUBLE = (failover_outcome.PARTIAL, failover_outcome.UNVERIFIED, failover_outcome.HELD, failover_outcome.FAILED)
#: Outcomes after which at least one provider serves the front that is meant.
_MOVED = (*failover_outcome.GOOD, failover_outcome.PARTIAL, failover_outcome.UNVERIFIED)
_LEFT_RULES = ("active_down", "active_degraded")
_COLUMNS = ("since", "for", "site", "outcome", "front", "run", "why")


@dataclass(frozen=True)
class Run:
    """What one run reported about a site. started, finished: Unix times. before: the active front it found."""

    site: str
    started: int
    finished: int
    run: str
    by: str
    outcome: str
    rule: str
    reason: str
    front: str
    before: str
    pin: str
    changed: bool
    verdicts: tuple[tuple[str, str], ...]
    troubled: tuple[str, ...]
    """The providers that reported an error."""

    @property
    def says(self) -> tuple[object, ...]:
        """What distinguishes it from a run with nothing new. Not the reason: it counts minutes."""
        return self.outcome, self.rule, self.front, self.before, self.pin, self.verdicts, self.troubled

    @property
    def at(self) -> str:
        """The front that is meant to be active after it."""
        return self.front or self.before

    @property
    def is_leaving(self) -> bool:
        """Whether it moved the site away from a bad front."""
        return self.rule in _LEFT_RULES

    @property
    def is_planned(self) -> bool:
        """Whether somebody asked for a move away from a front that was up."""
        moves = self.rule in ("requested", "pinned") and self.front not in ("", self.before)
        return moves and dict(self.verdicts).get(self.before) == UP

    @property
    def is_well(self) -> bool:
        """Whether every provider serves the front that is meant to be active, and that front is up."""
        return self.outcome in failover_outcome.GOOD and dict(self.verdicts).get(self.at) == UP

    @property
    def is_bad(self) -> bool:
        """Whether something is wrong with the site, or was when the run began. A refused request is not that."""
        if self.outcome == failover_outcome.REFUSED and self.rule == "refused":
            return False
        found = dict(self.verdicts).get(self.before or self.front, UP)
        return self.outcome in (*_TROUBLE, failover_outcome.REFUSED) or self.is_leaving or found != UP

    @property
    def is_serious(self) -> bool:
        """Whether something is wrong that makes an incident: more than a front that is not quite well for a while."""
        return self.is_bad and (self.outcome != failover_outcome.UNCHANGED or self.changed)

    def leads_elsewhere_than(self, home: str) -> bool:
        """Whether at least one provider leads to another front after it."""
        return self.outcome in _MOVED and self.front not in ("", home)


def read(report: Any) -> Run:
    """A run from its report. Raises ValueError saying what is wrong with it."""
    if not isinstance(report, Mapping) or report.get("schema") != RESULT_SCHEMA:
        raise ValueError(f"no report of the schema {RESULT_SCHEMA}")
    if report.get("check_mode"):
        raise ValueError("a dry run")
    fronts, providers = report.get("fronts"), report.get("providers")
    if not isinstance(fronts, Mapping) or not isinstance(providers, Mapping):
        raise ValueError("without fronts or providers")
    return Run(
        **_texts(report),
        started=_seconds(report, "started"),
        finished=_seconds(report, "finished"),
        changed=report.get("changed") is True,
        verdicts=tuple((str(name), str(_entry(one, "verdict"))) for name, one in fronts.items()),
        troubled=tuple(str(name) for name, one in providers.items() if _entry(one, "error")),
    )


def _texts(report: Mapping[str, Any]) -> dict[str, str]:
    """The fields that are text. Raises ValueError."""
    texts = {key: report.get(key, "") for key in ("site", "run", "by", "outcome", "rule", "reason", "front", "pin")}
    texts["before"] = report.get("active_before", "")
    if texts["outcome"] == failover_outcome.ADVISED:
        # The front that was advised is not where visitors are.
        texts["front"] = texts["before"]
    if wrong := [key for key, value in texts.items() if not isinstance(value, str)]:
        raise ValueError(f"{', '.join(wrong)} is not text")
    return texts


def _entry(value: Any, key: str) -> Any:
    return value.get(key, "") if isinstance(value, Mapping) else ""


def _seconds(report: Mapping[str, Any], key: str) -> int:
    try:
        return int(datetime.strptime(str(report.get(key)), _TIME).replace(tzinfo=UTC).timestamp())
    except (ValueError, OverflowError):
        raise ValueError(f"{key} is not a time") from None


def to_keep(latest: Any, new: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What must be kept for good when a new report replaces the latest one. latest: None when there was none."""
    if _says_the_same(latest, new):
        return []
    return [report for report in (latest, new) if file_name(report) and not report.get("check_mode")]


def _says_the_same(latest: Any, new: Any) -> bool:
    try:
        return _continues(read(latest), read(new))
    except ValueError:
        return False


def _continues(last: Run, run: Run) -> bool:
    return run.says == last.says and not run.changed


def file_name(report: Any) -> str:
    """The name under which a report is kept: names sort by time. Empty for what is no report of a run."""
    try:
        started = datetime.fromtimestamp(_seconds(report, "started"), UTC)
    except (ValueError, AttributeError):
        return ""
    run = re.sub(r"[^A-Za-z0-9_.-]+", "-", str(report.get("run", "")))[:60]
    return f"{started:%Y%m%dT%H%M%SZ}-{run}.json"


#: What `file_name` makes. Other files in that directory are left alone.
KEPT = re.compile(r"[0-9]{8}T[0-9]{6}Z-[A-Za-z0-9_.-]*\.json")


@dataclass(frozen=True)
class Stretch:
    """Runs of one site, one after the other, that all say the same."""

    first: Run
    last: Run

    @property
    def seconds(self) -> int:
        """From the beginning of the first run to that of the last."""
        return self.last.started - self.first.started


def by_site(runs: Iterable[Run]) -> dict[str, list[Run]]:
    """The runs of each site in the order of time, each once."""
    ordered = sorted(set(runs), key=lambda run: (run.site, run.started, run.finished, run.run, run.says))
    return {site: list(mine) for site, mine in groupby(ordered, key=lambda run: run.site)}


def stretches(runs: Iterable[Run]) -> list[Stretch]:
    """The timeline of all sites, in the order of time."""
    found = [stretch for mine in by_site(runs).values() for stretch in _stretches_of(mine)]
    return sorted(found, key=lambda stretch: (stretch.first.started, stretch.first.site))


def _stretches_of(runs: Sequence[Run]) -> Iterator[Stretch]:
    """The stretches of one site."""
    current: Stretch | None = None
    for run in runs:
        if current is not None and _continues(current.last, run):
            current = replace(current, last=run)
        else:
            if current is not None:
                yield current
            current = Stretch(run, run)
    if current is not None:
        yield current


@dataclass
class Incident:
    """What happened to a site from the first bad observation until it was back where it had been.

    began, and the milestones (None: not yet): Unix times. home: the front at the beginning. moved: at least one
    provider sends visitors to `moved_to`. settled: all of them do, and that front is up. back: at home again, and up.
    A request to move away from a front that is up makes a new home.
    """

    site: str
    home: str
    began: int
    reason: str
    serious: bool = False
    changed: bool = False
    moved_to: str = ""
    moved: int | None = None
    settled: int | None = None
    back: int | None = None

    def take(self, run: Run) -> None:
        """Count one more run in."""
        self.home = run.front if run.is_planned else self.home or run.at
        self.changed = self.changed or run.changed
        self.serious = self.serious or run.is_serious
        now = max(run.finished, self.began, self.moved or 0, self.settled or 0)
        if self.moved is None and run.leads_elsewhere_than(self.home):
            self.moved, self.moved_to = now, run.front
        if run.is_well:
            self._settle(run, now)

    def _settle(self, run: Run, now: int) -> None:
        """Note that everything is well with a run: for the first time, and at home."""
        if self.settled is None:
            self.settled = now
        if run.at == self.home:
            self.back = now

    def meets_new_trouble(self, run: Run) -> bool:
        """Whether a bad run is about the front where the site had settled, and so about something new."""
        at_rest_elsewhere = self.settled is not None and run.before not in ("", self.home)
        return at_rest_elsewhere and (run.front != self.home or run.is_leaving)

    def as_result(self) -> dict[str, Any]:
        """For a machine; times in ISO 8601, an empty string for what has not happened."""
        times = {name: getattr(self, name) for name in ("began", "moved", "settled", "back")}
        shown = {name: timestamp(value or 0) for name, value in times.items()}
        return {"site": self.site, "home": self.home, "moved_to": self.moved_to, "reason": self.reason, **shown}


def incidents(runs: Iterable[Run]) -> list[Incident]:
    """All incidents in the order of time. A front that was only degraded for a while is none."""
    found = [incident for mine in by_site(runs).values() for incident in _incidents_of(mine) if incident.serious]
    return sorted(found, key=lambda incident: (incident.began, incident.site))


def _incidents_of(runs: Sequence[Run]) -> Iterator[Incident]:
    """The incidents of one site."""
    current: Incident | None = None
    for run in runs:
        is_new = run.is_bad and (current is None or current.meets_new_trouble(run))
        if current is not None:
            current.take(run)
            if is_new:
                yield current
        if is_new:
            current = Incident(run.site, run.before, run.started, run.reason)
            current.take(run)
        if current is not None and current.back is not None:
            yield current
            current = None
    if current is not None:
        yield current


def timeline(runs: Iterable[Run], since: int = 0) -> tuple[list[Stretch], list[Incident]]:
    """The stretches and incidents of which something is at or after the Unix time `since`."""
    known = stretches(runs)
    # Only the ends of a stretch are sure to be kept, so only they count.
    ends = [run for stretch in known for run in (stretch.first, stretch.last)]
    shown = [stretch for stretch in known if stretch.last.finished >= since]
    recent = [incident for incident in incidents(ends) if incident.back is None or incident.back >= since]
    return shown, recent


def as_result(stretch: Stretch) -> dict[str, Any]:
    """A stretch for a machine."""
    last = stretch.last
    return {
        "site": last.site,
        "began": timestamp(stretch.first.started),
        "ended": timestamp(last.finished),
        "seconds": stretch.seconds,
        "outcome": last.outcome,
        "rule": last.rule,
        "reason": last.reason,
        "front": last.front,
        "active_before": last.before,
        "run": stretch.first.run,
        "by": stretch.first.by,
    }


def lines(shown: Sequence[Stretch], found: Sequence[Incident]) -> list[str]:
    """The timeline as a table for a person, and under it the incidents with what they took."""
    if not shown:
        return ["No run has left a report of its own in that time."]
    described = [line for incident in found for line in _described(incident)]
    return [*aligned([_COLUMNS, *(_row(stretch) for stretch in shown)]), *described]


def _row(stretch: Stretch) -> tuple[str, ...]:
    first, last = stretch.first, stretch.last
    lasted = in_words(stretch.seconds) if stretch.seconds else "-"
    who = f"{first.run} by {first.by}" if first.by else first.run
    moved = movement(last.before, last.front)
    since = timestamp(first.started)
    return since, lasted, last.site, last.outcome, moved, who, f"{last.reason}  [{last.rule}]"


def _described(incident: Incident) -> list[str]:
    def after(moment: int) -> str:
        return f"after {in_words(moment - incident.began)}"

    steps = []
    if incident.moved is not None:
        steps.append(f"at {incident.moved_to} {after(incident.moved)}")
        if incident.settled is None:
            steps.append("not at every provider yet")
        else:
            steps.append(f"at every provider {after(incident.settled)}")
    if incident.back is None:
        steps.append("not over yet" if incident.moved is None else f"not back at {incident.home}")
    else:
        steps.append(f"{'over' if incident.moved is None else f'back at {incident.home}'} {after(incident.back)}")
    if not incident.changed:
        steps.append("nothing was switched")
    return [
        f"incident of {incident.site}, {timestamp(incident.began)}: {incident.reason}",
        f"    {', '.join(steps)}",
    ]

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of a site as its report says, and which reports are kept. Pure.

A report is kept for good where it says something else than the one before. So the first and the last of a stretch of
equal runs are there, and the timeline from what is kept is the timeline from all reports.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from .._failover.data.result import RESULT_SCHEMA
from .._failover.outcome import ADVISED, FAILED, GOOD, HELD, PARTIAL, REFUSED, UNCHANGED, UNVERIFIED
from .._failover.quorum import UP
from .._timestamps import unix_time

_TROUBLE = (PARTIAL, UNVERIFIED, HELD, FAILED)
#: Outcomes after which at least one provider serves the front that is meant.
_MOVED = (*GOOD, PARTIAL, UNVERIFIED)
_LEFT_RULES = ("active_down", "active_degraded")


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
        return self.outcome in GOOD and dict(self.verdicts).get(self.at) == UP

    @property
    def is_bad(self) -> bool:
        """Whether something is wrong with the site, or was when the run began. A refused request is not that."""
        if self.outcome == REFUSED and self.rule == "refused":
            return False
        found = dict(self.verdicts).get(self.before or self.front, UP)
        return self.outcome in (*_TROUBLE, REFUSED) or self.is_leaving or found != UP

    @property
    def is_serious(self) -> bool:
        """Whether something is wrong that makes an incident: more than a front that is not quite well for a while."""
        return self.is_bad and (self.outcome != UNCHANGED or self.changed)

    def continues(self, last: Run) -> bool:
        """Whether there is nothing new in it since the last run."""
        return self.says == last.says and not self.changed

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
    if texts["outcome"] == ADVISED:
        # The front that was advised is not where visitors are.
        texts["front"] = texts["before"]
    if wrong := [key for key, value in texts.items() if not isinstance(value, str)]:
        raise ValueError(f"{', '.join(wrong)} is not text")
    return texts


def _entry(value: Any, key: str) -> Any:
    return value.get(key, "") if isinstance(value, Mapping) else ""


def _seconds(report: Mapping[str, Any], key: str) -> int:
    """A time in Unix seconds. Raises ValueError."""
    if not (seconds := unix_time(report.get(key))):
        raise ValueError(f"{key} is not a time")
    return seconds


def to_keep(latest: Any, new: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What must be kept for good when a new report replaces the latest one. latest: None when there was none."""
    if _says_the_same(latest, new):
        return []
    return [report for report in (latest, new) if file_name(report) and not report.get("check_mode")]


def _says_the_same(latest: Any, new: Any) -> bool:
    try:
        return read(new).continues(read(latest))
    except ValueError:
        return False


def file_name(report: Any) -> str:
    """The name under which a report is kept: names sort by time. Empty for anything but the report of a run."""
    try:
        started = datetime.fromtimestamp(_seconds(report, "started"), UTC)
    except (ValueError, AttributeError):
        return ""
    run = re.sub(r"[^A-Za-z0-9_.-]+", "-", str(report.get("run", "")))[:60]
    return f"{started:%Y%m%dT%H%M%SZ}-{run}.json"


#: What `file_name` makes. Other files in that directory are left alone.
KEPT = re.compile(r"[0-9]{8}T[0-9]{6}Z-[A-Za-z0-9_.-]*\.json")


def by_site(runs: Iterable[Run]) -> dict[str, list[Run]]:
    """The runs of each site in the order of time, each once."""
    ordered = sorted(set(runs), key=lambda run: (run.site, run.started, run.finished, run.run, run.says))
    return {site: list(mine) for site, mine in groupby(ordered, key=lambda run: run.site)}

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Incidents: what went wrong with a site, from the first bad run until all was well again. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .._timestamps import timestamp
from .reported_run import Run, by_site


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

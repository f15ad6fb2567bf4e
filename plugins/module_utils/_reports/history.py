# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The timeline of sites, from the reports that runs left: stretches of equal runs, and incidents. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .._failover.summary import movement
from .._text import aligned, in_words
from .._timestamps import timestamp
from .incidents import Incident, incidents
from .reported_run import Run, by_site

_COLUMNS = ("since", "for", "site", "outcome", "front", "run", "why")


@dataclass(frozen=True)
class Stretch:
    """Runs of one site, one after the other, that all say the same."""

    first: Run
    last: Run

    @property
    def seconds(self) -> int:
        """From the beginning of the first run to that of the last."""
        return self.last.started - self.first.started


def stretches(runs: Iterable[Run]) -> list[Stretch]:
    """The timeline of all sites, in the order of time."""
    found = [stretch for mine in by_site(runs).values() for stretch in _stretches_of(mine)]
    return sorted(found, key=lambda stretch: (stretch.first.started, stretch.first.site))


def _stretches_of(runs: Sequence[Run]) -> Iterator[Stretch]:
    """The stretches of one site."""
    current: Stretch | None = None
    for run in runs:
        if current is not None and run.continues(current.last):
            current = replace(current, last=run)
        else:
            if current is not None:
                yield current
            current = Stretch(run, run)
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

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection: its verdicts, votes, watcher, decisions, writes and reading of name servers are its own code.

Times that are assumed: what ansible-playbook and, where a watcher starts it, ansible-rulebook take until the probes
begin, and after the decision (measured in the lab, with a processor of their own).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from ansible_collections.twinzone.edge.plugins.module_utils._failover.data.observed import (
    AddressVerdict,
    FrontVerdict,
    Vote,
)
from ansible_collections.twinzone.edge.plugins.module_utils._probes import verdict
from ansible_collections.twinzone.edge.plugins.module_utils._probes.certificates import Certificate, Link
from ansible_collections.twinzone.edge.plugins.module_utils._probes.thresholds import Thresholds, thresholds
from ansible_collections.twinzone.edge.plugins.module_utils._watching.lookout import Look, Lookout, Trouble
from ansible_collections.twinzone.edge.plugins.module_utils._watching.patience import LEAST

from ..collection import SITE, Collection
from ..course import ANSWERED, GOOD, LOST, Course
from ..replays import FRONTS

#: Addresses of each front.
ADDRESSES = 2

#: Seconds until the probes of a run begin: after the schedule, or after an event, which ansible-rulebook takes in.
BY_SCHEDULE, BY_EVENT = 1.5, 1.5

#: Seconds from the decision of a run until the next one can begin.
ENDING = 1.0

#: Seconds by which a run is longer that has vantages elsewhere.
ELSEWHERE = 2.5

#: The watcher's: seconds between two looks, and for which a report waits for others.
_INTERVAL, _TOGETHER = 5.0, 0.3

#: Seconds until a probe is answered.
PROMPT = 0.2

_TRUSTED = Certificate(names=(), sha256="", chain=(Link("", "", 0, 0),), chain_known=True)
_TRIES = {
    GOOD: verdict.Try(status=200, certificate=_TRUSTED),
    ANSWERED: verdict.Try("status", "status 503", "status", 503, _TRUSTED),
    LOST: verdict.Try("connect", "timed out", "connect"),
}


@dataclass(frozen=True)
class Twinzone:
    """period: seconds of the schedule. watched: whether a watcher adds runs to it, and again: after how many seconds it
    reports once more what lasts. timeout: `failover_check.timeout`. policy: as of a site."""

    period: float = 120.0
    watched: bool = False
    vantages: int = 1
    again: float = 60.0
    timeout: float = 5.0
    policy: Mapping[str, Any] = field(default_factory=dict)

    def play(self, course: Course) -> None:
        names = ["localhost", *(f"vantage{number}" for number in range(1, self.vantages))]
        _Runs(self, course, Collection(course, dict(self.policy), names), names).play()


class _Runs:
    def __init__(self, how: Twinzone, course: Course, collection: Collection, names: Sequence[str]) -> None:
        self._how = how
        self._course = course
        self._collection = collection
        self._names = names
        burst = {key: how.policy[key] for key in ("probes", "interval", "tolerate", "down_at") if key in how.policy}
        self._burst = thresholds(**burst)
        self._quiet: set[tuple[tuple[int, ...], tuple[tuple[str, bool], ...]]] = set()

    def play(self) -> None:
        """Look, report and run, until the course is over. One run at a time."""
        course, how = self._course, self._how
        end = course.replay.seconds
        scheduled = course.random.random() * how.period
        looked = course.random.random() * _INTERVAL if how.watched else end
        lookout = Lookout([SITE], how.again, 1e9, 0.0)
        free = 0.0
        while min(scheduled, looked) < end:
            if scheduled <= looked:
                free = self._run(max(free, scheduled) + BY_SCHEDULE)
                scheduled += how.period
                continue
            seen, took = self._look(looked)
            lookout.take(seen, looked + took)
            reported = looked + took + _TOGETHER
            if lookout.due(reported):
                lookout.events(reported)
                free = self._run(max(free, reported) + BY_EVENT)
            looked += max(_INTERVAL, took)

    def _look(self, when: float) -> tuple[Look, float]:
        """What the watcher sees, and the seconds for which it looks: a front that fails is looked at once more."""
        troubles, took = [], PROMPT
        for front in FRONTS:
            first = [self._course.fails(front, when) for _address in range(ADDRESSES)]
            if any(first):
                waited = self._seconds(front, when, LEAST)
                again = not all(first)
                took = max(took, waited * (1 + again))
                if not again or any(self._course.fails(front, when + waited) for _address in range(ADDRESSES)):
                    troubles.append(Trouble(front, "status", "answered 503"))
        return Look(SITE, when, troubles, blind=self._course.blind), took

    def _run(self, begin: float) -> float:
        """One run, whose probes begin at this second; the second at which it is over."""
        looks = [self._vote(vantage, number, begin) for number, vantage in enumerate(self._names)]
        decided = begin + max(took for _vote, took in looks) + (ELSEWHERE if len(looks) > 1 else 0.0)
        votes = [vote for vote, _took in looks]
        self._collection.now = decided
        seen = tuple((front["verdict"], front["clean"]) for vote in votes for front in vote["fronts"])
        here = self._collection.state, seen
        if here not in self._quiet:
            decision = self._collection.run(decided, votes)
            # While the active front is well no time is counted, so another run that sees the same does the same.
            well = decision["front"] is not None and decision["health"][decision["front"]]["clean"]
            if well and not decision["writes"] and not decision["markers"]:
                self._quiet.add(here)
        return decided + ENDING

    def _vote(self, vantage: str, number: int, begin: float) -> tuple[Vote, float]:
        """What a vantage sees, and the seconds for which it looks."""
        online = not (self._course.blind and number == 0)
        fronts, took = [], 0.0
        for front in FRONTS:
            addresses = [self._address(front, begin, number) for _address in range(ADDRESSES)]
            judged = [one for one, _took in addresses]
            found = verdict.front_verdict([one.verdict for one in judged], online)
            clean = found == "up" and all(one.clean for one in judged)
            took = max(took, *(seconds for _one, seconds in addresses))
            fronts.append(
                FrontVerdict(
                    site=SITE,
                    name=front,
                    verdict=found,
                    clean=clean,
                    reason="answered 503",
                    addresses=[AddressVerdict(bad=one.bad, server_errors=one.server_errors) for one in judged],
                )
            )
        return Vote(vantage=vantage, msg="", fronts=fronts), took

    def _address(self, front: str, begin: float, vantage: int) -> tuple[verdict.Address, float]:
        """The verdict on an address, and the seconds until it is settled: tries begin while others hang."""
        tries: tuple[str, ...] = ()
        ready = 0.0
        while (judged := _judged(tries, self._burst)) is None:
            when = len(tries) * self._burst.interval
            tries += (self._course.probe(front, begin + when, vantage),)
            took = PROMPT if tries[-1] == GOOD else self._seconds(front, begin + when)
            ready = max(ready, when + took)
        return judged, ready

    def _seconds(self, front: str, when: float, connect_within: float = math.inf) -> float:
        """The seconds until a bad try is known to be one."""
        replay = self._course.replay
        if not replay.hangs or replay.failing(front, when) == 0:
            return PROMPT
        return min(self._how.timeout, connect_within)


@cache
def _judged(tries: tuple[str, ...], burst: Thresholds) -> verdict.Address | None:
    """The verdict on an address after these tries; None while another try may change it."""
    if not burst.settled(len(tries), sum(one != GOOD for one in tries)):
        return None
    return verdict.judge([_TRIES[one] for one in tries], burst)

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Failover records of Amazon Route 53 with a health check of each front.

From https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html:
health checkers around the world ask every 30 (or 10) seconds and do not coordinate; each takes an endpoint for
unhealthy after `FailureThreshold` failures in a row, and for healthy after as many successes [3]; if more than 18 % of
the checkers say healthy, it is. A connection must stand within four seconds, and the status come within two more; only
the status counts. The answer then changes by itself, and back. Where both fail, the primary one is answered.

Assumed: 16 checkers, no time between the verdict and the answer, a TTL of 60 seconds as AWS recommends, and that all of
this works throughout. Route 53 alone serves the zone, so no other provider has to be written.
"""

from __future__ import annotations

from ..course import Course
from ..replays import EDGE, STANDBY

_CHECKERS, _THRESHOLD, _HEALTHY, _SILENT = 16, 3, 0.18, 4.0


class Route53:
    """Health checks with an interval in seconds."""

    def __init__(self, interval: float = 30.0) -> None:
        self._interval = interval

    def play(self, course: Course) -> None:
        course.host(["route53"], 60)
        (servers,) = course.servers.values()
        checks = {front: _Endpoint(front) for front in (EDGE, STANDBY)}
        offsets = sorted(course.random.random() * self._interval for _checker in range(_CHECKERS))
        active, begin = EDGE, 0.0
        while begin < course.replay.seconds:
            for checker, offset in enumerate(offsets):
                when = begin + offset
                for check in checks.values():
                    check.look(checker, when, course)
                wanted = STANDBY if not checks[EDGE].healthy and checks[STANDBY].healthy else EDGE
                if wanted != active:
                    active = wanted
                    servers.lead(when + (_SILENT if course.replay.hangs else 0.0), active, course.ttl)
            begin += self._interval


class _Endpoint:
    """What the checkers say of one endpoint."""

    def __init__(self, front: str) -> None:
        self._front = front
        self._well = [True] * _CHECKERS
        self._against = [0] * _CHECKERS

    def look(self, checker: int, when: float, course: Course) -> None:
        differs = course.fails(self._front, when, checker + 1) == self._well[checker]
        self._against[checker] = self._against[checker] + 1 if differs else 0
        if self._against[checker] >= _THRESHOLD:
            self._well[checker] = not self._well[checker]
            self._against[checker] = 0

    @property
    def healthy(self) -> bool:
        return sum(self._well) > _HEALTHY * len(self._well)

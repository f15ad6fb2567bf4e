# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cron job as many have it: once a minute the status of the edge; three failures in a row lead to the standby, and
three successes in a row lead back. It writes both providers, and tries again where one took nothing."""

from __future__ import annotations

from ..course import Course
from ..replays import EDGE, STANDBY

_PERIOD = 60.0


class InARow:
    """So many in a row."""

    def __init__(self, needed: int = 3) -> None:
        self._needed = needed

    def play(self, course: Course) -> None:
        when = course.random.random() * _PERIOD
        active, against, done = EDGE, 0, True
        while when < course.replay.seconds:
            against = against + 1 if course.fails(EDGE, when) == (active == EDGE) else 0
            if against >= self._needed:
                active, against, done = (STANDBY if active == EDGE else EDGE), 0, False
            if not done:
                done = course.lead(active, when)
            when += _PERIOD

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How often a router was led back after somebody else had changed it, and when to stop. Pure.

Another tool that keeps its own idea of the router changes it back after every run. Without an end the two would use up
the provider's writes of a day, and then a failover could not be written. Restorations have a counter of their own, so
that they never use up a failover either.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

HOUR, DAY = 3600, 86400

#: Seconds between two restorations.
PAUSE = 300

#: So many restorations within an hour, or within a day, make a router contested.
_IN_AN_HOUR, _IN_A_DAY = 3, 6

#: A restoration counts as two writes: the other tool's own change uses up one as well.
_WRITES = 2

_NUMBER = re.compile(r"[0-9]{1,10}")


@dataclass(frozen=True)
class Restorations:
    """What was restored. times: of the latest six, Unix time. day: when a day of counting began; count: in that day."""

    times: tuple[int, ...] = ()
    day: int = 0
    count: int = 0

    @property
    def contested(self) -> bool:
        """Whether the latest ones came so close to each other that somebody else must be at work.

        This stays so while nothing is restored: only a request, or an hour of agreement, ends it.
        """
        return self._within(_IN_AN_HOUR, HOUR) or self._within(_IN_A_DAY, DAY)

    def _within(self, number: int, seconds: int) -> bool:
        return len(self.times) >= number and self.times[-1] - self.times[-number] <= seconds

    def allow(self, now: int, daily_writes: int | None) -> bool:
        """Whether one more is due now. daily_writes: how many the provider takes in a day, None for no known limit."""
        if self.times and now - self.times[-1] < PAUSE:
            return False
        return daily_writes is None or self.writes(now) + _WRITES <= daily_writes // 2

    def _in_the_day(self, now: int) -> int:
        return self.count if now - self.day < DAY else 0

    def writes(self, now: int) -> int:
        """How many writes they have used up in the day of `now`."""
        return _WRITES * self._in_the_day(now)

    def with_one_at(self, now: int) -> Restorations:
        """These and one more."""
        today = self._in_the_day(now)
        return Restorations((*self.times, now)[-_IN_A_DAY:], self.day if today else now, today + 1)

    def forgiven(self) -> Restorations:
        """After a request or an hour of agreement. What the day has used up stays used up."""
        return Restorations((), self.day, self.count)

    def to_text(self) -> str:
        """The day, its count, the latest time, and backwards from there the seconds to the one before; or nothing."""
        if not (self.times or self.count):
            return ""
        backwards = self.times[::-1]
        pauses = [later - earlier for later, earlier in pairwise(backwards)]
        return ",".join(str(number) for number in (self.day, self.count, *backwards[:1], *pauses))


#: Nothing was restored.
NONE = Restorations()


def parse(text: str, now: int) -> Restorations:
    """What `to_text` has written; none for anything else, or for times after `now`."""
    parts = text.split(",")
    if len(parts) < 2 or not all(_NUMBER.fullmatch(part) for part in parts):
        return NONE
    day, count, *backwards = map(int, parts)
    times: list[int] = []
    for number in backwards[:_IN_A_DAY]:
        times.append(times[-1] - number if times else number)
    if day > now or (times and not 0 < times[-1] <= times[0] <= now):
        return NONE
    return Restorations(tuple(reversed(times)), day, count)

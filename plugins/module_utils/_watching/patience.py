# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long the watcher waits for the answers of each front. Pure.

It need not be right: what it gives up begins a run, whose probes have all of `timeout`. But a front that always answers
late must not begin one again and again.
"""

from __future__ import annotations

#: Seconds for a front that answers as fronts do. TCP repeats a packet that was lost at the beginning after one.
LEAST = 1.5

#: A front has so many times of what its slowest answer took at the last look.
_TIMES = 3


class Patience:
    """What is known of the fronts of one site."""

    def __init__(self, least: float = LEAST) -> None:
        self._least = least
        self._seconds: dict[str, float] = {}

    def of(self, front: str, timeout: float) -> float:
        """The seconds for a try of a front, at most its own timeout."""
        return min(timeout, self._seconds.get(front, self._least))

    def answered(self, front: str, seconds: float) -> None:
        """All addresses of a front have answered well, the slowest after so many seconds."""
        self._seconds[front] = max(self._least, _TIMES * seconds)

    def gave_up(self, front: str, timeout: float) -> None:
        """A front did not answer in time, twice in a row: it has twice the time from now on."""
        self._seconds[front] = min(timeout, 2 * self.of(front, timeout))

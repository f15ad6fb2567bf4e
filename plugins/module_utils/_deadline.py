# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long work may go on."""

from __future__ import annotations

import time


class Deadline:
    """A moment on the monotonic clock after which no work may go on."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.started = time.monotonic()
        self._end = self.started + seconds

    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self._end - time.monotonic())

    def at_most(self, seconds: float) -> float:
        """A timeout for one step: so many seconds, or what is left of them; never 0, which many take for none."""
        return min(seconds, self.remaining()) or 0.001

    def later(self, seconds: float) -> Deadline:
        """This deadline, moved by seconds in which no work went on."""
        other = Deadline(self.seconds)
        other.started, other._end = self.started + seconds, self._end + seconds
        return other

    def passed(self) -> bool:
        return self.remaining() <= 0

    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started

    def sleep(self, seconds: float) -> bool:
        """Sleep, and say whether that fitted; without sleeping when it does not fit."""
        if seconds >= self.remaining():
            return False
        time.sleep(seconds)
        return True

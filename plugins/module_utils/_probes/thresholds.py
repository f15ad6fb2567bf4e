# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How often an address is tried, and how many bad tries make which verdict. Pure."""

from __future__ import annotations

from typing import NamedTuple

UP = "up"
DEGRADED = "degraded"
DOWN = "down"
UNKNOWN = "unknown"


class Thresholds(NamedTuple):
    """How often an address is tried, and how many bad tries make which verdict."""

    probes: int
    interval: float
    """Seconds from the start of one try to the start of the next."""
    tolerate: int
    """With at most so many bad tries an address is up."""
    down_at: int
    """With at least so many bad tries it is down."""

    def verdict(self, bad: int) -> str:
        """The verdict on an address with so many bad tries. Never gets better when `bad` grows."""
        if bad <= self.tolerate:
            return UP
        return DOWN if bad >= self.down_at else DEGRADED

    def settled(self, tries: int, bad: int) -> bool:
        """Whether no outcome of the remaining tries can change the verdict.

        The verdict only worsens with the number of bad tries, so it is enough to compare the two extremes.
        """
        return self.verdict(bad) == self.verdict(bad + self.probes - tries)


def thresholds(
    probes: int = 5, interval: float = 3.0, tolerate: int | None = None, down_at: int | None = None
) -> Thresholds:
    """The thresholds that these options mean.

    Defaults follow the other numbers, so that a user who sets one of them need not set the rest: `down_at` is 4, or
    `probes` if that is less, or one more than a given `tolerate` if that is more; `tolerate` is 1, or one less than
    `down_at` if that is less. Raises ValueError saying what does not fit.
    """
    if down_at is None:
        down_at = max(min(4, probes), 0 if tolerate is None else tolerate + 1)
    if tolerate is None:
        tolerate = min(1, down_at - 1)
    if probes < 1:
        raise ValueError(f"probes is {probes}; at least one is needed")
    if not 0 <= interval < float("inf"):
        raise ValueError(f"interval is {interval:g}; it must be a number of seconds, 0 or more")
    if not 0 <= tolerate < down_at <= probes:
        raise ValueError(
            f"tolerate is {tolerate}, down_at {down_at}, probes {probes}; needed is 0 <= tolerate < down_at <= probes"
        )
    return Thresholds(probes, interval, tolerate, down_at)

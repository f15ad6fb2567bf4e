# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Is the clock of the vantages right? Pure."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from ..check import Check
from ..facts import SiteFacts
from ..finding import OK, WARN, Finding

_OFF = 60
"""Seconds that a clock may differ."""


def look(facts: SiteFacts) -> Iterator[Finding]:
    """Fronts say what time it is. One may be wrong, so the median of all counts."""
    by_vantage: dict[str, list[int]] = {}
    for vantage, front in facts.looks():
        by_vantage.setdefault(vantage, []).extend(
            date + (one.get("age") or 0) - received
            for one in front["addresses"]
            if (date := one.get("date")) and (received := one.get("received"))
        )
    for vantage, differences in by_vantage.items():
        if differences:
            off = round(statistics.median(differences))
            words = f"its clock is {abs(off)} s {'behind' if off > 0 else 'ahead of'} that of the fronts"
            if abs(off) > _OFF:
                yield Finding(WARN, vantage, words, "set the clock of this host, best by NTP; pins end by it")
            else:
                yield Finding(OK, vantage, words)


CHECK = Check("clock", "Is the clock right?", warns="it differs by more than 60 s from that of the fronts", site=look)

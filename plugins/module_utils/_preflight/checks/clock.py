# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Is the clock of the vantages right? Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..._failover import clock
from ..._failover.site import CONTROLLER
from ..check import Check
from ..facts import SiteFacts
from ..finding import OK, UNKNOWN, WARN, Finding


def look(facts: SiteFacts) -> Iterator[Finding]:
    """Fronts and APIs say what time it is. One may be wrong, so most must agree."""
    for vote in facts.votes:
        mine = [one for one in vote["fronts"] if one["site"] == facts.site["site"]]
        sources = clock.of_vantage({**vote, "fronts": mine})
        if sources:
            yield _finding(vote["vantage"], sources, "the fronts")
    if apis := dict(clock.of_apis(facts.zone.held)):
        yield _finding(CONTROLLER, apis, "the APIs")


def _finding(vantage: str, sources: dict[str, int], whose: str) -> Finding:
    ahead = clock.agreed(sources) if len(sources) > 1 else next(iter(sources.values()))
    if ahead is None:
        times = ", ".join(f"{seconds:+d} s by {name}" for name, seconds in sources.items())
        return Finding(UNKNOWN, vantage, f"its sources differ: {times}", "compare its clock with a time server")
    words = f"its clock is {clock.in_words(ahead, whose)}"
    if abs(ahead) > clock.OFF:
        return Finding(WARN, vantage, words, "set the clock of this host, best by NTP; pins end by it")
    return Finding(OK, vantage, words)


CHECK = Check(
    "clock",
    "Is the clock right?",
    warns="it differs by more than 60 s from that of the fronts or the APIs",
    site=look,
)

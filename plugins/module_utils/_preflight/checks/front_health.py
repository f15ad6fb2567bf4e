# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Is every front fit to be switched to? Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..._failover import quorum
from ..check import Check
from ..facts import SiteFacts
from ..finding import FAIL, OK, UNKNOWN, Finding

_REPAIR = "repair this front: a failover goes only to one that answers every probe"


def look(facts: SiteFacts) -> Iterator[Finding]:
    for front, health in facts.here.health.items():
        seen = f"{health.verdict}: {health.reason}"
        if health.clean:
            yield Finding(OK, front, seen)
        elif health.verdict == quorum.UNKNOWN and facts.here.shared:
            # Something that the vantage lacks: it hides all fronts, on the day of a failover too.
            yield Finding(FAIL, front, seen, facts.here.shared.remedy)
        elif health.verdict == quorum.UNKNOWN:
            yield Finding(UNKNOWN, front, seen, "look from a vantage that can reach the front and the controls")
        else:
            shared = facts.here.shared.remedy if facts.here.shared else ""
            yield Finding(FAIL, front, seen, shared or _REPAIR)


CHECK = Check("front_health", "Is every front fit to be switched to?", fails="one of its probes failed", site=look)

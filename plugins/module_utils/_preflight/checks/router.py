# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Does the router lead to one front everywhere? Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..check import Check
from ..facts import SiteFacts
from ..finding import FAIL, OK, Finding


def look(facts: SiteFacts) -> Iterator[Finding]:
    fronts = sorted({served.shown() for served in facts.here.served.values()})
    seen = f"leads to {', '.join(fronts) or 'nothing'}"
    if len(fronts) == 1 and facts.here.served and not fronts[0].startswith("("):
        yield Finding(OK, "", seen)
    elif nowhere := facts.here.nowhere:
        yield Finding(FAIL, "", nowhere.seen, nowhere.remedy)
    elif fronts == ["(missing)"]:
        yield Finding(
            FAIL, "", "no provider has it", "correct failover_router, or make the record with twinzone.edge.sync"
        )
    else:
        yield Finding(FAIL, "", seen, "run twinzone.edge.failover, which brings all providers in line")


CHECK = Check("router", "Does the router lead to one front at every provider?", fails="it does not", site=look)

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Do the public names lead through the router? Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..._failover import dead_ends, paths
from ..._zone.names import owner
from ..check import Check
from ..facts import SiteFacts
from ..finding import FAIL, OK, UNKNOWN, Finding

_SERVED = "lead the delegation to servers that serve the zone, or serve it there"


def look(facts: SiteFacts) -> Iterator[Finding]:
    by_name: dict[str, list[paths.Finding]] = {}
    for one in facts.paths:
        by_name.setdefault(one.name, []).append(one)
    remedies = paths.remedy(facts.paths, owner(facts.site["router"], facts.site["zone"]))
    for name, findings in by_name.items():
        wrong, unsure = paths.bypassed(findings), paths.remarks(findings)
        for seen in wrong:
            yield Finding(FAIL, name, seen, f"declare in the zone file: {'; '.join(remedies)}" if remedies else _SERVED)
        for seen in unsure:
            yield Finding(UNKNOWN, name, seen, "look again later, or give a token that reads the zone")
        if not wrong and not unsure:
            yield Finding(OK, name, f"{len(findings)} servers lead it through the router")
    for front, lines in dead_ends.found(facts.site, facts.answers).items():
        for seen in lines:
            yield Finding(FAIL, front, seen, "declare its name for every provider, and sync")


CHECK = Check(
    "path",
    "Do the public names lead through the router?",
    fails="a name server leads one past it, or has no address for the name of a front",
    site=look,
)

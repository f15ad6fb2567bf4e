# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Does a failover bring the names back when the active CDN's operator fails? Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..check import Check
from ..facts import SiteFacts
from ..finding import FAIL, OK, UNKNOWN, Finding

_REMEDY = (
    "lead the standby front, its own name and the zone's DNS past this operator, as twinzone.edge.dependencies says"
)


def look(facts: SiteFacts) -> Iterator[Finding]:
    if facts.unmeasured is not None:
        seen = f"on whom the site depends could not be measured: {facts.unmeasured or 'no reason was given'}"
        yield Finding(UNKNOWN, "", seen, "run twinzone.edge.dependencies, and correct what it names")
    for operator in facts.runs("cdn_active"):
        for name, fate in facts.if_fails(operator):
            if fate["after"] == "down":
                why = name["why_not"] or "something on the way of the standby depends on it"
                yield Finding(
                    FAIL, name["name"], f"if {operator} fails, a failover does not bring it back: {why}", _REMEDY
                )
            elif fate["after"] == "possible":
                seen = f"if {operator} fails, it is not certain that a failover brings it back"
                yield Finding(UNKNOWN, name["name"], seen, "see twinzone.edge.dependencies for what could not be seen")
            else:
                yield Finding(OK, name["name"], f"if {operator} fails, a failover brings it back")


CHECK = Check(
    "standby_dns",
    "Does a failover bring the names back when the operator of the active CDN fails?",
    fails="the standby's chain, or the DNS on its way, runs through this operator too",
    site=look,
)

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Are there addresses to copy from a proxy, and are the copies current? Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..._failover import published
from ..check import Check
from ..facts import SiteFacts
from ..finding import FAIL, OK, WARN, Finding


def look(facts: SiteFacts) -> Iterator[Finding]:
    for front in facts.site["fronts"]:
        addresses, why_not = facts.copies.get(front["name"], (frozenset(), ""))
        if addresses:
            yield Finding(OK, front["name"], f"{len(addresses)} addresses at {front['canary'] or front['target']}")
        elif front["canary"]:
            yield Finding(FAIL, front["name"], why_not, f"keep {front['canary']} proxied, and the zone active")
        elif published.is_resolved(front):
            yield Finding(FAIL, front["name"], why_not, f"look up {front['target']}, and correct the target")
    for provider in (name for name, served in facts.here.served.items() if served.outdated):
        seen = "some copies are not the proxy's addresses any more"
        yield Finding(WARN, provider, seen, "run twinzone.edge.failover, which renews them")


CHECK = Check(
    "copies",
    "Are there addresses to copy from a proxy, and are the copies current?",
    fails="the canary has no addresses, or those of the origin",
    warns="copies are outdated",
    site=look,
)

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Do the name servers answer? Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..._failover import doubts, router
from ..check import Check
from ..facts import SiteFacts
from ..finding import FAIL, OK, WARN, Finding


def look(facts: SiteFacts) -> Iterator[Finding]:
    for provider, served in facts.here.served.items():
        silent = [server for server, what in served.servers.items() if what == router.SILENT]
        if not served.servers:
            yield Finding(FAIL, provider, "no name server is known", "give `nameservers`, or delegate the zone to them")
        elif silent:
            level = FAIL if len(silent) == len(served.servers) else WARN
            seen = f"{', '.join(silent)} of {len(served.servers)} silent over TCP"
            yield Finding(level, provider, seen, "ask the provider, or open port 53 from here over TCP")
        else:
            yield Finding(OK, provider, f"{len(served.servers)} answer over TCP")
    for doubt in doubts.lines(facts.here.holdings):
        yield Finding(WARN, "", doubt, "run again; where it stays so, ask the provider what that name server serves")


CHECK = Check(
    "name_servers",
    "Do the name servers of every provider answer?",
    fails="none of a provider's servers answers, or none is known",
    warns="some of them do not, or one shows another marker than its provider has",
    site=look,
)

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Do the name servers answer? Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..._dns.looks import ServerLook
from ..._failover import doubts, router
from ..check import Check
from ..facts import SiteFacts
from ..finding import FAIL, OK, WARN, Finding


def look(facts: SiteFacts) -> Iterator[Finding]:
    for provider, served in facts.here.served.items():
        looks = {one["server"]: one for one in facts.zone.looks if one["provider"] == provider}
        silent = {server for server, what in served.servers.items() if what == router.SILENT}
        trouble = {
            server: words for server in served.servers if (words := _trouble(looks.get(server), server in silent))
        }
        if not served.servers:
            yield Finding(FAIL, provider, "no name server is known", "give `nameservers`, or delegate the zone to them")
        elif trouble:
            level = FAIL if len(trouble) == len(served.servers) else WARN
            listed = ", ".join(f"{server} ({words})" for server, words in trouble.items())
            remedy = "ask the provider, or open port 53 from here over UDP and TCP"
            yield Finding(level, provider, f"{listed}, of {len(served.servers)}", remedy)
        else:
            how = "UDP and TCP" if looks else "TCP"
            yield Finding(OK, provider, f"{len(served.servers)} answer over {how}")
    for doubt in doubts.lines(facts.here.holdings):
        yield Finding(WARN, "", doubt, "run again; where it stays so, ask the provider what that name server serves")


def _trouble(look: ServerLook | None, silent: bool) -> str:
    """What is wrong with a server; empty for nothing."""
    ways = ["TCP"] if silent or (look and look["tcp"]) else []
    ways += ["UDP"] if look and look["udp"] else []
    ways += ["IPv6"] if look and look["ipv6"] is False else []
    if ways:
        return f"silent over {' and '.join(ways)}"
    return "not authoritative" if look and look["authoritative"] is False else ""


CHECK = Check(
    "name_servers",
    "Do the name servers of every provider answer?",
    fails="all of a provider's servers are silent over UDP, TCP or IPv6, or not authoritative, or none is known",
    warns="some of them are, or one shows another marker than its provider has",
    site=look,
)

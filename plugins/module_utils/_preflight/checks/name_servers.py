# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Do the name servers answer? Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..._dns.looks import ServerLook
from ..._failover import doubts, router
from ..._failover.router import Served
from ..check import Check
from ..facts import SiteFacts
from ..finding import FAIL, OK, UNKNOWN, WARN, Finding


def look(facts: SiteFacts) -> Iterator[Finding]:
    for provider, served in facts.here.served.items():
        yield _at(provider, served, {one["server"]: one for one in facts.zone.looks if one["provider"] == provider})
    yield from _unasked(facts.zone.looks)
    for doubt in doubts.lines(facts.here.holdings):
        yield Finding(WARN, "", doubt, "run again; where it stays so, ask the provider what that name server serves")


def _at(provider: str, served: Served, looks: Mapping[str, ServerLook]) -> Finding:
    if not served.servers:
        return Finding(FAIL, provider, "no name server is known", "give `nameservers`, or delegate the zone to them")
    found = {server: _trouble(looks.get(server), what == router.SILENT) for server, what in served.servers.items()}
    trouble = [f"{server} ({words})" for server, words in found.items() if words]
    if not trouble:
        return Finding(OK, provider, f"{len(found)} answer over {'UDP and TCP' if looks else 'TCP'}")
    level = FAIL if len(trouble) == len(found) else WARN
    remedy = "ask the provider, or open port 53 from here over UDP and TCP"
    return Finding(level, provider, f"{', '.join(trouble)}, of {len(found)}", remedy)


def _unasked(looks: Sequence[ServerLook]) -> Iterator[Finding]:
    """What this machine cannot see of the servers of each provider."""
    by_provider: dict[str, list[ServerLook]] = {}
    for one in looks:
        if one["ipv6_unasked"]:
            by_provider.setdefault(one["provider"], []).append(one)
    for provider, unasked in by_provider.items():
        servers = ", ".join(one["server"] for one in unasked)
        seen = f"{servers} could not be asked over IPv6 from here: {unasked[0]['ipv6_unasked']}"
        yield Finding(UNKNOWN, provider, seen, "look from a machine that has IPv6")


def _trouble(look: ServerLook | None, silent: bool) -> str:
    """What is wrong with a server; empty for nothing."""
    if look is None:
        return "silent over TCP" if silent else ""
    silences = {"TCP": silent or look["tcp"], "UDP": look["udp"], "IPv6": look["ipv6"] is False}
    if ways := [way for way, is_silent in silences.items() if is_silent]:
        return f"silent over {' and '.join(ways)}"
    return "not authoritative" if look["authoritative"] is False else ""


CHECK = Check(
    "name_servers",
    "Do the name servers of every provider answer?",
    fails="all of a provider's servers are silent over UDP, TCP or IPv6, or not authoritative, or none is known",
    warns="some of them are, or one shows another marker than its provider has",
    site=look,
)

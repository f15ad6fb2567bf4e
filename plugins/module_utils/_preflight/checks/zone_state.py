# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Is the zone in service at every provider? Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..check import Check
from ..facts import Zone
from ..finding import FAIL, OK, WARN, Finding


def look(zone: Zone) -> Iterator[Finding]:
    types = {entry["name"]: entry["type"] for site in zone.sites for entry in site["providers"]}
    wanted = min((site["ttl"] for site in zone.sites), default=None)
    for provider, account in zone.accounts.items():
        least = account["minimum_ttl"]
        if account["state"]:
            remedy = "activate the zone there: until then it answers proxied names with the origin, or not at all"
            yield Finding(FAIL, provider, f"the zone is {account['state']}", remedy)
        elif wanted is not None and least and least > wanted:
            seen = f"the shortest TTL is {least} s, and failover_ttl is {wanted} s"
            who = "deSEC, which lowers the minimum on request" if types.get(provider) == "desec" else "the provider"
            yield Finding(WARN, provider, seen, f"ask {who}, or raise failover_ttl")
        else:
            yield Finding(OK, provider, "the zone is in service")


CHECK = Check(
    "zone_state",
    "Is the zone in service at every provider?",
    fails="it is pending, paused or moved",
    warns="the provider's minimum TTL is above `failover_ttl`",
    zone=look,
)

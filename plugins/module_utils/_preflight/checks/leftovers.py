# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Is something left that hinders the next failover? Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..._failover.decision import HOUR
from ..._failover.marker import FOREVER, Marker
from ..._zone.routers import marker_name
from ..check import Check
from ..facts import SiteFacts
from ..finding import OK, WARN, Finding

_DAY = 86400
_OLD = 7 * _DAY


def look(facts: SiteFacts) -> Iterator[Finding]:
    found = [*_of_the_marker(facts), *_unreadable(facts), *_switched_off(facts)]
    yield from found
    if not found:
        yield Finding(OK, "", "no old pin, no used-up limit, no marker that cannot be read")


def _of_the_marker(facts: SiteFacts) -> Iterator[Finding]:
    marker = facts.here.marker
    if marker is None:
        return
    if marker.pin and marker.pin.holds(facts.now) and facts.now - _pinned(marker) > _OLD:
        until = "for ever" if marker.pin.until == FOREVER else "still"
        days = (facts.now - _pinned(marker)) // _DAY
        tag = f" ({marker.pin.tag})" if marker.pin.tag else ""
        seen = f"pinned {until} to {marker.pin.front}{tag}, for {days} days"
        yield Finding(WARN, "", seen, "lift the pin with -e failover_pin=none if nobody needs it")
    recent = [time for time in marker.switches if facts.now - time < HOUR]
    limit = facts.site["policy"]["max_switches_per_hour"]
    if len(recent) >= limit:
        seen = f"{len(recent)} switches in the last hour, as many as the policy allows"
        yield Finding(WARN, "", seen, "find out why it switches so often; until then only a person can switch")


def _pinned(marker: Marker) -> int:
    """When the pin was set; the number of a write is at least its time."""
    return marker.pinseq or marker.since


def _unreadable(facts: SiteFacts) -> Iterator[Finding]:
    name = marker_name(facts.site["router"])
    for provider, records in facts.zone.readable().items():
        there = any((one["name"], one["type"]) == (name, "TXT") for one in records)
        holding = facts.here.holdings.get(provider)
        if there and holding is not None and holding.known and holding.marker is None and not holding.claims:
            seen = f"the marker {name} at {provider} cannot be read"
            yield Finding(WARN, provider, seen, f"delete the TXT record {name} there; the next run writes it again")


def _switched_off(facts: SiteFacts) -> Iterator[Finding]:
    for provider, account in facts.zone.accounts.items():
        if account["proxies_off"]:
            seen = "the account answers all proxied names with the origin (enforce_dns_only)"
            yield Finding(WARN, provider, seen, "switch enforce_dns_only off: until then this front is the bare origin")


CHECK = Check(
    "leftovers",
    "Is something left of the last incident?",
    warns="a pin is older than 7 days, a marker cannot be read, no switch is left, or `enforce_dns_only` is on",
    site=look,
)

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Is there room for what a failover asks and writes? Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..check import Check
from ..facts import Zone
from ..finding import OK, WARN, Finding

_FULL = 0.85


def look(zone: Zone) -> Iterator[Finding]:
    found = [*_records(zone), *_requests(zone)]
    yield from found
    if not found and zone.accounts:
        yield Finding(OK, "", "far from every known limit")


def _records(zone: Zone) -> Iterator[Finding]:
    for provider, account in zone.accounts.items():
        used, allowed = account["used"], account["allowed"]
        if used is not None and allowed and used >= _FULL * allowed:
            seen = f"{used} of {allowed} records are used"
            yield Finding(WARN, provider, seen, "delete records that nobody needs, or ask for a higher limit")


def _requests(zone: Zone) -> Iterator[Finding]:
    for provider, (a_day, allowed) in zone.requests.items():
        if a_day > allowed:
            seen = f"the scheduled runs make {a_day} requests a day, and its account takes {allowed}"
            remedy = "let the runner ask name servers (open port 53 over TCP), or run less often"
            yield Finding(WARN, provider, seen, remedy)


CHECK = Check(
    "budget",
    "Is there room for what a failover asks and writes?",
    warns=(
        "a provider's records are used to 85 %, or the runs of a day (`preflight_runs_per_day`) make more requests "
        "than it takes"
    ),
    zone=look,
)

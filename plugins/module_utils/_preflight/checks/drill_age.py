# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When was a failover rehearsed? Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..check import Check
from ..facts import SiteFacts
from ..finding import OK, WARN, Finding

_DAY = 86400
_OLD = 90 * _DAY
_REHEARSE = "rehearse with twinzone.edge.drill, and keep its reports (failover_report_dir)"


def look(facts: SiteFacts) -> Iterator[Finding]:
    if not facts.drilled:
        yield Finding(WARN, "", "there is no report of a drill that passed", _REHEARSE)
        return
    age = facts.now - facts.drilled.at
    seen = f"the last drill passed {age // _DAY} days ago, and took {facts.drilled.seconds:.0f} s"
    if facts.recovery_time is not None and facts.drilled.seconds > facts.recovery_time:
        slow = f"{seen}, longer than the {facts.recovery_time:.0f} s in which visitors must be back"
        yield Finding(WARN, "", slow, "lower the TTLs, the number of probes or their interval, and rehearse again")
    elif age > _OLD:
        yield Finding(WARN, "", seen, _REHEARSE)
    else:
        yield Finding(OK, "", seen)


CHECK = Check(
    "drill_age",
    "When was a failover rehearsed?",
    warns="there is no report of a drill, or the last is older than 90 days or slower than `preflight_recovery_time`",
    site=look,
)

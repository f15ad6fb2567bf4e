# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Does anybody hear of a failover? Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..check import Check
from ..facts import SiteFacts
from ..finding import OK, WARN, Finding


def look(facts: SiteFacts) -> Iterator[Finding]:
    if not facts.operators:
        return
    ways = facts.operators_of("webhooks")
    shared = sorted(set(ways) & {*facts.runs("cdn_active"), *facts.runs("cdn_standby")})
    if not ways:
        yield Finding(WARN, "", "no webhook is configured", "set failover_notify, so that people hear of a failover")
    elif shared:
        seen = f"the webhooks depend on {', '.join(shared)}, which also runs a front"
        yield Finding(WARN, "", seen, "add a webhook that works without this operator")
    else:
        yield Finding(OK, "", "the webhooks depend on no operator of a front")


CHECK = Check(
    "tell_people",
    "Does anybody hear of a failover?",
    warns="no webhook is configured, or its host depends on the operator of a front",
    site=look,
)

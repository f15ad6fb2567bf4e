# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Does anybody hear of a failover? Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..check import Check
from ..facts import SiteFacts
from ..finding import OK, WARN, Finding

_OTHERS = {
    "secrets": "the store of secrets",
    "runner": "the runner",
    "status_page": "the status page",
}
"""Roles that people declare (dependency_declared), and what they mean here."""


def look(facts: SiteFacts) -> Iterator[Finding]:
    if not facts.operators:
        return
    ways = facts.operators_of("webhooks")
    shared = sorted(set(ways) & facts.fronts_run_by())
    if not ways:
        yield Finding(WARN, "", "no webhook is configured", "set failover_notify, so that people hear of a failover")
    elif shared:
        seen = f"the webhooks depend on {', '.join(shared)}, which also runs a front"
        yield Finding(WARN, "", seen, "add a webhook that works without this operator")
    for role, words in _OTHERS.items():
        if behind := sorted({*facts.operators_of(role)} & facts.fronts_run_by()):
            seen = f"{words} depends on {', '.join(behind)}, which also runs a front"
            yield Finding(WARN, role, seen, "keep a way to it that works without this operator")
    if facts.test_post:
        yield Finding(
            WARN, "", f"the message for a test did not arrive: {'; '.join(facts.test_post)}", "repair the webhook"
        )
    if ways and not shared and not facts.test_post:
        arrived = ", and took a message for a test" if facts.test_post is not None else ""
        yield Finding(OK, "", f"the webhooks depend on no operator of a front{arrived}")


CHECK = Check(
    "tell_people",
    "Does anybody hear of a failover?",
    warns=(
        "no webhook is configured; its host, or a declared secrets store, runner or status page, depends on the "
        "operator of a front; or a message for a test did not arrive"
    ),
    site=look,
)

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Can we still switch when the active CDN's operator fails? Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..check import Check
from ..facts import SiteFacts
from ..finding import OK, UNKNOWN, WARN, Finding


def look(facts: SiteFacts) -> Iterator[Finding]:
    for operator in facts.runs("cdn_active"):
        words = {fate["can_switch"] for _name, fate in facts.if_fails(operator)}
        if "down" in words:
            seen = f"if {operator} fails, no provider's API can be reached, or no runner with its secrets is left"
            yield Finding(WARN, "", seen, "add a provider, or a runner with secrets, that does not depend on it")
        elif "possible" in words:
            seen = f"if {operator} fails, it is not certain that an API can be reached"
            yield Finding(UNKNOWN, "", seen, "see twinzone.edge.dependencies for what could not be seen")
        elif words:
            yield Finding(OK, "", f"if {operator} fails, a provider can still be written")


CHECK = Check(
    "api_hosts",
    "Can we still switch when the operator of the active CDN fails?",
    warns="the API of every provider depends on it, or the declared runner or secrets do (`dependency_declared`)",
    site=look,
)

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Can this machine keep what a failover leaves? Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..check import Check
from ..facts import RunFacts
from ..finding import FAIL, OK, WARN, Finding


def look(facts: RunFacts) -> Iterator[Finding]:
    seen = facts.runner
    if seen is None:
        return
    found = []
    if seen["lock"]:
        remedy = "give the user a home directory that it can write to"
        found.append(Finding(FAIL, "locks", f"there is no safe place for a lock: {seen['lock']}", remedy))
    for place in seen["places"]:
        if place["problem"]:
            words = f"{place['place']} cannot be written: {place['problem']}"
            found.append(Finding(FAIL, "reports", words, "make it writable for the user of the run"))
        elif place["vanishes"]:
            words = f"{place['place']} is inside a container, and ends with it"
            # Visitors are reached anyway.
            found.append(Finding(WARN, "reports", words, "mount a volume there, or leave the variable empty"))
    if seen["become"]:
        words = "ansible_become is set for the controller, where sudo would take the tokens away"
        found.append(Finding(WARN, "become", words, "unset ansible_become for localhost; our tasks there do without"))
    yield from found or [Finding(OK, "", "locks and reports can be written")]


CHECK = Check(
    "runner",
    "Can this machine keep what a failover leaves?",
    fails="reports, metrics or locks cannot be written",
    warns="reports are kept inside a container, or `become` is set for the controller",
    run=look,
)

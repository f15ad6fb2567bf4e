# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Does the resolver tell the truth, and fast? Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..check import Check
from ..facts import RunFacts
from ..finding import FAIL, OK, UNKNOWN, Finding


def look(facts: RunFacts) -> Iterator[Finding]:
    seen = facts.resolver
    if seen is None:
        return
    if not seen["address"]:
        yield Finding(UNKNOWN, "resolver", "the system names no resolver", "set dns_resolver")
        return
    troubles = [f"over {how}: {seen[key]}" for how, key in (("UDP", "udp"), ("TCP", "tcp")) if seen[key]]  # type: ignore[literal-required]
    if troubles:
        remedy = "set dns_resolver to one that answers over UDP and TCP: long answers come over TCP only"
        yield Finding(FAIL, "resolver", f"{seen['address']} does not answer {', '.join(troubles)}", remedy)
    if seen["rewrites"]:
        words = f"{seen['address']} answers {', '.join(seen['rewrites'])} for a name that does not exist"
        yield Finding(FAIL, "resolver", words, "set dns_resolver to one that does not rewrite answers")
    if not troubles and not seen["rewrites"]:
        yield Finding(OK, "resolver", f"{seen['address']} answers over UDP and TCP")


CHECK = Check(
    "resolver",
    "Does the resolver answer, and truly?",
    fails="it does not answer over UDP or TCP, or makes up addresses for names that do not exist",
    run=look,
)

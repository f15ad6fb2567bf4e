# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Do HTTPS records hold browsers at one front? Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ..check import Check
from ..facts import SiteFacts
from ..finding import OK, WARN, Finding

_BOUND = re.compile(r"\b(ipv4hint|ipv6hint|ech)=")


def look(facts: SiteFacts) -> Iterator[Finding]:
    bound = {front: _ties(texts) for front, texts in facts.https.items()}
    some = {front: what for front, what in bound.items() if what}
    if some and len(some) < len(bound):
        for front, what in some.items():
            seen = f"its HTTPS record has {', '.join(what)}, and the other fronts have none"
            remedy = "expect browsers to use it until its TTL is over after a failover, or switch it off at this CDN"
            yield Finding(WARN, front, seen, remedy)
    elif bound:
        yield Finding(OK, "", f"{'every' if some else 'no'} front has addresses in HTTPS records")


def _ties(texts: Iterable[str]) -> list[str]:
    """The parameters by which HTTPS records hold a browser at one front."""
    return sorted({found for text in texts for found in _BOUND.findall(text)})


CHECK = Check(
    "https_records",
    "Do HTTPS records hold browsers at one front?",
    warns="the HTTPS record of one front only has addresses (hints) or keys (ECH)",
    site=look,
)

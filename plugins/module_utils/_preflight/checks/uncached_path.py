# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Do the probes reach the origin, or only a cache? Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..check import Check
from ..facts import SiteFacts
from ..finding import FAIL, OK, WARN, Finding

_ADMIT = "let the origin admit this CDN; until then its cache hides that it does not"


def look(facts: SiteFacts) -> Iterator[Finding]:
    again = {front["name"]: front for _vantage, front in facts.second_looks()}
    for front in (front["name"] for front in facts.site["fronts"]):
        answers = facts.addresses(front)
        cached = next((one["cache"] for one in answers if one.get("cached")), "")
        if front in again and not again[front]["clean"]:
            seen = f"a request that no cache can answer fails: {again[front]['reason']}"
            yield Finding(FAIL, front, seen, _ADMIT)
        elif cached:
            seen = f"a cache answered ({cached}), so the check says nothing about the origin"
            yield Finding(WARN, front, seen, "exclude the path of the check from caching at this CDN")
        elif answers:
            yield Finding(OK, front, "no cache answered")


CHECK = Check(
    "uncached_path",
    "Do the probes reach the origin, or only a cache?",
    fails="a second request, with a query that no cache knows, fails",
    warns="a cache answered the probe",
    site=look,
)

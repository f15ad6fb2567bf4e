# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Do the checks prove which front answered? Pure."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from ..check import Check
from ..facts import SiteFacts
from ..finding import FAIL, OK, WARN, Finding

_PROVE = "assert a header that only this CDN sends, in the front's own check: headers: {server: ...}"


def look(facts: SiteFacts) -> Iterator[Finding]:
    asserted = {
        front["name"]: {**_headers(facts.site["check"]), **_headers(front["check"])} for front in facts.site["fronts"]
    }
    for front, headers in asserted.items():
        if headers:
            yield Finding(OK, front, f"its check asserts {', '.join(sorted(headers))}")
        else:
            yield Finding(WARN, front, "its check does not assert who answered", _PROVE)
    yield from _alike(facts, asserted)


def _headers(check: Mapping[str, Any]) -> Mapping[str, str]:
    headers = check.get("headers")
    return {str(name).lower(): str(value) for name, value in headers.items()} if isinstance(headers, Mapping) else {}


def _alike(facts: SiteFacts, asserted: Mapping[str, Mapping[str, str]]) -> Iterator[Finding]:
    """Fronts that show the same identity, and are not distinguished by what their checks assert either."""
    shown = {front: _identity(facts, front) for front in asserted}
    for one, other in itertools.combinations(asserted, 2):
        if shown[one] and shown[one] == shown[other] and (asserted[one] == asserted[other] or not asserted[one]):
            seen = f"{one} and {other} show the same identity: {', '.join(sorted(shown[one]))}"
            yield Finding(FAIL, other, seen, "check that both lead to different CDNs, and assert a header of each")


def _identity(facts: SiteFacts, front: str) -> frozenset[str]:
    """What the front says of itself: the value of Server, and the names of headers that differ with every answer."""
    return frozenset(
        f"{name}: {value}" if name == "server" else name
        for address in facts.addresses(front)
        for name, value in address.get("identity", {}).items()
    )


CHECK = Check(
    "front_identity",
    "Do the checks prove which front answered?",
    fails="two fronts show the same identity, and no assertion distinguishes them",
    warns="a check asserts no header",
    site=look,
)

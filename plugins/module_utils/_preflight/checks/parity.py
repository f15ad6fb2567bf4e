# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Do all fronts answer alike? Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..check import Check
from ..facts import SiteFacts
from ..finding import OK, UNKNOWN, WARN, Finding
from ..seen import ParityLook


def look(facts: SiteFacts) -> Iterator[Finding]:
    """Nothing without `preflight_parity`."""
    by_request: dict[tuple[str, str], list[ParityLook]] = {}
    for one in facts.parity:
        by_request.setdefault((one["method"], one["url"]), []).append(one)
    for (method, url), looks in by_request.items():
        yield from _compared(f"{method} {url}", looks)


def _compared(request: str, looks: Sequence[ParityLook]) -> Iterator[Finding]:
    silent = [f"{one['front']}: {one['error']}" for one in looks if one["error"]]
    if silent:
        yield Finding(UNKNOWN, request, f"no answer from {'; '.join(silent)}", "look again when every front answers")
        return
    first = _shown(looks[0])
    different = [_values(key, looks) for key in first if len({_shown(one)[key] for one in looks}) > 1]
    if different:
        remedy = "set both CDNs up alike, or take the header out of preflight_parity if it may differ"
        yield Finding(WARN, request, "; ".join(different), remedy)
    else:
        yield Finding(OK, request, f"{len(looks)} fronts answer {first['status']} alike")


def _values(key: str, looks: Sequence[ParityLook]) -> str:
    """What each front answers for a header, or as its status."""
    return f"{key}: " + " | ".join(f"{one['front']} {_shown(one)[key] or '(none)'}" for one in looks)


def _shown(one: ParityLook) -> dict[str, str]:
    return {"status": str(one["status"]), **one["headers"]}


CHECK = Check(
    "parity",
    "Do all fronts answer alike?",
    warns="status, Location, HSTS, Cache-Control or a declared header differ for a request of `preflight_parity`",
    site=look,
)

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Can the name servers be changed at the registrar, and will the domain stay? Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..check import Check
from ..facts import Zone
from ..finding import FAIL, OK, UNKNOWN, WARN, Finding

_DAY = 86400
_SOON = 60 * _DAY

_PINNED = {"cloudflare": "cloudflare"}
"""Part of a registrar's name, and the one type of provider whose name servers its domains may have."""


def look(zone: Zone) -> Iterator[Finding]:
    seen = zone.registration
    if seen is None or seen["error"]:
        words = seen["error"] if seen else "where the domain is registered was neither declared nor asked"
        yield Finding(UNKNOWN, "", words, "declare it with preflight_registrar, or set preflight_rdap")
        return
    found = [*_pinned(zone, seen["registrar"])]
    if seen["expires"] is not None and seen["expires"] - zone.now < _SOON:
        days = (seen["expires"] - zone.now) // _DAY
        found.append(Finding(WARN, "", f"the registration ends in {days} days", "renew it, best automatically"))
    if seen["locked"] is False:
        found.append(Finding(WARN, "", "the domain may be transferred away", "set the transfer lock at the registrar"))
    yield from found or [
        Finding(OK, "", f"registered at {seen['registrar'] or '(not named)'}, as {seen['source']} says")
    ]


def _pinned(zone: Zone, registrar: str) -> Iterator[Finding]:
    for part, kind in _PINNED.items():
        others = [entry["name"] for entry in zone.providers if entry["type"] != kind]
        if part not in registrar.lower():
            continue
        pinned = f"{registrar} keeps its domains on its own name servers"
        if others:
            seen = f"{pinned}, and the zone needs those of {', '.join(others)}"
            yield Finding(FAIL, "", seen, "transfer the domain to another registrar first; there is no other way")
        else:
            seen = f"{pinned}, so no second DNS host can serve the zone when it fails"
            yield Finding(WARN, "", seen, "transfer the domain to a registrar that sells no CDN, on a quiet day")


CHECK = Check(
    "registrar",
    "Can the name servers be changed at the registrar, and will the domain stay?",
    fails="the registrar allows its own name servers only, and the zone needs others",
    warns=(
        "the registrar allows its own name servers only, the registration ends within 60 days, or the domain is not "
        "locked against a transfer"
    ),
    zone=look,
)

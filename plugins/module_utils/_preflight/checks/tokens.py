# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Can every provider be asked with its token? Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..check import Check
from ..facts import Zone
from ..finding import FAIL, OK, Finding

_REMEDIES = {
    "unauthorized": "make a token that may read and edit this zone",
    "not_found": "add the zone at the provider, or let the token see it",
    "throttled": "wait, and look for what else uses this account",
}


def look(zone: Zone) -> Iterator[Finding]:
    for provider in (entry["name"] for entry in zone.providers):
        read = zone.held.get(provider)
        if read is None:
            yield Finding(FAIL, provider, "its API was not asked", "see the error above")
        elif error := read["error"]:
            seen = f"{error['message']}" + (f" ({error['hint']})" if error["hint"] else "")
            yield Finding(FAIL, provider, seen, _REMEDIES.get(error["kind"], "repair the way to this API"))
        else:
            yield Finding(OK, provider, "the token reads the zone; whether it may write shows only in a drill")


CHECK = Check(
    "tokens",
    "Can every provider be asked with its token?",
    fails="the token is missing or refused, or the API does not answer",
    zone=look,
)

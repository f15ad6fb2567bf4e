# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Does the edge serve the public name? Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..._dependencies.visitors import public_host
from ..._failover.data.observed import AddressVerdict
from ..check import Check
from ..facts import SiteFacts
from ..finding import FAIL, OK, Finding

_REFUSALS = (409, 421, 530)
_CODES = ("error 1000", "error 1001", "error 1014", "error 1016", "error 1018")


def look(facts: SiteFacts) -> Iterator[Finding]:
    for front in (front["name"] for front in facts.site["fronts"]):
        answers = [one for one in facts.addresses(front) if one.get("status")]
        refused = [one for one in answers if one.get("status") in _REFUSALS or _names_a_code(one)]
        if refused:
            seen = f"the edge refuses {public_host(facts.site)}: {refused[0].get('detail', '')}"
            yield Finding(FAIL, front, seen, "add the public name at this CDN as a host name of its own")
        elif answers:
            yield Finding(OK, front, f"the edge serves {public_host(facts.site)}")


def _names_a_code(address: AddressVerdict) -> bool:
    return any(code in address.get("detail", "") for code in _CODES)


CHECK = Check(
    "edge_accepts_host",
    "Does the edge of every front serve the public name?",
    fails="it answers 409, 421 or 530, or a page with Cloudflare's code 1000, 1001, 1014, 1016 or 1018",
    site=look,
)

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can only one provider serve? Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..._dependencies import zone_records
from ..._dependencies.lock_in import EMAIL_ROUTING
from ..._zone.names import relative
from ..check import Check
from ..facts import Zone
from ..finding import FAIL, OK, WARN, Finding

_SERVE = "serve it from an origin of your own too"
_MAIL = "let another host take the mail too, or be ready to change the MX records"

_WORDS = {
    "Workers": "a Worker",
    "Pages": "a Pages site",
    "Tunnel": "a Tunnel",
    "R2": "an R2 bucket",
    "Web3": "a Web3 gateway",
}
"""What a product gives, where it is not called like that itself."""


def look(zone: Zone) -> Iterator[Finding]:
    steered = zone.steered()
    held = zone_records.locked({zone.name: zone.held})
    for one in held:
        level = FAIL if one.name in steered and one.type in zone_records.LEADING else WARN
        name = relative(one.name, zone.name)
        seen = f"{name} {one.type} at {one.provider} is {_WORDS.get(one.product, one.product)}"
        remedy = _MAIL if one.product == EMAIL_ROUTING else _SERVE
        yield Finding(level, name, f"{seen}, which nobody else can serve", remedy)
    if not held and zone.readable():
        yield Finding(OK, "", "no record needs one provider's own products")


CHECK = Check(
    "lock_in",
    "What can only one provider serve?",
    fails="a name on the way of visitors needs a Worker, Pages, a Tunnel, R2, Web3, or a record that a product manages",
    warns="another name does, or the mail of the domain goes to Email Routing",
    zone=look,
)

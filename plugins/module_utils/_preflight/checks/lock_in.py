# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can only one provider serve? Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..._failover.data import Record
from ..._zone.names import owner
from ..check import Check
from ..facts import Zone
from ..finding import FAIL, OK, WARN, Finding

_SERVE = "serve it from an origin of your own too"


def look(zone: Zone) -> Iterator[Finding]:
    steered = zone.steered()
    found = False
    for provider, records in zone.readable().items():
        for one in records:
            if why := _only_there(one):
                found = True
                needed = owner(one["name"], zone.name) in steered
                seen = f"{one['name']} {one['type']} at {provider} is {why}, which nobody else can serve"
                yield Finding(FAIL if needed else WARN, one["name"], seen, _SERVE)
    for provider in zone.readable():
        for left in (one for one in zone.left_out(provider) if one["type"] in ("A", "AAAA", "CNAME")):
            found = True
            level = FAIL if owner(left["name"], zone.name) in steered else WARN
            seen = f"{left['name']} {left['type']} at {provider} is {left['reason']}, which nobody else can serve"
            yield Finding(level, left["name"], seen, _SERVE)
    if not found:
        yield Finding(OK, "", "no record needs one provider's own products")


def _only_there(record: Record) -> str:
    values = [str(value).lower().rstrip(".") for value in record.get("values", ())]
    if record["type"] == "AAAA" and "100::" in values:
        return "a Worker"
    return next((what for value in values for suffix, what in _PRODUCTS.items() if value.endswith(suffix)), "")


_PRODUCTS = {
    ".workers.dev": "a Worker",
    ".pages.dev": "a Pages site",
    ".cfargotunnel.com": "a Tunnel",
    ".r2.dev": "an R2 bucket",
    ".r2.cloudflarestorage.com": "an R2 bucket",
    ".cloudflare-ipfs.com": "a Web3 gateway",
}

CHECK = Check(
    "lock_in",
    "What can only one provider serve?",
    fails="a name on the way of visitors needs a Worker, Pages, a Tunnel, R2, Web3, or a record that a product manages",
    warns="another name does",
    zone=look,
)

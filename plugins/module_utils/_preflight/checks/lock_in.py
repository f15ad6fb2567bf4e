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
    found = [*_products(zone), *_managed(zone)]
    for name, seen in found:
        level = FAIL if owner(name, zone.name) in steered else WARN
        yield Finding(level, name, f"{seen}, which nobody else can serve", _SERVE)
    if not found:
        yield Finding(OK, "", "no record needs one provider's own products")


def _products(zone: Zone) -> Iterator[tuple[str, str]]:
    """The names whose values show a product, each with what was seen."""
    for provider, records in zone.readable().items():
        for one in records:
            if why := _only_there(one):
                yield one["name"], f"{one['name']} {one['type']} at {provider} is {why}"


def _managed(zone: Zone) -> Iterator[tuple[str, str]]:
    """The names that lead visitors and that the provider does not let anybody change."""
    for provider in zone.readable():
        for left in zone.left_out(provider):
            if left["type"] in ("A", "AAAA", "CNAME"):
                yield left["name"], f"{left['name']} {left['type']} at {provider} is {left['reason']}"


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

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Does anyone publish the origin of a proxied name? Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..check import Check
from ..facts import Zone
from ..finding import FAIL, OK, Finding


def look(zone: Zone) -> Iterator[Finding]:
    addresses = list(_addresses(zone))
    origins = {(name, value) for _provider, name, value, proxied in addresses if proxied}
    leaks = sorted(
        {
            f"{name} {value} at {provider}"
            for provider, name, value, proxied in addresses
            if not proxied and (name, value) in origins
        }
    )
    for leak in leaks:
        remedy = "publish the proxy's addresses there instead (zone_sync_proxied: copy), and move the origin"
        yield Finding(FAIL, "", f"the origin of a proxied name is published: {leak}", remedy)
    if origins and not leaks:
        yield Finding(OK, "", f"{len(origins)} origins of proxied names are published nowhere")


def _addresses(zone: Zone) -> Iterator[tuple[str, str, str, bool]]:
    """Provider, name and value of every address, and whether it is proxied there."""
    for provider, records in zone.readable().items():
        for one in records:
            if one["type"] in ("A", "AAAA"):
                proxied = bool(one.get("at", {}).get(provider, {}).get("proxied"))
                yield from ((provider, one["name"], str(value), proxied) for value in one.get("values", ()))


CHECK = Check(
    "origin_published",
    "Does anyone publish the origin of a proxied name?",
    fails="a provider holds the address of the origin for a name that is proxied at another one",
    zone=look,
)

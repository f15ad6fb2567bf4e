# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which names would no failover move? Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..._dependencies.zone_records import uncovered
from ..._zone.names import APEX
from ..check import Check
from ..facts import Zone
from ..finding import FAIL, OK, WARN, Finding

_SHOWN = 5


def look(zone: Zone) -> Iterator[Finding]:
    level = FAIL if zone.strict else WARN
    names = list(uncovered(zone.name, zone.held, zone.steered()))
    if names:
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        seen = f"no site covers {', '.join(names[:_SHOWN])}{more}: proxied, or led to a CDN"
        apex = f', with `failover_router: "{APEX}"` for {zone.name}' if APEX in names else ""
        yield Finding(level, "", seen, f"describe a site for each{apex}, or accept it with preflight_ignore")
    elif zone.readable():
        yield Finding(OK, "", "every name behind a CDN belongs to a site")


CHECK = Check(
    "coverage",
    "Which names would no failover move?",
    fails="as below, with `coverage: strict`",
    warns="a name that is proxied, or leads to a CDN, belongs to no site",
    zone=look,
)

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From which provider a sync may copy a router that is missing at another one.

It copies router and marker together, and only where the router is what the newest marker says. Otherwise it would
spread what somebody has changed by hand, or bring back what a failover has left.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

from .._failover import confirmation
from .._failover import marker as failover_marker
from .._failover.marker import Marker
from .._zone import routers
from .._zone.names import APEX
from .._zone.plan import Held

_LEFT = "left missing, as no provider is in line with the newest marker; the next failover run writes it"

Fronts = Mapping[str, Mapping[str, str]]


def sources(fronts: Fronts, held: Held, others: Mapping[str, Held]) -> tuple[dict[str, Held], dict[str, str]]:
    """The other providers without what must not be copied from them; and the names to leave missing, with the reason.

    fronts: by router, the target of each front. A reason is empty for a marker: its router has one.
    """
    now = int(time.time())
    kept, left = dict(others), dict[str, str]()
    for router in routers.missing(held.sets, [other.sets for other in others.values()]):
        here = _marker(held, router, now)
        markers = {name: _marker(other, router, now) for name, other in others.items()}
        newest = confirmation.newest([here, *markers.values()])
        if newest is None:
            continue
        target = fronts.get(router, {}).get(_meant(newest, now), "")
        good = {
            name
            for name, marker in markers.items()
            if marker is not None and marker.seq == newest.seq and _target(others[name], router) == target
        }
        # What stands at the apex differs between providers: a CNAME here, addresses there.
        if router == APEX or (here is not None and here.seq != newest.seq):
            good = set()
        kept = {name: other if name in good else _without(other, router) for name, other in kept.items()}
        if not good:
            left |= {router: _LEFT, routers.marker_name(router): ""}
    return kept, left


def _marker(held: Held, router: str, now: int) -> Marker | None:
    found = held.sets.get((routers.marker_name(router), "TXT"))
    markers = [failover_marker.parse(value.text, now) for value in found.values] if found else []
    return confirmation.newest(markers)


def _meant(marker: Marker, now: int) -> str:
    return marker.pin.front if marker.pin is not None and marker.pin.holds(now) else marker.front


def _target(held: Held, router: str) -> str:
    found = held.sets.get((router, "CNAME"))
    return found.values[0].text.lower() if found and len(found.values) == 1 else "?"


def _without(held: Held, router: str) -> Held:
    names = routers.with_markers([router])
    kept = {key: one for key, one in held.sets.items() if not routers.owns(names, key)}
    return replace(held, sets=kept)

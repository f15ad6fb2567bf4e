# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routers that somebody else wrote between a failover's decision and its write."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence

from .._failover.data import Record
from .._failover.expectation import Guard
from .._zone.plan import MARKER_PREFIX, Held


def overtaken(guards: Sequence[Guard], provider: str, held: Held) -> set[str]:
    """The routers at the provider that are not as they were seen. held: what it holds now."""
    now = int(time.time())
    return {guard.name for guard in guards if guard.provider == provider and _is_overtaken(guard, held, now)}


def _is_overtaken(guard: Guard, held: Held, now: int) -> bool:
    records = [
        Record(name=name, type=rdtype, values=[value.text for value in record_set.values])
        for (name, rdtype), record_set in held.sets.items()
        if name == guard.name and rdtype != "TXT"
    ]
    marker = held.sets.get((MARKER_PREFIX + guard.name, "TXT"))
    return guard.overtaken(records, [value.text for value in marker.values] if marker else [], now)


def with_markers(routers: Collection[str]) -> set[str]:
    """The routers and the names of their markers: both are written together, or neither."""
    return {*routers, *(MARKER_PREFIX + name for name in routers)}

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routers that somebody else wrote between a failover's decision and its write."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .._zone import routers
from .._zone.plan import Held
from .._zone.record_sets import uniform

if TYPE_CHECKING:
    from .._failover.data.observed import Record
    from .._failover.expectation import Guard


def overtaken(guards: Sequence[Guard], provider: str, held: Held) -> set[str]:
    """The routers at the provider that are not as they were seen. held: what it holds now."""
    now = int(time.time())
    return {guard.name for guard in guards if guard.provider == provider and _is_overtaken(guard, provider, held, now)}


def _is_overtaken(guard: Guard, provider: str, held: Held, now: int) -> bool:
    records: list[Record] = [
        {
            "name": name,
            "type": rdtype,
            "values": [value.text for value in record_set.values],
            "at": {provider: dict(uniform(record_set.attributes))},
        }
        for (name, rdtype), record_set in held.sets.items()
        if rdtype != "TXT" and routers.owns((guard.name,), (name, rdtype))
    ]
    marker = held.sets.get((routers.marker_name(guard.name), "TXT"))
    return guard.overtaken(records, [value.text for value in marker.values] if marker else [], now)

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One look at the fronts of a site, by the probes that a run makes too, only fewer."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from .._probes.check import Front
from .._probes.observe import observe
from .._probes.thresholds import UNKNOWN, UP, Thresholds
from .lookout import Look, Trouble

_ONCE = Thresholds(probes=1, interval=0.0, tolerate=0, down_at=1)

#: Seconds for a connection to stand. TCP repeats a packet that was lost after one; what still does not answer is worth
#: a run, whose probes have all of `timeout`. A front that is slow to answer is none of its business.
CONNECT_WITHIN = 1.5


def look(site: str, fronts: Sequence[Front], resolver: tuple[str, int] | None) -> Look:
    """Try every address of every front once, and at once again those of a front at which a try was bad.

    resolver: address and port of a name server that is asked instead of the system's. Raises Exhausted when this host
    runs out of something that the probes need.
    """
    at = time.time()
    bad = [_hurried(front) for front in fronts]
    results: list[dict[str, Any]] = []
    for _twice in range(2):
        results = observe(bad, resolver)["fronts"] if bad else []
        bad = [front for front, result in zip(bad, results, strict=True) if result["verdict"] != UP]
    failed = [result for result in results if result["verdict"] != UP]
    troubles = [Trouble(one["name"], one["cause"], one["reason"]) for one in failed if one["verdict"] != UNKNOWN]
    return Look(site, at, troubles, blind=bool(failed) and not troubles)


def _hurried(front: Front) -> Front:
    return front._replace(thresholds=_ONCE, check=replace(front.check, connect_within=CONNECT_WITHIN))

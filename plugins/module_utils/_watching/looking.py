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
from .._probes.thresholds import DOWN, UNKNOWN, UP, Thresholds
from .lookout import Look, Trouble
from .patience import LEAST, Patience

_ONCE = Thresholds(probes=1, interval=0.0, tolerate=0, down_at=1)


def look(site: str, fronts: Sequence[Front], resolver: tuple[str, int] | None, patience: Patience) -> Look:
    """Try every address of every front once, and at once again those of a front at which a try was bad.

    Where all of several addresses fail at once, that is two bad tries already, and no second look is needed. resolver:
    address and port of a name server that is asked instead of the system's. patience: with what earlier looks have
    shown, to which this one adds. Raises Exhausted when this host runs out of something that the probes need.
    """
    at = time.time()
    failed = _failed(fronts, resolver, patience)
    sure = [(front, result) for front, result in failed if result["verdict"] == DOWN and len(result["addresses"]) > 1]
    doubtful = [front for front, result in failed if (front, result) not in sure]
    failed = sure + _failed(doubtful, resolver, patience)
    for front, result in failed:
        if any(seconds >= patience.of(front.name, front.check.timeout) for seconds in _seconds(result)):
            patience.gave_up(front.name, front.check.timeout)
    known = [one for _front, one in failed if one["verdict"] != UNKNOWN]
    troubles = [Trouble(one["name"], one["cause"], one["reason"]) for one in known]
    return Look(site, at, troubles, blind=bool(failed) and not troubles)


def _failed(
    fronts: Sequence[Front], resolver: tuple[str, int] | None, patience: Patience
) -> list[tuple[Front, dict[str, Any]]]:
    """Try these once: the fronts at which a try was bad, with what was found. The others add to what is known."""
    results = observe([_hurried(front, patience) for front in fronts], resolver)["fronts"] if fronts else []
    found = []
    for front, result in zip(fronts, results, strict=True):
        if result["verdict"] == UP:
            patience.answered(front.name, max(_seconds(result)))
        else:
            found.append((front, result))
    return found


def _hurried(front: Front, patience: Patience) -> Front:
    within = patience.of(front.name, front.check.timeout)
    check = replace(front.check, timeout=within, connect_within=min(within, LEAST))
    return front._replace(thresholds=_ONCE, check=check)


def _seconds(result: dict[str, Any]) -> list[float]:
    """How long each address took."""
    return [one["seconds"]["total"] or 0.0 for one in result["addresses"]]

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much of their time visitors lose: while the front to which they are led fails, or while they are led nowhere."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from .authority import Servers
from .replays import MINUTE, Replay
from .resolvers import Resolver, timeline

#: Seconds for which a browser or an operating system keeps an address before it asks the resolver again. Assumed: a
#: minute, as Chrome does whatever the TTL is.
HOLD = 60.0

#: Visitors of each resolver, whose addresses expire at different seconds.
VISITORS = 3


def minutes_lost(replay: Replay, servers: Mapping[str, Servers], resolvers: Sequence[Resolver]) -> float:
    """The minutes that a visitor loses who is there all the time: the mean over all of them."""
    total = 0.0
    for resolver in resolvers:
        led = timeline(resolver, servers, replay.seconds)
        for number in range(VISITORS):
            total += _lost(replay, _held(led, HOLD * (number + resolver.phase) / VISITORS))
    return total / MINUTE / len(resolvers) / VISITORS


def _held(led: Sequence[tuple[float, str | None]], phase: float) -> list[tuple[float, str | None]]:
    """From when on a visitor goes to which front: the resolver is asked at the phase and once a `HOLD` after it."""
    found: dict[float, str | None] = {0.0: led[0][1]}
    for when, front in led[1:]:
        found[phase + HOLD * math.ceil((when - phase) / HOLD)] = front
    return list(found.items())


def _lost(replay: Replay, held: Sequence[tuple[float, str | None]]) -> float:
    ends = [*(when for when, _front in held[1:]), replay.seconds]
    return sum(
        end - begin if front is None else replay.lost(front, begin, min(end, replay.seconds))
        for (begin, front), end in zip(held, ends, strict=True)
        if begin < replay.seconds
    )

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""deSEC's rate limits: several sliding windows per scope, and one window of a day per account over everything."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from typing import TypeAlias

from .errors import detail

SECOND, MINUTE, HOUR, DAY = 1, 60, 3600, 86400

Rates: TypeAlias = tuple[tuple[int, int], ...]
"""(requests, seconds) pairs, shortest window first."""

SCOPES: dict[str, Rates] = {
    "dns_api_cheap": ((10, SECOND), (50, MINUTE)),
    "dns_api_per_domain_expensive": ((2, SECOND), (15, MINUTE), (100, HOUR), (300, DAY)),
    "dns_api_expensive": ((10, SECOND), (300, MINUTE), (1000, HOUR)),
    "account_management_passive": ((50, MINUTE), (600, HOUR)),
}
DAILY: Rates = ((2000, DAY),)


class Throttles:
    """Counts requests. Not thread-safe by itself: the API calls it under its lock."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` in seconds, never going back."""
        self._clock = clock
        self._seen: dict[tuple[str, str, int], deque[float]] = {}

    def admit(self, who: str, scope: str, bucket: str | None) -> None:
        """Count one request of an account (or client), or raise a 429 refusal.

        Both the scope's windows and the daily one are always asked: a request that its scope turns away still counts
        towards the day. Of several waiting times the longest is reported."""
        now = self._clock()
        waits = [
            wait
            for wait in (
                self._admit(now, f"{scope}:{bucket or ''}", who, SCOPES[scope]),
                self._admit(now, "user", who, DAILY),
            )
            if wait is not None
        ]
        if waits:
            seconds = math.ceil(max(waits))
            unit = "second" if seconds == 1 else "seconds"
            message = f"Request was throttled. Expected available in {seconds} {unit}."
            raise detail(429, message, {"Retry-After": str(seconds)})

    def _admit(self, now: float, scope: str, who: str, rates: Rates) -> float | None:
        """Count the request in every window of a scope, or, when one is full, in none: then the seconds to wait for
        the first full window, the only one the server tells."""
        windows = [self._seen.setdefault((scope, who, duration), deque()) for _unused, duration in rates]
        for window, (limit, duration) in zip(windows, rates, strict=True):
            while window and window[0] <= now - duration:
                window.popleft()
            if len(window) >= limit:
                return duration - (now - window[0])
        for window in windows:
            window.append(now)
        return None

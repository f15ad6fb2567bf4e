# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The time that a write takes to reach a provider's name servers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from .served import RRsets, ServedZone


class Propagation:
    """Publishes states of zones after a delay, and never an older one after a newer one."""

    def __init__(self, zones: Mapping[str, ServedZone], delay: float) -> None:
        """`delay` in seconds."""
        self._zones = zones
        self._delay = delay
        self._issued = 0
        self._applied: dict[str, int] = {}
        self._lock = threading.Lock()

    def publish(self, zone: str, source: Callable[[], RRsets], at_once: bool) -> None:
        """Serve a state of a zone, at once or after the delay."""
        with self._lock:
            self._issued += 1
            number = self._issued
        if at_once or not self._delay:
            self._apply(zone, number, source)
        else:
            timer = threading.Timer(self._delay, self._apply, (zone, number, source))
            timer.daemon = True
            timer.start()

    def _apply(self, zone: str, number: int, source: Callable[[], RRsets]) -> None:
        with self._lock:
            if number > self._applied.get(zone, 0):
                self._applied[zone] = number
                self._zones[zone].publish(source)

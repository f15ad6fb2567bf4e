# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the APIs were asked."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from typing import Any

from ..faults import Fault
from .api import Request
from .server import Delivery, How

_LIMIT = 200_000


class RequestLog:
    """The requests in the order of their answers. Headers are not kept: they hold the token."""

    def __init__(self) -> None:
        self._entries: deque[dict[str, Any]] = deque(maxlen=_LIMIT)
        self._lock = threading.Lock()

    def add(self, provider: str, request: Request, delivery: Delivery, fault: Fault | None, seconds: float) -> None:
        """Note a request. `status` is that of the answer, `None` where none is ever sent."""
        silent = delivery.how in (How.NEVER, How.ABORT)
        entry = {
            "provider": provider,
            "time": time.time(),
            "method": request.method,
            "path": request.path,
            "query": [list(pair) for pair in request.query],
            "status": None if silent else delivery.response.status,
            "seconds": round(seconds, 4),
            "fault": fault.kind if fault else None,
            "body": _readable(request.body),
        }
        with self._lock:
            self._entries.append(entry)

    def entries(self, provider: str | None = None) -> list[dict[str, Any]]:
        """All requests, or those to one provider."""
        with self._lock:
            return [entry for entry in self._entries if provider in (None, entry["provider"])]

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()


def _readable(body: bytes) -> object:
    if not body:
        return None
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")

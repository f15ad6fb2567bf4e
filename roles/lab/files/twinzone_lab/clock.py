# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The time of day in the lab: that of the machine, which a test may put forward for all APIs and fronts at once."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

_ahead = timedelta()


def put_forward(seconds: float) -> None:
    """From now on the clock is so many seconds ahead of the machine's."""
    global _ahead
    _ahead = timedelta(seconds=seconds)


def now() -> datetime:
    """The time in UTC."""
    return datetime.now(UTC) + _ahead


def timestamp() -> float:
    """The time as Unix time in seconds."""
    return time.time() + _ahead.total_seconds()

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times as text in ISO 8601, and back. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any


def timestamp(seconds: int) -> str:
    """Unix time as ISO 8601 in UTC; an empty string for 0."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if seconds else ""


def unix_time(text: Any) -> int:
    """A time in ISO 8601 as Unix time in seconds; 0 for anything else."""
    try:
        return int(datetime.fromisoformat(str(text)).timestamp())
    except (OverflowError, ValueError):
        return 0

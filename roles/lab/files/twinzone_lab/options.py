# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a lab can be started with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """The choices; the command line has an option for each."""

    directory: Path
    zones: tuple[str, ...] = ("example.com",)
    latency: float = 0.0
    """Seconds that every API request takes at least."""
    throttle: bool = False
    """Whether the providers' request limits are in force."""
    throttle_limit: int = 1200
    """Requests in `throttle_window` seconds at Cloudflare; then everything is refused for as long."""
    throttle_window: float = 300.0
    minimum_ttl: int = 3600
    """deSEC's, in seconds."""
    record_quota: int = 3500
    """Records of one Cloudflare zone."""
    third: bool = False
    """Whether there is a third provider, `own`, on real servers."""
    propagation: float = 0.02
    """Seconds from a write at Cloudflare to its name servers."""

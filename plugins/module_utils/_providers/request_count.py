# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much was sent to a provider."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class RequestCount:
    """How many requests were sent to a provider, and how many of them were repetitions."""

    requests: int = 0
    retries: int = 0

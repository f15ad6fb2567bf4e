# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may watch a site and steer it, one strategy a file: `play` reacts to a course from begin to end."""

from __future__ import annotations

from typing import Protocol

from ..course import Course


class Strategy(Protocol):
    """What reacts to an outage."""

    def play(self, course: Course) -> None:
        """Watch the course from begin to end, and write what is to be written."""

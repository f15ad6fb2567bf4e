# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No failover: the visitors wait until it is over."""

from __future__ import annotations

from ..course import Course


class Nothing:
    """Nobody does anything."""

    def play(self, course: Course) -> None:
        pass

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The floor: who knows at the very second what fails, and what could be written, with the same TTLs.

It leaves the edge at the first failing answer if the standby is well, writes every provider as soon as that takes a
write, and does not come back while anything is to come. Nothing that acts by DNS can lose less.
"""

from __future__ import annotations

from ..course import Course
from ..replays import EDGE, LEAD, STANDBY


class Floor:
    """Perfect knowledge."""

    def play(self, course: Course) -> None:
        replay = course.replay
        if replay.failing(EDGE, LEAD) <= replay.failing(STANDBY, LEAD):
            return
        for name, servers in course.servers.items():
            when = LEAD if course.is_writable(name, LEAD) else replay.unlocked_after(LEAD)
            servers.lead(when, STANDBY, course.ttl)

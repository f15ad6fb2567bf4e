# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A person who changes the record 44 minutes after the first failing answer, if it still fails then.

Resend needed these 44 minutes from the alarm to the decision ("is it them or us?"); the change takes no time here.
Where a provider cannot be written, the person does it as soon as that is over.
"""

from __future__ import annotations

from ..course import Course
from ..replays import EDGE, LEAD, MINUTE, STANDBY


class ByHand:
    """Toggled by hand."""

    def __init__(self, minutes: float = 44) -> None:
        self._after = minutes * MINUTE

    def play(self, course: Course) -> None:
        replay, when = course.replay, LEAD + self._after
        later = range(int(when), int(replay.seconds), 60)
        trouble = any(replay.failing(EDGE, second) > replay.failing(STANDBY, second) for second in later)
        if not trouble:
            return
        for name, servers in course.servers.items():
            begin = when if course.is_writable(name, when) else replay.unlocked_after(when)
            servers.lead(begin, STANDBY, course.ttl)

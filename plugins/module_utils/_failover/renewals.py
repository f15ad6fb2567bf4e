# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How often the addresses at the apex were renewed while the front stayed, and when to stop. Pure.

A name that is a CNAME follows its CDN by itself. At the apex of most providers stand addresses, which must follow when
the CDN leaves them. Each renewal is a write, and providers limit writes: the half of a day's that failovers and pins
need is never used for it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .restorations import DAY

#: So many in a day.
MOST = 24

_TEXT = re.compile(r"([0-9]{1,10}),([0-9]{1,3})")


@dataclass(frozen=True)
class Renewals:
    """What was renewed. day: when a day of counting began, Unix time; count: in that day."""

    day: int = 0
    count: int = 0

    def today(self, now: int) -> int:
        """How many in the day of `now`."""
        return self.count if now - self.day < DAY else 0

    def allow(self, now: int, daily_writes: int | None, others: int = 0) -> bool:
        """Whether one more may be made now.

        daily_writes: how many the provider takes in a day, None for no known limit. others: those of today that were
        not needed for a failover either.
        """
        one_more = self.today(now) + 1
        return one_more <= MOST and (daily_writes is None or one_more + others <= daily_writes // 2)

    def with_one_at(self, now: int) -> Renewals:
        """These and one more."""
        today = self.today(now)
        return Renewals(self.day if today else now, today + 1)

    def to_text(self) -> str:
        """The day and its count, or nothing."""
        return f"{self.day},{self.count}" if self.count else ""


#: Nothing was renewed.
NONE = Renewals()


def parse(text: str, now: int) -> Renewals:
    """What `to_text` has written; none for anything else, or for a day after `now`."""
    match = _TEXT.fullmatch(text)
    return Renewals(int(match[1]), int(match[2])) if match and int(match[1]) <= now else NONE

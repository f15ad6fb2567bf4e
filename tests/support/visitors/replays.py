# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real outages as data: what failed for how long, and what could not be written meanwhile. With sources.

All times are minutes from the first failing answer. Where the operator published no share of failing requests, the
note says what is assumed.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from operator import itemgetter

#: How it is known where nothing answers: the time for a connection is over, or it is refused at once.
TIMEOUT, REFUSAL = "timeout", "refusal"

FRONTS = EDGE, STANDBY = "edge", "standby"

#: Seconds before the trouble, in which every strategy begins to watch.
LEAD = 1200.0
#: Seconds after it.
REST = 1800.0

MINUTE = 60.0


@dataclass(frozen=True)
class Spell:
    """Minutes in which this share of the requests to the edge fails, and of those to the standby."""

    minutes: float
    edge: float = 0.0
    standby: float = 0.0


@dataclass(frozen=True)
class Replay:
    """One outage. short: the head of its column.

    silent: of what does not answer at all, rather than with an error, how that is known: TIMEOUT or REFUSAL. locked:
    from which minute to which the API of the provider that fails takes no writes. source: where this is from. note:
    what was assumed.
    """

    short: str
    name: str
    spells: Sequence[Spell]
    source: str
    silent: str = ""
    locked: Sequence[tuple[float, float]] = ()
    note: str = ""

    @property
    def hangs(self) -> bool:
        """Whether a request that fails does so late."""
        return self.silent == TIMEOUT

    @cached_property
    def seconds(self) -> float:
        """With what comes before and after it."""
        return LEAD + sum(spell.minutes for spell in self.spells) * MINUTE + REST

    @cached_property
    def _steps(self) -> list[tuple[float, tuple[float, float]]]:
        begins = accumulate((spell.minutes * MINUTE for spell in self.spells), initial=LEAD)
        shares = [(spell.edge, spell.standby) for spell in self.spells]
        return [(0.0, (0.0, 0.0)), *zip(begins, [*shares, (0.0, 0.0)], strict=True)]

    @cached_property
    def _lost(self) -> list[tuple[float, tuple[float, float]]]:
        """At each step, the seconds that a visitor of each front has lost so far."""
        found, edge, standby = [(0.0, (0.0, 0.0))], 0.0, 0.0
        for (begin, shares), (end, _next) in zip(self._steps, self._steps[1:], strict=False):
            edge += shares[0] * (end - begin)
            standby += shares[1] * (end - begin)
            found.append((end, (edge, standby)))
        return found

    def failing(self, front: str, when: float) -> float:
        """Which share of the requests to a front fails at this second."""
        return self._steps[bisect_right(self._steps, when, key=itemgetter(0)) - 1][1][FRONTS.index(front)]

    def lost(self, front: str, begin: float, end: float) -> float:
        """The seconds that a visitor loses who is led to the front from one second to another."""
        return self._until(front, end) - self._until(front, begin)

    def _until(self, front: str, when: float) -> float:
        place = bisect_right(self._lost, when, key=itemgetter(0)) - 1
        begin, so_far = self._lost[place]
        return so_far[FRONTS.index(front)] + self.failing(front, begin) * (when - begin)

    def is_locked(self, when: float) -> bool:
        """Whether the API of the provider that fails takes no writes at this second."""
        return any(begin * MINUTE <= when - LEAD < end * MINUTE for begin, end in self.locked)

    def unlocked_after(self, when: float) -> float:
        """The first second from this one on at which that API takes writes."""
        for _begin, end in self.locked:
            if self.is_locked(when):
                when = LEAD + end * MINUTE
        return when


#: Cloudflare's report says "impact starts" at 11:28, that good and bad files alternated every few minutes, and that it
#: stayed bad later on. Five minutes each, and 12:58 for the later on, are assumed.
_FLUCTUATION = [Spell(5, 1.0), Spell(5)] * 9

NOVEMBER = Replay(
    "18 Nov",
    "18 November 2025, Cloudflare's proxy: errors come and go for 90 minutes, then stay for 92",
    [*_FLUCTUATION, Spell(92, 1.0)],
    "https://blog.cloudflare.com/18-november-2025-outage/",
    note="errors and none take turns of five minutes",
)
NOVEMBER_LOCKED = Replay(
    "18 Nov*",
    "the same, and Cloudflare's API takes no writes while its dashboard is down: 11:30 to 13:10, 14:40 to 15:30",
    NOVEMBER.spells,
    NOVEMBER.source,
    locked=[(2, 102), (192, 242)],
    note="that it is so, as reports of that day differ on the API",
)
DECEMBER = Replay(
    "5 Dec",
    "5 December 2025, Cloudflare's proxy: 25 minutes of errors for the sites concerned",
    [Spell(25, 1.0)],
    "https://blog.cloudflare.com/5-december-2025-outage/",
)
DECEMBER_LOCKED = Replay(
    "5 Dec*",
    "the same, and Cloudflare's API takes no writes",
    DECEMBER.spells,
    DECEMBER.source,
    locked=[(0, 25)],
    note="that it is so, from press reports of that day",
)
SEPTEMBER = Replay(
    "12 Sep",
    "12 September 2025, Cloudflare's control plane alone: the edge serves, the API takes no writes for over an hour",
    [Spell(75)],
    "https://blog.cloudflare.com/deep-dive-into-cloudflares-sept-12-dashboard-and-api-outage/",
    locked=[(0, 75)],
)
FEBRUARY = Replay(
    "20 Feb",
    "20 February 2026, Cloudflare: prefixes of customers withdrawn for 367 minutes, connections time out",
    [Spell(367, 1.0)],
    "https://blog.cloudflare.com/cloudflare-outage-february-20-2026/",
    silent=TIMEOUT,
)
AZURE_SMALL = Replay(
    "9 Oct",
    "9 October 2025, Azure Front Door in Europe: 6 % of the requests fail for five hours",
    [Spell(300, 0.06)],
    "https://azure.status.microsoft/status/history/?trackingId=QNBQ-5W8",
    note="the peak rate of Europe, for the whole time",
)
AZURE = Replay(
    "29 Oct",
    "29 October 2025, Azure Front Door: half of the requests fail until 18:30, a tenth until 00:05",
    [Spell(165, 0.5), Spell(335, 0.1)],
    "https://azure.status.microsoft/status/history/?trackingId=YKYN-BWZ",
    silent=TIMEOUT,
    note="the shares, as none was published; that all of it are the connections timing out of which the report speaks",
)
AWS_ORIGIN = Replay(
    "20 Oct o",
    "20 October 2025, AWS us-east-1: the origin behind both fronts fails for 172 minutes (DynamoDB)",
    [Spell(172, 1.0, 1.0)],
    "https://aws.amazon.com/message/101925",
    note="that the site cannot do without DynamoDB",
)
AWS_BALANCER = Replay(
    "20 Oct b",
    "20 October 2025, AWS us-east-1: the edge is a load balancer there; connections fail on and off for 519 minutes",
    [*([Spell(5, 0.5), Spell(5)] * 51), Spell(9, 0.5)],
    "https://aws.amazon.com/message/101925",
    silent=REFUSAL,
    note="half of the connections, in turns of five minutes, as no share was published, and that they fail at once",
)

REPLAYS = (
    NOVEMBER,
    NOVEMBER_LOCKED,
    DECEMBER,
    DECEMBER_LOCKED,
    SEPTEMBER,
    FEBRUARY,
    AZURE_SMALL,
    AZURE,
    AWS_ORIGIN,
    AWS_BALANCER,
)

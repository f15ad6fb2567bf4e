# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The figures: what every strategy costs in every replay, and what TTL, schedule, vantages and timeout are worth."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import fmean

from .costs import minutes_lost
from .course import Course
from .replays import DECEMBER, FEBRUARY, REPLAYS, Replay, Spell
from .resolvers import population
from .strategies import Strategy
from .strategies.by_hand import ByHand
from .strategies.cloudflare_lb import CloudflareLoadBalancer
from .strategies.floor import Floor
from .strategies.in_a_row import InARow
from .strategies.nothing import Nothing
from .strategies.route53 import Route53
from .strategies.script import Script
from .strategies.twinzone import Twinzone

#: How often each replay is played, and how many resolvers ask in it.
COURSES, RESOLVERS = 8, 40

#: Where the figures are kept that the documentation shows. `python -m support.visitors.publish` writes them.
FILE = Path(__file__).with_name("figures.json")

#: For those who want to leave brownouts within a minute; the default policy needs ten. With the watcher's `again`, and
#: `failover_check.timeout`.
SHARP = Twinzone(
    watched=True, again=10.0, timeout=2.0, policy={"probes": 12, "interval": 0.75, "tolerate": 2, "down_at": 4}
)

NO_FAILOVER, WATCHED, FLOOR = "no failover", "twinzone, watched", "the floor"
SHARP_EYED, FROM_THREE = "twinzone, watched, sharp", "twinzone, watched, 3 places"

STRATEGIES: Mapping[str, Strategy] = {
    NO_FAILOVER: Nothing(),
    "by hand after 44 minutes": ByHand(),
    "inspiring script, its example": Script(own_urls=False),
    "inspiring script, own URLs": Script(own_urls=True),
    "cron, three in a row": InARow(),
    "Route 53, every 30 s": Route53(),
    "Route 53, every 10 s": Route53(10.0),
    "Cloudflare load balancer": CloudflareLoadBalancer(),
    "twinzone, every two minutes": Twinzone(),
    WATCHED: Twinzone(watched=True),
    FROM_THREE: Twinzone(watched=True, vantages=3),
    SHARP_EYED: SHARP,
    FLOOR: Floor(),
}

TTLS = (60, 120, 300, 900, 3600)
PERIODS = (60, 120, 300, 600)
VANTAGES = (1, 2, 3, 5)
TIMEOUTS = (5, 3, 2)

#: By strategy and replay, the minutes of each course.
Costs = dict[str, dict[str, list[float]]]
#: By question and case, the mean of all courses.
Worth = dict[str, dict[str, float]]


def cost(replay: Replay, strategy: Strategy, seed: int, ttl: int = 60, blind: bool = False) -> float:
    """The minutes that a visitor loses in one course."""
    course = Course(replay, seed, ttl, blind)
    strategy.play(course)
    return round(minutes_lost(replay, course.servers, population(RESOLVERS, list(course.servers), seed)), 3)


def costs() -> Costs:
    """What every strategy costs in every replay. Several processes share the work."""
    with ProcessPoolExecutor() as pool:
        return dict(zip(STRATEGIES, pool.map(_costs, STRATEGIES), strict=True))


def _costs(name: str) -> dict[str, list[float]]:
    strategy = STRATEGIES[name]
    return {replay.short: [cost(replay, strategy, seed) for seed in range(COURSES)] for replay in REPLAYS}


def worth() -> Worth:
    """What single things are worth to a site, in one outage each."""
    watched = Twinzone(watched=True)
    return {
        "ttl": {str(ttl): _mean(DECEMBER, watched, ttl) for ttl in TTLS},
        "ttl, floor": {str(ttl): _mean(DECEMBER, Floor(), ttl) for ttl in TTLS},
        "schedule": {
            **{str(period): _mean(DECEMBER, Twinzone(period)) for period in PERIODS},
            "watched": _mean(DECEMBER, watched),
        },
        "vantages": {str(count): _mean(DECEMBER, Twinzone(vantages=count)) for count in VANTAGES},
        "vantages, first cut off": {
            str(count): _mean(DECEMBER, Twinzone(vantages=count), blind=True) for count in VANTAGES
        },
        "week": {"watched": float(moves(watched, 7)), "sharp": float(moves(SHARP, 7))},
        "timeout": {str(most): _mean(FEBRUARY, Twinzone(watched=True, timeout=most)) for most in TIMEOUTS},
    }


def moves(strategy: Strategy, days: int) -> int:
    """How often a strategy leaves a front in so many days without trouble, in which 3 % of the probes are lost."""
    course = Course(Replay("", "", [Spell(days * 1440)], ""), 1, lost=0.03)
    strategy.play(course)
    return next(iter(course.servers.values())).moves


def _mean(replay: Replay, strategy: Strategy, ttl: int = 60, blind: bool = False) -> float:
    return round(mean([cost(replay, strategy, seed, ttl, blind) for seed in range(COURSES)]), 3)


def mean(minutes: Sequence[float]) -> float:
    return fmean(minutes)


def kept() -> tuple[Costs, Worth]:
    """The figures that the documentation shows."""
    data = json.loads(FILE.read_text())
    return data["costs"], data["worth"]


def keep(found: Costs, valued: Worth) -> None:
    FILE.write_text(json.dumps({"costs": found, "worth": valued}, indent=1) + "\n")

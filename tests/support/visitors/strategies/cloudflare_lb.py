# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A DNS-only load balancer of Cloudflare with a pool for each front and a health monitor.

From https://developers.cloudflare.com/load-balancing/understand-basics/health-details/ and the API's reference of
monitors: a monitor asks every 60 seconds [`interval`], retries twice at once [`retries`], and waits five seconds for an
answer [`timeout`]; three data centers of each region ask, an endpoint is healthy if the majority of the data centers of
a region says so, and of the regions. One such round changes the state [`consecutive_down` 0]. The first healthy pool is
answered, with a TTL of 30 seconds; where none is healthy, the fallback pool, here the first.

Assumed: one region, no time between the verdict and the answer, and that monitors and answers go on working while
Cloudflare's proxy does not. Cloudflare alone serves the zone.
"""

from __future__ import annotations

from ..course import Course
from ..replays import EDGE, FRONTS, STANDBY

_INTERVAL, _TRIES, _DATA_CENTERS, _SILENT = 60.0, 3, 3, 5.0


class CloudflareLoadBalancer:
    """Its monitors."""

    def play(self, course: Course) -> None:
        course.host(["cloudflare"], 30)
        (servers,) = course.servers.values()
        active, when = EDGE, course.random.random() * _INTERVAL
        while when < course.replay.seconds:
            healthy = {front: _healthy(course, front, when) for front in FRONTS}
            wanted = STANDBY if healthy[STANDBY] and not healthy[EDGE] else EDGE
            if wanted != active:
                active = wanted
                servers.lead(when + (_TRIES * _SILENT if course.replay.hangs else 0.0), active, course.ttl)
            when += _INTERVAL


def _healthy(course: Course, front: str, when: float) -> bool:
    passed = [
        not all(course.fails(front, when, vantage + 1) for _try in range(_TRIES)) for vantage in range(_DATA_CENTERS)
    ]
    return sum(passed) > _DATA_CENTERS / 2

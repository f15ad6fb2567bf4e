# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The script that inspired this collection: amirhmoradi/multi-dns-cdn-failover, scripts/failover.py (bad86b3).

A systemd timer starts it every two minutes. It asks Cloudflare for the id of the zone first, and ends if that fails.
Then one request: if the URL of the first front answers 200, the router should lead to the first front; otherwise, if
the URL of the second one does, to the second. Cloudflare is written before deSEC, and an error there ends it.

In its example both URLs are the same, of the name that visitors use: so the request goes to whichever front the
script's resolver leads to. With a URL for each front it does what its author meant.
"""

from __future__ import annotations

import random

from ..course import FAILING, Course
from ..replays import EDGE, STANDBY
from ..resolvers import Resolver, timeline

_PERIOD = 120.0


class Script:
    """The script. own_urls: whether each front has a URL of its own, rather than both that of the example."""

    def __init__(self, own_urls: bool) -> None:
        self._own_urls = own_urls

    def play(self, course: Course) -> None:
        when = course.random.random() * _PERIOD
        target = EDGE
        while when < course.replay.seconds:
            if course.is_writable(FAILING, when):
                wanted = self._wanted(course, when)
                if wanted not in (None, target):
                    target = wanted
                    course.lead(wanted, when)
            when += _PERIOD

    def _wanted(self, course: Course, when: float) -> str | None:
        here = None if self._own_urls else _resolved(course, when)
        if not course.fails(here or EDGE, when):
            return EDGE
        return None if course.fails(here or STANDBY, when) else STANDBY


def _resolved(course: Course, when: float) -> str:
    """Where the resolver of the machine that runs the script leads."""
    resolver = Resolver(FAILING, 0.5, False, random.Random(course.seed).random(), course.seed)
    return [front for begin, front in timeline(resolver, course.servers, when + 1) if begin <= when][-1] or EDGE

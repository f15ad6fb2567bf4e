# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One course of a replay: the fronts that can be probed, and the providers that can be written."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from .authority import Servers
from .replays import EDGE, LEAD, Replay

#: Of the two providers of a site, the one that fails with its edge, and the one that survives.
FAILING, SURVIVOR = PROVIDERS = ("cloudflare", "desec")

#: What becomes of a probe: a good answer; an error that the front itself answers; none.
GOOD, ANSWERED, LOST = "good", "answered", "lost"


@dataclass
class Course:
    """A replay with the seed of its chances.

    ttl: seconds for which answers about the router may be kept. blind: whether the first vantage reaches nothing. lost:
    the share of all probes that are lost on their way.
    """

    replay: Replay
    seed: int
    ttl: int = 60
    blind: bool = False
    lost: float = 0.01
    providers: Sequence[str] = PROVIDERS
    servers: dict[str, Servers] = field(init=False)
    random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.servers = {}
        self.host(self.providers, self.ttl)

    def host(self, providers: Sequence[str], ttl: int) -> None:
        """Let these providers serve the zone, whose router leads to the edge."""
        self.ttl = ttl
        self.servers = {name: Servers(name) for name in providers}
        for one in self.servers.values():
            one.lead(-LEAD, EDGE, ttl)

    def fails(self, front: str, when: float, vantage: int = 0) -> bool:
        """Whether a probe of a front fails."""
        return self.probe(front, when, vantage) != GOOD

    def probe(self, front: str, when: float, vantage: int = 0) -> str:
        """What becomes of a probe. What is lost on its way is never an answer."""
        if self.blind and vantage == 0:
            return LOST
        share = self.replay.failing(front, when)
        drawn = self.random.random()
        if drawn >= self.lost + (1 - self.lost) * share:
            return GOOD
        return LOST if drawn < self.lost or self.replay.silent else ANSWERED

    def is_writable(self, provider: str, when: float) -> bool:
        """Whether the provider's API takes a write at this second."""
        return provider != FAILING or not self.replay.is_locked(when)

    def lead(self, front: str, when: float) -> bool:
        """Write the router wherever that is possible now; whether it was so everywhere."""
        done = [name for name in self.servers if self.is_writable(name, when)]
        for name in done:
            self.servers[name].lead(when, front, self.ttl)
        return len(done) == len(self.servers)

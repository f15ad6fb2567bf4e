# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The marker: a failover's memory, kept as a TXT record beside the router that it describes. Pure.

Runs are short-lived containers on changing machines; what they must remember stands where they can all read it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

#: The first field; content without it is not ours.
FORMAT = "twinzone1"

#: Content longer than this is not ours: what we write fits two character strings.
_MAX_LENGTH = 500

#: How many past switches are kept. No higher limit per hour can be kept to.
KEPT_SWITCHES = 12

FOREVER = 0

#: Names of fronts, run ids and tags: nothing that a TXT value would have to escape.
WORD = re.compile(r"[A-Za-z0-9_.-]{1,40}")

_NUMBER = re.compile(r"[0-9]{1,12}")


@dataclass(frozen=True)
class Pin:
    """A hold on one front. until: Unix time in seconds, or FOREVER. tag: who or why, one word."""

    front: str
    until: int = FOREVER
    tag: str = ""

    def holds(self, now: int) -> bool:
        return self.until == FOREVER or self.until > now


@dataclass(frozen=True)
class Span:
    """For how long something has been so: from the first to the latest observation that was remembered of it."""

    since: int = 0
    seen: int = 0

    def lasts(self, now: int, gap: int) -> bool:
        """Whether it may be counted on at `now`: not where nobody looked for longer than `gap` seconds."""
        return self.since > 0 and now - self.seen <= gap

    def seconds(self, now: int, gap: int) -> int:
        """How long it has been so at `now`, when that is seen once more."""
        return now - self.since if self.lasts(now, gap) else 0

    def to_text(self) -> str:
        return f"{self.since},{self.seen}"


#: What is not so.
NEVER = Span()


@dataclass(frozen=True)
class Marker:
    """What the last write knew. All times are Unix times in seconds; 0 means never.

    seq: grows with every write; the highest seen at any provider is the truth. front: the intended front. since: when
    it became that. run: who wrote. switches: the latest ones. degraded: of the active front. healthy: of the preferred
    front. noted: the last write that had nothing to do but to note one of these two.
    """

    seq: int
    front: str
    since: int
    run: str = "-"
    pin: Pin | None = None
    switches: tuple[int, ...] = field(default_factory=tuple)
    degraded: Span = NEVER
    healthy: Span = NEVER
    noted: int = 0

    def to_text(self) -> str:
        """The marker as the text of one TXT value, in quotation marks."""
        fields = {
            "v": FORMAT,
            "seq": str(self.seq),
            "front": self.front,
            "since": str(self.since),
            "run": self.run,
            "noted": str(self.noted),
            "switches": ",".join(str(time) for time in self.switches[-KEPT_SWITCHES:]),
            "degraded": self.degraded.to_text(),
            "healthy": self.healthy.to_text(),
        }
        if self.pin is not None:
            fields |= {"pin": self.pin.front, "until": str(self.pin.until), "tag": self.pin.tag}
        return '"' + " ".join(f"{key}={value}" for key, value in fields.items() if value) + '"'


def parse(text: str, now: int) -> Marker | None:
    """The marker that a TXT value holds; None for anything that we did not write so. Times after `now` are dropped."""
    bare = "".join(text.strip().strip('"').split('" "'))
    if len(bare) > _MAX_LENGTH:
        return None
    fields = dict(part.split("=", 1) for part in bare.split(" ") if "=" in part)
    seq, front, run = fields.get("seq", ""), fields.get("front", ""), fields.get("run", "-")
    if fields.get("v") != FORMAT or not _NUMBER.fullmatch(seq) or not (WORD.fullmatch(front) and WORD.fullmatch(run)):
        return None

    def time(text: str) -> int:
        return int(text) if _NUMBER.fullmatch(text) and int(text) <= now else 0

    def span(text: str) -> Span:
        times = [time(part) for part in text.split(",")]
        return Span(*times) if len(times) == 2 and 0 < times[0] <= times[1] else NEVER

    return Marker(
        seq=int(seq),
        front=front,
        since=time(fields.get("since", "")),
        run=run,
        pin=_pin(fields),
        switches=tuple(sorted(filter(None, map(time, fields.get("switches", "").split(",")))))[-KEPT_SWITCHES:],
        degraded=span(fields.get("degraded", "")),
        healthy=span(fields.get("healthy", "")),
        noted=time(fields.get("noted", "")),
    )


def _pin(fields: dict[str, str]) -> Pin | None:
    front, until, tag = fields.get("pin", ""), fields.get("until", ""), fields.get("tag", "")
    if not (WORD.fullmatch(front) and _NUMBER.fullmatch(until)):
        return None
    return Pin(front, int(until), tag if WORD.fullmatch(tag) else "")


def latest(texts: Iterable[str], fronts: Iterable[str], now: int) -> Marker | None:
    """Of all values found at all servers, the one that tells the intended front: highest seq, then lowest run id.

    A marker that names a front which the site does not have is as good as none.
    """
    known = set(fronts)
    found = {marker for text in texts if (marker := parse(text, now)) is not None and marker.front in known}
    return min(found, key=lambda marker: (-marker.seq, marker.run, marker.to_text()), default=None)

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

#: How many past switches are kept; more than any sensible limit per hour.
_KEPT_SWITCHES = 12

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
class Marker:
    """What the last write knew. All times are Unix times in seconds; 0 means never.

    seq: grows with every write; the highest seen at any provider is the truth. front: the intended front. since: when
    it became that. run: who wrote. switches: the latest ones. degraded_since: of the active front. healthy_since,
    healthy_seen: of the preferred front, first and latest observation of its present health. written: the last write.
    """

    seq: int
    front: str
    since: int
    run: str = "-"
    pin: Pin | None = None
    switches: tuple[int, ...] = field(default_factory=tuple)
    degraded_since: int = 0
    healthy_since: int = 0
    healthy_seen: int = 0
    written: int = 0

    def to_text(self) -> str:
        """The marker as the text of one TXT value, in quotation marks."""
        fields = {
            "v": FORMAT,
            "seq": str(self.seq),
            "front": self.front,
            "since": str(self.since),
            "run": self.run,
            "written": str(self.written),
            "switches": ",".join(str(time) for time in self.switches[-_KEPT_SWITCHES:]),
            "degraded": str(self.degraded_since),
            "healthy": f"{self.healthy_since},{self.healthy_seen}",
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

    healthy = [time(part) for part in fields.get("healthy", "").split(",")]
    whole = len(healthy) == 2 and all(healthy) and healthy[0] <= healthy[1]
    return Marker(
        seq=int(seq),
        front=front,
        since=time(fields.get("since", "")),
        run=run,
        pin=_pin(fields),
        switches=tuple(sorted(filter(None, map(time, fields.get("switches", "").split(",")))))[-_KEPT_SWITCHES:],
        degraded_since=time(fields.get("degraded", "")),
        healthy_since=healthy[0] if whole else 0,
        healthy_seen=healthy[1] if whole else 0,
        written=time(fields.get("written", "")),
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

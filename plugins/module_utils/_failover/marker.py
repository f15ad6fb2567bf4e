# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The marker: a failover's memory, kept as a TXT record beside the router that it describes. Pure.

Runs are short-lived containers on changing machines; what they must remember stands where they can all read it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from . import renewals, restorations
from .renewals import Renewals
from .restorations import Restorations

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

#: Seconds by which another machine's clock may be ahead. A seq beyond is not believed, so nobody can use them all up.
AHEAD = 60

#: No pin is longer than this, in seconds.
LONGEST_PIN = 3650 * 86400

#: Unix time before which there was no marker. A time before is a mistake or a lie.
_FIRST_TIME = 1_500_000_000

#: What is left of a run's id, and how many switches are kept, where a marker is too long otherwise.
_SHORT_RUN, _FEW_SWITCHES = 8, 4


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
        """How long it has been so at `now`, when that is seen once more.

        Two observations that lie far apart prove nothing of the time between them: there must be one in it.
        """
        return now - self.since if self.lasts(now, gap) and not self._is_unseen(now, gap) else 0

    def _is_unseen(self, now: int, gap: int) -> bool:
        """Whether nothing but its beginning was seen, longer ago than observations that go on are remembered apart."""
        return self.seen == self.since and now - self.since > gap // 3

    def to_text(self) -> str:
        return f"{self.since},{self.seen}"


#: What is not so.
NEVER = Span()


@dataclass(frozen=True)
class Marker:
    """What the last write knew. All times are Unix times in seconds; 0 means never.

    seq: grows with every write; the highest that is confirmed at any provider is the truth. front: the intended front.
    since: when it became that. run: who wrote. switches: the latest ones. degraded: of the active front. healthy: of
    the preferred front. noted: the last write that had nothing to do but to note one of these two. restored: how often
    the router was led back. renewed: how often the addresses at the apex were.

    Older versions do not write the following; None means unknown. pinseq: the seq with which the pin was set or lifted.
    asked: when a person last asked for something. given: the front that the router of this one provider was last given;
    empty for none. gave: the fingerprint of the addresses that an apex was given for that; see `given_addresses`.
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
    restored: Restorations = restorations.NONE
    pinseq: int | None = None
    asked: int | None = None
    given: str | None = None
    renewed: Renewals = renewals.NONE
    gave: str | None = None

    @property
    def shared(self) -> Marker:
        """The marker without what is the affair of one provider."""
        return replace(self, given=None, gave=None)

    def to_text(self) -> str:
        """The marker as the text of one TXT value, in quotation marks; at most as long as all versions read it."""
        text = self._text()
        if len(text) - 2 <= _MAX_LENGTH:
            return text
        pin = replace(self.pin, tag="") if self.pin else None
        return replace(self, run=self.run[:_SHORT_RUN], pin=pin, switches=self.switches[-_FEW_SWITCHES:])._text()

    def _text(self) -> str:
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
            "restored": self.restored.to_text(),
            "pinseq": _optional(self.pinseq),
            "asked": _optional(self.asked),
            "given": self.given or "",
            "renewed": self.renewed.to_text(),
            "gave": self.gave or "",
        }
        if self.pin is not None:
            fields |= {"pin": self.pin.front, "until": str(self.pin.until), "tag": self.pin.tag}
        return '"' + " ".join(f"{key}={value}" for key, value in fields.items() if value) + '"'


def _optional(number: int | None) -> str:
    return "" if number is None else str(number)


def parse(text: str, now: int) -> Marker | None:
    """The marker that a TXT value holds; None for anything that we did not write so.

    A seq far after `now` is not believed, as nobody could write a higher one. Times out of reason are dropped.
    """
    bare = "".join(text.strip().strip('"').split('" "'))
    if len(bare) > _MAX_LENGTH:
        return None
    fields = dict(part.split("=", 1) for part in bare.split(" ") if "=" in part)
    seq, front, run = fields.get("seq", ""), fields.get("front", ""), fields.get("run", "-")
    if fields.get("v") != FORMAT or not _NUMBER.fullmatch(seq) or not (WORD.fullmatch(front) and WORD.fullmatch(run)):
        return None
    if int(seq) > now + AHEAD:
        return None

    def time(name: str) -> int:
        return _time(fields.get(name, ""), now)

    def span(name: str) -> Span:
        times = [_time(part, now) for part in fields.get(name, "").split(",")]
        return Span(*times) if len(times) == 2 and 0 < times[0] <= times[1] else NEVER

    switches = (_time(part, now) for part in fields.get("switches", "").split(","))
    return Marker(
        seq=int(seq),
        front=front,
        since=time("since"),
        run=run,
        pin=_pin(fields, now),
        switches=tuple(sorted(filter(None, switches)))[-KEPT_SWITCHES:],
        degraded=span("degraded"),
        healthy=span("healthy"),
        noted=time("noted"),
        restored=restorations.parse(fields.get("restored", ""), now),
        pinseq=_believed(fields.get("pinseq", ""), int(seq)),
        asked=_believed(fields.get("asked", ""), now + AHEAD),
        given=_word(fields.get("given", "")),
        renewed=renewals.parse(fields.get("renewed", ""), now),
        gave=_word(fields.get("gave", "")),
    )


def _word(text: str) -> str | None:
    return text if WORD.fullmatch(text) else None


def _time(text: str, now: int) -> int:
    return int(text) if _NUMBER.fullmatch(text) and _FIRST_TIME <= int(text) <= now else 0


def _believed(text: str, most: int) -> int | None:
    return int(text) if _NUMBER.fullmatch(text) and int(text) <= most else None


def _pin(fields: dict[str, str], now: int) -> Pin | None:
    front, until, tag = fields.get("pin", ""), fields.get("until", ""), fields.get("tag", "")
    if not (WORD.fullmatch(front) and _NUMBER.fullmatch(until)) or int(until) > now + AHEAD + LONGEST_PIN:
        return None
    return Pin(front, int(until), tag if WORD.fullmatch(tag) else "")


def latest(texts: Iterable[str], fronts: Iterable[str], now: int) -> Marker | None:
    """Of all values found at all servers, the one with the intended front: highest seq, then lowest run id.

    A marker that names a front which the site does not have is as good as none.
    """
    known = set(fronts)
    found = {marker for text in texts if (marker := parse(text, now)) is not None and marker.front in known}
    return min(found, key=lambda marker: (-marker.seq, marker.run, marker.to_text()), default=None)

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What time it is, as fronts, controls and APIs date their answers. One of them may lie, so most must agree. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence

from .data.observed import AddressVerdict, ControlAnswer, Held, HeldByZone, Vote
from .site import CONTROLLER

#: Seconds that a clock may differ.
OFF = 60

#: Seconds within which two sources agree.
_SAME = 30


def of_vantage(vote: Vote) -> dict[str, int]:
    """By front and control, the seconds by which it is ahead of the clock of the vantage that asked it."""
    answers: dict[str, list[AddressVerdict | ControlAnswer]] = {}
    for front in vote["fronts"]:
        # Sites share fronts: what has the same name is one source.
        answers.setdefault(front["name"], []).extend(front.get("addresses", ()))
    for control in vote.get("controls", ()):
        answers.setdefault(control["control"], []).append(control)
    by_name = {name: [ahead for one in mine if (ahead := _ahead(one)) is not None] for name, mine in answers.items()}
    return {name: round(statistics.median(ahead)) for name, ahead in by_name.items() if ahead}


def _ahead(one: AddressVerdict | ControlAnswer) -> int | None:
    """None where the answer does not say: a cached one whose age is not known is dated when it was stored."""
    date, received, age = one.get("date"), one.get("received"), one.get("age")
    if date is None or received is None or (one.get("cached") and age is None):
        return None
    return date + (age or 0) - received


def of_controller(votes: Sequence[Vote], held: HeldByZone, now: int) -> dict[str, int]:
    """By source, the seconds by which it is ahead of the controller's clock, which shows the Unix time `now`.

    What another vantage reports is one source, as it may make up all that it reports. It is not known when its answers
    came, but they came before now: so it shows only the least by which our clock is behind.
    """
    found = {provider: ahead for zone in held.values() for provider, ahead in of_apis(zone)}
    for vote in votes:
        if vote["vantage"] == CONTROLLER:
            found |= of_vantage(vote)
        elif times := [time for one in _answers(vote) if (time := _time(one)) is not None]:
            found[f"vantage {vote['vantage']}"] = max(0, round(statistics.median(times)) - now)
    return found


def of_apis(zone: Mapping[str, Held]) -> Iterator[tuple[str, int]]:
    """By API, the seconds by which it is ahead of the clock of the controller."""
    for provider, read in zone.items():
        ahead = read.get("clock_ahead")
        if ahead is not None:
            yield f"the API of {provider}", ahead


def _answers(vote: Vote) -> list[AddressVerdict | ControlAnswer]:
    return [*(one for front in vote["fronts"] for one in front.get("addresses", ())), *vote.get("controls", ())]


def _time(one: AddressVerdict | ControlAnswer) -> int | None:
    ahead, received = _ahead(one), one.get("received")
    return None if ahead is None or received is None else received + ahead


def agreed(sources: Mapping[str, int]) -> int | None:
    """The seconds by which most sources, at least two, are ahead of a clock; None where they do not agree."""
    for center in sorted(sources.values(), key=abs):
        near = [ahead for ahead in sources.values() if abs(ahead - center) <= _SAME]
        if len(near) >= 2 and 2 * len(near) > len(sources):
            return round(statistics.median(near))
    return None


def off(sources: Mapping[str, int]) -> int:
    """The seconds by which a clock is behind, or below 0 ahead, where that is more than it may be; else 0."""
    ahead = agreed(sources) or 0
    return ahead if abs(ahead) > OFF else 0


def in_words(ahead: int, whose: str = "the fronts") -> str:
    """How a clock differs."""
    return f"{abs(ahead)} s {'behind' if ahead > 0 else 'ahead of'} that of {whose}"

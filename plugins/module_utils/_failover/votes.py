# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a vantage reported, as a vote: only its known keys, in their known shape and size. Pure.

A vantage is a machine that somebody else may control. A vote belongs to the host that was asked, whatever name the host
gives itself; one of another shape is a vote for `unknown`, and changes nothing for the other vantages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .._text import visible
from . import vote_values
from .data.observed import FrontVerdict, Vote
from .quorum import DEGRADED, DOWN, UNKNOWN, UP

#: Characters of a reason or a message, fronts and controls of a vote, addresses of a front; more is not a vote.
_LONGEST, _FRONTS, _CONTROLS, _ADDRESSES = 4000, 5000, 5000, 200

#: The message in place of a vote that cannot be read.
MALFORMED = "it reported no verdict in the expected form"


def read(vantage: str, reported: Any) -> Vote:
    """The vote of a vantage. reported: what the module cdn_health returned there, or whatever came in its place."""
    if not isinstance(reported, Mapping):
        return Vote(vantage=vantage, msg=MALFORMED, fronts=[])
    if "fronts" not in reported or (reported["fronts"] == [] and reported.get("msg")):
        return Vote(vantage=vantage, msg=_message(reported.get("msg")), fronts=[])
    try:
        return Vote(
            vantage=vantage,
            msg="",
            fronts=_fronts(reported["fronts"]),
            controls=[vote_values.control(one) for one in vote_values.items(reported.get("controls", []), _CONTROLS)],
        )
    except ValueError:
        return Vote(vantage=vantage, msg=MALFORMED, fronts=[])


def collected(started: Iterable[Mapping[str, Any]]) -> list[Vote]:
    """The votes of several vantages. started: of each, `vantage`, `vote` where there is one, and `msg`."""
    found: dict[str, Vote] = {}
    for one in started:
        vantage = str(one["vantage"])
        found.setdefault(vantage, read(vantage, one.get("vote") or {"msg": one.get("msg")}))
    return list(found.values())


def _message(given: Any) -> str:
    lines = [line.strip() for line in given[:_LONGEST].splitlines()] if isinstance(given, str) else []
    return "; ".join(visible(line) for line in lines if line) or "no verdict"


def _fronts(given: Any) -> list[FrontVerdict]:
    """Raises ValueError for anything that cdn_health would not return."""
    fronts = [_front(one) for one in vote_values.items(given, _FRONTS)]
    if len({(front["site"], front["name"]) for front in fronts}) < len(fronts):
        raise ValueError
    return fronts


def _front(given: Any) -> FrontVerdict:
    if not isinstance(given, Mapping) or not isinstance(given.get("clean"), bool):
        raise ValueError
    verdict = vote_values.text(given.get("verdict"))
    if verdict not in (UP, DOWN, DEGRADED, UNKNOWN) or (given["clean"] and verdict != UP):
        raise ValueError
    return FrontVerdict(
        site=vote_values.text(given.get("site")),
        name=vote_values.text(given.get("name")),
        verdict=verdict,
        clean=given["clean"],
        cause=vote_values.text(given.get("cause", "")),
        reason=vote_values.text(given.get("reason")),
        addresses=[vote_values.address(one) for one in vote_values.items(given.get("addresses"), _ADDRESSES)],
    )

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings that somebody decided to live with, for a reason and until a day. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from .. import _hints
from .._errors import BadInput
from .finding import ACCEPTED, OK, Result
from .registry import IDS

_KEYS = ("id", "subject", "reason", "until", "by")


@dataclass(frozen=True)
class Accepted:
    """An entry of `preflight_ignore`. subject: how the subject must begin; empty for all. until: the last day."""

    id: str
    reason: str
    until: date
    by: str
    subject: str = ""

    def covers(self, result: Result, now: int) -> bool:
        """Whether the finding is accepted at the Unix time `now`."""
        today = datetime.fromtimestamp(now, UTC).date()
        return self.id == result["id"] and result["subject"].startswith(self.subject) and today <= self.until


def read(entries: Any) -> list[Accepted]:
    """The entries of `preflight_ignore`. Raises BadInput with everything that is wrong with them."""
    if not isinstance(entries, Sequence) or isinstance(entries, str):
        raise BadInput(["preflight_ignore: must be a list of entries with id, reason, until and by"])
    problems: list[str] = []
    found = [_read(f"preflight_ignore[{place}]", entry, problems) for place, entry in enumerate(entries)]
    if problems:
        raise BadInput(problems)
    return [one for one in found if one]


def _read(label: str, entry: Any, problems: list[str]) -> Accepted | None:
    if not isinstance(entry, Mapping):
        problems.append(f"{label}: must have the keys id, reason, until and by")
        return None
    wrong = [f"{label}.{problem}" for problem in _wrong(entry)]
    problems += wrong
    if wrong:
        return None
    until, subject = date.fromisoformat(str(entry["until"])), str(entry.get("subject") or "")
    return Accepted(str(entry["id"]), str(entry["reason"]), until, str(entry["by"]), subject)


def _wrong(entry: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"{key}: {_hints.unknown(key, _KEYS)}" for key in entry if key not in _KEYS)
    yield from (f"{key}: is missing" for key in _KEYS if key != "subject" and not entry.get(key))
    if entry.get("id"):
        yield from _wrong_id(str(entry["id"]))
    if entry.get("until") and not _is_day(str(entry["until"])):
        yield f"until: {str(entry['until'])!r} is not a day such as 2027-01-31"


def _wrong_id(check: str) -> Iterator[str]:
    if check not in IDS:
        yield f"id: {check} {_hints.unknown(check, IDS)}"


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def apply(results: Sequence[Result], accepted: Sequence[Accepted], now: int) -> list[Result]:
    """The results, with those that are accepted marked so. One whose day is over counts again."""
    return [_applied(result, accepted, now) for result in results]


def _applied(result: Result, accepted: Sequence[Accepted], now: int) -> Result:
    if result["level"] == OK:
        return result
    for one in accepted:
        if one.covers(result, now):
            note = f"accepted by {one.by} until {one.until}: {one.reason}"
            return {**result, "level": ACCEPTED, "note": f"{note} (it is a {result['level']})"}
    return result

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The preflight on a terminal: what to change first, then all findings, the worst first. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from .finding import FAIL, LEVELS, OK, WARN, Result
from .look import worst_first

_FIRST = 3
_SHOWN = {FAIL: "FAIL"}


def lines(results: Sequence[Result]) -> list[str]:
    """The lines of the report."""
    ranked = worst_first(results)
    counts = [f"{count} {level}" for level in LEVELS if (count := sum(one["level"] == level for one in ranked))]
    return [
        ", ".join(counts) or "nothing was checked",
        *_first(ranked),
        *(line for one in ranked for line in _about(one)),
    ]


def _first(ranked: Sequence[Result]) -> list[str]:
    """The first remedies."""
    remedies = dict.fromkeys(f"{one['subject']}: {one['remedy']}" for one in ranked if one["level"] in (FAIL, WARN))
    if not remedies:
        return []
    return ["change first:", *(f"  {number}. {text}" for number, text in enumerate(list(remedies)[:_FIRST], 1))]


def _about(one: Result) -> list[str]:
    found = [f"{_SHOWN.get(one['level'], one['level']):<8} {one['id']:<17} {one['subject']}: {one['seen']}"]
    if one["level"] != OK and one["remedy"]:
        found.append(f"{'':<26} -> {one['remedy']}")
    if one["note"]:
        found.append(f"{'':<26} {one['note']}")
    return found

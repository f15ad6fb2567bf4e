# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The preflight for machines. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from .finding import FAIL, LEVELS, SCHEMA, Result
from .look import worst_first


class Report(TypedDict):
    """`preflight.json`. when: ISO 8601, UTC. counts: of results by level."""

    schema: str
    when: str
    passed: bool
    counts: dict[str, int]
    results: list[Result]


def report(results: Sequence[Result], when: str) -> Report:
    """The report of a preflight that was made at this time."""
    return Report(
        schema=SCHEMA,
        when=when,
        passed=all(one["level"] != FAIL for one in results),
        counts={level: sum(one["level"] == level for one in results) for level in LEVELS},
        results=worst_first(results),
    )

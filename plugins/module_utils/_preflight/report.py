# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The preflight for machines. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TypedDict

from .finding import FAIL, LEVELS, SCHEMA, Result
from .look import worst_first


class Report(TypedDict):
    """`preflight.json`. when: ISO 8601, UTC. counts: of results by level.

    certificates: by site and front, the SHA-256 of the certificate that was seen.
    """

    schema: str
    when: str
    passed: bool
    counts: dict[str, int]
    results: list[Result]
    certificates: dict[str, dict[str, str]]


def report(results: Sequence[Result], when: str, certificates: dict[str, dict[str, str]]) -> Report:
    """The report of a preflight that was made at this time."""
    return Report(
        schema=SCHEMA,
        when=when,
        passed=all(one["level"] != FAIL for one in results),
        counts={level: sum(one["level"] == level for one in results) for level in LEVELS},
        results=worst_first(results),
        certificates=certificates,
    )


def read(text: str) -> Report | None:
    """A report that was written before; None for none, and for anything else."""
    try:
        found: Any = json.loads(text)
        if found["schema"] != SCHEMA:
            return None
        return Report(
            schema=SCHEMA,
            when=str(found["when"]),
            passed=found["passed"] is True,
            counts={},
            results=[_result(one) for one in found["results"]],
            certificates=_certificates(found),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _result(one: Any) -> Result:
    return Result(
        id=str(one["id"]),
        subject=str(one["subject"]),
        level=str(one["level"]),
        seen=str(one["seen"]),
        remedy=str(one["remedy"]),
        note=str(one["note"]),
    )


def _certificates(found: Any) -> dict[str, dict[str, str]]:
    given = found.get("certificates") or {}
    return {str(site): {str(front): str(one) for front, one in here.items()} for site, here in given.items()}

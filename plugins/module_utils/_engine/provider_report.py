# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of one provider's work, in the form of a module's result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .._deadline import Deadline
from .._dns.comparison import DIFFERENT, NOT_COMPARABLE, SILENT, Finding
from .._errors import ProviderError
from .._providers.request_count import RequestCount
from .._text import few
from .._zone.plan import Change


@dataclass
class Report:
    """What became of one provider; readable at any moment, also while its thread still works.

    overtaken: routers that somebody else wrote since it was decided to write them, and that were left alone.
    exception: the traceback of an error of our own, without secrets. unconfirmed: what was sent with unknown outcome.
    """

    provider: str
    deadline: Deadline
    count: RequestCount
    result: str = "deadline"
    error: ProviderError | None = None
    exception: str = ""
    notes: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    unconfirmed: list[Change] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    pending_copy: dict[str, str] = field(default_factory=dict)
    overtaken: list[str] = field(default_factory=list)
    by_hand: dict[str, list[str]] = field(default_factory=dict)
    written_after: float = 0.0
    seconds: float = 0.0

    def as_result(self) -> dict[str, Any]:
        """One entry of a module's `providers`."""
        error = self.error
        if self.result == "deadline" and error is None:
            error = ProviderError("deadline", f"not finished within {self.deadline.seconds:g} seconds")
        notes = list(dict.fromkeys(self.notes))
        if self.unconfirmed:
            names = few([" ".join(change.key) for change in self.unconfirmed])
            notes.append(f"sent, but unknown whether it took effect: {names}")
        shown = {
            "result": self.result,
            "changed": bool(self.changes),
            "requests": self.count.requests,
            "retries": self.count.retries,
            "seconds": round(self.seconds or self.deadline.elapsed(), 3),
            "written_after": round(self.written_after, 3),
            "notes": notes,
            "error": error.as_result() if error else None,
            "pending_copy": dict(self.pending_copy),
            "overtaken": list(self.overtaken),
            "unserved": _shown(self.findings, (DIFFERENT, SILENT)),
            "not_comparable": _shown(self.findings, (NOT_COMPARABLE,)),
            "by_hand": self.by_hand if error else {},
        }
        return {**shown, "exception": self.exception} if self.exception else shown


def _shown(findings: Sequence[Finding], states: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {
            "server": finding.server,
            "name": finding.expectation.name,
            "type": finding.expectation.record_set.type,
            "detail": finding.detail,
        }
        for finding in findings
        if finding.state in states
    ]

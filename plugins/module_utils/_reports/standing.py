# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report says that may be worth a message. Each kind of report has a reader here. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from .._failover import outcome as failover_outcome
from .._failover.data.result import RESULT_SCHEMA
from .._preflight.finding import FAIL, SCHEMA, WARN
from .._timestamps import unix_time

CRITICAL, ERROR, WARNING, INFO = "critical", "error", "warning", "info"

#: What a preflight says in place of an outcome, if nothing is wrong.
PASSED: Final = "passed"

#: How bad an outcome is; one that is not here is a warning.
_SEVERITIES: Final[Mapping[str, str]] = {
    **dict.fromkeys(failover_outcome.GOOD, INFO),
    failover_outcome.FAILED: CRITICAL,
    failover_outcome.HELD: CRITICAL,
    failover_outcome.PARTIAL: ERROR,
    failover_outcome.ADVISED: ERROR,
    PASSED: INFO,
    WARN: WARNING,
    FAIL: ERROR,
}


@dataclass(frozen=True)
class Standing:
    """What a report says of its subject.

    kind: of subject: `site` or `preflight`. subject: the site. outcome, rule, front: where one of them differs, it is
    something else. finished: Unix time. moved: whether it is news although nothing is wrong. state: for the headline.
    reason: one line. text: all of it, for a person.
    """

    kind: str
    subject: str
    outcome: str
    rule: str
    front: str
    finished: int
    moved: bool
    state: str
    reason: str
    text: str


def severity(outcome: str) -> str:
    """How bad an outcome is."""
    return _SEVERITIES.get(outcome, WARNING)


def read(report: Mapping[str, Any]) -> Standing | None:
    """What a report says; None for a dry run, and for a kind of report about which nothing is sent."""
    reader = _READERS.get(str(report.get("schema")))
    return None if reader is None or report.get("check_mode") else reader(report)


def _of_a_site(report: Mapping[str, Any]) -> Standing:
    outcome = str(report.get("outcome", ""))
    return Standing(
        kind="site",
        subject=str(report.get("site", "")),
        outcome=outcome,
        rule=str(report.get("rule", "")),
        front=str(report.get("front", "")),
        finished=unix_time(str(report.get("finished"))),
        moved=outcome in failover_outcome.CHANGED,
        state=outcome,
        reason=str(report.get("reason", "")),
        text="\n".join(report.get("summary", ())),
    )


def _of_a_preflight(report: Mapping[str, Any]) -> Standing:
    """Something else is wrong where the set of what is wrong differs; the words for it do not count."""
    wrong = [one for one in report.get("results", ()) if one["level"] in (FAIL, WARN)]
    levels = [one["level"] for one in wrong]
    parts = sorted({f"{one['level']} {one['id']} {one['subject']}" for one in wrong})
    return Standing(
        kind="preflight",
        subject="preflight",
        outcome=_worst(levels),
        rule=hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12],
        front="",
        finished=unix_time(str(report.get("when"))),
        moved=False,
        state=", ".join(f"{levels.count(level)} {level}" for level in (FAIL, WARN) if level in levels),
        # The report has the worst first.
        reason=f"{wrong[0]['subject']}: {wrong[0]['seen']}" if wrong else "",
        text="\n".join(line for one in wrong for line in _lines(one)) or "a failover would work today",
    )


def _worst(levels: Collection[str]) -> str:
    return next((level for level in (FAIL, WARN) if level in levels), PASSED)


def _lines(one: Mapping[str, Any]) -> list[str]:
    return [f"{one['level']:<4} {one['id']}  {one['subject']}: {one['seen']}", f"     -> {one['remedy']}"]


_READERS: Final[Mapping[str, Callable[[Mapping[str, Any]], Standing]]] = {
    RESULT_SCHEMA: _of_a_site,
    SCHEMA: _of_a_preflight,
}

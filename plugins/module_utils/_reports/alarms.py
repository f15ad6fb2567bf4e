# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is worth a message: a site's report held against the one before. An alarm begins, gets worse, and ends. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from .._failover import outcome as failover_outcome
from .._failover.data import RESULT_SCHEMA

#: What happened. NEWS: a site moved, and nothing is wrong. REPEAT: as before, and still wrong.
BEGIN, WORSE, OTHER, REPEAT, END, NEWS = "begin", "worse", "other", "repeat", "end", "news"

CRITICAL, ERROR, WARNING, INFO = "critical", "error", "warning", "info"
_ORDER: Final = (INFO, WARNING, ERROR, CRITICAL)

#: How bad an outcome is; one that is not here is a warning.
_SEVERITIES: Final[Mapping[str, str]] = {
    **dict.fromkeys(failover_outcome.GOOD, INFO),
    failover_outcome.FAILED: CRITICAL,
    failover_outcome.HELD: CRITICAL,
    failover_outcome.PARTIAL: ERROR,
}

#: The place in a stored report where the state is kept.
FIELD = "alarm"


@dataclass(frozen=True)
class State:
    """What was last reported of a site. began: Unix time since which something is wrong; 0 when nothing is.

    unsent: the webhooks, by their ids, that did not take the message about it.
    """

    outcome: str
    rule: str
    front: str
    finished: int
    began: int = 0
    unsent: tuple[str, ...] = ()

    @property
    def is_wrong(self) -> bool:
        return severity(self.outcome) != INFO


def state_before(stored: Any) -> State | None:
    """The state that a stored report keeps; None when there is none."""
    if not isinstance(stored, Mapping):
        return None
    kept = stored.get(FIELD)
    if isinstance(kept, Mapping):
        try:
            return State(**{**kept, "unsent": tuple(kept["unsent"])})
        except (KeyError, TypeError):
            return None
    return state_after(stored, None)


def state_after(report: Mapping[str, Any], before: State | None, unsent: Sequence[str] = ()) -> State | None:
    """The state that a report leaves. A dry run, and what is no report of a site, leave the one before."""
    if report.get("schema") != RESULT_SCHEMA or report.get("check_mode"):
        return before
    now = _seconds(report)
    outcome = str(report.get("outcome", ""))
    began = 0
    if severity(outcome) != INFO:
        began = before.began if before is not None and before.is_wrong and 0 < before.began <= now else now
    return State(outcome, str(report.get("rule", "")), str(report.get("front", "")), now, began, tuple(unsent))


@dataclass(frozen=True)
class Alarm:
    """Something to send about one site.

    key: the same for all messages about one site, so that a service can put them together. began: Unix time of the
    first report with something wrong; of the message itself where nothing is. report: the whole report.
    """

    site: str
    key: str
    event: str
    severity: str
    began: int
    now: int
    title: str
    text: str
    report: Mapping[str, Any]

    @property
    def is_over(self) -> bool:
        """Whether nothing is wrong any more."""
        return self.event in (END, NEWS)


def severity(outcome: str) -> str:
    """How bad an outcome is."""
    return _SEVERITIES.get(outcome, WARNING)


def of(
    report: Mapping[str, Any], before: State | None, webhook: str = "", repeat_after: int = 0, every_run: bool = False
) -> Alarm | None:
    """What to send to a webhook; None when the report says nothing new, and for a dry run.

    before: the state before the run; None when that is not known. repeat_after: seconds after which something that is
    still wrong is sent again; 0 for never. every_run: whether it is sent by every run.
    """
    after = state_after(report, before)
    if after is None or after is before:
        return None
    event = _event(after, before, missed=before is not None and webhook in before.unsent)
    if event == REPEAT and not every_run and not _is_due_again(after, before, repeat_after):
        return None
    if event is None:
        return None
    over = before if event == END and before is not None else after
    return Alarm(
        site=str(report["site"]),
        key=f"twinzone/{report['site']}",
        event=event,
        severity=severity(over.outcome),
        began=over.began or after.finished,
        now=after.finished,
        title=_title(report, event),
        text="\n".join(report["summary"]),
        report=report,
    )


def _event(after: State, before: State | None, missed: bool) -> str | None:
    """missed: whether the message about the state before could not be sent."""
    if not after.is_wrong:
        if missed or (before is not None and before.is_wrong):
            return END
        return NEWS if after.outcome in failover_outcome.CHANGED else None
    if before is None or missed or not before.is_wrong:
        return BEGIN
    if _ORDER.index(severity(after.outcome)) > _ORDER.index(severity(before.outcome)):
        return WORSE
    is_same = (after.outcome, after.rule, after.front) == (before.outcome, before.rule, before.front)
    return REPEAT if is_same else OTHER


def _is_due_again(after: State, before: State | None, repeat_after: int) -> bool:
    """Whether a whole number of intervals since the beginning has passed between the two runs."""
    if before is None or not repeat_after:
        return False
    return (after.finished - after.began) // repeat_after > (before.finished - after.began) // repeat_after


def _title(report: Mapping[str, Any], event: str) -> str:
    words = {END: "is well again", REPEAT: f"is still {report['outcome']}"}
    return f"{report['site']}: {words.get(event, report['outcome'])}"


def _seconds(report: Mapping[str, Any]) -> int:
    """When the run ended, as Unix time; 0 where it does not say."""
    try:
        moment = datetime.strptime(str(report.get("finished")), "%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        return 0
    return int(moment.replace(tzinfo=UTC).timestamp())

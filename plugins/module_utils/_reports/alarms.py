# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is worth a message: a report held against the one before. An alarm begins, gets worse, and ends. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from . import standing
from .standing import CRITICAL, ERROR, INFO, WARNING, Standing, severity

#: What happened. OTHER: something else is wrong now, and it is not worse.
#: NEWS: a site moved, and nothing is wrong. REPEAT: as before, and still wrong.
BEGIN, WORSE, OTHER, REPEAT, END, NEWS = "begin", "worse", "other", "repeat", "end", "news"

_ORDER: Final = (INFO, WARNING, ERROR, CRITICAL)

#: The place in a stored report where the state is kept.
FIELD = "alarm"


@dataclass(frozen=True)
class State:
    """What was last reported of a site, or by a preflight.

    began: Unix time since which something is wrong; 0 when nothing is. unsent: the webhooks, by their ids, that did not
    take the message about it.
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
    """The state that a report leaves. That of a dry run leaves the one before."""
    now = standing.read(report)
    return before if now is None else _state(now, before, unsent)


def _state(now: Standing, before: State | None, unsent: Sequence[str] = ()) -> State:
    began = 0
    if severity(now.outcome) != INFO:
        goes_on = before is not None and before.is_wrong and 0 < before.began <= now.finished
        began = before.began if before is not None and goes_on else now.finished
    return State(now.outcome, now.rule, now.front, now.finished, began, tuple(unsent))


@dataclass(frozen=True)
class Alarm:
    """Something to send about one subject.

    about: how it stands now. event: what happened. severity: at an end, of what is over. began: Unix time of the first
    report with something wrong; of the message itself where nothing is. report: the whole report.
    """

    about: Standing
    event: str
    severity: str
    began: int
    title: str
    report: Mapping[str, Any]

    @property
    def key(self) -> str:
        """The same for all messages about one subject, so that a service can put them together."""
        return f"twinzone/{self.about.subject}"

    @property
    def now(self) -> int:
        """Unix time of the report."""
        return self.about.finished

    @property
    def text(self) -> str:
        """All of it, for a person."""
        return self.about.text

    @property
    def is_over(self) -> bool:
        """Whether nothing is wrong any more."""
        return self.event in (END, NEWS)


def of(
    report: Mapping[str, Any], before: State | None, webhook: str = "", repeat_after: int = 0, every_run: bool = False
) -> Alarm | None:
    """What to send to a webhook; None when the report says nothing new, and for a dry run.

    before: the state before the run; None when that is not known. repeat_after: seconds after which something that is
    still wrong is sent again; 0 for never. every_run: whether it is sent by every run.
    """
    now = standing.read(report)
    if now is None:
        return None
    after = _state(now, before)
    event = _event(now, after, before, missed=before is not None and webhook in before.unsent)
    if event == REPEAT and not every_run and not _is_due_again(after, before, repeat_after):
        return None
    if event is None:
        return None
    over = before if event == END and before is not None else after
    return Alarm(now, event, severity(over.outcome), over.began or after.finished, _title(now, event), report)


def _event(now: Standing, after: State, before: State | None, missed: bool) -> str | None:
    """missed: whether the message about the state before could not be sent."""
    if not after.is_wrong:
        if missed or (before is not None and before.is_wrong):
            return END
        return NEWS if now.moved else None
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


def _title(now: Standing, event: str) -> str:
    words = {END: "is well again", REPEAT: f"is still {now.state}"}
    return f"{now.subject}: {words.get(event, now.state)}"

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All work for one provider: read, plan, write, and read again after a write whose outcome is unknown."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from .._errors import ProviderError
from .._providers.base import Provider
from .._zone.plan import Change, Held
from .._zone.record_sets import RecordSet
from .._zone.routers import router_of, with_markers
from . import guarding
from .job import Job
from .lock import ZoneLock
from .meeting import Meeting
from .planning import Planner, Prospect
from .provider_report import Report
from .verification import Verification

#: Seconds before the second, third … round of read, plan, write, after a write whose outcome is unknown.
_BACKOFF = (0.2, 0.5, 1.0, 2.0)

#: Seconds between two looks at a write that its server may still be working on, though it gave up answering.
_LOOKS = (1.0, 2.0, 4.0, 8.0, 15.0, 15.0, 15.0)

#: Seconds past its own deadline that a provider's thread may take to report that itself.
_GRACE = 0.25

_REFUSALS = ("unsafe", "conflict", "rejected")


class ProviderRun:
    """All work for one provider of a job. providers: all of the job, by name, for questions to the others."""

    def __init__(self, job: Job, provider: Provider, meeting: Meeting, providers: Mapping[str, Provider]) -> None:
        self._job = job
        self._provider = provider
        self._name = provider.settings.name
        self._meeting = meeting
        self._deadline = provider.deadline
        self.report = Report(self._name, self._deadline, provider.count, by_hand=self._by_hand())
        # A switch cannot wait for a safe place to be made; a sync can.
        self._lock = ZoneLock(f"{provider.place} {job.zone}", required=not job.policy.switch)
        self._planner = Planner(job, provider, providers)
        self._verification = Verification(job, provider, self._lock, self.report)
        #: Whether a write of this run may still take effect, though its server gave up answering.
        self._in_flight = False

    def patience(self) -> float:
        """Seconds to wait for this thread: the provider's deadline, and once all is written those for verifying."""
        verifying = self._job.verify_seconds if self.report.written_after else 0.0
        return self._provider.settings.deadline + _GRACE + verifying

    def run(self) -> None:
        """Do the work; the report says what became of it. Never raises."""
        try:
            if missing := self._provider.missing_credentials():
                raise missing
            self._converge()
            self.report.result = "ok"
        except ProviderError as error:
            self.report.result = error.kind
            self.report.error = error
        except Exception as error:  # a bug of ours at one provider must not stop the work at another
            self.report.result = "rejected"
            message = self._without_secrets(f"internal error: {type(error).__name__}: {error}")
            self.report.error = ProviderError("rejected", message)
            self.report.exception = self._without_secrets(traceback.format_exc())
        finally:
            self.report.notes += self._provider.notes
            self._meeting.leave(self._name)
            self.report.seconds = self._deadline.elapsed()

    def _without_secrets(self, text: str) -> str:
        for secret in self._provider.settings.secrets:
            text = text.replace(secret, "********") if secret else text
        return text

    def _read(self) -> Held:
        self._lock.look()
        if self._lock.missing:
            self.report.notes.append(f"written without a lock, as {self._lock.missing}")
        return self._provider.read()

    def _converge(self) -> None:
        """Read, plan, write, verify."""
        self._provider.prepare()
        self._verification.look_ahead()
        held = self._read()
        others = self._meeting.bring(self._name, held)
        prospect = self._plan_together(held, others)
        if self._job.check_mode:
            self.report.changes = list(prospect.due)
            return
        pauses = iter(_BACKOFF)
        while prospect.due:
            before = len(self.report.changes)
            try:
                prospect = self._write(prospect, others)
            except ProviderError as error:
                prospect = self._recover(error, others, pauses)
            if prospect.due and self._provider.one_write_at_a_time:
                self._verification.await_served(self.report.changes[before:], prospect)
        self.report.written_after = self._deadline.elapsed()
        self._verification.verify(prospect)

    def _plan_together(self, held: Held, others: Mapping[str, Held]) -> Prospect:
        """The plan, once the plans of all providers are known not to be refused."""
        try:
            prospect = self._plan(held, others)
        except ProviderError as error:
            self._meeting.agree(self._name, refused=error.kind in _REFUSALS)
            raise
        refused_by = self._meeting.agree(self._name, refused=False)
        if self._job.plan_first and refused_by is not None:
            raise ProviderError(
                "rejected",
                f"nothing was written here, because the plan for {refused_by} was refused",
                hint=f"fix what {refused_by} reports",
            )
        return prospect

    def _plan(self, held: Held, others: Mapping[str, Held]) -> Prospect:
        left_alone = guarding.overtaken(self._job.guards, self._name, held)
        self.report.overtaken = sorted(left_alone)
        prospect = self._planner.plan(held, others, with_markers(left_alone))
        self.report.notes += prospect.notes
        self.report.pending_copy = dict(prospect.pending)
        return prospect

    def _write(self, prospect: Prospect, others: Mapping[str, Held]) -> Prospect:
        """Write what is due under the lock, planned again if another run wrote in between; what is left of it."""
        with self._lock.hold(self._deadline) as overtaken:
            if overtaken:
                prospect = self._plan(self._read(), others)
            return self._send(prospect)

    def _send(self, prospect: Prospect) -> Prospect:
        """Send the plan, or where a write must be served before the next one its first write; what is left of it."""
        one_by_one = self._provider.one_write_at_a_time
        writes = self._provider.writes(prospect.due, prospect.held)
        for write in writes[:1] if one_by_one else writes:
            doubted = self._doubt(write.changes)
            try:
                self._provider.send(write)
            except ProviderError as error:
                if error.nothing_applied:
                    self._settle(doubted)
                raise
            self._confirm(write.changes)
        left = writes[1:] if one_by_one else ()
        return replace(prospect, due=tuple(change for write in left for change in write.changes))

    def _recover(self, error: ProviderError, others: Mapping[str, Held], pauses: Iterator[float]) -> Prospect:
        """Read what became of a write that failed, and plan what is still due. Raises the error when it is final."""
        if not error.passing:
            self._look_at_what_is_left(others)
            raise error
        if error.in_flight:
            self._in_flight = True
            self._provider.shorten_writes()
        pause = next(pauses, None)
        prospect = self._look_again(_LOOKS if self._in_flight else (pause or 0.0,), others, error)
        if pause is None and prospect.due:
            raise error
        # Only reading shows whether it took effect.
        self.report.notes.append(f"a write failed and was checked: {error.message}")
        self._provider.count.retries += 1
        return prospect

    def _look_at_what_is_left(self, others: Mapping[str, Held]) -> None:
        """Find out what took effect of a write that was refused, where it need not be all of it or nothing."""
        if self.report.unconfirmed and not self._provider.atomic_writes:
            with suppress(ProviderError):
                self._confirm_what_took_effect(self._plan(self._read(), others))

    def _look_again(self, pauses: Sequence[float], others: Mapping[str, Held], error: ProviderError) -> Prospect:
        """Read after each pause until nothing is in doubt; the last plan. Raises the error when no time is left."""
        prospect = None
        for pause in pauses:
            if not self._deadline.sleep(pause):
                break
            try:
                prospect = self._plan(self._read(), others)
            except ProviderError as failed:
                if self._in_flight and failed.passing:  # a server that is overloaded answers reads late, too
                    continue
                raise
            self._confirm_what_took_effect(prospect)
            if not self.report.unconfirmed:
                break
        if prospect is None:
            raise error
        return prospect

    def _doubt(self, changes: Sequence[Change]) -> list[Change]:
        """Note that these changes are about to be sent; those that were not in doubt before."""
        known = {change.key for change in self.report.unconfirmed}
        fresh = [change for change in changes if change.key not in known]
        self.report.unconfirmed += fresh
        return fresh

    def _settle(self, changes: Sequence[Change]) -> None:
        """Note that the outcome of these changes is known."""
        keys = {change.key for change in changes}
        self.report.unconfirmed = [change for change in self.report.unconfirmed if change.key not in keys]

    def _confirm(self, changes: Sequence[Change]) -> None:
        """Note that these changes took effect."""
        known = {change.key for change in self.report.changes}
        self.report.changes += [change for change in changes if change.key not in known]
        self._settle(changes)

    def _confirm_what_took_effect(self, prospect: Prospect) -> None:
        """Sort the doubtful changes after reading: what is not due any more took effect; the rest may do so yet, or
        did not."""
        due = {change.key for change in prospect.due}
        self._confirm([change for change in self.report.unconfirmed if change.key not in due])
        if not self._in_flight:
            self.report.unconfirmed = []

    def _by_hand(self) -> dict[str, list[str]]:
        """The commands that finish a failover without us, by the router's name; only for a switch.

        They write the marker too: without it, a later run would take the router for changed by somebody else.
        """
        if not self._job.policy.switch:
            return {}
        from .._failover import published  # it brings much that a sync does not need

        routers: dict[str, list[RecordSet]] = {}
        markers: dict[str, list[RecordSet]] = {}
        for entry in self._job.declared:
            name, rdtype = entry.key
            if entry.concerns(self._name) and rdtype in published.TYPES:
                routers.setdefault(name, []).append(entry.at(self._name))
            elif entry.concerns(self._name):
                markers[router_of(name)] = [entry.at(self._name)]
        return {name: self._provider.by_hand([*sets, *markers.get(name, [])]) for name, sets in routers.items()}

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verification: waits until the name servers serve a write, and reminds those that missed it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from .._deadline import Deadline
from .._dns import asker as dns_asker
from .._dns import comparison
from .._dns.asker import Asker, Seen
from .._dns.comparison import DIFFERENT, EXACT, Expectation, Finding
from .._errors import ProviderError
from .._parallel import Beside
from .._providers.base import Provider
from .._zone import names as zone_names
from .._zone.plan import Change, steered_names
from .._zone.record_sets import RecordSet
from .._zone.routers import owns
from .job import Job
from .lock import ZoneLock
from .planning import Prospect, askers_of
from .provider_report import Report

#: Seconds to wait until one of several writes to a zone is served.
_BETWEEN_WRITES = 30.0

#: Record sets of a write that show whether a server has it: a zone transfer brings all of a write or nothing.
_SAMPLES = 10

#: Seconds after which a write that is not served yet is taken for one whose zone transfer was lost.
_TRANSFER_LOST = 8.0

#: Seconds to wait after a write where no name server is known that could show when it is served.
_UNSEEN_PAUSE = 5.0

#: Seconds to wait for a look that began earlier. A server that is silent takes no longer.
_AHEAD = 4.0

#: Seconds that a reminder may take to be served before it is taken back.
_REMINDER_WAIT = 10.0


class Verification:
    """Compares what the name servers of one provider serve with what was written there."""

    def __init__(self, job: Job, provider: Provider, lock: ZoneLock, report: Report) -> None:
        self._job = job
        self._provider = provider
        self._lock = lock
        self._report = report
        self._found: list[Asker] | None = None
        self._ahead: Beside[Seen] | None = None

    def look_ahead(self) -> None:
        """Begin to ask the name servers for what is declared, while the API is read.

        Where nothing has to be written, that is all that there is to ask. A switch always writes.
        """
        if self._job.verify_seconds and not self._job.check_mode and not self._job.policy.switch:
            self._ahead = Beside(self._confirmed)

    def _confirmed(self) -> Seen:
        name = self._provider.settings.name
        declared = [entry.at(name) for entry in self._job.declared if entry.concerns(name) and not entry.absent]
        own = [one for one in declared if not owns(self._job.policy.steered, one.key)]
        return dns_asker.ahead(self._askers(), [self._expect(one, {}) for one in own])

    def _seen(self) -> Seen:
        """What the servers were seen to serve before; nothing where something was sent since."""
        if self._ahead is None or self._report.changes or self._report.unconfirmed:
            return {}
        return self._ahead.result_or_none(_AHEAD) or {}

    def await_served(self, changes: Sequence[Change], prospect: Prospect) -> None:
        """Wait until the name servers serve a write, so that the next one is not lost on its way to them.

        Servers that cannot be asked from here are given time instead. Raises ProviderError `deadline`.
        """
        deadline = self._provider.deadline
        if not changes:
            return
        if not self._askers():
            deadline.sleep(_UNSEEN_PAUSE)
            return
        patience = min(_BETWEEN_WRITES, deadline.remaining())
        expectations = self._expectations(changes, prospect)
        samples = expectations[:: max(1, len(expectations) // _SAMPLES)]
        findings = self._settled(samples, prospect, patience)
        late = [finding for finding in findings if finding.state == DIFFERENT]
        if late:
            raise ProviderError(
                "deadline",
                f"a write is not served yet ({late[0].server}: {late[0].expectation.name}); the next one was not sent",
                hint="run again: what is missing will be written",
            )

    def verify(self, prospect: Prospect) -> None:
        """Ask the name servers for all that was declared or changed, and add to the report what they serve."""
        if not self._job.verify_seconds:
            return
        if not self._askers():
            self._report.notes.append("not verified: no name server of this provider is known")
            return
        deleted = [change for change in self._report.changes if change.after is None]
        expectations = [self._expect(record_set, prospect.at_name) for record_set in prospect.final]
        expectations += self._expectations(deleted, prospect)
        visible = [one for one in expectations if not self._is_hidden(one, prospect)]
        self._report.findings = self._settled(visible, prospect, self._job.verify_seconds, self._seen())

    def _is_hidden(self, expected: Expectation, prospect: Prospect) -> bool:
        """Whether no server can show that a set is gone."""
        record_set = expected.record_set
        at_name = prospect.at_name.get(record_set.name, ())
        return not record_set.values and expected.flattens and comparison.is_replaced(record_set, at_name)

    def _askers(self) -> list[Asker]:
        if self._found is None:
            self._found = askers_of(self._job, self._provider.settings)
        return self._found

    def _expectations(self, changes: Sequence[Change], prospect: Prospect) -> list[Expectation]:
        """What the servers should serve after these changes; a deleted name below a wildcard is still answered."""
        names = {name for name, _type in prospect.held.sets} | {one.name for one in prospect.final}
        changed = [self._expect(change.after, prospect.at_name) for change in changes if change.after is not None]
        gone = [change.before for change in changes if change.after is None and change.before is not None]
        return changed + [
            self._expect(one, prospect.at_name, absent=True) for one in gone if not _is_covered(one.name, names)
        ]

    def _expect(
        self, record_set: RecordSet, at_name: Mapping[str, Sequence[RecordSet]], absent: bool = False
    ) -> Expectation:
        expected = replace(record_set, values=()) if absent else record_set
        served_as = self._provider.served_as(record_set, at_name.get(record_set.name, ()))
        # Where a write can be lost on its way to the servers, one that changes no more than a TTL can be, too.
        exact = self._provider.one_write_at_a_time and served_as == EXACT and not absent
        name = zone_names.owner(record_set.name, self._job.zone)
        ttl = record_set.ttl if exact else None
        return Expectation(
            self._provider.settings.name, name, expected, served_as, absent, ttl=ttl, flattens=self._provider.flattens
        )

    def _settled(
        self, expectations: Sequence[Expectation], prospect: Prospect, patience: float, seen: Seen | None = None
    ) -> list[Finding]:
        """Wait until the servers serve what is expected; fix what was lost on the way to them, in earlier runs too."""
        askers, end = self._askers(), Deadline(patience)
        first = min(patience, _TRANSFER_LOST) if self._provider.one_write_at_a_time else patience
        findings = dns_asker.find(askers, expectations, first, seen)
        if first < patience and any(finding.state == DIFFERENT for finding in findings):

            def wait(subject: RecordSet) -> None:
                others = [expected for expected in expectations if expected.record_set.key != subject.key]
                until = [*others, self._expect(subject, prospect.at_name)]
                dns_asker.find(askers, until, min(_REMINDER_WAIT, self._provider.deadline.remaining() / 2))

            self._remind(prospect, wait)
            findings = dns_asker.find(askers, expectations, end.remaining())
        return findings

    def _remind(self, prospect: Prospect, wait: Callable[[RecordSet], None]) -> None:
        """Make a small change and take it back, where that makes the provider's servers fetch what they missed."""
        there = self._provider.reminder(self._may_change(prospect), prospect.held)
        if there is None or there.before is None or there.after is None:
            return
        try:
            with self._lock.hold(self._provider.deadline) as overtaken:
                if overtaken:  # what another run has written since reminds them as well
                    return
                for change in (there, Change("update", there.after, there.before)):
                    for write in self._provider.writes([change], prospect.held):
                        self._provider.send(write)
                    wait(change.after or there.before)
        except ProviderError as error:
            self._report.notes.append(
                f"the name servers missed a write, and could not be reminded of it: {error.message}"
            )
        else:
            self._report.notes.append("the name servers had missed a write; a small change and back reminded them")

    def _may_change(self, prospect: Prospect) -> Iterator[RecordSet]:
        """What the provider holds after the changes so far: first what is ours, and nothing that a failover owns."""
        changed = {change.key: change.after for change in self._report.changes}
        ours = changed.keys() | {one.key for one in prospect.final}
        steered = steered_names(self._job.policy, [prospect.held])
        stands = [one for one in {**prospect.held.sets, **changed}.values() if one is not None]
        for one in sorted(stands, key=lambda one: one.key not in ours):
            if one.key not in prospect.held.fixed and (one.key in ours or not owns(steered, one.key)):
                yield one


def _is_covered(name: str, names: Collection[str]) -> bool:
    """Whether one of the names is a wildcard above this one."""
    while name != "@":
        name = name.partition(".")[2] or "@"
        if ("*" if name == "@" else f"*.{name}") in names:
            return True
    return False

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine: brings one zone to what is declared at several providers, side by side, each within its own deadline.

One provider's thread reads, plans, writes and verifies. What happens to one never stops another, except that with
`plan_first` nothing is written anywhere while some plan is refused.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import partial

from .. import _parallel
from .._deadline import Deadline
from .._dns import nameservers
from .._dns.asker import Asker
from .._dns.comparison import DIFFERENT, Expectation, Finding
from .._providers.base import Settings
from .._providers.registry import PROVIDERS
from .._zone import names as zone_names
from .._zone.record_sets import RecordSet
from .job import Job, source
from .meeting import Meeting
from .provider_report import Report
from .provider_run import ProviderRun

#: Seconds to find out which names lead nowhere.
_DEAD_ENDS = 10.0


def run(job: Job) -> dict[str, Report]:
    """Do the job; what became of every provider, by its name. Never raises for what a provider does."""
    reports = _run_once(job)
    if late := _copies_to_try_again(job, reports):
        for name, second in _run_once(_second_try(job, reports, late)).items():
            _merge(reports[name], second, late)
    _add_dead_ends(job, reports)
    return reports


def _run_once(job: Job) -> dict[str, Report]:
    # Half of the shortest deadline at most: a provider that waited must still be able to write.
    wait = min([job.plan_wait, *(settings.deadline / 2 for settings in job.providers)]) if job.plan_first else 0.0
    meeting = Meeting([settings.name for settings in job.providers], wait)
    providers = {
        settings.name: PROVIDERS[settings.type](
            job.zone, settings, Deadline(settings.deadline), job.accounts.of(settings)
        )
        for settings in job.providers
    }
    runs = {name: ProviderRun(job, provider, meeting, providers) for name, provider in providers.items()}
    _parallel.run(
        {name: provider_run.run for name, provider_run in runs.items()},
        lambda name: runs[name].patience(),
    )
    return {name: provider_run.report for name, provider_run in runs.items()}


def _copies_to_try_again(job: Job, reports: Mapping[str, Report]) -> set[str]:
    """The names that a proxy answers only since this run's own writes: they can be copied now."""
    if job.check_mode or not any(report.changes for report in reports.values()):
        return set()
    return {name for report in reports.values() for name in report.pending_copy} - _moved(job, reports)


def _moved(job: Job, reports: Mapping[str, Report]) -> set[str]:
    """The names that got another content at a proxy just now: its servers may answer the old one for a while yet."""
    proxies = [settings.name for settings in job.providers if "proxied" in PROVIDERS[settings.type].attributes]
    return {
        change.key[0]
        for name in proxies
        for change in reports[name].changes
        if change.before is not None and (change.after is None or change.before.values != change.after.values)
    }


def _second_try(job: Job, reports: Mapping[str, Report], names: Collection[str]) -> Job:
    """The job again for these names only, within the time that is left."""
    return replace(
        job,
        declared=tuple(entry for entry in job.declared if entry.key[0] in names),
        providers=tuple(
            replace(settings, deadline=max(0.0, settings.deadline - reports[settings.name].seconds))
            for settings in job.providers
        ),
        policy=replace(job.policy, prune=False),
    )


def _merge(first: Report, second: Report, retried: Collection[str]) -> None:
    """Add the result of the second try of some copies."""
    if second.result == "ok":
        others = {name: reason for name, reason in first.pending_copy.items() if name not in retried}
        first.pending_copy = others | second.pending_copy
    if first.result == "ok":
        first.result, first.error, first.exception = second.result, second.error, second.exception
    first.changes += second.changes
    first.unconfirmed += second.unconfirmed
    first.findings += second.findings
    first.notes += second.notes
    first.seconds += second.seconds
    first.count.requests += second.count.requests
    first.count.retries += second.count.retries


def _add_dead_ends(job: Job, reports: Mapping[str, Report]) -> None:
    """Add to the findings which of the names that must resolve lead nowhere."""
    if job.check_mode or not job.must_resolve:
        return
    done = [settings for settings in job.providers if reports[settings.name].result == "ok"]
    dead_ends = _parallel.run({settings.name: partial(_dead_ends, job, settings) for settings in done})
    for name, findings in dead_ends.items():
        reports[name].findings += findings


def _dead_ends(job: Job, settings: Settings) -> list[Finding]:
    """The names that must resolve and do not, at each server that answers."""
    deadline = Deadline(_DEAD_ENDS)
    resolver = job.network.resolver_within(deadline)
    findings = []
    for server in nameservers.servers(job.zone, [source(settings)], resolver, deadline, job.network.port):
        asker = Asker(server, job.zone, resolver, deadline)
        replies = asker.replies([(name, "A") for name in job.must_resolve])
        addresses = asker.addresses([name for name, _type in replies if not replies[name, "A"].error])
        findings += [
            Finding(
                server.label,
                Expectation(settings.name, name, RecordSet(zone_names.relative(name, job.zone), "A", None, ())),
                DIFFERENT,
                "nothing that leads to an address",
            )
            for name, found in addresses.items()
            if not found
        ]
    return findings

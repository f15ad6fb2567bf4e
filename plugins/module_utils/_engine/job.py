# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One zone's work as a value: its providers, what they should hold, and what is wrong with that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .._deadline import Deadline
from .._dns.brief import BriefResolver
from .._dns.nameservers import Source
from .._dns.wire import DNS_PORT, Resolver
from .._providers.base import Settings
from .._providers.registry import PROVIDERS
from .._providers.shared import Accounts
from .._zone import desired
from .._zone.apex_ns import ApexNs
from .._zone.plan import PlanPolicy
from .._zone.record_sets import Declared

if TYPE_CHECKING:
    from .._failover.expectation import Guard  # which a sync has none of


@dataclass(frozen=True)
class Network:
    """How to reach name servers: the resolver (`host[:port]`, None for the system's) and the port they listen on.

    require_ad: the domains of whose names the resolver must have validated what it answers.
    """

    resolver: str | None = None
    port: int = DNS_PORT
    require_ad: tuple[str, ...] = ()

    def resolver_within(self, deadline: Deadline) -> Resolver:
        """The resolver, for questions within a deadline."""
        return Resolver(deadline, self.resolver, self.require_ad)

    def brief_resolver_within(self, deadline: Deadline) -> BriefResolver:
        """A resolver within a deadline; where it is silent, all questions together wait only once."""
        return BriefResolver(deadline, self.resolver, self.require_ad)


@dataclass(frozen=True)
class Job:
    """One zone, its providers, and what they should hold.

    plan_first: nobody writes while a plan is refused; plan_wait: seconds after which a provider that has not answered
    no longer holds the others back. verify_seconds: how long servers may take to serve what was written; 0: not asked.
    must_resolve: absolute names within the zone that every server must lead to an address in the end. fronts: by router
    the target of each front, to tell whether a router is in line with its marker. guards: what a
    failover has seen before it decided; what is something else by now is not written. notes: what to say about the
    entries. accounts: what it shares with the zones of other jobs.
    """

    zone: str
    providers: tuple[Settings, ...]
    declared: tuple[Declared, ...]
    policy: PlanPolicy = field(default_factory=PlanPolicy)
    proxied: str = desired.COPY
    apex_ns: ApexNs = field(default_factory=ApexNs)
    plan_first: bool = True
    plan_wait: float = 20.0
    verify_seconds: float = 0.0
    must_resolve: tuple[str, ...] = ()
    guards: tuple[Guard, ...] = ()
    fronts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    check_mode: bool = False
    notes: tuple[str, ...] = ()
    network: Network = field(default_factory=Network)
    accounts: Accounts = field(default_factory=Accounts)


def audit(job: Job) -> list[str]:
    """Every reason why some provider cannot hold what is declared, before anything is sent."""
    suffixes = {settings.name: PROVIDERS[settings.type].proxy_suffix for settings in job.providers}
    problems = [
        problem
        for settings in job.providers
        for entry in job.declared
        if entry.concerns(settings.name) and not entry.absent
        for problem in _problems_at(job, settings, entry, suffixes)
    ]
    return list(dict.fromkeys(problems))


def _problems_at(job: Job, settings: Settings, entry: Declared, suffixes: Mapping[str, str]) -> Iterator[str]:
    record_set = desired.own_part(entry, settings.name, job.zone, job.proxied, suffixes)
    if record_set is None:
        return
    if not record_set.values:
        yield f"{entry.label}: values: is empty for {settings.name}"
    yield from (f"{entry.label}: {reason}" for reason in PROVIDERS[settings.type].audit_at(settings, record_set))


def source(settings: Settings) -> Source:
    """Where a provider's name servers are found."""
    provider = PROVIDERS[settings.type]
    return Source(settings.name, settings.nameservers, provider.nameserver_suffixes, provider.default_nameservers)

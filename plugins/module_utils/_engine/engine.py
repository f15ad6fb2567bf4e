# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine: brings one zone to what is declared at several providers, side by side, each within its own deadline.

One provider's thread does: read, plan, write, verify. What happens to one never stops another, save that with
`plan_first` nothing is written anywhere while some plan is refused.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from .. import _parallel
from .._deadline import Deadline
from .._dns import asker as dns_asker
from .._dns import nameservers
from .._dns.asker import Asker
from .._dns.comparison import DIFFERENT, EXACT, Expectation, Finding
from .._dns.nameservers import Source
from .._dns.wire import DNS_PORT, Resolver
from .._errors import ProviderError
from .._failover import published
from .._providers.base import Provider, Settings
from .._providers.registry import PROVIDERS
from .._zone import apex_ns as zone_apex_ns
from .._zone import desired
from .._zone import names as zone_names
from .._zone import proxy as zone_proxy
from .._zone.desired import Desired
from .._zone.plan import Change, Held, Plan, PlanPolicy, plan, steered_names
from .._zone.proxy import Proxy
from .._zone.record_sets import Declared, Key, RecordSet
from . import proxy_answers
from .lock import ZoneLock
from .meeting import Meeting
from .provider_report import Report

#: Seconds before the second, third … round of read, plan, write, after a write whose fate is unknown.
_BACKOFF = (0.2, 0.5, 1.0, 2.0)

#: Seconds to find out which names lead nowhere.
_DEAD_ENDS = 10.0

#: Seconds past its own deadline that a provider's thread may take to say so itself.
_GRACE = 0.25

#: Seconds to wait until one of several writes to a zone is served.
_BETWEEN_WRITES = 30.0

#: Record sets of a write that show whether a server has it: a zone transfer brings all of a write or nothing.
_SAMPLES = 10

#: Seconds after which a write that is not served yet is taken for one whose zone transfer was lost.
_TRANSFER_LOST = 8.0

#: Seconds to wait after a write where no name server is known that would tell when it is served.
_UNSEEN_PAUSE = 5.0

#: Seconds that a reminder may take to be served before it is taken back.
_NUDGE_WAIT = 10.0

_REFUSALS = ("unsafe", "conflict", "rejected")


@dataclass(frozen=True)
class Network:
    """How to reach name servers: the resolver (`host[:port]`, None for the system's) and the port they listen on."""

    resolver: str | None = None
    port: int = DNS_PORT


@dataclass(frozen=True)
class Job:
    """One zone, its providers, and what shall stand there.

    plan_first: nobody writes while a plan is refused; plan_wait: seconds after which a provider that has not answered
    no longer holds the others back. verify_seconds: how long servers may take to serve what was written; 0: not asked.
    must_resolve: absolute names within the zone that every server must lead to an address in the end.
    """

    zone: str
    providers: tuple[Settings, ...]
    declared: tuple[Declared, ...]
    policy: PlanPolicy = field(default_factory=PlanPolicy)
    proxied: str = desired.COPY
    apex_ns: str = zone_apex_ns.KEEP
    plan_first: bool = True
    plan_wait: float = 20.0
    verify_seconds: float = 0.0
    must_resolve: tuple[str, ...] = ()
    check_mode: bool = False
    network: Network = field(default_factory=Network)


def audit(job: Job) -> list[str]:
    """Every reason why some provider cannot hold what is declared, before anything is sent."""
    problems = []
    suffixes = {settings.name: PROVIDERS[settings.type].proxy_suffix for settings in job.providers}
    for settings in job.providers:
        provider = PROVIDERS[settings.type]
        for entry in job.declared:
            if not entry.concerns(settings.name) or entry.absent:
                continue
            record_set = desired.own_part(entry, settings.name, job.zone, job.proxied, suffixes)
            if record_set is None:
                continue
            if not record_set.values:
                problems.append(f"{entry.label}: values: is empty for {settings.name}")
            problems += [f"{entry.label}: {reason}" for reason in provider.audit(record_set)]
    return list(dict.fromkeys(problems))


def run(job: Job) -> dict[str, Report]:
    """Do the job; what became of every provider, by its name. Never raises for what a provider does."""
    reports = _run_once(job)
    late = {name for report in reports.values() for name in report.pending_copy} - _moved(job, reports)
    if late and not job.check_mode and any(report.changes for report in reports.values()):
        # What was proxied for the first time can be copied as soon as its proxy's servers answer it.
        again = replace(
            job,
            declared=tuple(entry for entry in job.declared if entry.key[0] in late),
            providers=tuple(
                replace(settings, deadline=max(0.0, settings.deadline - reports[settings.name].seconds))
                for settings in job.providers
            ),
            policy=replace(job.policy, prune=False),
        )
        for name, second in _run_once(again).items():
            _merge(reports[name], second, late)
    if job.must_resolve and not job.check_mode:
        done = [settings for settings in job.providers if reports[settings.name].result == "ok"]
        dead_ends = _parallel.run({settings.name: partial(_dead_ends, job, settings) for settings in done})
        for name, findings in dead_ends.items():
            reports[name].findings += findings
    return reports


def _dead_ends(job: Job, settings: Settings) -> list[Finding]:
    """The names that must resolve and do not, at each server that answers."""
    deadline = Deadline(_DEAD_ENDS)
    resolver = Resolver(deadline, job.network.resolver)
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


def _moved(job: Job, reports: Mapping[str, Report]) -> set[str]:
    """The names that got another content at a proxy just now: its servers may answer the old one for a while yet."""
    proxies = [settings.name for settings in job.providers if "proxied" in PROVIDERS[settings.type].attributes]
    return {
        change.key[0]
        for name in proxies
        for change in reports[name].changes
        if change.before is not None and (change.after is None or change.before.values != change.after.values)
    }


def _merge(first: Report, second: Report, retried: Collection[str]) -> None:
    """Add what came of the second try of some copies."""
    if second.result == "ok":
        others = {name: reason for name, reason in first.pending_copy.items() if name not in retried}
        first.pending_copy = others | second.pending_copy
    if first.result == "ok":
        first.result, first.error = second.result, second.error
    first.changes += second.changes
    first.unconfirmed += second.unconfirmed
    first.findings += second.findings
    first.notes += second.notes
    first.seconds += second.seconds
    first.api.requests += second.api.requests
    first.api.retries += second.api.retries


def _run_once(job: Job) -> dict[str, Report]:
    # Half of the shortest deadline at most: who has waited must still be able to write.
    wait = min([job.plan_wait, *(settings.deadline / 2 for settings in job.providers)]) if job.plan_first else 0.0
    meeting = Meeting([settings.name for settings in job.providers], wait)
    runs = {settings.name: _ProviderRun(job, settings, meeting) for settings in job.providers}
    peers = {name: provider_run.provider for name, provider_run in runs.items()}
    for provider_run in runs.values():
        provider_run.peers = peers
    _parallel.run(
        {name: provider_run.run for name, provider_run in runs.items()},
        lambda name: runs[name].patience(),
    )
    return {name: provider_run.report for name, provider_run in runs.items()}


class _ProviderRun:
    """All work for one provider."""

    def __init__(self, job: Job, settings: Settings, meeting: Meeting) -> None:
        self.job = job
        self.settings = settings
        self.meeting = meeting
        self.deadline = Deadline(settings.deadline)
        self.provider: Provider = PROVIDERS[settings.type](job.zone, settings, self.deadline)
        self.report = Report(settings.name, self.deadline, self.provider.api)
        self.report.by_hand = self._by_hand()
        self.lock = ZoneLock(f"{settings.type} {settings.api_url} {job.zone}")
        self.final: Sequence[RecordSet] = ()
        #: What stands at each name once the plan is carried out.
        self.at_name: Mapping[str, Sequence[RecordSet]] = {}
        #: All providers of the job, for the questions that one must ask of another.
        self.peers: Mapping[str, Provider] = {}
        self._askers: list[Asker] | None = None

    def patience(self) -> float:
        """Seconds to wait for this thread: the provider's deadline, and once all is written those for verifying."""
        return self.settings.deadline + _GRACE + (self.job.verify_seconds if self.report.written_after else 0.0)

    def run(self) -> None:
        try:
            if not self.settings.token:
                raise self.provider.no_token()
            self._converge()
            self.report.result = "ok"
        except ProviderError as error:
            self.report.result = error.kind
            self.report.error = error
        except Exception as error:  # a bug of ours at one provider must not stop the work at another
            self.report.result = "rejected"
            self.report.error = ProviderError("rejected", f"internal error: {type(error).__name__}: {error}")
        finally:
            self.meeting.leave(self.settings.name)
            self.report.seconds = self.deadline.elapsed()

    def _read(self) -> Held:
        self.lock.look()
        return self.provider.read()

    def _converge(self) -> None:
        """Read, plan, write, verify."""
        held = self._read()
        others = self.meeting.bring(self.settings.name, held)
        planned = self._plan_together(held, others)
        if self.job.check_mode:
            self.report.changes = list(planned.changes)
            return
        pauses = iter(_BACKOFF)
        while planned.changes:
            before = len(self.report.changes)
            try:
                with self.lock.hold(self.deadline) as overtaken:
                    if overtaken:
                        held = self._read()
                        planned = self._plan(held, others)
                    planned = self._send(planned, held)
            except ProviderError as error:
                pause = next(pauses, None)
                if not error.passing or pause is None or not self.deadline.sleep(pause):
                    raise
                # Only reading tells whether it took effect.
                self.report.notes.append(f"a write failed and was checked: {error.message}")
                self.provider.api.retries += 1
                held = self._read()
                planned = self._plan(held, others)
                self._confirm_what_took_effect(planned)
            if planned.changes and self.provider.one_write_at_a_time:
                self._await_served(self.report.changes[before:], held)
        self.report.written_after = self.deadline.elapsed()
        self._verify(held)

    def _plan_together(self, held: Held, others: Mapping[str, Held]) -> Plan:
        try:
            planned = self._plan(held, others)
        except ProviderError as error:
            self.meeting.agree(self.settings.name, refused=error.kind in _REFUSALS)
            raise
        refused_by = self.meeting.agree(self.settings.name, refused=False)
        if self.job.plan_first and refused_by is not None:
            raise ProviderError(
                "rejected",
                f"nothing was written here, because the plan for {refused_by} was refused",
                hint=f"mend what {refused_by} reports; with plan_first: false each provider goes its own way",
            )
        return planned

    def _plan(self, held: Held, others: Mapping[str, Held]) -> Plan:
        found = self._desired(held, others)
        if self.job.apex_ns == zone_apex_ns.UNION:
            found = self._with_apex_ns(found, {**others, self.settings.name: held})
        policy = replace(self.job.policy, untouched=frozenset(found.untouched))
        all_read = len(others) + 1 == len(self.job.providers)
        planned = plan(found.wanted, held, policy, self.provider, list(others.values()), all_read)
        self.final = planned.final
        self.at_name = _at_name(held, planned)
        self.report.notes += [*found.notes, *planned.notes]
        # What a failover owns stays as it is, whether or not it could be copied.
        owned = steered_names(self.job.policy, [held, *others.values()]) & self.at_name.keys()
        self.report.pending_copy = {name: reason for name, reason in found.pending.items() if name not in owned}
        return planned

    def _with_apex_ns(self, found: Desired, zones: Mapping[str, Held]) -> Desired:
        servers = {
            settings.name: self.peers[settings.name].own_servers(zones[settings.name]) if settings.name in zones else ()
            for settings in self.job.providers
        }
        held = zones[self.settings.name].sets.get(("@", "NS"))
        wanted = zone_apex_ns.union(
            self.job.zone, self.settings.name, servers, self.provider.names_own_servers, held.ttl if held else None
        )
        if wanted is None:
            return replace(found, notes=(*found.notes, "apex NS: left as it is, as not all name servers are known"))
        condition = self.provider.apex_ns_condition
        notes = [f"apex NS: {self.settings.name} serves it only if {condition}"] if condition else []
        return replace(found, wanted=(*found.wanted, wanted), notes=(*found.notes, *notes))

    def _desired(self, held: Held, others: Mapping[str, Held]) -> Desired:
        proxies = [] if self.job.policy.switch else self._proxies({**others, self.settings.name: held})
        return desired.sets_at(self.settings.name, self.job.zone, self.job.declared, proxies, self.job.proxied, held)

    def _proxies(self, zones: Mapping[str, Held]) -> list[Proxy]:
        """What is known of the providers that can proxy, with the answers of their servers where they matter here."""
        proxies = []
        for settings in self.job.providers:
            if "proxied" not in PROVIDERS[settings.type].attributes:
                continue
            proxy = _proxy(settings, self.peers[settings.name], zones.get(settings.name))
            if settings.name != self.settings.name:
                proxy = self._asked(proxy, settings, zones[self.settings.name])
            proxies.append(proxy)
        return proxies

    def _asked(self, proxy: Proxy, settings: Settings, here: Held) -> Proxy:
        """The proxy with the answers of its name servers that matter here. here: what this provider holds."""
        declared = self.job.declared if self.job.proxied == desired.COPY else ()
        questions = zone_proxy.questions(self.job.zone, declared, proxy)
        references = zone_proxy.references(self.job.declared, proxy, here)
        if not (questions.names or references):
            return proxy
        questions = replace(questions, names=tuple(dict.fromkeys([*questions.names, *references])))
        return proxy_answers.asked(self._with_state(proxy), self._askers_of(settings), questions)

    def _with_state(self, proxy: Proxy) -> Proxy:
        """The proxy with whether it is on for the zone; where its API is down, its servers' answers must tell."""
        if proxy.held is None:
            return proxy
        try:
            return replace(proxy, active=self.peers[proxy.provider].proxies(proxy.held))
        except ProviderError as error:
            return replace(proxy, doubt=f"{error.message} ({error.hint})")

    def _send(self, planned: Plan, held: Held) -> Plan:
        """Send the plan, or where a write must be served before the next one its first write; what is left of it."""
        writes = self.provider.writes(planned.changes, held)
        for write in writes[:1] if self.provider.one_write_at_a_time else writes:
            self.report.unconfirmed = list(write.changes)
            try:
                self.provider.send(write)
            except ProviderError as error:
                if error.status is not None and not error.passing:
                    self.report.unconfirmed = []  # refused as a whole
                raise
            self._confirm(write.changes)
        left = writes[1:] if self.provider.one_write_at_a_time else ()
        return replace(planned, changes=tuple(change for write in left for change in write.changes))

    def _confirm(self, changes: Sequence[Change]) -> None:
        known = {change.key for change in self.report.changes}
        self.report.changes += [change for change in changes if change.key not in known]
        self.report.unconfirmed = []

    def _confirm_what_took_effect(self, planned: Plan) -> None:
        still_due = {change.key for change in planned.changes}
        self._confirm([change for change in self.report.unconfirmed if change.key not in still_due])

    def _expectations(self, changes: Sequence[Change], held: Held) -> list[Expectation]:
        """What the servers shall serve after these changes; a deleted name that a wildcard covers is still answered."""
        names = {name for name, _type in held.sets} | {one.name for one in self.final}
        changed = [self._expect(change.after) for change in changes if change.after is not None]
        gone = [change.before for change in changes if change.after is None and change.before is not None]
        return changed + [self._expect(one, absent=True) for one in gone if not _is_covered(one.name, names)]

    def _expect(self, record_set: RecordSet, absent: bool = False) -> Expectation:
        expected = replace(record_set, values=()) if absent else record_set
        served_as = self.provider.served_as(record_set, self.at_name.get(record_set.name, ()))
        # Where a write can be lost on its way to the servers, one that changes no more than a TTL can be, too.
        exact = self.provider.one_write_at_a_time and served_as == EXACT and not absent
        name = zone_names.owner(record_set.name, self.job.zone)
        return Expectation(self.settings.name, name, expected, served_as, absent, ttl=record_set.ttl if exact else None)

    def _await_served(self, changes: Sequence[Change], held: Held) -> None:
        """Wait until the name servers serve a write, so that the next one is not lost on its way to them.

        Servers that cannot be asked from here are given time instead.
        """
        if not changes:
            return
        if not self._own_askers():
            self.deadline.sleep(_UNSEEN_PAUSE)
            return
        patience = min(_BETWEEN_WRITES, self.deadline.remaining())
        expectations = self._expectations(changes, held)
        samples = expectations[:: max(1, len(expectations) // _SAMPLES)]
        findings = self._settled(samples, held, patience)
        late = [finding for finding in findings if finding.state == DIFFERENT]
        if late:
            raise ProviderError(
                "deadline",
                f"a write is not served yet ({late[0].server}: {late[0].expectation.name}); the next one was not sent",
                hint="run again: what is missing will be written",
            )

    def _verify(self, held: Held) -> None:
        """Ask the name servers for all that was declared or changed."""
        if not self.job.verify_seconds:
            return
        if not self._own_askers():
            self.report.notes.append("not verified: no name server of this provider is known")
            return
        deleted = [change for change in self.report.changes if change.after is None]
        expectations = [self._expect(record_set) for record_set in self.final]
        expectations += self._expectations(deleted, held)
        self.report.findings = self._settled(expectations, held, self.job.verify_seconds)

    def _settled(self, expectations: Sequence[Expectation], held: Held, patience: float) -> list[Finding]:
        """Wait until the servers serve what is expected; mend what was lost on the way to them, in earlier runs too."""
        askers, end = self._own_askers(), Deadline(patience)
        first = min(patience, _TRANSFER_LOST) if self.provider.one_write_at_a_time else patience
        findings = dns_asker.find(askers, expectations, first)
        if first < patience and any(finding.state == DIFFERENT for finding in findings):

            def wait(subject: RecordSet) -> None:
                others = [expected for expected in expectations if expected.record_set.key != subject.key]
                until = [*others, self._expect(subject)]
                dns_asker.find(askers, until, min(_NUDGE_WAIT, self.deadline.remaining() / 2))

            self._nudge(held, wait)
            findings = dns_asker.find(askers, expectations, end.remaining())
        return findings

    def _nudge(self, held: Held, wait: Callable[[RecordSet], None]) -> None:
        """Change a TTL and change it back: only a real change makes deSEC's servers transfer what they missed."""
        subject = next(self._may_be_bumped(held), None)
        if subject is None:
            return
        bumped = subject.with_ttl((subject.ttl or 0) + 1)
        try:
            with self.lock.hold(self.deadline) as overtaken:
                if overtaken:  # what somebody else has written since reminds them as well
                    return
                for before, after in ((subject, bumped), (bumped, subject)):
                    for write in self.provider.writes([Change("update", before, after)], held):
                        self.provider.send(write)
                    wait(after)
        except ProviderError as error:
            self.report.notes.append(
                f"the name servers missed a write, and could not be reminded of it: {error.message}"
            )
        else:
            self.report.notes.append("the name servers had missed a write; a small change and back reminded them")

    def _may_be_bumped(self, held: Held) -> Iterator[RecordSet]:
        """What the provider holds after the changes so far: first what is ours, and nothing that a failover owns."""
        changed = {change.key: change.after for change in self.report.changes}
        ours = changed.keys() | {one.key for one in self.final}
        steered = steered_names(self.job.policy, [held])
        for one in sorted({**held.sets, **changed}.values(), key=lambda one: one is None or one.key not in ours):
            if one is None or one.ttl is None or one.key in held.fixed or (one.name in steered and one.key not in ours):
                continue
            if held.minimum_ttl <= one.ttl < self.provider.max_ttl:
                yield one

    def _own_askers(self) -> list[Asker]:
        if self._askers is None:
            self._askers = self._askers_of(self.settings)
        return self._askers

    def _askers_of(self, settings: Settings) -> list[Asker]:
        deadline = Deadline(settings.deadline + self.job.verify_seconds)
        resolver = Resolver(deadline, self.job.network.resolver)
        found = nameservers.servers(self.job.zone, [source(settings)], resolver, deadline, self.job.network.port)
        return [Asker(server, self.job.zone, resolver, deadline) for server in found]

    def _by_hand(self) -> dict[str, list[str]]:
        """The commands that finish a failover without us, by the router's name; only for a switch."""
        if not self.job.policy.switch:
            return {}
        settings = self.settings
        curl = f"curl --cacert {shlex.quote(settings.ca_path)}" if settings.ca_path else "curl"
        routers: dict[str, list[RecordSet]] = {}
        for entry in self.job.declared:
            if entry.concerns(settings.name) and entry.key[1] in published.TYPES:
                routers.setdefault(entry.key[0], []).append(entry.at(settings.name))
        return {
            name: self.provider.by_hand(curl, self.job.zone, settings.api_url, sets) for name, sets in routers.items()
        }


def _proxy(settings: Settings, provider: Provider, held: Held | None) -> Proxy:
    """What is known of a provider's proxies without asking its name servers."""
    caveat = provider.proxy_caveat(held) if held is not None else ""
    return Proxy(settings.name, held, networks=provider.proxy_networks, suffix=provider.proxy_suffix, caveat=caveat)


def _at_name(held: Held, planned: Plan) -> dict[str, list[RecordSet]]:
    """What stands at each name once the plan is carried out."""
    stands: dict[Key, RecordSet | None] = {**held.sets, **{change.key: change.after for change in planned.changes}}
    found: dict[str, list[RecordSet]] = {}
    for record_set in filter(None, stands.values()):
        found.setdefault(record_set.name, []).append(record_set)
    return found


def source(settings: Settings) -> Source:
    """Where a provider's name servers are found."""
    provider = PROVIDERS[settings.type]
    return Source(settings.name, settings.nameservers, provider.nameserver_suffixes, provider.default_nameservers)


def _is_covered(name: str, names: Collection[str]) -> bool:
    """Whether one of the names is a wildcard above this one."""
    while name != "@":
        name = name.partition(".")[2] or "@"
        if ("*" if name == "@" else f"*.{name}") in names:
            return True
    return False

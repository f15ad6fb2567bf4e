# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan for one provider: what it should hold given what the others hold, and what stands at each name after it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from .._deadline import Deadline
from .._dns import nameservers
from .._dns.asker import Asker
from .._errors import ProviderError
from .._providers.base import Provider, Settings
from .._providers.registry import PROVIDERS
from .._zone import apex_ns, desired, routers
from .._zone import proxy as zone_proxy
from .._zone.desired import Desired
from .._zone.plan import Change, Held, Plan, steered_names
from .._zone.planner import plan
from .._zone.proxy import Proxy
from .._zone.record_sets import Key, RecordSet
from .._zone.routers import owns
from . import proxy_answers
from .job import Job, source


@dataclass(frozen=True)
class Prospect:
    """A plan with what leads to it and what follows from it.

    held: what the provider holds before it. due: the changes of the plan that are still to be made. at_name: what
    stands at each name once the plan is carried out. pending: names that cannot be copied yet, with the reason.
    """

    held: Held
    plan: Plan
    due: tuple[Change, ...]
    at_name: Mapping[str, Sequence[RecordSet]]
    notes: tuple[str, ...]
    pending: Mapping[str, str]

    @property
    def final(self) -> Sequence[RecordSet]:
        """What the declared sets will be."""
        return self.plan.final


class Planner:
    """Makes the plans for one provider of a job. providers: all of the job, by name, for questions to the others."""

    def __init__(self, job: Job, provider: Provider, providers: Mapping[str, Provider]) -> None:
        self._job = job
        self._provider = provider
        self._name = provider.settings.name
        self._providers = providers

    def plan(self, held: Held, others: Mapping[str, Held], without: Collection[str] = ()) -> Prospect:
        """The plan. others: what the other providers hold, as far as they could be read. without: names that are left
        as they are. Raises ProviderError."""
        job = self._job
        found = self._desired(held, others)
        if not job.policy.switch:
            others, doubtful = self._steered_alike(held, others)
            without = {*without, *doubtful}
            reasons = tuple(f"{name}: {why}" for name, why in sorted(doubtful.items()) if why)
            found = replace(found, notes=(*found.notes, *reasons))
        if without:
            wanted = tuple(one for one in found.wanted if not owns(without, one.record_set.key))
            found = replace(found, wanted=wanted)
        if job.apex_ns.choice == apex_ns.UNION:
            found = self._with_apex_ns(found, {**others, self._name: held})
        policy = replace(job.policy, untouched=frozenset(found.untouched))
        all_read = len(others) + 1 == len(job.providers)
        planned = plan(found.wanted, held, policy, self._provider, list(others.values()), all_read, self._name)
        at_name = _at_name(held, planned)
        # What a failover owns stays as it is, whether or not it could be copied.
        steered = steered_names(job.policy, [held, *others.values()])
        owned = {name for name, sets in at_name.items() if any(owns(steered, one.key) for one in sets)}
        pending = {name: reason for name, reason in found.pending.items() if name not in owned}
        return Prospect(held, planned, planned.changes, at_name, (*job.notes, *found.notes, *planned.notes), pending)

    def _steered_alike(self, held: Held, others: Mapping[str, Held]) -> tuple[Mapping[str, Held], Mapping[str, str]]:
        """What `steering.sources` says, which has something to say only where a router is missing."""
        if not routers.missing(held.sets, [other.sets for other in others.values()]):
            return others, {}
        from . import steering  # it brings much that is rarely needed

        return steering.sources(self._job.fronts, held, others)

    def _with_apex_ns(self, found: Desired, zones: Mapping[str, Held]) -> Desired:
        """The desired sets with the apex NS set that names the servers of all providers."""
        servers = {
            name: provider.own_servers(zones[name]) if name in zones else ()
            for name, provider in self._providers.items()
        }
        held = zones[self._name].sets.get(("@", "NS"))
        ttl, extra = held.ttl if held else None, self._job.apex_ns.extra
        wanted = apex_ns.union(self._job.zone, self._name, servers, self._provider.names_own_servers, ttl, extra)
        if wanted is None:
            return replace(found, notes=(*found.notes, "apex NS: left as it is, as not all name servers are known"))
        known = self._known_servers(servers)
        self._refuse_strangers(known)
        condition = self._provider.apex_ns_condition
        notes = [f"apex NS: {self._name} serves it only if {condition}"] if condition else []
        gone = apex_ns.strangers([value.text for value in held.values] if held else [], known)
        notes += [
            f"apex NS: {host} is removed, as it belongs to no provider; `apex_ns_extra` keeps it" for host in gone
        ]
        return replace(found, wanted=(*found.wanted, wanted), notes=(*found.notes, *notes))

    def _known_servers(self, servers: Mapping[str, Sequence[str]]) -> set[str]:
        """The name servers that may stand in the apex NS set. servers: host names by provider."""
        configured = {host for provider in self._providers.values() for host in provider.settings.nameservers}
        return {*configured, *self._job.apex_ns.extra, *(host for hosts in servers.values() for host in hosts)}

    def _refuse_strangers(self, known: Collection[str]) -> None:
        """Refuse declared servers that are nobody's here. Raises ProviderError."""
        if strangers := apex_ns.strangers(self._job.apex_ns.declared, known):
            raise ProviderError(
                "rejected",
                f"apex NS: {', '.join(strangers)}: declared, but the server of no provider here, nor among their "
                "`nameservers`; resolvers that ask it would get another zone",
                hint="leave it out of the entry for @ NS, or list it in `apex_ns_extra` (in the role zone_sync: "
                "`zone_sync_apex_ns_extra`) if it serves this zone",
            )

    def _desired(self, held: Held, others: Mapping[str, Held]) -> Desired:
        job = self._job
        proxies = [] if job.policy.switch else self._proxies({**others, self._name: held})
        return desired.sets_at(self._name, job.zone, job.declared, proxies, job.proxied, held)

    def _proxies(self, zones: Mapping[str, Held]) -> list[Proxy]:
        """What is known of the providers that can proxy, with the answers of their servers where they matter here."""
        proxies = []
        for settings in self._job.providers:
            if "proxied" not in PROVIDERS[settings.type].attributes:
                continue
            proxy = _proxy(self._providers[settings.name], zones.get(settings.name))
            if settings.name != self._name:
                proxy = self._asked(proxy, settings, zones[self._name])
            proxies.append(proxy)
        return proxies

    def _asked(self, proxy: Proxy, settings: Settings, here: Held) -> Proxy:
        """The proxy with the answers of its name servers that matter here. here: what this provider holds."""
        declared = self._job.declared if self._job.proxied == desired.COPY else ()
        questions = zone_proxy.questions(self._job.zone, declared, proxy)
        references = zone_proxy.references(self._job.declared, proxy, here)
        if not (questions.names or references):
            return proxy
        questions = replace(questions, names=tuple(dict.fromkeys([*questions.names, *references])))
        return proxy_answers.asked(self._with_state(proxy), askers_of(self._job, settings), questions)

    def _with_state(self, proxy: Proxy) -> Proxy:
        """The proxy with whether it is on for the zone; where its API is down, only its servers' answers show it."""
        if proxy.held is None:
            return proxy
        try:
            return replace(proxy, active=self._providers[proxy.provider].proxies(proxy.held))
        except ProviderError as error:
            return replace(proxy, doubt=f"{error.message} ({error.hint})")


def askers_of(job: Job, settings: Settings) -> list[Asker]:
    """The name servers of a provider, ready to be asked about the job's zone; empty when none is known."""
    deadline = Deadline(settings.deadline + job.verify_seconds)
    resolver = job.network.resolver_within(deadline)
    found = nameservers.servers(job.zone, [source(settings)], resolver, deadline, job.network.port)
    return [Asker(server, job.zone, resolver, deadline) for server in found]


def _proxy(provider: Provider, held: Held | None) -> Proxy:
    """What is known of a provider's proxies without asking its name servers."""
    caveat = provider.proxy_caveat(held) if held is not None else ""
    return Proxy(
        provider.settings.name, held, networks=provider.proxy_networks, suffix=provider.proxy_suffix, caveat=caveat
    )


def _at_name(held: Held, planned: Plan) -> dict[str, list[RecordSet]]:
    """What stands at each name once the plan is carried out."""
    stands: dict[Key, RecordSet | None] = {**held.sets, **{change.key: change.after for change in planned.changes}}
    found: dict[str, list[RecordSet]] = {}
    for record_set in filter(None, stands.values()):
        found.setdefault(record_set.name, []).append(record_set)
    return found

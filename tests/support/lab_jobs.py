# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs for the engine against the lab, and what the lab's providers hold and serve afterwards."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.twinzone.edge.plugins.module_utils._deadline import Deadline
from ansible_collections.twinzone.edge.plugins.module_utils._engine import engine
from ansible_collections.twinzone.edge.plugins.module_utils._engine.job import Job, Network, audit
from ansible_collections.twinzone.edge.plugins.module_utils._engine.provider_report import Report
from ansible_collections.twinzone.edge.plugins.module_utils._providers.base import Settings
from ansible_collections.twinzone.edge.plugins.module_utils._providers.registry import PROVIDERS
from ansible_collections.twinzone.edge.plugins.module_utils._zone import entries as zone_entries
from ansible_collections.twinzone.edge.plugins.module_utils._zone import names as zone_names
from ansible_collections.twinzone.edge.plugins.module_utils._zone import rdata
from ansible_collections.twinzone.edge.plugins.module_utils._zone.entries import Context
from ansible_collections.twinzone.edge.plugins.module_utils._zone.plan import Held, PlanPolicy
from ansible_collections.twinzone.edge.plugins.module_utils._zone.record_sets import Declared, Key
from twinzone_lab.client import LabClient

ZONE = "example.com"
BOTH = ("cloudflare", "desec")

Entry = dict[str, Any]


def provider_entry(lab: LabClient, name: str) -> Entry:
    """What an inventory says of a provider of the lab; its name is its type."""
    info = lab.info["providers"][name]
    servers = [f"{address}:{lab.info['dns_port']}" for address in info["name_servers"].values()]
    return {
        "name": name,
        "type": name,
        "token": info["token"],
        "api_url": info["api_url"],
        "nameservers": servers,
        "ca_path": lab.info["ca"],
        "deadline": 20.0,
    }


def settings(lab: LabClient, name: str, **changed: Any) -> Settings:
    """A provider of the lab, checked."""
    return PROVIDERS[name].read_settings({**provider_entry(lab, name), **changed}, 20.0)


def declare(records: Sequence[Mapping[str, Any]], zone: str = ZONE) -> tuple[Declared, ...]:
    """The entries as values."""
    known = {provider.type: provider.attributes for provider in PROVIDERS.values()}
    return tuple(zone_entries.parse_declared(records, Context(zone, known)))


def job(
    lab: LabClient,
    records: Sequence[Mapping[str, Any]],
    *names: str,
    zone: str = ZONE,
    deadlines: Mapping[str, float] | None = None,
    policy: PlanPolicy = PlanPolicy(),  # noqa: B008 (a frozen value)
    **options: Any,
) -> Job:
    """A job at the providers named, or at both. deadlines: seconds, by provider."""
    given = deadlines or {}
    providers = tuple(
        settings(lab, name, **({"deadline": given[name]} if name in given else {})) for name in names or BOTH
    )
    network = Network(lab.info["resolver"], lab.info["dns_port"])
    made = Job(
        zone=zone, providers=providers, declared=declare(records, zone), policy=policy, network=network, **options
    )
    assert not audit(made)
    return made


def replaced(made: Job, **changed: Any) -> Job:
    """The job with something changed."""
    return dataclasses.replace(made, **changed)


def run(lab: LabClient, records: Sequence[Mapping[str, Any]], *names: str, **options: Any) -> dict[str, Report]:
    """What became of a job."""
    return engine.run(job(lab, records, *names, **options))


def ok(reports: Mapping[str, Report]) -> list[tuple[str, str, str, str]]:
    """The changes of a job that must have succeeded: (provider, action, name, type)."""
    for report in reports.values():
        result = report.as_result()
        assert (result["result"], result["unserved"]) == ("ok", []), result
    return changes(reports)


def changes(reports: Mapping[str, Report]) -> list[tuple[str, str, str, str]]:
    """The changes of a job: (provider, action, name, type)."""
    return [(name, change.action, *change.key) for name, report in reports.items() for change in report.changes]


def held(lab: LabClient, name: str, zone: str = ZONE) -> Held:
    """What a provider's API says that it holds."""
    return PROVIDERS[name](zone, settings(lab, name), Deadline(20.0)).read()


def values(held_zone: Held, *key: str) -> list[str]:
    """The values of one record set, sorted; empty when there is none."""
    name, rdtype = key
    found = held_zone.sets.get((name, rdtype))
    return sorted(value.text for value in found.values) if found else []


def served(lab: LabClient, provider: str, name: str, rdtype: str, zone: str = ZONE) -> list[list[str]]:
    """What each server of a provider serves."""
    return list(lab.served(provider, zone_names.owner(name, zone), rdtype).values())


def soon(read: Callable[[], object], wanted: object, seconds: float = 60.0) -> None:
    """Wait until something is read; writes reach the name servers a moment later."""
    end = time.monotonic() + seconds
    while (got := read()) != wanted:
        assert time.monotonic() < end, f"{got} in place of {wanted}"
        time.sleep(0.01)


def settle(lab: LabClient, zone: str = ZONE) -> None:
    """Let all name servers of a zone serve at once what was written."""
    for provider in BOTH:
        lab.seed(provider, zone, [])


def meaning(entry: Entry, zone: str = ZONE) -> tuple[Key, frozenset[bytes]]:
    """Key and values of a declared entry, free of spelling."""
    rdtype = entry["type"]
    given = entry["values"] if isinstance(entry["values"], list) else [entry["values"]]
    keys = frozenset(rdata.parse(rdtype, text, zone).key for text in given)
    return (zone_names.relative(entry["name"], zone), rdtype), keys

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Between Ansible and the engine: check mode, diff mode, errors and results of the `*_records` modules."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NoReturn

from .. import _parallel
from .._engine import engine
from .._engine.job import Job
from .._engine.provider_report import Report
from .._errors import BadInput
from .._providers.shared import Accounts
from .._text import visible
from .._zone.plan import Change
from .._zone.record_sets import RecordSet
from . import options, undotted_targets
from .module import AnsibleModule, checked, fail, make_module


def run_one_provider(provider_type: str) -> NoReturn:
    """The whole module for one type of provider."""
    module = make_module(options.one_provider_spec(provider_type))
    params = module.params
    entry = {**params, "name": provider_type, "type": provider_type}
    zone = {**params, "providers": [entry], "guards": (), "by_hand_variables": {}}
    reports = checked(module, lambda: _run(module, [_one_zone(module, zone)]))
    _exit(module, reports)


def run_many_providers() -> NoReturn:
    """The whole module zone_records."""
    module = make_module(
        options.many_providers_spec(),
        required_one_of=[("zone", "zones")],
        mutually_exclusive=[("zone", "zones")],
        required_together=[("zone", "records")],
    )
    params = module.params
    zones = params["zones"] or [{**params, "guards": (), "by_hand_variables": {}}]

    def run() -> dict[str, dict[str, Report]]:
        jobs, problems = [], []
        for zone in zones:
            entries = zone["providers"] or params["providers"]
            try:
                jobs.append(_one_zone(module, {**zone, "providers": entries}))
            except BadInput as error:
                problems += [f"{zone['zone']}: {problem}" for problem in error.problems]
        if problems:
            raise BadInput(problems)
        return _run(module, jobs)

    _exit(module, checked(module, run))


def _one_zone(module: AnsibleModule, zone: Mapping[str, Any]) -> Job:
    """The job of one zone. zone: its options."""
    params = module.params
    providers = options.settings(zone["providers"], deadline(params), zone["by_hand_variables"])
    # Tokens from the environment are not options, so Ansible does not know yet that they are secret.
    module.no_log_values.update(secret for provider in providers for secret in provider.secrets)
    steered = zone["steered"] or params["steered"]
    return options.job(params, zone["zone"], zone["records"], providers, steered, module.check_mode, zone["guards"])


def deadline(params: Mapping[str, Any]) -> float:
    """Seconds that each provider has whose entry does not say."""
    if params["deadline"] is not None:
        return float(params["deadline"])
    return options.SYNC_DEADLINE if params.get("plan_first", True) else options.FAILOVER_DEADLINE


def _run(module: AnsibleModule, jobs: Sequence[Job]) -> dict[str, dict[str, Report]]:
    """Do all jobs side by side."""
    if len({job.zone for job in jobs}) < len(jobs):
        raise BadInput(["zones: a zone is given twice"])
    for warning in undotted_targets.warnings(jobs):
        module.warn(warning)
    # A failover waits for no other zone: a long list would cost it more than its own look-up.
    accounts = Accounts((job.zone, job.providers) for job in jobs if job.plan_first)
    return _parallel.run({job.zone: partial(engine.run, replace(job, accounts=accounts)) for job in jobs})


def _exit(module: AnsibleModule, by_zone: Mapping[str, Mapping[str, Report]]) -> NoReturn:
    zones = {zone: zone_result(reports) for zone, reports in by_zone.items()}
    every = [(zone, report) for zone, reports in by_zone.items() for report in reports.values()]
    result: dict[str, Any]
    if module.params.get("zones"):
        result = {"changed": any(zone["changed"] for zone in zones.values()), "zones": zones}
    else:
        (result,) = zones.values()
    if module._diff:
        result["diff"] = diffs(every)
    if failure := failure_of(every):
        raise fail(module, failure.pop("msg"), **result, **failure)
    module.exit_json(**result)
    raise SystemExit(0)


def diffs(every: Sequence[tuple[str, Report]]) -> list[dict[str, str]]:
    """What Ansible shows of the changes in diff mode. every: zones, with what became of a provider."""
    return [_diff(zone, report) for zone, report in every if report.changes]


def failure_of(every: Sequence[tuple[str, Report]]) -> dict[str, str]:
    """The message of what did not end well, with a traceback where it is our fault; empty where all did."""
    troubles = [trouble for zone, report in every for trouble in _troubles(zone, report)]
    if not troubles:
        return {}
    # Ansible shows it with -vvv.
    crashes = [report.exception for _zone, report in every if report.exception]
    return {"msg": "\n".join(troubles), **({"exception": "\n".join(crashes)} if crashes else {})}


def zone_result(reports: Mapping[str, Report]) -> dict[str, Any]:
    """What became of one zone."""
    return {
        "changed": any(report.changes for report in reports.values()),
        "changes": [change.as_result(name) for name, report in reports.items() for change in report.changes],
        "providers": {name: report.as_result() for name, report in reports.items()},
    }


def _troubles(zone: str, report: Report) -> list[str]:
    """What to report of a provider whose work did not end well."""
    shown = report.as_result()
    if shown["error"]:
        error = shown["error"]
        hint = f" ({error['hint']})" if error["hint"] else ""
        return [f"{zone} at {report.provider}: {report.result}: {error['message']}{hint}"]
    return [
        f"{zone} at {report.provider}: {late['server']} serves for {late['name']} {late['type']}: {late['detail']}"
        for late in shown["unserved"]
    ]


def _diff(zone: str, report: Report) -> dict[str, str]:
    return {
        "before_header": f"{zone} at {report.provider}",
        "after_header": f"{zone} at {report.provider}",
        "before": _zone_text(report.changes, lambda change: change.before),
        "after": _zone_text(report.changes, lambda change: change.after),
    }


def _zone_text(changes: Sequence[Change], side: Callable[[Change], RecordSet | None]) -> str:
    """The changed sets in presentation format, one record a line, with attributes as a comment."""
    lines = []
    for record_set in (found for change in changes if (found := side(change)) is not None):
        attributes = ", ".join(visible(f"{key}: {value}") for key, value in sorted(record_set.attributes.items()))
        suffix = f" ; {attributes}" if attributes else ""
        lines += [
            f"{record_set.name} {record_set.ttl} IN {record_set.type} {value.text}{suffix}"
            for value in sorted(record_set.values, key=lambda value: value.text)
        ]
    return "".join(f"{line}\n" for line in lines)

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible filters: the steps of the role failover that are pure. They are for its templates.

What a run that changes nothing does not need is loaded when it is called.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.twinzone.edge.plugins.module_utils._errors import BadInput
from ansible_collections.twinzone.edge.plugins.module_utils._failover import (
    advice,
    decide_site,
    misdescribed,
    notify_reader,
    observation,
    questions,
    result,
    site_reader,
    votes,
    writes,
)
from ansible_collections.twinzone.edge.plugins.module_utils._failover import site as failover_site
from ansible_collections.twinzone.edge.plugins.module_utils._failover.data.decision import DecisionData, ZoneWrite
from ansible_collections.twinzone.edge.plugins.module_utils._failover.data.observed import (
    Answer,
    Observed,
    PathAnswer,
    Vote,
)
from ansible_collections.twinzone.edge.plugins.module_utils._failover.data.questions import ZoneNames, ZoneQuestions
from ansible_collections.twinzone.edge.plugins.module_utils._failover.data.result import Run, Written
from ansible_collections.twinzone.edge.plugins.module_utils._failover.data.site import Misdescribed, ProviderEntry, Site
from ansible_collections.twinzone.edge.plugins.module_utils._modules import failover_site as modules_failover_site
from ansible_collections.twinzone.edge.plugins.module_utils._modules.packing import each_unpacked, packed, unpacked
from ansible_collections.twinzone.edge.plugins.module_utils._modules.provider_entries import plain
from ansible_collections.twinzone.edge.plugins.module_utils._providers.registry import PROVIDERS, USUAL_VARIABLES
from ansible_collections.twinzone.edge.plugins.module_utils._zone import names
from ansible_collections.twinzone.edge.plugins.plugin_utils.on_demand import on_demand


def read_site(variables: Mapping[str, Any], name: str, providers: Any, now: int) -> Site:
    """The site `name` from its variables. Fails with every problem at once."""
    try:
        return modules_failover_site.read(name, variables, providers, now)
    except BadInput as error:
        raise AnsibleFilterError("\n".join([f"{name} is not well described:", *error.problems])) from None


def loaded(hostvars: Any, host: str) -> str:
    """Loads the providers whose types stand among the variables of a host, and returns no text.

    It is for the name of a task: Ansible fills that in before it forks, so that the tasks have loaded them already. No
    template is filled in, as one that cannot be would end the run.
    """
    variables = hostvars.raw_get(host)
    for name in ("failover_providers", "dns_providers"):
        entries = variables.get(name)
        for entry in entries if isinstance(entries, list) else ():
            kind = entry.get("type") if isinstance(entry, dict) else None
            if isinstance(kind, str):
                PROVIDERS.get(kind)
    # As Python recommends before a fork: no task looks through all objects of Ansible for garbage.
    gc.freeze()
    return ""


def decisions(sites: Sequence[Site], observed: Observed, now: int, run: str) -> list[DecisionData]:
    """The decisions for all sites."""
    return decide_site.decide_all(unpacked(sites), each_unpacked(observed), now, run)


def collected_votes(reported: Sequence[Mapping[str, Any]]) -> list[Vote]:
    """The votes of the vantages. reported: results of failover_vote.

    Each is bound to the host that was asked, by the variable of the loop. The host itself has no say in that.
    """
    named = [
        {**one, "vantage": {**one.get("__failover_probe", {}), **one}["__failover_vantage"], "vote": _vote(one)}
        for one in unpacked(reported)
    ]
    return votes.collected(named)


def _vote(reported: Mapping[str, Any]) -> Any:
    given = reported.get("vote")
    return {**given, "fronts": unpacked(given["fronts"])} if isinstance(given, dict) and "fronts" in given else given


def queries(sites: Sequence[Site], decisions: Mapping[str, DecisionData] | None = None) -> list[ZoneQuestions]:
    """What to ask served_info about."""
    return questions.queries(unpacked(sites), unpacked(decisions))


def probes(sites: Sequence[Site], vantage: str, answers: Sequence[Answer] = ()) -> list[dict[str, Any]]:
    """What to probe from a vantage, as cdn_health takes it. answers: of served_info, for what an apex was given."""
    here = [site for site in unpacked(sites) if vantage in site["vantages"]]
    seen = unpacked(answers) if any(site["router"] == names.APEX for site in here) else []
    return [front for site in here for front in [*failover_site.probes(site), *observation.probes_of_left(site, seen)]]


def unsettled(
    sites: Sequence[Site],
    answers: Sequence[Answer],
    providers: Mapping[str, Sequence[ProviderEntry]],
    now: int,
    paths: Sequence[PathAnswer] = (),
    everything: bool = False,
) -> list[ZoneNames]:
    """What to read at APIs. providers: by site, with their tokens. now: Unix time. paths: about public names.

    everything: whether all APIs are to be asked about the routers.
    """
    return questions.unsettled(unpacked(sites), unpacked(answers), providers, now, unpacked(paths), everything)


def unclear(
    sites: Sequence[Site], answers: Sequence[Answer], providers: Mapping[str, Sequence[ProviderEntry]], now: int
) -> list[ZoneNames]:
    """What to read at APIs after a write. providers: by site, with their tokens. now: Unix time."""
    return questions.unclear(unpacked(sites), unpacked(answers), providers, now)


def whole_zones(
    sites: Sequence[Site], providers: Mapping[str, Sequence[ProviderEntry]], others: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """What the module preflight_info is to look at, zone by zone.

    providers: by site, with their tokens. others: the same by zone, of zones without a site.
    """
    found = {
        zone: {
            "providers": questions.each_once([one for site in here for one in providers[site["site"]]]),
            "names": sorted({name.removeprefix("*.") for site in here for name in site["names"]}),
            "routers": [site["router"] for site in here],
            "fronts": {
                site["site"]: {
                    front["name"]: names.absolute(front["target"], f"{zone}.")
                    for front in site["fronts"]
                    if front["target"]
                }
                for site in here
            },
        }
        for zone, here in questions.by_zone(unpacked(sites)).items()
    }
    alone = {zone: {"providers": entries} for zone, entries in others.items() if zone not in found}
    return [{"zone": zone, **entry} for zone, entry in {**alone, **found}.items()]


def without_tokens(zones: Mapping[str, Any]) -> dict[str, list[ProviderEntry]]:
    """The provider entries of zones without their secrets."""
    return {zone: [site_reader.public(one) for one in given] for zone, given in zones.items()}


def switches(decisions: Sequence[DecisionData], providers: Mapping[str, Sequence[ProviderEntry]]) -> list[ZoneWrite]:
    """What to write with zone_records. providers: by site, with their tokens."""
    return writes.switches(unpacked(decisions), providers, USUAL_VARIABLES)


def due(decisions: Sequence[DecisionData]) -> bool:
    """Whether anything is to be written, be it a marker alone. It needs no entries of providers, as `switches` does."""
    return any(one["records"] or one["markers"] for one in unpacked(decisions))


def accepted(decisions: Sequence[DecisionData], written: Written) -> dict[str, DecisionData]:
    """The decisions by site, with the providers that took the write."""
    return writes.with_accepted(unpacked(decisions), unpacked(written))


def old_decisions(sites: Sequence[Site], decisions: Sequence[DecisionData]) -> list[Site]:
    """The sites whose router is to be written, so that an old decision must be looked at once more."""
    due = {one["site"] for one in unpacked(decisions) if one["writes"]}
    return [site for site in unpacked(sites) if site["site"] in due]


def probes_again(
    sites: Sequence[Site], decisions: Sequence[DecisionData], votes: Sequence[Vote], vantage: str
) -> list[dict[str, Any]]:
    """What a vantage probes once more: the active and the target front of each site, if it had a vote."""
    if not any(vote["vantage"] == vantage and vote["fronts"] for vote in unpacked(votes)):
        return []
    made = {one["site"]: (one["active"], one["front"]) for one in unpacked(decisions)}
    here = [site for site in unpacked(sites) if vantage in site["vantages"]]
    return [front for site in here for front in failover_site.probes_again(site, made[site["site"]])]


def overtaken(sites: Sequence[Site], decisions: Sequence[DecisionData], written: Written) -> list[Site]:
    """The sites of which somebody else wrote the router between the decision and the write."""
    lost = {name for name, one in accepted(decisions, written).items() if one["overtaken"]}
    return [site for site in unpacked(sites) if site["site"] in lost]


def amended(decisions: Sequence[DecisionData], again: Sequence[DecisionData]) -> list[DecisionData]:
    """The decisions, with those that were made again in place of the first ones."""
    newer = {one["site"]: one for one in unpacked(again)}
    return [newer.get(one["site"], one) for one in unpacked(decisions)]


def results(
    sites: Sequence[Site], decisions: Mapping[str, DecisionData], run: Run, wrong: Sequence[Misdescribed] = ()
) -> dict[str, str]:
    """The results by site, each packed. wrong: the sites that could not be read."""
    here, made, ended = unpacked(sites), unpacked(decisions), each_unpacked(run)
    ended["advice"] = advice.by_site(here, made, ended)
    found = {site["site"]: result.report(site, made[site["site"]], ended) for site in here}
    found |= {one["site"]: misdescribed.report(one, ended) for one in wrong}
    return {name: packed(one) for name, one in found.items()}


def webhooks(entries: Sequence[Any]) -> list[Any]:
    """The webhooks that are well described."""
    return notify_reader.usable(plain(list(entries)))


def _packing(step: Callable[..., Any], *given: Any, **named: Any) -> str:
    """What a step returns, for a fact or an action plugin of ours."""
    return packed(step(*given, **named))


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "failover_accepted": partial(_packing, accepted),
            "failover_amended": partial(_packing, amended),
            "failover_decisions": partial(_packing, decisions),
            "failover_dependencies": on_demand("plugin_utils.dependencies_filters", "dependencies"),
            "failover_drill_plan": on_demand("plugin_utils.drill_filters", "drill_plan"),
            "failover_drill_report": on_demand("plugin_utils.drill_filters", "drill_report"),
            "failover_due": due,
            "failover_loaded": loaded,
            "failover_metrics": on_demand("module_utils._reports.metrics", "text"),
            "failover_old": old_decisions,
            "failover_overtaken": overtaken,
            "failover_parity": on_demand("plugin_utils.preflight_filters", "parity"),
            "failover_preflight": on_demand("plugin_utils.preflight_filters", "preflight_outcome"),
            "failover_probes": partial(_packing, probes),
            "failover_probes_again": probes_again,
            "failover_queries": partial(_packing, queries),
            "failover_results": results,
            "failover_second_looks": on_demand("plugin_utils.preflight_filters", "second_looks"),
            "failover_site": read_site,
            "failover_switches": switches,
            "failover_unclear": unclear,
            "failover_unpacked": unpacked,
            "failover_unsettled": unsettled,
            "failover_votes": partial(_packing, collected_votes),
            "failover_watched": on_demand("plugin_utils.watching_filters", "watched"),
            "failover_webhooks": webhooks,
            "failover_whole_zones": whole_zones,
            "failover_without_tokens": without_tokens,
        }

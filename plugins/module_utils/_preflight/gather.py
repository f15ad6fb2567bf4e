# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what a role observed to what checks look at, and from their findings to what it shows. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypedDict

from .._dependencies.answers import NameAnswer, RowAnswer
from .._dependencies.facts import FactsData, ServerData
from .._failover import observation, public_names
from .._failover import site as failover_site
from .._failover.data import HeldByZone, Observed, ProviderEntry, Site, Vote
from . import ignored, look, page, report, text
from .facts import Drilled, SiteFacts, Zone
from .finding import FAIL, Result
from .report import Report

_STRICT = "strict"


class Dependencies(TypedDict, total=False):
    """The answers of the module dependencies; empty where it failed."""

    names: list[NameAnswer]
    operators: list[RowAnswer]
    facts: FactsData


class Seen(TypedDict):
    """What a preflight asked besides. held, delegation: by zone. drills: reports of drills, as JSON.

    repeated: the votes of a second look that no cache can answer. dependencies: who can take the sites down.
    zones: the other zones of the inventory, in which no site of the run lies.
    """

    held: HeldByZone
    delegation: dict[str, list[str]]
    repeated: list[Vote]
    drills: list[str]
    dependencies: Dependencies
    zones: dict[str, list[ProviderEntry]]


class Outcome(TypedDict):
    """What the role shows and writes. passed: by site, its zone included. zones_passed: those without a site."""

    lines: list[str]
    report: Report
    html: str
    passed: dict[str, bool]
    zones_passed: bool


@dataclass(frozen=True)
class Settings:
    """What the user decides. ignore: `preflight_ignore`. coverage: `strict`, or anything else."""

    ignore: Any = ()
    coverage: str = ""


def outcome(
    sites: Sequence[Site],
    observed: Observed,
    seen: Seen,
    suffixes: Mapping[str, tuple[str, ...]],
    settings: Settings,
    now: int,
) -> Outcome:
    """All checks over all sites and their zones. Raises BadInput when `preflight_ignore` is wrong."""
    accepted = ignored.read(settings.ignore)
    by_zone = _by_zone(sites)
    zones = _zones(by_zone, seen, suffixes, settings)
    drilled = _last_drills(seen["drills"])
    at_zones = {name: ignored.apply(look.at_zone(zone), accepted, now) for name, zone in zones.items()}
    at_sites: dict[str, list[Result]] = {}
    for site in sites:
        facts = _facts(site, zones[site["zone"]], observed, seen, drilled.get(site["site"]), now)
        at_sites[site["site"]] = ignored.apply(look.at_site(facts), accepted, now)
    everything = [result for group in (at_sites, at_zones) for results in group.values() for result in results]
    made = report.report(everything, datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    passed = {site["site"]: _passed(at_sites[site["site"]], at_zones[site["zone"]]) for site in sites}
    return Outcome(
        lines=text.lines(everything),
        report=made,
        html=page.html(made),
        passed=passed,
        zones_passed=_passed(*(results for name, results in at_zones.items() if name not in by_zone)),
    )


def _passed(*groups: Sequence[Result]) -> bool:
    return all(one["level"] != FAIL for group in groups for one in group)


def _zones(
    by_zone: Mapping[str, Sequence[Site]], seen: Seen, suffixes: Mapping[str, tuple[str, ...]], settings: Settings
) -> dict[str, Zone]:
    """The zones of the sites, then the others."""
    providers = {name: here[0]["providers"] for name, here in by_zone.items()}
    providers.update({name: entries for name, entries in seen["zones"].items() if name not in by_zone})
    return {
        name: _zone(name, entries, by_zone.get(name, ()), seen, suffixes, settings)
        for name, entries in providers.items()
    }


def _zone(
    name: str,
    providers: Sequence[ProviderEntry],
    sites: Sequence[Site],
    seen: Seen,
    suffixes: Mapping[str, tuple[str, ...]],
    settings: Settings,
) -> Zone:
    return Zone(
        name=name,
        providers=providers,
        held=seen["held"].get(name, {}),
        delegation=seen["delegation"].get(name, []),
        suffixes=suffixes,
        sites=sites,
        strict=settings.coverage == _STRICT,
        servers=_servers(name, seen["dependencies"]),
    )


def _by_zone(sites: Iterable[Site]) -> dict[str, list[Site]]:
    found: dict[str, list[Site]] = {}
    for site in sites:
        found.setdefault(site["zone"], []).append(site)
    return found


def _facts(site: Site, zone: Zone, observed: Observed, seen: Seen, drilled: Drilled | None, now: int) -> SiteFacts:
    copies = {
        front["name"]: (frozenset(addresses), why_not)
        for front in site["fronts"]
        for addresses, why_not in [observation.copies(site, front, observed["answers"])]
    }
    here = observation.situation(site, observed, now)
    return SiteFacts(
        site=site,
        zone=zone,
        here=here,
        paths=public_names.observed(site, observed, here, now),
        answers=observed["answers"],
        votes=observed["votes"],
        repeated=seen["repeated"],
        drilled=drilled,
        names=[one for one in seen["dependencies"].get("names", []) if one["site"] == site["site"]],
        operators=seen["dependencies"].get("operators", []),
        copies=copies,
        now=now,
    )


def _servers(zone: str, dependencies: Dependencies) -> list[ServerData] | None:
    """The name servers of a zone, where somebody looked."""
    zones = dependencies["facts"]["zones"] if "facts" in dependencies else []
    return next((one["servers"] for one in zones if one["name"].rstrip(".") == zone.rstrip(".")), None)


def _last_drills(reports: Iterable[str]) -> dict[str, Drilled]:
    """By site, the last rehearsal that passed. What is not a report of one is left out."""
    found: dict[str, Drilled] = {}
    for one in reports:
        try:
            read = json.loads(one)
            if read["outcome"] != "passed":
                continue
            at = int(datetime.fromisoformat(read["finished"]).timestamp())
            leg = next(leg for leg in read["legs"] if leg["leg"] == "there")
            drilled = Drilled(at, float(leg["seconds"]))
        except (ValueError, KeyError, TypeError, StopIteration, AttributeError):
            continue
        site = str(read["site"])
        found[site] = max(found.get(site, drilled), drilled, key=lambda drill: drill.at)
    return found


def second_looks(sites: Sequence[Site], votes: Sequence[Vote], run: str) -> list[dict[str, Any]]:
    """The fronts of which a cache answered, as cdn_health takes them, with a query that no cache knows."""
    cached = {
        (front["site"], front["name"])
        for vote in votes
        for front in vote.get("fronts") or ()
        if any(address.get("cached") for address in front["addresses"])
    }
    return [
        {**front, "probes": 1, "tolerate": 0, "down_at": 1, "check": _past_caches(front["check"], run)}
        for site in sites
        for front in failover_site.probes(site)
        if (site["site"], front["name"]) in cached
    ]


def _past_caches(check: Mapping[str, Any], run: str) -> dict[str, Any]:
    url = str(check["url"]).partition("#")[0]
    return {**check, "url": f"{url}{'&' if '?' in url else '?'}twinzone={run}"}

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what a role observed to what checks look at, and from their findings to what it shows. Pure."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypedDict

from .._dependencies.answers import NameAnswer, RowAnswer
from .._dependencies.facts import FactsData, ServerData
from .._dns.looks import ResolverLook
from .._failover import observation, public_names, published
from .._failover import site as failover_site
from .._failover.data.observed import Observed, Vote
from .._failover.data.site import ProviderEntry, Site
from .._timestamps import timestamp
from . import ignored, look, page, report, text
from . import settings as settings_reader
from .facts import Drilled, RunFacts, SiteFacts, Zone
from .finding import FAIL, Result
from .report import Report
from .seen import ParityLook, RunnerLook, ZoneLook
from .settings import Read, Settings


class Dependencies(TypedDict, total=False):
    """The answers of the module dependencies; where it failed, only why."""

    error: str
    names: list[NameAnswer]
    operators: list[RowAnswer]
    facts: FactsData


class Looked(TypedDict, total=False):
    """The result of the module preflight_info; empty where it failed. zones: by name."""

    zones: dict[str, ZoneLook]
    parity: list[ParityLook]
    resolver: ResolverLook
    runner: RunnerLook


class Seen(TypedDict):
    """What a preflight asked besides. looked: a thorough look. drills: reports of drills, as JSON.

    repeated: the votes of a second look that no cache can answer. dependencies: who can take the sites down.
    zones: the other zones of the inventory, in which no site of the run lies. before: the report before, as JSON; empty
    where there is none. test_post: the webhooks that did not take a message for a test; None where none was sent.
    places: by vantage, where Ansible reaches it.
    """

    looked: Looked
    repeated: list[Vote]
    drills: list[str]
    dependencies: Dependencies
    zones: dict[str, list[ProviderEntry]]
    before: str
    test_post: list[str] | None
    places: dict[str, str]


class Outcome(TypedDict):
    """What the role shows and writes. passed: by site, its zone included. zones_passed: by zone without a site."""

    lines: list[str]
    report: Report
    html: str
    passed: dict[str, bool]
    zones_passed: dict[str, bool]


@dataclass(frozen=True)
class Kind:
    """What the checks know of a type of provider. suffixes: how the names of its name servers end.

    daily_requests: how many it takes from one account; None for no known limit. read: the requests of a read.
    """

    suffixes: tuple[str, ...] = ()
    daily_requests: int | None = None
    read: int = 2


def outcome(
    sites: Sequence[Site],
    observed: Observed,
    seen: Seen,
    kinds: Mapping[str, Kind],
    settings: Settings,
    now: int,
) -> Outcome:
    """All checks over all sites and their zones. Raises BadInput when a variable is wrong."""
    decided = settings_reader.read(settings, [site["site"] for site in sites])
    accepted = decided.accepted
    before = report.read(seen["before"])
    by_zone = _by_zone(sites)
    zones = _Zones(seen, kinds, decided, observed, now).all(by_zone)
    drilled = last_drills(seen["drills"])
    at_zones = {name: ignored.apply(look.at_zone(zone), accepted, now) for name, zone in zones.items()}
    at_sites: dict[str, list[Result]] = {}
    for site in sites:
        facts = replace(
            _facts(site, zones[site["zone"]], observed, seen, drilled.get(site["site"]), now),
            certificates_before=before["certificates"].get(site["site"], {}) if before else {},
            recovery_time=decided.recovery_times[site["site"]],
        )
        at_sites[site["site"]] = ignored.apply(look.at_site(facts), accepted, now)
    looked = seen["looked"]
    at_run = ignored.apply(look.at_run(RunFacts(looked.get("resolver"), looked.get("runner"))), accepted, now)
    groups = [*at_sites.values(), *at_zones.values(), at_run]
    everything = [result for results in groups for result in results]
    made = report.report(everything, timestamp(now), _certificates(sites, observed["votes"]))
    passed = {site["site"]: _passed(at_sites[site["site"]], at_zones[site["zone"]], at_run) for site in sites}
    return Outcome(
        lines=text.lines(everything),
        report=made,
        html=page.html(made),
        passed=passed,
        zones_passed={name: _passed(found, at_run) for name, found in at_zones.items() if name not in by_zone},
    )


def _passed(*groups: Sequence[Result]) -> bool:
    return all(one["level"] != FAIL for group in groups for one in group)


@dataclass(frozen=True)
class _Zones:
    """Makes the zones of a run out of all that was seen."""

    seen: Seen
    kinds: Mapping[str, Kind]
    decided: Read
    observed: Observed
    now: int

    def all(self, by_zone: Mapping[str, Sequence[Site]]) -> dict[str, Zone]:
        """The zones of the sites, then the others."""
        providers = {name: here[0]["providers"] for name, here in by_zone.items()}
        providers.update({name: entries for name, entries in self.seen["zones"].items() if name not in by_zone})
        used = Counter(entry["name"] for entries in providers.values() for entry in entries)
        return {name: self._zone(name, entries, by_zone.get(name, ()), used) for name, entries in providers.items()}

    def _zone(
        self, name: str, providers: Sequence[ProviderEntry], sites: Sequence[Site], used: Mapping[str, int]
    ) -> Zone:
        look = self.seen["looked"].get("zones", {}).get(name)
        registration = self.decided.declared.registration(name) or (look["registration"] if look else None)
        return Zone(
            name=name,
            providers=providers,
            held=look["providers"] if look else {},
            delegation=look["delegation"] if look else [],
            suffixes={kind: known.suffixes for kind, known in self.kinds.items()},
            sites=sites,
            strict=self.decided.strict,
            servers=_servers(name, self.seen["dependencies"]),
            delegation_ttl=look["delegation_ttl"] if look else None,
            looks=look["servers"] if look else (),
            caa=look["caa"] if look else (),
            registration=registration,
            same_token=used,
            requests={entry["name"]: limits for entry in providers if (limits := self._requests(entry))},
            runners=self.decided.declared.runners,
            serving=look.get("serving") if look else None,
            now=self.now,
        )

    def _requests(self, entry: ProviderEntry) -> tuple[int, int] | None:
        """The requests of a day to a provider, by what this run had to ask it; None where it has no known limit."""
        kind = self.kinds.get(entry["type"], Kind())
        if kind.daily_requests is None:
            return None
        reads = sum(entry["name"] in held for held in self.observed.get("held", {}).values())
        return reads * kind.read * self.decided.runs_per_day, kind.daily_requests


def _certificates(sites: Sequence[Site], votes: Sequence[Vote]) -> dict[str, dict[str, str]]:
    """By site and front, the SHA-256 of the certificate that was seen, for the next report."""
    found: dict[str, dict[str, str]] = {site["site"]: {} for site in sites}
    for look_ in (front for vote in votes for front in vote.get("fronts") or () if front["site"] in found):
        for address in look_["addresses"]:
            if certificate := address.get("certificate"):
                found[look_["site"]][look_["name"]] = certificate["sha256"]
    return found


def _by_zone(sites: Iterable[Site]) -> dict[str, list[Site]]:
    found: dict[str, list[Site]] = {}
    for site in sites:
        found.setdefault(site["zone"], []).append(site)
    return found


def _facts(site: Site, zone: Zone, observed: Observed, seen: Seen, drilled: Drilled | None, now: int) -> SiteFacts:
    copies = {
        front["name"]: (frozenset(addresses), why_not)
        for front in site["fronts"]
        for provider in [next((name for name in front["published"] if published.is_copied(front, name)), "")]
        for addresses, why_not in [observation.copies(site, front, provider, observed["answers"])]
    }
    here = observation.situation(site, observed, now)
    zone_look = seen["looked"].get("zones", {}).get(site["zone"])
    return SiteFacts(
        site=site,
        zone=zone,
        here=here,
        paths=public_names.observed(site, observed, here, now),
        answers=observed["answers"],
        votes=observed["votes"],
        repeated=seen["repeated"],
        drilled=drilled,
        https=zone_look["https"].get(site["site"], {}) if zone_look else {},
        parity=[one for one in seen["looked"].get("parity", []) if one["site"] == site["site"]],
        test_post=seen["test_post"],
        names=[one for one in seen["dependencies"].get("names", []) if one["site"] == site["site"]],
        operators=seen["dependencies"].get("operators", []),
        unmeasured=seen["dependencies"].get("error"),
        places=seen["places"],
        copies=copies,
        now=now,
    )


def _servers(zone: str, dependencies: Dependencies) -> list[ServerData] | None:
    """The name servers of a zone, where somebody looked."""
    zones = dependencies["facts"]["zones"] if "facts" in dependencies else []
    return next((one["servers"] for one in zones if one["name"].rstrip(".") == zone.rstrip(".")), None)


def last_drills(reports: Iterable[str]) -> dict[str, Drilled]:
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

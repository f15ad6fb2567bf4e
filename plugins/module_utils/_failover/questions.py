# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to ask for the sites of a run: name servers first, and APIs where those settle nothing. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from .._zone.names import APEX, owner
from .._zone.origins import ADDRESS_TYPES
from .._zone.routers import marker_name
from . import by_site, observation, owner_notes, public_names, published
from . import site as failover_site
from .claims import NEIGHBOURS
from .data.decision import DecisionData
from .data.observed import Answer, PathAnswer
from .data.questions import Question, ZoneNames, ZoneQuestions
from .data.site import ProviderEntry, Site
from .observation import ORIGIN


def queries(sites: Sequence[Site], decisions: Mapping[str, DecisionData] | None = None) -> list[ZoneQuestions]:
    """The zones and records to ask served_info for: every router, the marker beside it, and the canaries.

    decisions: by site, with `accepted`: what the servers that took a write should come to serve.
    """
    return [
        ZoneQuestions(
            zone=zone,
            providers=each_once([entry for site in here for entry in site["providers"]]),
            records=[
                *(question for site in here for question in _about(site, (decisions or {}).get(site["site"]))),
                *_canaries(here),
            ],
        )
        for zone, here in by_zone(sites).items()
    ]


def by_zone(sites: Sequence[Site]) -> dict[str, list[Site]]:
    """The sites of each zone."""
    found: dict[str, list[Site]] = {}
    for site in sites:
        found.setdefault(site["zone"], []).append(site)
    return found


def _about(site: Site, decision: DecisionData | None) -> list[Question]:
    wait_for: dict[str, str | None] = {}
    if decision:
        wait_for = dict.fromkeys(decision["accepted"], decision["front"])
    candidates = failover_site.candidates(site)
    found = [
        Question(
            name=site["router"],
            type="CNAME",
            candidates=_with_written(candidates, decision),
            wait_for=wait_for,
            names=site["names"],
            resolve=any(map(published.is_resolved, site["fronts"])),
            port=public_names.port_of(site["check"].get("url")),
        ),
        Question(name=marker_name(site["router"]), type="TXT"),
    ]
    if site["router"] != APEX and any(front["published"] for front in site["fronts"]):
        found += [Question(name=site["router"], type=rdtype) for rdtype in NEIGHBOURS]
    return found


def _with_written(candidates: dict[str, list[str]], decision: DecisionData | None) -> dict[str, list[str]]:
    """The candidates, with the addresses that the decision gave the router: a CDN may answer others by now."""
    front = decision["front"] if decision else None
    if decision is None or front is None or decision["router"] != APEX:
        return candidates
    given = [
        one for record in decision["records"] if record["type"] in ADDRESS_TYPES for one in record.get("values", ())
    ]
    return {**candidates, front: list(dict.fromkeys([*candidates[front], *given]))}


def _canaries(sites: Sequence[Site]) -> list[Question]:
    """The names whose addresses are copied; asked once each, though several sites may share one."""
    found: dict[str, list[str]] = {}
    for front in (front for site in sites for front in site["fronts"] if front["canary"]):
        found.setdefault(front["canary"], []).extend(published.origins(front))
    return [Question(name=name, type="CNAME", candidates={ORIGIN: origins}) for name, origins in sorted(found.items())]


def each_once(providers: Sequence[ProviderEntry]) -> list[ProviderEntry]:
    """The provider entries without those whose name another one before has: sites of one zone mostly share them."""
    found: dict[str, ProviderEntry] = {}
    for entry in providers:
        found.setdefault(entry["name"], entry)
    return list(found.values())


def unsettled(
    sites: Sequence[Site],
    answers: Sequence[Answer],
    providers: Mapping[str, Sequence[ProviderEntry]],
    now: int,
    paths: Sequence[PathAnswer] = (),
    everything: bool = False,
) -> list[ZoneNames]:
    """What to read at APIs, as observe_sites takes it: where it must be asked about a router (see `confirmation`), and
    where name servers hide what stands at the router or where a public name leads. Each zone is read once at each
    provider.

    providers: by site, with their tokens, which are kept out of the sites themselves. now: Unix time. everything:
    whether to ask all APIs about the routers, as what name servers answer was found to be out of date.
    """
    known, asked = by_site.Answers(answers), by_site.Paths(paths)
    return _each_read_once(
        read
        for site in sites
        for mine, seen in [(providers[site["site"]], known.of(site))]
        for read in (
            *_routers(site, mine if everything else _doubtful(site, seen, mine, now), needed=True),
            *_routers(site, _hiding(site, seen, mine), needed=False),
            *public_names.hidden(site, asked.of(site), mine),
        )
    )


def unclear(
    sites: Sequence[Site], answers: Sequence[Answer], providers: Mapping[str, Sequence[ProviderEntry]], now: int
) -> list[ZoneNames]:
    """What to read at APIs since the answers of name servers fit no front but may still mean one."""
    if not any(one.get("possible") for one in answers):
        return []
    known = by_site.Answers(answers)
    return _each_read_once(
        read
        for site in sites
        for read in _routers(site, _doubtful(site, known.of(site), providers[site["site"]], now), needed=True)
    )


def _each_read_once(reads: Iterable[ZoneNames]) -> list[ZoneNames]:
    """These reads, with one entry for each zone and provider. reads: each of one provider."""
    found: dict[tuple[str, str], ZoneNames] = {}
    for one in reads:
        (entry,) = one["providers"]
        known = found.setdefault((one["zone"], entry["name"]), {**one, "names": []})
        known["names"] = list(dict.fromkeys([*known["names"], *one["names"]]))
        known["follow"] |= one["follow"]
        known["needed"] |= one["needed"]
    return list(found.values())


def _routers(site: Site, providers: Sequence[ProviderEntry], needed: bool) -> list[ZoneNames]:
    """The router, its marker, and where other tools write that a record is theirs, at each of these providers."""
    names = [site["router"], marker_name(site["router"]), *owner_notes.names(site["router"])]
    return [
        ZoneNames(zone=site["zone"], names=names, providers=[entry], follow=False, needed=needed) for entry in providers
    ]


def _hiding(site: Site, answers: Sequence[Answer], providers: Sequence[ProviderEntry]) -> list[ProviderEntry]:
    """The providers whose servers answer addresses for the router, whatever the record is: one that no front publishes
    may answer as if it were a front's. None where nobody wants to know about the public names.
    """
    name = owner(site["router"], site["zone"])
    hiding = {one["provider"] for one in answers if one["name"] == name and one.get("hides") and one["values"]}
    return [entry for entry in providers if site["names"] and entry["name"] in hiding]


def _doubtful(
    site: Site, answers: Sequence[Answer], providers: Sequence[ProviderEntry], now: int
) -> list[ProviderEntry]:
    asked = observation.to_ask(site, observation.holdings(site, answers, {}, now), now)
    return [entry for entry in providers if entry["name"] in asked]

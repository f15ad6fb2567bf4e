# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be written for a decision, and which providers took it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .._zone.plan import MARKER_PREFIX
from . import published
from .data import Answer, DecisionData, ProviderEntry, ProviderWrite, Record, Site, Written, ZoneWrite
from .decision import Decision, Situation
from .marker import Marker
from .observation import copies
from .questions import each_once


def records(site: Site, decision: Decision, answers: Sequence[Answer]) -> tuple[list[Record], dict[str, str]]:
    """The entries with which each provider that is due comes to publish the chosen front; and why one cannot."""
    found: list[Record] = []
    lacking: dict[str, str] = {}
    for front in (front for front in site["fronts"] if front["name"] == decision.front):
        addresses, why_not = copies(site, front, answers)
        for provider in decision.writes:
            if published.is_copied(front, provider) and not addresses:
                lacking[provider] = why_not
            else:
                found += published.records(site, front, provider, sorted(addresses))
    return found, lacking


def remembering(here: Situation, decision: Decision, marker: Marker | None) -> list[str]:
    """The providers that get the marker: with a switch those that are switched, so that both go in one request."""
    if marker is None:
        return []
    if here.request.pin is not None or here.request.lift:
        return list(here.served)
    return list(decision.writes) or [provider for provider, served in here.served.items() if served.known]


def switches(decisions: Sequence[DecisionData], providers: Mapping[str, Sequence[ProviderEntry]]) -> list[ZoneWrite]:
    """All writes that are due, one entry a zone, as zone_records takes them. providers: by site, with their tokens."""
    by_zone: dict[str, list[DecisionData]] = {}
    for decision in decisions:
        by_zone.setdefault(decision["zone"], []).append(decision)
    found = []
    for zone, here in by_zone.items():
        due = [record for decision in here for record in _due(decision)]
        concerned = {provider for record in due for provider in record["only"]}
        entries = each_once([entry for decision in here for entry in providers[decision["site"]]])
        if due:
            chosen = [entry for entry in entries if entry["name"] in concerned]
            found.append(ZoneWrite(zone=zone, records=due, providers=chosen))
    return found


def _due(decision: DecisionData) -> list[Record]:
    """The router's records and the marker beside it."""
    if not decision["marker"] or not decision["remembers"]:
        return decision["records"]
    marker = Record(
        name=MARKER_PREFIX + decision["router"],
        type="TXT",
        values=[decision["marker"]],
        ttl=decision["ttl"],
        only=decision["remembers"],
    )
    return [*decision["records"], marker]


def with_accepted(decisions: Sequence[DecisionData], written: Written) -> dict[str, DecisionData]:
    """The decisions by site, each with the providers that took its write."""
    return {decision["site"]: {**decision, "accepted": _accepted(decision, written)} for decision in decisions}


def _accepted(decision: DecisionData, written: Written) -> list[str]:
    became = of_zone(written, decision["zone"])
    due = [name for name in decision["writes"] if name not in decision["lacking"]]
    return [name for name in due if name in became and became[name]["result"] == "ok"]


def of_zone(written: Written, zone: str) -> dict[str, ProviderWrite]:
    """What became of the writes at each provider of a zone; empty where nothing was written."""
    zones = written.get("zones", {})
    return zones[zone]["providers"] if zone in zones else {}

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be written for a decision, and which providers took it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._providers.secret_names import own_variables
from .._zone.names import APEX
from .._zone.origins import ADDRESS_TYPES
from .._zone.routers import marker_name
from . import expectation, observation, published
from .data.decision import DecisionData, ZoneWrite
from .data.observed import Answer, Held, Record
from .data.result import ProviderWrite, Written
from .data.site import ProviderEntry, Site
from .decision import Decision, Situation
from .given_addresses import fingerprint
from .marker import Marker
from .observation import copies
from .questions import each_once


def records(
    site: Site, decision: Decision, answers: Sequence[Answer], held: Mapping[str, Held]
) -> tuple[list[Record], dict[str, str]]:
    """The entries that make each provider that is due publish the chosen front; and why one cannot.

    held: by provider, what APIs hold.
    """
    found: list[Record] = []
    lacking: dict[str, str] = {}
    for front in (front for front in site["fronts"] if front["name"] == decision.front):
        for provider in decision.writes:
            addresses, why_not = copies(site, front, provider, answers)
            if published.is_copied(front, provider) and not addresses:
                lacking[provider] = why_not
            else:
                standing = _standing(site, held.get(provider))
                found += published.records(site, front, provider, sorted(addresses), standing)
    return found, lacking


def _standing(site: Site, held: Held | None) -> set[str]:
    """The types at the router that lead somewhere, as an API shows them."""
    records = held["records"] if held is not None else []
    return {one["type"] for one in records if one["name"] == site["router"] and one["type"] in published.TYPES}


def gave(site: Site, decision: Decision, records: Sequence[Record]) -> dict[str, str]:
    """By provider, the fingerprint of the addresses that an apex is about to be given.

    records: the entries of the router that are due.
    """
    if site["router"] != APEX:
        return {}
    found = {}
    for provider in decision.writes:
        mine = [one for one in records if provider in one.get("only", ()) and one["type"] in ADDRESS_TYPES]
        addresses = [value for one in mine for value in one.get("values", ())]
        if any(published.is_copied(front, provider) for front in site["fronts"]):
            found[provider] = fingerprint(addresses)
    return found


def guards(
    site: Site, here: Situation, decision: Decision, markers: Mapping[str, Marker], answers: Sequence[Answer]
) -> list[dict[str, Any]]:
    """What each provider that is due was seen to hold: what is something else at the write is left alone."""
    seen = expectation.expected(here, decision, site["adopt"])
    return [
        expectation.guard(name, site["router"], observation.shapes(site, name, answers), one, markers.get(name))
        for name, one in seen.items()
        if name in decision.writes or name in markers
    ]


def switches(
    decisions: Sequence[DecisionData],
    providers: Mapping[str, Sequence[ProviderEntry]],
    usual: Mapping[str, str],
) -> list[ZoneWrite]:
    """All writes that are due, one entry a zone, as zone_records takes them.

    providers: by site, with their tokens. usual: by type, the environment variable of its secret.
    """
    by_zone: dict[str, list[DecisionData]] = {}
    for decision in decisions:
        by_zone.setdefault(decision["zone"], []).append(decision)
    found = [_of_zone(zone, here, providers, usual) for zone, here in by_zone.items()]
    return [one for one in found if one["records"]]


def _of_zone(
    zone: str,
    here: Sequence[DecisionData],
    providers: Mapping[str, Sequence[ProviderEntry]],
    usual: Mapping[str, str],
) -> ZoneWrite:
    due = [record for decision in here for record in _due(decision)]
    concerned = {provider for record in due for provider in record["only"]}
    entries = each_once([entry for decision in here for entry in providers[decision["site"]]])
    return ZoneWrite(
        zone=zone,
        records=due,
        providers=[entry for entry in entries if entry["name"] in concerned],
        guards=[guard for decision in here for guard in decision["guards"]],
        # By all of the zone: which of them are due is not known on a quiet day, when a runbook names the same.
        by_hand_variables=own_variables({entry["name"]: entry["type"] for entry in entries}, usual),
    )


def _due(decision: DecisionData) -> list[Record]:
    """The router's records and the markers beside them."""
    by_text: dict[str, list[str]] = {}
    for provider, text in decision["markers"].items():
        by_text.setdefault(text, []).append(provider)
    texts = {provider: text for text, providers in by_text.items() for provider in providers}
    if not texts:
        return decision["records"]
    first = next(iter(by_text))
    marker = Record(
        name=marker_name(decision["router"]),
        type="TXT",
        values=[first],
        ttl=decision["ttl"],
        only=list(texts),
        at={provider: {"values": [text]} for provider, text in texts.items() if text != first},
    )
    return [*decision["records"], marker]


def with_accepted(decisions: Sequence[DecisionData], written: Written) -> dict[str, DecisionData]:
    """The decisions by site, each with the providers that took its write."""
    return {
        decision["site"]: {
            **decision,
            "accepted": _accepted(decision, written),
            "overtaken": _overtaken(decision, written),
        }
        for decision in decisions
    }


def _accepted(decision: DecisionData, written: Written) -> list[str]:
    became = of_zone(written, decision["zone"])
    due = [name for name in decision["writes"] if name not in decision["lacking"]]
    lost = _overtaken(decision, written)
    return [name for name in due if name in became and became[name]["result"] == "ok" and name not in lost]


def _overtaken(decision: DecisionData, written: Written) -> list[str]:
    """The providers where somebody else wrote the router between the decision and the write."""
    became = of_zone(written, decision["zone"])
    return [name for name, one in became.items() if decision["router"] in one.get("overtaken", ())]


def of_zone(written: Written, zone: str) -> dict[str, ProviderWrite]:
    """What became of the writes at each provider of a zone; empty where nothing was written."""
    zones = written.get("zones", {})
    return zones[zone]["providers"] if zone in zones else {}

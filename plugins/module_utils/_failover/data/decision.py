# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The decision for one site, and what is to be written for it, as data. Pure."""

from __future__ import annotations

from typing import Any, Final, NotRequired, TypedDict

from .observed import Record
from .site import ProviderEntry

DECISION_SCHEMA: Final = "twinzone-decision/1"


class PathFinding(TypedDict):
    """A `paths.Finding`: where one name server leads a public name."""

    name: str
    provider: str
    server: str
    verdict: str
    record: str
    reason: str


class HealthData(TypedDict):
    """A `quorum.Health`."""

    verdict: str
    clean: bool
    reason: str


class ServedData(TypedDict):
    """A `router.Served`."""

    state: str
    front: str
    servers: dict[str, str]
    outdated: bool
    maybe: list[str]


class DecisionData(TypedDict):
    """The decision for one site, with all that is to be written for it.

    kind: go, hold or refuse. writes: the providers to bring in line; lacking: why one of them cannot be. markers: what
    each provider is to remember. guards: what each was seen to hold, as the module zone_records takes it. since: Unix
    time. certificates: by front, the Unix time at which the first of those seen ends. doubts: the name servers whose
    marker is not believed, and how long visitors stay behind where that is long. advised: whether all of it is only
    said. accepted: those that took the write; overtaken: those that somebody else wrote in between. remedy: what a
    person should change, where that is known. clock_off: the seconds by which the controller's clock is behind; below 0
    it is ahead; 0 where it is right, or where nobody knows. unrenewed: where an apex stays at addresses that do not
    probe clean, and why. dead_ends: by front, where its name leads nowhere.
    """

    schema: str
    site: str
    zone: str
    router: str
    ttl: int
    rule: str
    kind: str
    reason: str
    remedy: str
    front: str | None
    active: str | None
    writes: list[str]
    switches: bool
    records: list[Record]
    lacking: dict[str, str]
    markers: dict[str, str]
    guards: list[dict[str, Any]]
    since: int
    pin: str
    clock_off: int
    health: dict[str, HealthData]
    certificates: dict[str, int]
    served: dict[str, ServedData]
    paths: list[PathFinding]
    advised: bool
    doubts: list[str]
    unrenewed: list[str]
    dead_ends: NotRequired[dict[str, list[str]]]
    accepted: list[str]
    overtaken: list[str]


class ZoneWrite(TypedDict):
    """What is due in one zone, as the module zone_records takes it. providers: with their tokens.

    by_hand_variables: by provider, the environment variable of its secret, where others of the zone have its type.
    """

    zone: str
    records: list[Record]
    providers: list[ProviderEntry]
    guards: list[dict[str, Any]]
    by_hand_variables: dict[str, str]

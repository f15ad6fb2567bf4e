# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What crosses between the filters of a sync, its modules and its tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

#: An entry of `records`, as the user wrote it or as a module returns it.
Entry = Mapping[str, Any]


class SteeredSite(TypedDict):
    """What a site of the inventory steers in its zone.

    router: its relative name. targets: the absolute names whose addresses a switch needs. fronts: the absolute target
    of each front by the front's name.
    """

    zone: str
    router: str
    targets: list[str]
    fronts: dict[str, str]


class DescribedZone(TypedDict):
    """A zone to be kept equal, ready for zone_records, whose options have the same names.

    source: `records`, or the name of the provider from which the zone is taken. fronts: by router. targets: the names
    that the zone's own servers must lead to an address. ttl: in seconds.
    """

    zone: str
    records: list[Entry]
    notes: list[str]
    source: str
    apex_ns: str
    apex_ns_extra: list[str]
    strict_names: bool
    ttl: int
    ttl_floor: str
    prune: bool
    force: bool
    proxied: str
    steered: list[str]
    fronts: dict[str, dict[str, str]]
    targets: list[str]


class LeftOut(TypedDict):
    """A set that another provider cannot hold."""

    name: str
    type: str
    reason: str


class Held(TypedDict):
    """What zone_records_info returns for a provider, as far as a sync needs it."""

    records: Sequence[Entry]
    left_out: Sequence[LeftOut]


class Answer(TypedDict):
    """What served_info returns for one name at one server, as far as a sync needs it."""

    name: str
    type: str
    values: Sequence[str]


class Mirrored(TypedDict):
    """What to declare for the other providers of a zone, and notes on what is translated or left out."""

    records: list[Entry]
    notes: list[str]

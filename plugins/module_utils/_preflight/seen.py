# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module preflight_info saw, as it crosses to the checks. Pure."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from .._dns.looks import CaaLook, ServerLook
from .._failover.data.observed import Held
from .._providers.account import AccountData


class Registration(TypedDict):
    """Where a domain is registered. expires: Unix time. locked: whether a transfer is refused. source: who said so.

    None, or an empty text, where it was not said. error: why nobody could be asked.
    """

    registrar: str
    expires: int | None
    locked: bool | None
    source: str
    error: str


class HeldAndAccount(Held):
    """What a provider holds of a zone, and what it says beyond that; no account where it could not be read."""

    account: NotRequired[AccountData | None]


class Differing(TypedDict):
    """A record set that a server serves otherwise than it should. name: relative. detail: what it serves."""

    provider: str
    server: str
    name: str
    type: str
    detail: str


class ServingLook(TypedDict):
    """What the servers of a zone serve, beside what the APIs hold. compared: how many record sets.

    not_compared: those of which the answers say nothing, as `name type`.
    """

    compared: int
    differing: list[Differing]
    not_compared: list[str]


class ZoneLook(TypedDict):
    """A zone. delegation: the host names that the parent names; delegation_ttl: seconds. https: by site and front.

    serving: None where no API could be read.
    """

    providers: dict[str, HeldAndAccount]
    delegation: list[str]
    delegation_ttl: int | None
    servers: list[ServerLook]
    caa: list[CaaLook]
    https: dict[str, dict[str, list[str]]]
    registration: Registration | None
    serving: NotRequired[ServingLook | None]


class PlaceLook(TypedDict):
    """Where reports or metrics are written. problem: why they cannot be; empty where they can.

    vanishes: whether it is part of a container, which ends with the run.
    """

    place: str
    problem: str
    vanishes: bool


class RunnerLook(TypedDict):
    """The machine that runs the failover. lock: why there is no safe place for locks. become: whether that is set."""

    lock: str
    places: list[PlaceLook]
    become: bool


class ParityLook(TypedDict):
    """What a front answered. headers: those that are to be compared, by name in lower case. error: why nothing."""

    site: str
    front: str
    method: str
    url: str
    status: int | None
    headers: dict[str, str]
    error: str

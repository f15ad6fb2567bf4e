# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services that need all or any of their parts, and what becomes of them when operators fail. Pure.

Three values: DOWN, POSSIBLE (it depends on what could not be seen), UP. All is the least of its parts, any is the
greatest, and a service that only depends on itself stays DOWN: the least fixpoint. So to fail more operators never
brings a service back.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias


class Value(IntEnum):
    """Whether a service is there."""

    DOWN = 0
    POSSIBLE = 1
    UP = 2


@dataclass(frozen=True)
class Run:
    """A service that an operator runs: DOWN when the operator fails."""

    operator: str


@dataclass(frozen=True)
class Fixed:
    """A service whose value was seen, or could not be seen."""

    value: Value


@dataclass(frozen=True)
class All:
    """A service that needs every one of these services."""

    parts: tuple[str, ...]


@dataclass(frozen=True)
class Any:
    """A service that needs one of these services."""

    parts: tuple[str, ...]


Service: TypeAlias = "Run | Fixed | All | Any"


def evaluate(services: Mapping[str, Service], failed: Collection[str] = ()) -> dict[str, Value]:
    """The value of every service when these operators fail. A part that is not among the services is POSSIBLE."""
    values = dict.fromkeys(services, Value.DOWN)
    users: dict[str, list[str]] = {}
    for name, service in services.items():
        for part in parts_of(service):
            users.setdefault(part, []).append(name)
    waiting = list(services)
    while waiting:
        name = waiting.pop()
        value = _value(services[name], values, failed)
        if value > values[name]:
            values[name] = value
            waiting += users.get(name, ())
    return values


def parts_of(service: Service) -> tuple[str, ...]:
    """The services that this one is made of."""
    return service.parts if isinstance(service, All | Any) else ()


def _value(service: Service, values: Mapping[str, Value], failed: Collection[str]) -> Value:
    if isinstance(service, Run):
        return Value.DOWN if service.operator in failed else Value.UP
    if isinstance(service, Fixed):
        return service.value
    parts = [values.get(part, Value.POSSIBLE) for part in service.parts]
    if isinstance(service, All):
        return min(parts, default=Value.UP)
    return max(parts, default=Value.DOWN)


def operators_behind(services: Mapping[str, Service], name: str) -> set[str]:
    """The operators of a service and of everything that it is made of."""
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        current = waiting.pop()
        if current not in seen and current in services:
            seen.add(current)
            waiting += parts_of(services[current])
    found = (services[one] for one in seen)
    return {service.operator for service in found if isinstance(service, Run)}

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A site, as its variables describe it. Pure.

The files of this package are the data that filters, action plugins, modules and reports pass on: typed dictionaries,
as Ansible passes plain data from step to step. A schema names the version of what outlives one step. Inside a step,
decisions work with frozen dataclasses (`decision`, `router`, `quorum`, `marker`).
"""

from __future__ import annotations

from typing import Any, Final, NotRequired, TypedDict

SITE_SCHEMA: Final = "twinzone-site/1"


class PublishedSet(TypedDict):
    """A record set that a front publishes at one provider. ttl: seconds.

    copied: the values are the addresses that the front's proxy, or at the apex its target, has at the moment of the
    write; `values` is then empty.
    """

    ttl: int | None
    values: list[str]
    attributes: dict[str, Any]
    copied: bool


class Front(TypedDict):
    """One way in.

    published: by provider and type; empty where the front is a CNAME to `target`. seen_as: the host names and addresses
    by which it is recognised. check: what its own `check` overrides. proxy_networks: the published networks of the
    proxies that publish it, in which no origin lies.
    """

    name: str
    target: str
    connect_to: list[Any]
    check: dict[str, Any]
    published: dict[str, dict[str, PublishedSet]]
    canary: str
    seen_as: list[str]
    proxy_networks: NotRequired[list[str]]


class Asked(TypedDict):
    """What a person asked for. pin_until: Unix time."""

    to: str | None
    pin: str
    pin_until: int
    pin_tag: str
    lift: bool
    force: bool


class PolicyValues(TypedDict):
    """When to move. The keys of the probe burst are there where they were given."""

    degraded_for: int
    severe_at: int
    failback: str
    failback_after: int
    max_switches_per_hour: int
    quorum: int | None
    probes: NotRequired[Any]
    interval: NotRequired[Any]
    tolerate: NotRequired[Any]
    down_at: NotRequired[Any]


class ProviderEntry(TypedDict):
    """An entry of `dns_providers`, without its token. Of the other keys a failover knows nothing."""

    name: str
    type: str


class UndottedTarget(TypedDict):
    """A `undotted.Undotted`: a target that looks absolute and lacks its trailing dot."""

    label: str
    written: str
    means: str
    meant: str


class Site(TypedDict):
    """A site. ttl: seconds.

    mode: `act` or `advise`. names: absolute, those that visitors use. providers: without their tokens. separate: those
    that get router and marker in two requests. daily_writes: by provider, None for no known limit. proxying: the
    providers that can proxy a record. undotted: targets that fronts publish and that lack their trailing dot.
    """

    schema: str
    site: str
    mode: str
    zone: str
    router: str
    ttl: int
    names: list[str]
    check: dict[str, Any]
    controls: list[Any]
    vantages: list[str]
    adopt: bool
    all: bool
    canary: bool
    policy: PolicyValues
    fronts: list[Front]
    request: Asked
    providers: list[ProviderEntry]
    daily_writes: dict[str, int | None]
    separate: NotRequired[list[str]]
    proxying: NotRequired[list[str]]
    undotted: NotRequired[list[UndottedTarget]]


class Misdescribed(TypedDict):
    """A site that could not be read, and every problem with it."""

    site: str
    problems: list[str]

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was seen and what is declared of a set of sites: the only input of the dependency page. Pure.

Names are lower-case and absolute, with a trailing dot. Everything is frozen, so that a verdict cannot change a fact.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypedDict, cast

from .._errors import BadInput

SCHEMA = "twinzone-dependencies/1"


class ServerData(TypedDict):
    name: str
    addresses: list[str]
    glue: bool
    lists: list[str]
    answers: bool | None
    signed: bool | None
    soa: str


class ZoneData(TypedDict):
    name: str
    parent: str
    servers: list[ServerData]


class NameData(TypedDict):
    name: str
    zone: str
    target: str
    locked_to: str
    hidden: bool


class FrontData(TypedDict):
    name: str
    target: str
    issuer: str
    operator: str
    ends: int


class ProviderData(TypedDict):
    name: str
    type: str
    api_host: str
    servers: list[str]


class SiteData(TypedDict):
    name: str
    zone: str
    router: str
    public_names: list[str]
    fronts: list[FrontData]
    active: str
    providers: list[ProviderData]


class LockedData(TypedDict):
    name: str
    type: str
    product: str
    provider: str


class FactsData(TypedDict):
    """The facts as they cross between the module that measures and the pages."""

    schema: str
    taken: str
    zones: list[ZoneData]
    names: list[NameData]
    sites: list[SiteData]
    parties: dict[str, list[str]]
    declared: dict[str, list[str]]
    locked: list[LockedData]
    unread: list[str]


@dataclass(frozen=True)
class Server:
    """One name server of a zone, as the parent lists it.

    glue: the parent gives its address. lists: the NS set that this server answers itself, empty where that was not
    seen; a resolver that has asked it knows no other servers until that set is over. answers: None where it could not
    be asked from here. signed: whether its answers validate with the DS set at the parent; True where there is no DS
    set, None where that was not seen. soa: the primary that its copy of the SOA record names, empty where that was not
    seen; in a zone with two providers each names one of its own.
    """

    name: str
    addresses: tuple[str, ...] = ()
    glue: bool = False
    lists: tuple[str, ...] = ()
    answers: bool | None = True
    signed: bool | None = True
    soa: str = ""


@dataclass(frozen=True)
class Zone:
    """A zone on the way to some name. parent: the zone that delegates it, empty for a top-level domain."""

    name: str
    parent: str
    servers: tuple[Server, ...] = ()


@dataclass(frozen=True)
class Name:
    """A host name. zone: where its records are; empty for an address, which needs no DNS.

    target: of its CNAME, or empty. locked_to: what serves it and no second CDN can serve, such as `R2`. hidden: some
    servers of the zone could not be asked, and the others may flatten; so there may be a CNAME that was not seen.
    """

    name: str
    zone: str
    target: str = ""
    locked_to: str = ""
    hidden: bool = False


@dataclass(frozen=True)
class Front:
    """One way in.

    issuer: the names of those who signed its certificate, as the verified chain has them. operator: declared, where the
    target's name does not show it. ends: Unix time when the certificate is over; 0 where none was seen.
    """

    name: str
    target: str
    issuer: str = ""
    operator: str = ""
    ends: int = 0


@dataclass(frozen=True)
class Provider:
    """A DNS host that the failover writes. servers: the names of its servers for the site's zone."""

    name: str
    type: str
    api_host: str
    servers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Site:
    """A steered service, or one public name without a failover: then it has no router and at most one front.

    That front is called like the provider that stands before the name; without one, who serves the name is seen by it.
    """

    name: str
    zone: str
    public_names: tuple[str, ...]
    router: str = ""
    fronts: tuple[Front, ...] = ()
    active: str = ""
    providers: tuple[Provider, ...] = ()


@dataclass(frozen=True)
class Locked:
    """A record that only one provider can serve, as its API shows it. product: what needs it, such as `R2`."""

    name: str
    type: str
    product: str
    provider: str


@dataclass(frozen=True)
class Facts:
    """Everything that is known. parties: host names by role, such as controls or webhooks. declared: operators by role.

    taken: when it was seen, ISO 8601. unread: the zones whose records a provider's API did not show, and why.
    """

    taken: str
    zones: Mapping[str, Zone]
    names: Mapping[str, Name]
    sites: tuple[Site, ...]
    parties: Mapping[str, tuple[str, ...]]
    declared: Mapping[str, tuple[str, ...]]
    locked: tuple[Locked, ...] = ()
    unread: tuple[str, ...] = ()


def read(data: Mapping[str, Any]) -> Facts:
    """The facts that were measured. Raises BadInput for another schema, or for a field that has another shape."""
    if data.get("schema") != SCHEMA:
        raise BadInput([f"the facts have the schema {data.get('schema')!r}, not {SCHEMA!r}; measure them again"])
    try:
        return _read(data)
    except (KeyError, TypeError, AttributeError) as error:
        raise BadInput([f"the facts are not complete: {error!r}; measure them again"]) from error


def _read(data: Mapping[str, Any]) -> Facts:
    zones = [_zone(one) for one in data["zones"]]
    names = [Name(**one) for one in data["names"]]
    return Facts(
        taken=data["taken"],
        zones={zone.name: zone for zone in sorted(zones, key=lambda zone: zone.name)},
        names={name.name: name for name in sorted(names, key=lambda name: name.name)},
        sites=tuple(_site(one) for one in data["sites"]),
        parties={role: tuple(hosts) for role, hosts in sorted(data["parties"].items())},
        declared={role: tuple(operators) for role, operators in sorted(data["declared"].items())},
        locked=tuple(Locked(**one) for one in data["locked"]),
        unread=tuple(data["unread"]),
    )


def _zone(data: Mapping[str, Any]) -> Zone:
    return Zone(**{**data, "servers": tuple(_server(one) for one in data["servers"])})


def _server(data: Mapping[str, Any]) -> Server:
    return Server(**{**data, "addresses": tuple(data["addresses"]), "lists": tuple(data["lists"])})


def _site(data: Mapping[str, Any]) -> Site:
    return Site(
        **{
            **data,
            "public_names": tuple(data["public_names"]),
            "fronts": tuple(Front(**one) for one in data["fronts"]),
            "providers": tuple(Provider(**{**one, "servers": tuple(one["servers"])}) for one in data["providers"]),
        }
    )


def as_data(facts: Facts) -> FactsData:
    """The facts as plain data, which `read` reads again."""
    plain = asdict(facts)
    plain["zones"], plain["names"] = list(plain["zones"].values()), list(plain["names"].values())
    # JSON knows lists only.
    return cast(FactsData, {"schema": SCHEMA, **json.loads(json.dumps(plain))})

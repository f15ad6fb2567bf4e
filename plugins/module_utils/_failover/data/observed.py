# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was observed: the answers of name servers, the reads of APIs and the votes of vantages, as data. Pure."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

from .site import Site


class Answer(TypedDict):
    """What one name server answers for one name and type, as the module served_info returns it.

    status, leads_to, possible, hides, circular: for names that may lead to several candidates. hides: whether the
    server may answer addresses where the record is a CNAME. cnames: for all others. addresses: of each candidate, where
    they were asked for. nowhere: the hosts of candidates for which the server has no address.
    """

    zone: str
    provider: str
    server: str
    name: str
    type: str
    values: list[str]
    status: NotRequired[str]
    leads_to: NotRequired[list[str]]
    possible: NotRequired[list[str]]
    addresses: NotRequired[dict[str, list[str]]]
    hides: NotRequired[bool]
    circular: NotRequired[list[str]]
    nowhere: NotRequired[list[str]]
    cnames: NotRequired[list[str]]
    ttl: NotRequired[int | None]
    rcode: NotRequired[str]
    error: NotRequired[str]


class PathAnswer(TypedDict):
    """What a server answered for a name on the way from a public name, as served_info returns it.

    name: the public name; a wildcard as it is written. link: the name asked about: the public name, or one to which it
    leads. All names are absolute. zone: of the link. provider: empty for a server of somebody else. status: `cname`,
    `addresses`, `missing`, `delegated` or `silent`, as in `steps.Step`. leads_to: the fronts that the answer fits;
    possible: where it fits none, those that it may still mean. hides: whether the server may answer addresses
    where the record is a CNAME. https: the HTTPS records in presentation format, of the name at the end of
    https_cnames, else of the link. port_https: those of the port at which visitors ask, where that is not 443: of the
    name at the end of port_way. delegation: the NS set by which the server sends visitors away where the
    status is `delegated`; empty where none of the servers of its zone serves it.
    """

    name: str
    router: str
    link: str
    zone: str
    provider: str
    server: str
    status: str
    cnames: list[str]
    values: list[str]
    leads_to: list[str]
    possible: list[str]
    hides: bool
    ttl: int | None
    error: str
    delegation: NotRequired[str]
    https: NotRequired[list[str]]
    https_cnames: NotRequired[list[str]]
    port_https: NotRequired[list[str]]
    port_way: NotRequired[list[str]]


class Record(TypedDict):
    """A record set, in the form in which users declare it."""

    name: str
    type: str
    values: NotRequired[list[str]]
    ttl: NotRequired[int | None]
    only: NotRequired[list[str]]
    at: NotRequired[dict[str, dict[str, Any]]]
    state: NotRequired[str]


class Trouble(TypedDict):
    """An error as the modules return it. status: of an HTTP answer, if there was one."""

    kind: str
    message: str
    hint: str
    status: NotRequired[int | None]


class LastChanged(TypedDict):
    """When a record set was last changed. time: Unix time."""

    name: str
    type: str
    time: int


class LeftOut(TypedDict):
    """A record set that belongs to the provider alone."""

    name: str
    type: str
    reason: str


class Held(TypedDict):
    """What one provider's API says that it holds, as the module zone_records_info returns it.

    names: that were asked for; None for all. last_changed: when each set was, as far as the provider says. clock_ahead:
    the seconds by which the API's clock is ahead of ours, where that is known.
    """

    records: list[Record]
    left_out: NotRequired[list[LeftOut]]
    error: Trouble | None
    names: NotRequired[list[str] | None]
    last_changed: NotRequired[list[LastChanged]]
    clock_ahead: NotRequired[int | None]


HeldByZone = dict[str, dict[str, Held]]


class LinkData(TypedDict):
    """One certificate of a chain. not_before, not_after: Unix seconds."""

    subject: str
    issuer: str
    not_before: int
    not_after: int


class CertificateData(TypedDict):
    """The certificate that a front showed. lifetime_left: a share. chain: from the leaf up."""

    names: list[str]
    issuer: str
    not_before: int
    not_after: int
    lifetime_left: float
    sha256: str
    chain_known: bool
    chain: list[LinkData]


class AddressVerdict(TypedDict):
    """What was found at one address of a front. date, received: Unix seconds. age: seconds.

    bad: how many tries were so. server_errors: how many of these the front itself has answered.
    """

    address: NotRequired[str]
    bad: NotRequired[int]
    server_errors: NotRequired[int]
    cause: NotRequired[str]
    detail: NotRequired[str]
    status: NotRequired[int | None]
    certificate_days: NotRequired[int | None]
    certificate: NotRequired[CertificateData | None]
    date: NotRequired[int | None]
    age: NotRequired[int | None]
    received: NotRequired[int | None]
    cached: NotRequired[bool | None]
    cache: NotRequired[str]
    identity: NotRequired[dict[str, str]]


class FrontVerdict(TypedDict):
    """What one vantage saw of a front, as the module cdn_health returns it. cause: the commonest one of its faults."""

    site: str
    name: str
    verdict: str
    clean: bool
    cause: NotRequired[str]
    reason: str
    addresses: list[AddressVerdict]


class ControlAnswer(TypedDict):
    """How a control answered. date, received: Unix seconds. age: seconds."""

    control: str
    date: NotRequired[int | None]
    age: NotRequired[int | None]
    received: NotRequired[int | None]
    cached: NotRequired[bool | None]


class Vote(TypedDict):
    """What one vantage saw. vantage: the host that was asked. msg: why it saw nothing; empty otherwise.

    controls: those that answered with a date.
    """

    vantage: str
    msg: str
    fronts: list[FrontVerdict]
    controls: NotRequired[list[ControlAnswer]]


class Observed(TypedDict):
    """All that was observed in a run. held: where APIs were asked. sites: all of the run."""

    answers: list[Answer]
    paths: NotRequired[list[PathAnswer]]
    votes: list[Vote]
    sites: list[Site]
    held: NotRequired[HeldByZone]

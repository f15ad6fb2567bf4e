# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What crosses between filters, action plugins, modules and reports, as typed dictionaries. Pure.

Ansible passes plain data from step to step. These types say what is in it; a schema names the version of what outlives
one step. Inside, decisions work with frozen dataclasses (`decision`, `router`, `quorum`, `marker`).
"""

from __future__ import annotations

from typing import Any, Final, NotRequired, TypedDict

SITE_SCHEMA: Final = "twinzone-site/1"
DECISION_SCHEMA: Final = "twinzone-decision/1"
RESULT_SCHEMA: Final = "twinzone-failover/1"


# --- A site, as its variables describe it ---


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


# --- What was observed ---


class Answer(TypedDict):
    """What one name server answers for one name and type, as the module served_info returns it.

    status, leads_to, possible, hides, circular: for names that may lead to several candidates. hides: whether the
    server may answer addresses where the record is a CNAME. cnames: for all others. addresses: of each candidate, where
    they were asked for.
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
    cnames: NotRequired[list[str]]
    ttl: NotRequired[int | None]
    rcode: NotRequired[str]
    error: NotRequired[str]


class PathAnswer(TypedDict):
    """What a server answered for a name on the way from a public name, as served_info returns it.

    name: the public name; a wildcard as it is written. link: the name asked about: the public name, or one to which it
    leads. All names are absolute. zone: of the link. provider: empty for a server of somebody else. status: `cname`,
    `addresses`, `missing`, `delegated` or `silent`, as in `follow.Step`. leads_to: the fronts that the answer fits;
    possible: where it fits none, those that it may mean all the same. hides: whether the server may answer addresses
    where the record is a CNAME. https: the HTTPS records in presentation format, of the name at the end of
    https_cnames, else of the link. port_https: those of the port at which visitors ask, where that is not 443: of the
    name at the end of port_way.
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
    https: NotRequired[list[str]]
    https_cnames: NotRequired[list[str]]
    port_https: NotRequired[list[str]]
    port_way: NotRequired[list[str]]


class PathFinding(TypedDict):
    """A `paths.Finding`: where one name server leads a public name."""

    name: str
    provider: str
    server: str
    verdict: str
    record: str
    reason: str


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
    """What was found at one address of a front. bad: how many tries were so. date, received: Unix seconds. age: s."""

    address: NotRequired[str]
    bad: NotRequired[int]
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


# --- Questions ---


class Question(TypedDict):
    """A record to ask served_info for.

    candidates: where it may lead. wait_for: by provider, where it should lead. names: that should lead through it.
    resolve: whether the addresses of the candidates are wanted too. port: at which visitors ask for these names.
    """

    name: str
    type: str
    names: NotRequired[list[str]]
    port: NotRequired[int]
    candidates: NotRequired[dict[str, list[str]]]
    wait_for: NotRequired[dict[str, str | None]]
    resolve: NotRequired[bool]


class ZoneQuestions(TypedDict):
    """What to ask the name servers of one zone's providers."""

    zone: str
    providers: list[ProviderEntry]
    records: list[Question]


class ZoneNames(TypedDict):
    """What to ask the APIs of one zone's providers.

    follow: whether the names to which these lead belong to them. needed: whether a decision depends on it.
    """

    zone: str
    names: list[str]
    follow: bool
    needed: bool
    providers: list[ProviderEntry]


# --- A decision ---


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
    marker is not believed. advised: whether all of it is only said. accepted: those that took the write; overtaken:
    those that somebody else wrote in between. remedy: what a person should change, where that is known. clock_off: the
    seconds by which the controller's clock is behind; below 0 it is ahead; 0 where it is right, or where nobody knows.
    unrenewed: where an apex stays at addresses that do not probe clean, and why.
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


class ProviderWrite(TypedDict):
    """What became of the write at one provider, as the module zone_records returns it."""

    result: str
    seconds: float
    written_after: float
    requests: int
    notes: list[str]
    error: Trouble | None
    by_hand: NotRequired[dict[str, list[str]]]
    overtaken: NotRequired[list[str]]


class ZoneWritten(TypedDict):
    """What became of the writes in one zone."""

    providers: dict[str, ProviderWrite]


class Written(TypedDict):
    """The result of the module zone_records. zones: absent where it was not run or broke off, and then msg says why."""

    zones: NotRequired[dict[str, ZoneWritten]]
    msg: NotRequired[str]


class StartedAs(TypedDict):
    """How a run was started. options: of ansible-playbook, without secrets. limit: as it was given, or empty.

    template: the id of the job template in AWX, or empty. sites: how many the run has.
    """

    playbooks: list[str]
    options: list[str]
    limit: str
    template: str
    sites: int


class Advice(TypedDict):
    """What was not done, as only advice was wanted. until: ISO 8601, UTC, when what was seen is too old for it."""

    would: str
    command: str
    until: str


class Run(TypedDict):
    """One run: what was written, what was served after it, and the Unix times of its phases.

    after: of the routers; after_paths: of the public names; after_held: what APIs hold where these did not settle it.
    held: what they held before. asked: the seconds for which the servers were asked at the end. By site - unready: why
    the next failover would not work. unmoved: why visitors may not be where the name servers lead them.
    """

    run: str
    by: NotRequired[str]
    written: Written
    after: list[Answer]
    after_paths: NotRequired[list[PathAnswer]]
    after_held: NotRequired[HeldByZone]
    held: NotRequired[HeldByZone]
    check_mode: bool
    started: float
    observed: float
    decided: float
    finished: float
    asked: float
    unready: NotRequired[dict[str, list[str]]]
    unmoved: NotRequired[dict[str, list[str]]]
    started_as: StartedAs
    advice: NotRequired[dict[str, Advice]]


# --- A result ---


class FrontResult(TypedDict):
    """The verdict on a front. certificate_expires: the first of those seen, ISO 8601, UTC; empty where none was."""

    verdict: str
    clean: bool
    evidence: str
    certificate_expires: str


#: What became of a provider at which there was nothing to do.
NOT_NEEDED: Final = "not needed"


class ProviderResult(TypedDict):
    """What became of one provider: a result as in `_errors.RESULTS`, or NOT_NEEDED."""

    result: str
    seconds: float
    requests: int
    error: str
    notes: NotRequired[list[str]]


class Verdict(TypedDict):
    """The result of one site, without its texts. All times are in ISO 8601, and UTC."""

    schema: str
    site: str
    run: str
    by: str
    started: str
    finished: str
    outcome: str
    rule: str
    reason: str
    front: str
    active_before: str
    since: str
    fronts: dict[str, FrontResult]
    providers: dict[str, ProviderResult]
    served: dict[str, str]
    phases: dict[str, float]
    pin: str
    paths: list[PathFinding]
    behind: str
    unready: list[str]
    advice: Advice | None
    warnings: list[str]
    doubts: list[str]
    by_hand: list[str]
    hint: str
    check_mode: bool
    changed: bool
    failed: bool


class Result(Verdict):
    """The result of one site: `failover_result`, and the JSON report."""

    message: str
    summary: list[str]

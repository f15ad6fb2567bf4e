# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Between Ansible and the name servers: options and results of the module served_info."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from .. import _parallel
from .._deadline import Deadline
from .._dns import ask_routes, comparison, nameservers
from .._dns import asker as dns_asker
from .._dns.ask_routes import Steered
from .._dns.asker import Asker
from .._dns.comparison import DIFFERENT, EXACT, NOT_COMPARABLE, SILENT, SUBSET, Expectation, Finding
from .._dns.replies import Reply
from .._dns.wire import Question
from .._engine.job import Network, source
from .._errors import BadInput
from .._probes.places import is_address
from .._providers.base import Settings
from .._providers.registry import PROVIDERS
from .._zone import entries as zone_entries
from .._zone import names, slips
from .._zone import undotted as undotted_names
from .._zone.entries import Context
from .._zone.record_sets import Declared, RecordSet
from .._zone.undotted import Undotted
from . import options, public_names, undotted_targets
from .module import checked, fail, make_module
from .packing import packed
from .public_names import Public

#: Seconds that one round of asking all servers may take.
_ROUND = 10.0

#: Seconds between two rounds of asking where a name should lead, at first and at most.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 1.0

#: Do not wait for a server that does not answer: it costs seconds to ask.
_SPEAKING = ("cname", "addresses", "missing")

#: With these a server that flattens may hide a CNAME.
_HIDING = ("addresses", "missing")


@dataclass(frozen=True)
class _Query:
    """What is asked about one zone.

    records: absolute names and types; public: names that should lead through one of the steered; expectations: what
    should be served; awaited: of a provider and a name, the candidate to which its servers should lead.
    """

    zone: str
    providers: tuple[Settings, ...]
    records: tuple[Question, ...]
    steered: tuple[Steered, ...]
    public: tuple[Public, ...]
    expectations: tuple[Expectation, ...]
    awaited: Mapping[tuple[str, str], str]
    undotted: tuple[Undotted, ...] = ()


def _spec() -> dict[str, Any]:
    record = {
        "name": {"type": "str", "required": True},
        "type": {"type": "str", "required": True},
        "candidates": {"type": "dict"},
        "wait_for": {"type": "dict"},
        "names": {"type": "list", "elements": "str", "default": []},
        "resolve": {"type": "bool", "default": False},
        "port": {"type": "int", "default": 443},
    }
    zone: dict[str, Any] = {
        "zone": {"type": "str"},
        "providers": options.PROVIDERS_LIST,
        "records": {"type": "list", "elements": "dict", "options": record, "default": []},
        "expect": {"type": "list", "elements": "dict", "default": []},
    }
    zones = {**zone, "zone": {"type": "str", "required": True}}
    return {
        **zone,
        "zones": {"type": "list", "elements": "dict", "options": zones},
        "delegation": {"type": "bool", "default": False},
        "expect_mode": {"type": "str", "choices": [EXACT, SUBSET], "default": EXACT},
        "strict_names": {"type": "bool", "default": False},
        "timeout": {"type": "float", "default": 0.0},
        **options.PACKED,
        **options.NETWORK,
    }


def run() -> None:
    """The whole module served_info."""
    module = make_module(_spec(), required_one_of=[("zone", "zones")], mutually_exclusive=[("zone", "zones")])
    params = module.params
    started = Deadline(params["timeout"])
    queries = checked(module, lambda: _queries(params))
    network = checked(module, lambda: options.network(params))
    if not params["strict_names"]:
        for one in undotted_targets.confirmed([one for query in queries for one in query.undotted], network):
            module.warn(f"{one.words}. To refuse this: `strict_names: true`")
    answered = _parallel.run({query.zone: partial(_ask, query, network, params["timeout"]) for query in queries})
    result = _result(answered)
    result["delegation"] = _delegation(queries, network) if params["delegation"] else {}
    result["seconds"] = round(started.elapsed(), 3)
    if params["packed"]:
        # Here, as Ansible looks for secrets in all values one by one.
        result.update({name: packed(result[name]) for name in ("answers", "paths")})
    if not result["agreed"]:
        late = "; ".join(
            f"{one['server']} serves for {one['name']} {one['type']}: {one['detail']}" for one in result["disagree"]
        )
        raise fail(module, f"not as expected after {params['timeout']:g} seconds: {late}", **result)
    module.exit_json(**result)


def asked(
    zone: str, providers: Sequence[Settings], questions: Sequence[Question], network: Network
) -> list[dict[str, Any]]:
    """What every server of the providers answers to these questions, as `answers` of the module's result."""
    query = _Query(zone, tuple(providers), tuple(questions), (), (), (), {})
    answers: list[dict[str, Any]] = _ask(query, network, 0.0)["answers"]
    return answers


def _result(answered: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What was found of all zones. answered: what `_ask` returned, by zone."""
    lists = {
        key: [one for zone in answered.values() for one in zone[key]]
        for key in ("answers", "paths", "disagree", "not_comparable")
    }
    servers = {zone: found["servers"] for zone, found in answered.items()}
    return {"changed": False, **lists, "servers": servers, "agreed": not lists["disagree"]}


def _delegation(queries: Sequence[_Query], network: Network) -> dict[str, list[str]]:
    """The host names to which the parents' servers delegate each zone."""
    deadline = Deadline(_ROUND)
    resolver = network.resolver_within(deadline)
    return {query.zone: nameservers.delegated(query.zone, resolver, deadline, network.port) for query in queries}


def _queries(params: Mapping[str, Any]) -> list[_Query]:
    """The options as values. Raises BadInput with every problem."""
    queries, problems = [], []
    for entry in params["zones"] or [params]:
        try:
            queries.append(_query(entry, entry["providers"] or params["providers"], params["expect_mode"]))
        except BadInput as error:
            problems += [f"{entry['zone']}: {problem}" for problem in error.problems]
    if params["strict_names"]:
        problems += [f"{query.zone}: {one.words}" for query in queries for one in query.undotted]
    if problems:
        raise BadInput(problems)
    return queries


def _query(entry: Mapping[str, Any], providers: Sequence[Mapping[str, Any]] | None, mode: str) -> _Query:
    try:
        zone = names.zone_name(entry["zone"])
    except ValueError as error:
        raise BadInput([f"zone: {error}"]) from None
    settings = options.settings(providers, _ROUND)
    problems: list[str] = []
    records, steered, public, undotted = [], [], [], list[Undotted]()
    awaited: dict[tuple[str, str], str] = {}
    for index, record in enumerate(entry["records"]):
        try:
            name = names.owner(names.relative(record["name"], zone), zone)
            targets = record["candidates"] or {}
            candidates = {label: _places(given, zone) for label, given in targets.items()}
            undotted += _undotted(f"records[{index}]", {**targets, "names": record["names"]}, zone)
            router = Steered(name, candidates, record["resolve"])
            public += [Public.of(names.absolute(one, f"{zone}."), router, record["port"]) for one in record["names"]]
        except ValueError as error:
            problems.append(f"records[{index}]: {error}")
            continue
        if candidates:
            steered.append(router)
            awaited |= {(provider, name): str(label) for provider, label in (record["wait_for"] or {}).items()}
        else:
            records.append((name, record["type"].upper()))
    try:
        declared = read_declared(entry["expect"], zone, settings)
        expectations = expected_of(declared, zone, settings, mode)
        undotted += [
            replace(one, label=one.label.replace("records[", "expect["))
            for one in undotted_names.undotted(declared, zone)
        ]
    except BadInput as error:
        problems += [problem.replace("records[", "expect[") for problem in error.problems]
    if problems:
        raise BadInput(problems)
    return _Query(
        zone, settings, tuple(records), tuple(steered), tuple(public), tuple(expectations), awaited, tuple(undotted)
    )


def _places(given: Any, zone: str) -> tuple[str, ...]:
    """The absolute host names, or addresses, by which a candidate is recognised."""
    return tuple(text if is_address(text) else names.absolute(text, f"{zone}.") for text in _texts(given))


def _undotted(where: str, targets: Mapping[str, Any], zone: str) -> list[Undotted]:
    """The host names that look absolute and are relative. targets: by candidate."""
    return [
        Undotted(f"{where} ({label})", text, f"{text}.{zone}.", f"{text}.")
        for label, given in targets.items()
        for text in _texts(given)
        if slips.undotted_target("CNAME", text) and not is_address(text)
    ]


def _texts(given: Any) -> list[str]:
    return [str(text) for text in (given if isinstance(given, (list, tuple)) else [given])]


def read_declared(entries: Sequence[Any], zone: str, providers: Sequence[Settings]) -> Sequence[Declared]:
    known = {provider.name: PROVIDERS[provider.type].attributes for provider in providers}
    return zone_entries.parse_declared(entries, Context(zone, known))


def expected_of(declared: Sequence[Declared], zone: str, providers: Sequence[Settings], mode: str) -> list[Expectation]:
    """What every provider's servers should serve. mode: whether there may be more values than those."""
    found = []
    for provider in providers:
        here = [(entry.at(provider.name), entry.absent) for entry in declared if entry.concerns(provider.name)]
        at_name: dict[str, list[RecordSet]] = {}
        for record_set, absent in here:
            at_name.setdefault(record_set.name, []).extend([] if absent else [record_set])
        for record_set, absent in here:
            kind = PROVIDERS[provider.type]
            if absent and kind.flattens and comparison.is_replaced(record_set, at_name[record_set.name]):
                continue
            served_as = kind.served_as(record_set, at_name[record_set.name])
            if served_as == EXACT and not absent:
                served_as = mode
            owner = names.owner(record_set.name, zone)
            found.append(Expectation(provider.name, owner, record_set, served_as, absent, flattens=kind.flattens))
    return found


def _ask(query: _Query, network: Network, timeout: float) -> dict[str, Any]:
    deadline = Deadline(timeout + _ROUND)
    resolver = network.resolver_within(deadline)
    sources = [source(provider) for provider in query.providers]
    servers = nameservers.servers(query.zone, sources, resolver, deadline, network.port)
    askers = [Asker(server, query.zone, resolver, deadline) for server in servers]
    # The expectations first: they wait, and the answers are those after the wait.
    findings = dns_asker.find(askers, query.expectations, timeout)
    home = public_names.Home(query.zone, query.providers, askers, network, resolver, deadline)
    ask = partial(_answers, query, home)
    follow = partial(public_names.answers, query.public, home, query.awaited)
    # Public names follow their router, so they are asked after a wait for it.
    answers, paths = (ask(), follow()) if query.awaited else _parallel.both(ask, follow)
    known: dict[str, list[str]] = {provider.name: [] for provider in query.providers}
    for server in servers:
        known[server.provider].append(server.label)
    return {
        "answers": answers,
        "paths": paths,
        "servers": known,
        "disagree": _shown(query.zone, findings, (DIFFERENT, SILENT)),
        "not_comparable": _shown(query.zone, findings, (NOT_COMPARABLE,)),
    }


def _answers(query: _Query, home: public_names.Home) -> list[dict[str, Any]]:
    """All servers' answers for all records asked."""
    patience = Deadline(max(0.0, home.deadline.remaining() - _ROUND))
    by_server = _parallel.run(
        {asker.server: partial(_answers_in_time, asker, query, patience) for asker in home.askers}
    )
    answers = [answer for asker in home.askers for answer in by_server[asker.server]]
    outside = ask_routes.circular_for(home.resolver, query.steered)
    lost = public_names.sent_nowhere({host for answer in answers for host in answer.pop("referred", ())}, home)
    for answer in answers:
        if "circular" in answer:
            answer["circular"] = sorted({*answer["circular"], *outside[answer["name"]]})
            answer["nowhere"] += lost.get((answer["provider"], answer["server"]), [])
    return answers


def _answers_in_time(asker: Asker, query: _Query, patience: Deadline) -> list[dict[str, Any]]:
    """One server's answers: the first in which every name leads where it should, or the last before time is over."""
    pause = _FIRST_PAUSE
    while True:
        answers = _answers_of(asker, query)
        late = any(
            query.awaited[answer["provider"], answer["name"]] not in (*answer["leads_to"], *answer["possible"])
            for answer in answers
            if (answer["provider"], answer["name"]) in query.awaited and answer.get("status") in _SPEAKING
        )
        if not late or not patience.sleep(pause):
            return answers
        pause = min(2 * pause, _LONGEST_PAUSE)


def _answers_of(asker: Asker, query: _Query) -> list[dict[str, Any]]:
    """One server's answers for all records asked, in the form of the module's result.

    Routes are asked beside the other records, so that a silent server costs the time of its silence once.
    """
    found = _parallel.run(
        {"records": partial(_record_answers, asker, query), "routes": partial(_route_answers, asker, query)}
    )
    base = {"zone": query.zone, "provider": asker.server.provider, "server": asker.server.label}
    return [{**base, **answer} for answer in (*found["records"], *found["routes"])]


def _record_answers(asker: Asker, query: _Query) -> list[dict[str, Any]]:
    replies = asker.replies(query.records) if query.records else {}
    return [{"name": name, "type": rdtype, **shown(asker, rdtype, got)} for (name, rdtype), got in replies.items()]


def _route_answers(asker: Asker, query: _Query) -> list[dict[str, Any]]:
    if not query.steered:
        return []
    types = {provider.name: PROVIDERS[provider.type] for provider in query.providers}
    flattens = types[asker.server.provider].flattens
    seen = ask_routes.seen(asker, query.steered, flattens)
    return [
        {
            "name": name,
            "type": "CNAME",
            "status": at_server.status,
            "values": [at_server.cname] if at_server.cname else list(at_server.addresses),
            "leads_to": list(at_server.leads_to),
            "possible": list(at_server.possible),
            "hides": flattens and at_server.status in _HIDING,
            "circular": sorted(seen.circular[name]),
            "nowhere": list(seen.nowhere),
            "referred": list(seen.referred),
            "addresses": {label: list(one) for label, one in at_server.resolved.items()},
            "ttl": at_server.ttl,
            "error": at_server.detail,
        }
        for name, at_server in seen.routes.items()
    ]


def shown(asker: Asker, rdtype: str, got: Reply) -> dict[str, Any]:
    """A server's answer in the form of the module's result, but for the question and the server."""
    return {
        "rcode": got.rcode,
        "ttl": got.ttl,
        "values": _values(asker, rdtype, got),
        "cnames": list(got.cnames),
        "error": got.error,
    }


def _values(asker: Asker, rdtype: str, got: Reply) -> list[str]:
    """What the server answered; where its CNAME chain leaves the zone, what the resolver finds at the end of it."""
    if rdtype in ("A", "AAAA") and got.cnames and not got.values and not asker.is_own(got.cnames[-1]):
        return sorted(asker.resolver.values(got.cnames[-1], rdtype))
    return sorted(value.text for value in got.values)


def _shown(zone: str, findings: Sequence[Finding], states: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {
            "zone": zone,
            "provider": finding.expectation.provider,
            "server": finding.server,
            "name": finding.expectation.name,
            "type": finding.expectation.record_set.type,
            "detail": finding.detail,
            "values": list(finding.values),
        }
        for finding in findings
        if finding.state in states
    ]

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the modules: their argument specs, and what was given as checked values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING, Any

from .._deadline import Deadline
from .._dns.wire import EVERYTHING, Resolver
from .._engine.job import Job, Network, audit
from .._errors import BadInput
from .._probes import resolv_conf
from .._providers.base import Provider, Settings
from .._providers.entry_options import COMMON
from .._providers.registry import ENTRY_KINDS, PROVIDERS, USUAL_VARIABLES, entry_options
from .._providers.secret_names import own_variables
from .._zone import apex_ns, desired
from .._zone import entries as zone_entries
from .._zone import names as zone_names
from .._zone.entries import Context
from .._zone.plan import DEFAULT_KEEP, Limits, PlanPolicy
from .._zone.undotted import undotted

if TYPE_CHECKING:
    from .._failover.expectation import Guard

#: Seconds that a provider may take for all its work: in a sync, and in a failover.
SYNC_DEADLINE, FAILOVER_DEADLINE = 300.0, 10.0

_WILDCARDS = frozenset("*?[")

NETWORK: dict[str, Any] = {
    "dns_resolver": {"type": "str"},
    "dns_port": {"type": "int", "default": 53},
    "dns_require_ad": {"type": "raw", "default": False},
}

#: Whether long lists are returned as one text: see `packing`.
PACKED: dict[str, Any] = {"packed": {"type": "bool", "default": False}}

PROVIDER: dict[str, Any] = {name: option.spec() for name, option in entry_options().items()}

PROVIDERS_LIST: dict[str, Any] = {"type": "list", "elements": "dict", "options": PROVIDER}

#: How to plan; the same for one provider and for many.
POLICY: dict[str, Any] = {
    "prune": {"type": "bool", "default": False},
    "keep": {
        "type": "list",
        "elements": "dict",
        "options": {"name": {"type": "str"}, "type": {"type": "str"}},
    },
    "limits": {
        "type": "dict",
        "options": {
            "update_percent": {"type": "int", "default": 30},
            "delete_percent": {"type": "int", "default": 30},
            "from": {"type": "int", "default": 10},
        },
    },
    "force": {"type": "bool", "default": False},
    "ttl": {"type": "int"},
    "ttl_floor": {"type": "str", "choices": ["raise", "refuse"], "default": "raise"},
    "strict_names": {"type": "bool", "default": False},
    "steered": {"type": "list", "elements": "str", "default": []},
    "verify_timeout": {"type": "float", "default": 0.0},
    "deadline": {"type": "float"},
}

#: We check entries ourselves, so that each mistake is reported with its entry, and all at once.
RECORDS: dict[str, Any] = {"type": "list", "elements": "raw"}

ZONE: dict[str, Any] = {
    "zone": {"type": "str"},
    "records": RECORDS,
    "providers": PROVIDERS_LIST,
}

#: What a failover has seen before it decided.
GUARDS: dict[str, Any] = {
    "type": "list",
    "elements": "dict",
    "default": [],
    "options": {
        "provider": {"type": "str", "required": True},
        "name": {"type": "str", "required": True},
        "shapes": {"type": "dict", "required": True},
        "seen": {"type": "str", "default": ""},
        "marker": {"type": "str", "default": ""},
        "seq": {"type": "int", "default": -1},
        "pinseq": {"type": "int", "default": -1},
        "asked": {"type": "bool", "default": False},
        "ours": {"type": "str", "default": ""},
    },
}

#: What only several providers together need.
TOGETHER: dict[str, Any] = {
    "plan_first": {"type": "bool", "default": True},
    "plan_wait": {"type": "float", "default": 20.0},
    "proxied": {"type": "str", "choices": list(desired.PROXIED_CHOICES), "default": desired.COPY},
    "apex_ns": {"type": "str", "choices": list(apex_ns.CHOICES), "default": apex_ns.KEEP},
    "apex_ns_extra": {"type": "list", "elements": "str", "default": []},
    "must_resolve": {"type": "list", "elements": "str", "default": []},
    "fronts": {"type": "dict", "default": {}},
}


def one_provider_spec(provider_type: str) -> dict[str, Any]:
    """The argument spec of the module for one type of provider."""
    own = {name: option.spec() for name, option in {**ENTRY_KINDS[provider_type].options, **COMMON}.items()}
    return {
        "zone": {"type": "str", "required": True},
        "records": {**RECORDS, "required": True},
        **own,
        **POLICY,
        **NETWORK,
    }


def many_providers_spec() -> dict[str, Any]:
    """The argument spec of zone_records."""
    zones = {**ZONE, "zone": {"type": "str", "required": True}, "records": {**RECORDS, "required": True}}
    return {
        **ZONE,
        "zones": {
            "type": "list",
            "elements": "dict",
            "options": {
                **zones,
                "steered": POLICY["steered"],
                "guards": GUARDS,
                "by_hand_variables": {"type": "dict", "default": {}},
            },
        },
        **POLICY,
        **TOGETHER,
        **NETWORK,
    }


def network(params: Mapping[str, Any]) -> Network:
    """How to reach name servers. Raises BadInput."""
    problems = []
    if not 0 < params["dns_port"] < 65536:
        problems.append(f"dns_port: {params['dns_port']} is not a valid port; they go from 1 to 65535")
    try:
        Resolver(Deadline(0), params["dns_resolver"])
    except (OSError, ValueError) as error:
        problems.append(f"dns_resolver: {_unusable(params['dns_resolver'], error)}")
    domains: tuple[str, ...] = ()
    try:
        domains = require_ad(params["dns_require_ad"])
    except ValueError as error:
        problems.append(f"dns_require_ad: {error}")
    if problems:
        raise BadInput(problems)
    return Network(params["dns_resolver"], params["dns_port"], domains)


def require_ad(given: Any) -> tuple[str, ...]:
    """The domains in which the resolver must validate: of a truth value, or a list of domains. Raises ValueError."""
    texts = [str(one).strip().lower() for one in (given if isinstance(given, (list, tuple)) else [given])]
    if len(texts) == 1 and texts[0] in ("false", "no", "off", "0", "none", ""):
        return ()
    if len(texts) == 1 and texts[0] in ("true", "yes", "on", "1"):
        return (EVERYTHING,)
    return tuple(zone_names.zone_name(text) for text in texts)


def _unusable(resolver: str | None, error: Exception) -> str:
    """Why a resolver cannot be asked, and what to change. resolver: None for the system's."""
    if resolver is None:
        fault = resolv_conf.fault() or str(error)
        return f"the system's resolver cannot be asked: {fault}; or give dns_resolver as address[:port]"
    return f"{resolver!r} cannot be asked: {error}; give it as address[:port]"


def settings(
    entries: Sequence[Mapping[str, Any]] | None, default_deadline: float, variables: Mapping[str, str] | None = None
) -> tuple[Settings, ...]:
    """The provider entries as values; a token that is not given is taken from the environment.

    variables: by provider, the environment variable of its secret in commands done by hand, where the entries are not
    all of the zone. Raises BadInput.
    """
    problems = [] if entries else ["providers: is empty; name at least one"]
    found: dict[str, Settings] = {}
    for index, entry in enumerate(entries or ()):
        name, provider = entry["name"], PROVIDERS[entry["type"]]
        if name in found:
            problems.append(f"providers[{index}] ({name}): name: is used twice")
        where = f"providers[{index}] ({name})"
        problems += [
            f"{where}: {unknown}: is not an option of {provider.type}" for unknown in _foreign(entry, provider)
        ]
        try:
            found[name] = provider.read_settings(entry, default_deadline)
        except BadInput as error:
            problems += [f"{where}: {problem}" for problem in error.problems]
    problems += [
        f"{name}: deadline: {one.deadline:g} is not a number of seconds above 0"
        for name, one in found.items()
        if not 0 < one.deadline < inf
    ]
    problems += _indistinguishable(found.values())
    if problems:
        raise BadInput(problems)
    own = variables or own_variables({name: one.type for name, one in found.items()}, USUAL_VARIABLES)
    return tuple(replace(one, own_variable=own.get(name, "")) for name, one in found.items())


def _indistinguishable(found: Any) -> list[str]:
    problems = []
    for one in found:
        if not one.nameservers and any(other.type == one.type and other is not one for other in found):
            problems.append(f"providers ({one.name}): nameservers: are needed where two entries have one type")
    return problems


def _foreign(entry: Mapping[str, Any], provider: type[Provider]) -> list[str]:
    """The options that are given, and that only other types of providers take."""
    own = {"name", "type", *provider.options, *COMMON}
    return [name for name in PROVIDER if name not in own and entry.get(name) is not None]


def policy(params: Mapping[str, Any], zone: str, steered: Sequence[str], switch: bool) -> PlanPolicy:
    """How to plan. Raises BadInput."""
    limits = params["limits"] or {}
    problems, names, keep = [], set(), []
    for name in steered:
        try:
            names.add(zone_names.written(name, zone))
        except ValueError as error:
            problems.append(f"steered: {error}")
    for index, pattern in enumerate(params["keep"] or ()):
        try:
            keep.append(
                {"name": _name_pattern(pattern.get("name"), zone), "type": (pattern.get("type") or "*").upper()}
            )
        except ValueError as error:
            problems.append(f"keep[{index}]: name: {error}")
    if problems:
        raise BadInput(problems)
    return PlanPolicy(
        prune=params["prune"],
        keep=DEFAULT_KEEP if params["keep"] is None else tuple(keep),
        limits=Limits(limits.get("update_percent", 30), limits.get("delete_percent", 30), limits.get("from", 10)),
        force=params["force"],
        ttl_floor=params["ttl_floor"],
        steered=frozenset(names),
        switch=switch,
    )


def _name_pattern(text: str | None, zone: str) -> str:
    """A shell pattern as names are spelled: one that matches nothing for its spelling would let sets go.

    Raises ValueError.
    """
    if not text:
        return "*"
    if any(not label.isascii() and _WILDCARDS & set(label) for label in text.split(".")):
        raise ValueError(f"{text!r} has a wildcard in an internationalised label; write the pattern of its xn-- form")
    return zone_names.written(text, zone)


def _must_resolve(names: Sequence[str], zone: str) -> tuple[str, ...]:
    """The names as absolute ones. Raises BadInput."""
    try:
        return tuple(zone_names.owner(zone_names.written(name, zone), zone) for name in names)
    except ValueError as error:
        raise BadInput([f"must_resolve: {error}"]) from None


def _fronts(given: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """By router the target of each front. Raises BadInput."""
    try:
        return {
            str(router): {str(name): zone_names.absolute(str(target)) for name, target in fronts.items()}
            for router, fronts in given.items()
        }
    except (AttributeError, ValueError) as error:
        raise BadInput([f"fronts: {error}; give the target of each front by router and front"]) from None


def _guards(given: Sequence[Mapping[str, Any]]) -> tuple[Guard, ...]:
    """What a failover saw before it decided."""
    if not given:
        return ()
    from .._failover import expectation  # it brings much that a sync does not need

    return tuple(map(expectation.read_guard, given))


def job(
    params: Mapping[str, Any],
    zone: str,
    records: Sequence[Any],
    providers: tuple[Settings, ...],
    steered: Sequence[str],
    check_mode: bool,
    guards: Sequence[Mapping[str, Any]] = (),
) -> Job:
    """The work for one zone. Raises BadInput with every problem of its records, also with those that a provider has."""
    try:
        canonical = zone_names.zone_name(zone)
    except ValueError as error:
        raise BadInput([f"zone: {error}"]) from None
    plan_first = params.get("plan_first", True)
    # A records list is written once for all providers, also for those that this task does not touch.
    known = {kind: one.attributes for kind, one in ENTRY_KINDS.items()}
    known |= {entry.name: PROVIDERS[entry.type].attributes for entry in providers}
    declared, problems = zone_entries.read_declared(records, Context(canonical, known, params["ttl"]))
    if params.get("strict_names"):
        problems += [one.words for one in undotted(declared, canonical)]
    # Where one provider alone is kept, nothing but the list says what its apex is.
    declared, about_apex, notes = apex_ns.split(
        declared, params.get("apex_ns", apex_ns.DECLARED), params.get("apex_ns_extra", ())
    )
    notes += [remark for entry in declared for remark in entry.remarks]
    made = Job(
        zone=canonical,
        providers=providers,
        declared=tuple(declared),
        policy=policy(params, canonical, steered, switch=not plan_first),
        proxied=params.get("proxied", desired.SKIP),
        apex_ns=about_apex,
        must_resolve=_must_resolve(params.get("must_resolve", ()), canonical),
        plan_first=plan_first,
        plan_wait=params.get("plan_wait", 0.0),
        verify_seconds=params["verify_timeout"],
        guards=_guards(guards),
        fronts=_fronts(params.get("fronts") or {}),
        check_mode=check_mode,
        network=network(params),
        notes=tuple(notes),
    )
    if problems := problems + audit(made):
        raise BadInput(problems)
    return made

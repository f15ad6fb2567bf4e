# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who runs a host name: by the suffixes of known operators, otherwise by what the DNS shows. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .._errors import BadInput
from .facts import Facts, Server

#: What an operator can be to a site; the columns of the page come in this order.
ROLES = (
    "dns",
    "registry",
    "cdn_active",
    "cdn_standby",
    "ca_active",
    "ca_standby",
    "api",
    "origin",
    "resolver",
    "controls",
    "vantages",
    "webhooks",
    "registrar",
    "runner",
    "secrets",
    "git",
    "sso",
    "mail",
    "status_page",
)

UNREVIEWED = "unreviewed"

_SUFFIX = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_KEYS = ("name", "suffixes", "issuers", "entity", "jurisdiction", "source", "reviewed")


@dataclass(frozen=True)
class Operator:
    """Somebody who runs something. suffixes: of host names, without dots at the ends. issuers: as certificates name it.

    entity, jurisdiction: only with a source and a review date, otherwise `unreviewed`.
    """

    name: str
    suffixes: tuple[str, ...] = ()
    issuers: tuple[str, ...] = ()
    entity: str = UNREVIEWED
    jurisdiction: str = UNREVIEWED
    source: str = ""
    reviewed: str = ""


@dataclass(frozen=True)
class Directory:
    """All known operators. by_suffix: which one a suffix belongs to."""

    operators: Mapping[str, Operator] = field(default_factory=dict)
    by_suffix: Mapping[str, str] = field(default_factory=dict)

    def of_host(self, host: str) -> str:
        """The operator with the longest suffix that fits at a label's boundary; empty for none."""
        labels = host.rstrip(".").lower().split(".")
        for start in range(len(labels)):
            found = self.by_suffix.get(".".join(labels[start:]))
            if found:
                return found
        return ""

    def called(self, name: str) -> str:
        """The operator that a user means, however it writes capital letters; the name as it is where none is known."""
        return next((known for known in self.operators if known.lower() == name.lower()), name)

    def of_issuer(self, issuer: str) -> str:
        """The operator of a certificate authority, by the names of those who signed."""
        for operator in self.operators.values():
            if any(known.lower() in issuer.lower() for known in operator.issuers):
                return operator.name
        return f"unattributed:{issuer}" if issuer else ""


def directory(*files: Sequence[Mapping[str, Any]]) -> Directory:
    """The operators of these files. Raises BadInput with every problem.

    A later entry of the same name adds suffixes and issuers, and replaces what else it gives; a suffix belongs to the
    last that has it.
    """
    problems = [problem for entries in files for entry in entries for problem in problems_of(entry)]
    if problems:
        raise BadInput(problems)
    operators: dict[str, Operator] = {}
    by_suffix: dict[str, str] = {}
    for entries in files:
        for entry in entries:
            operator = _operator(entry, operators.get(str(entry["name"])))
            operators[operator.name] = operator
            by_suffix |= dict.fromkeys(entry.get("suffixes") or (), operator.name)
    return Directory(operators, by_suffix)


def _operator(entry: Mapping[str, Any], before: Operator | None) -> Operator:
    known = before or Operator(str(entry["name"]))
    return Operator(
        name=known.name,
        suffixes=tuple(dict.fromkeys((*known.suffixes, *(entry.get("suffixes") or ())))),
        issuers=tuple(dict.fromkeys((*known.issuers, *(entry.get("issuers") or ())))),
        entity=str(entry.get("entity") or known.entity),
        jurisdiction=str(entry.get("jurisdiction") or known.jurisdiction),
        source=str(entry.get("source") or known.source),
        reviewed=str(entry.get("reviewed") or known.reviewed),
    )


def problems_of(entry: Any) -> list[str]:
    """What is wrong with an entry of an operators file, in words; empty when nothing is."""
    if not isinstance(entry, Mapping) or not entry.get("name"):
        return [f"an operator must be a mapping with a `name`, not {entry!r}"]
    name = entry["name"]
    problems = [f"operator {name}: unknown key {key!r}; the keys are {', '.join(_KEYS)}" for key in _unknown(entry)]
    problems += [
        f"operator {name}: the suffix {suffix!r} must be a lower-case host name without dots at its ends"
        for suffix in entry.get("suffixes") or ()
        if not isinstance(suffix, str) or not _SUFFIX.fullmatch(suffix)
    ]
    reviewed = any(entry.get(key, UNREVIEWED) != UNREVIEWED for key in ("entity", "jurisdiction"))
    if reviewed and not (entry.get("source") and _DATE.fullmatch(str(entry.get("reviewed", "")))):
        problems.append(f"operator {name}: entity and jurisdiction need a `source` and a `reviewed` date (YYYY-MM-DD)")
    return problems


def _unknown(entry: Mapping[str, Any]) -> Iterable[str]:
    return (str(key) for key in entry if key not in _KEYS)


def of_host(host: str, facts: Facts, known: Directory) -> tuple[str, ...]:
    """Who runs a host: by its name, by the names that its CNAME chain leads to, by the SOA records of its zone.

    Each name server of the zone is asked for its own. Where they name several operators, it is one of these. Never a
    guess: where nothing shows it, `unattributed:` and the name of the zone.
    """
    seen: list[str] = []
    current = host
    while current and current not in seen:
        found = known.of_host(current)
        if found:
            return (found,)
        seen.append(current)
        here = facts.names.get(current)
        current = here.target if here else ""
    zone = zone_of(seen[-1], facts) if seen else ""
    nobody = f"unattributed:{(zone or host).rstrip('.')}"
    servers = facts.zones[zone].servers if zone in facts.zones else ()
    return tuple(sorted({known.of_host(server.soa) or nobody for server in servers if server.soa})) or (nobody,)


def of_server(server: Server, facts: Facts, known: Directory) -> tuple[str, ...]:
    """Who runs a name server: by its name; one with a vanity name by the SOA record that it serves itself."""
    found = known.of_host(server.name) or known.of_host(server.soa)
    if not found and server.soa:
        # What the others of its zone serve says nothing about this one.
        found = f"unattributed:{(zone_of(server.name, facts) or server.name).rstrip('.')}"
    return (found,) if found else of_host(server.name, facts, known)


def zone_of(host: str, facts: Facts) -> str:
    """The zone that a host is in: as seen, else the longest known zone that it lies below; empty for none."""
    if host in facts.names:
        return facts.names[host].zone
    labels = host.split(".")
    candidates = (".".join(labels[start:]) for start in range(len(labels) - 1))
    return next((name for name in candidates if name in facts.zones), "")

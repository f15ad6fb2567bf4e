# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a quiet run knows, without a further request to an API, about why the next failover would not work."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from .._deadline import Deadline
from .._dns.wire import EVERYTHING, Resolver
from .._engine import lock
from .._errors import BadInput
from .._failover.data.decision import DecisionData
from .._failover.data.observed import Held, HeldByZone
from .._failover.data.site import Site
from .._providers import proxy
from .._providers.registry import PROVIDERS
from . import options

#: Seconds in which a resolver must answer.
_RESOLVER_SECONDS = 5.0


def unready(
    sites: Sequence[Site],
    decisions: Sequence[DecisionData],
    providers: Mapping[str, Sequence[Mapping[str, Any]]],
    places: Sequence[str],
    resolver: str | None,
    require_ad: Any = False,
    held: HeldByZone | None = None,
) -> dict[str, list[str]]:
    """By site, why the next failover would not work. Of a site for which a write is due now, nothing: it shows itself.

    providers: by site, with their tokens. places: directories of reports and of the metrics file; empty where none is
    wanted. resolver: `dns_resolver`. require_ad: `dns_require_ad`. held: what was read at APIs in this run, by zone and
    provider.
    """
    quiet = [site for site, decision in zip(sites, decisions, strict=True) if not decision["writes"]]
    if not quiet:
        return {}
    zone = quiet[0]["zone"]
    domains = [zone if one == EVERYTHING else one for one in options.require_ad(require_ad)]
    here = [*_lock_problem(), *_place_problems(places), *_resolver_problem(zone, resolver, domains)]
    faults: dict[proxy.Proxy, str] = {}
    read = held or {}
    return {
        site["site"]: [
            *_provider_problems(site["zone"], providers[site["site"]], faults, read.get(site["zone"], {})),
            *here,
        ]
        for site in quiet
    }


def _provider_problems(
    zone: str, entries: Sequence[Mapping[str, Any]], faults: dict[proxy.Proxy, str], read: Mapping[str, Held]
) -> Iterator[str]:
    """What is known without a request. faults: of the proxies that have been tried, to be added to. read: what the APIs
    answered that this run has asked, by provider."""
    try:
        found = options.settings(list(entries), options.FAILOVER_DEADLINE)
    except BadInput as error:
        yield from error.problems
        return
    for settings in found:
        provider = PROVIDERS[settings.type](zone, settings, Deadline(settings.deadline))
        if problem := provider.missing_credentials():
            yield _unwritable(settings.name, problem.message, problem.hint)
        elif settings.name in read and (trouble := read[settings.name]["error"]) and trouble["kind"] == "unauthorized":
            yield _unwritable(settings.name, trouble["message"], trouble["hint"])
        between = proxy.of(settings.place)
        if between is None:
            continue
        if between not in faults:
            faults[between] = between.fault()
        if fault := faults[between]:
            yield f"{settings.name} could not be written: {between} takes no connection ({fault}); {between.remedy}"


def _unwritable(name: str, message: str, hint: str) -> str:
    return f"{name} could not be written: {message}{f'; {hint}' if hint else ''}"


def _lock_problem() -> Iterator[str]:
    if problem := lock.place_problem():
        yield f"there is no safe place for a lock ({problem}); give the user a home directory that it can write to"


def _place_problems(places: Sequence[str]) -> Iterator[str]:
    for place in filter(None, places):
        there = next((folder for folder in (Path(place), *Path(place).parents) if folder.exists()), Path("/"))
        if not there.is_dir():
            yield f"reports could not be written to {place}: {there} is not a directory"
        elif not os.access(there, os.W_OK | os.X_OK):
            yield f"reports could not be written to {place}: {there} cannot be written by this user"


def _resolver_problem(zone: str, address: str | None, validated: Sequence[str]) -> Iterator[str]:
    """A write needs names resolved: of the APIs, of the fronts, of name servers.

    validated: the domains whose names must be validated.
    """
    which = f"the resolver {address} (dns_resolver)" if address else "the system's resolver"
    try:
        resolver = Resolver(Deadline(_RESOLVER_SECONDS), address, validated)
        answered = resolver.look_up_unchecked(f"{zone}.", "SOA") is not None
        lacking = [one for one in validated if answered and resolver.look_up(f"{one}.", "SOA") is None]
    except (OSError, ValueError) as error:
        yield f"{which} cannot be asked: {error}"
        return
    if not answered:
        yield f"{which} gives no answer for {zone}"
    elif lacking:
        yield f"{which} does not validate {', '.join(lacking)}, as dns_require_ad demands"

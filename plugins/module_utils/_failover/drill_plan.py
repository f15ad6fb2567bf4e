# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rehearsal on a canary: where it would go, and whether it may begin. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypedDict

from .._zone.names import owner
from . import advice
from .data.decision import DecisionData
from .data.observed import Answer
from .data.site import Site

#: Letters that a run's id may have before what we add to it: with that it has to remain one word of a marker.
_ID_LENGTH = 28


class Facts(TypedDict):
    """What is asked for. to: the front to go to, or empty."""

    to: str
    run: str
    by: str


class Plan(TypedDict):
    """Where a rehearsal would go. problems: for which it must not begin. caches: by provider, TTLs in seconds."""

    site: str
    run: str
    by: str
    home: str
    to: str
    caches: dict[str, int]
    problems: list[str]


def plan(sites: Sequence[Site], decisions: Sequence[DecisionData], answers: Sequence[Answer], facts: Facts) -> Plan:
    """Where a rehearsal would go, and the `problems` for which it must not begin.

    sites, decisions: of the play. answers: of served_info.
    """
    if len(sites) != 1:
        problems = [f"a drill is for one site at a time, and this run has {len(sites)}"]
        return Plan(site="", run="", by="", home="", to="", caches={}, problems=problems)
    (site,), (decision,) = sites, decisions
    home = str(site["fronts"][0]["name"])
    clean = [name for name, one in decision["health"].items() if one["clean"] and name != home]
    to = facts["to"] or next(iter(clean), "")
    problems = [*_not_allowed(site), *_not_calm(site, decision, home), *_not_there(site, decision, home, to)]
    return Plan(
        site=site["site"],
        run=f"drill-{facts['run']}"[:_ID_LENGTH],
        by=facts["by"],
        home=home,
        to=to,
        caches=_caches(site, answers),
        problems=problems,
    )


def _not_allowed(site: Site) -> Iterator[str]:
    if not site["canary"]:
        yield "it is not marked as a canary: set failover_canary to true for a site that may be switched for practice"
    if site["mode"] != advice.ACT:
        yield "its failover_mode is advise, and a drill writes: -e failover_mode=act"
    request = site["request"]
    if request["to"] or request["pin"] or request["lift"] or request["force"]:
        yield "failover_to, failover_pin and failover_force have no place in a drill; drill_to names the front"


def _not_calm(site: Site, decision: DecisionData, home: str) -> Iterator[str]:
    if decision["pin"]:
        yield f"it is pinned to {decision['pin']}"
    elif decision["active"] not in (None, home):
        yield f"it is at {decision['active']}, and a drill begins at its first front {home}; go back first"
    elif decision["rule"] != "active_up" and not any(site["request"][key] for key in ("to", "pin", "lift")):
        yield f"it is not calm: {decision['reason']}  [{decision['rule']}]"
    for provider, served in decision["served"].items():
        others = {server: what for server, what in served["servers"].items() if what != home}
        if others or served["front"] != home:
            found = ", ".join(f"{server}: {what}" for server, what in others.items()) or served["state"]
            yield f"not every name server of {provider} leads to {home} ({found})"
    at_home = decision["health"][home]
    if not at_home["clean"]:
        yield f"its first front is not clean: {home} is {at_home['verdict']} ({at_home['reason']})"


def _not_there(site: Site, decision: DecisionData, home: str, to: str) -> Iterator[str]:
    names = [front["name"] for front in site["fronts"]]
    health = {name: f"{name} is {one['verdict']} ({one['reason']})" for name, one in decision["health"].items()}
    if not to:
        yield f"there is no other clean front to go to: {', '.join(health[name] for name in names if name != home)}"
    elif to not in names:
        yield f"there is no front {to!r}; the fronts are {', '.join(names)}"
    elif to == home:
        yield f"{to} is where it is already"
    elif not decision["health"][to]["clean"]:
        yield f"it cannot go to {to}: {health[to]}"


def _caches(site: Site, answers: Sequence[Answer]) -> dict[str, int]:
    """By provider, the TTL in seconds of what its name servers serve: how long resolvers keep what they have."""
    name = owner(site["router"], site["zone"])
    found: dict[str, int] = {}
    for answer in answers:
        if answer["zone"] == site["zone"] and answer["name"] == name and answer["ttl"] is not None:
            found[answer["provider"]] = max(found.get(answer["provider"], 0), int(answer["ttl"]))
    return found

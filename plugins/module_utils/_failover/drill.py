# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rehearsal on a canary: whether it may begin, and its result. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypedDict

from .._text import aligned
from .._timestamps import timestamp
from .._zone.names import owner
from . import advice, outcome
from .data.decision import DecisionData
from .data.observed import Answer
from .data.result import ProviderResult, Result
from .data.site import Site

SCHEMA: Final = "twinzone-drill/1"

#: Went there and back as it should; something went wrong, and it is back; it is not back.
PASSED, FAILED, STRANDED = "passed", "failed", "stranded"

_PHASES = ("observe", "decide", "switch", "verify")

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


class Leg(TypedDict):
    """One switch of a rehearsal: there, back or again. Times are Unix times. result: empty when there is none."""

    leg: str
    front: str
    began: float
    ended: float
    result: Result


class LegReport(TypedDict):
    """One switch as it is reported. at: the front at its end."""

    leg: str
    to: str
    outcome: str
    at: str
    message: str
    seconds: float
    phases: dict[str, float]
    providers: dict[str, ProviderResult]
    served: dict[str, str]
    behind: str
    by_hand: list[str]


class _Verdict(TypedDict):
    schema: str
    site: str
    run: str
    by: str
    started: str
    finished: str
    outcome: str
    home: str
    to: str
    seconds: float
    legs: list[LegReport]
    caches: dict[str, int]
    budget: dict[str, float]
    served: dict[str, str]
    by_hand: list[str]
    failed: bool


class _Hinted(_Verdict):
    hint: str


class Report(_Hinted):
    """The result of a rehearsal."""

    summary: list[str]


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


def report(made: Plan, legs: Sequence[Leg]) -> Report:
    """The result of a rehearsal: there, back, and perhaps back once more."""
    shown = [_leg(leg) for leg in legs]
    there, home = shown[0], shown[-1]
    is_there = (there["outcome"], there["at"]) == (outcome.SWITCHED, made["to"])
    is_home = home["outcome"] in outcome.GOOD and home["at"] == made["home"]
    came_out = STRANDED if not is_home else PASSED if is_there and len(shown) == 2 else FAILED
    verdict = _Verdict(
        schema=SCHEMA,
        site=made["site"],
        run=made["run"],
        by=made["by"],
        started=timestamp(int(float(legs[0]["began"]))),
        finished=timestamp(int(float(legs[-1]["ended"]))),
        outcome=came_out,
        home=made["home"],
        to=made["to"],
        seconds=round(float(legs[-1]["ended"]) - float(legs[0]["began"]), 2),
        legs=shown,
        caches=made["caches"],
        # Where not all providers were switched, some visitors never move.
        budget=_budget(there["phases"], made["caches"]) if is_there else {},
        served=home["served"],
        by_hand=home["by_hand"],
        failed=came_out != PASSED,
    )
    hinted: _Hinted = {**verdict, "hint": _hint(verdict)}
    return {**hinted, "summary": _summary(hinted)}


def _leg(leg: Leg) -> LegReport:
    result = leg["result"]
    seconds = round(float(leg["ended"]) - float(leg["began"]), 2)
    if not result:
        return LegReport(
            leg=leg["leg"],
            to=leg["front"],
            outcome="none",
            at="",
            message="the run broke off; its own output says why",
            seconds=seconds,
            phases={},
            providers={},
            served={},
            behind="",
            by_hand=[],
        )
    return LegReport(
        leg=leg["leg"],
        to=leg["front"],
        outcome=result["outcome"],
        at=result["front"],
        message=result["message"],
        seconds=seconds,
        phases=result["phases"],
        providers=result["providers"],
        served=result["served"],
        behind=result["behind"],
        by_hand=result["by_hand"],
    )


def _budget(phases: Mapping[str, float], caches: Mapping[str, int]) -> dict[str, float]:
    """Seconds from the beginning of a run until the last visitor has moved, the caches of resolvers included."""
    longest = float(max(caches.values(), default=0))
    parts = {**{phase: phases[phase] for phase in _PHASES}, "caches": longest}
    return {**parts, "whole": round(sum(parts.values()), 2)}


def _hint(result: _Verdict) -> str:
    if result["outcome"] == PASSED:
        return "nothing"
    if result["outcome"] == FAILED:
        return f"fix what is named above, then rehearse again; it is back at {result['home']}"
    return f"bring it back: twinzone.edge.failover --limit {result['site']} -e failover_to={result['home']}"


def _summary(result: _Hinted) -> list[str]:
    """The rehearsal on one screen."""
    legs = result["legs"]
    who = result["run"] + (f" by {result['by']}" if result["by"] else "")
    path = " -> ".join([result["home"], *(leg["to"] for leg in legs)])
    return [
        f"{result['site']}: drill {result['outcome'].upper()}   {path} in {result['seconds']:.1f} s",
        *_table(legs),
        *(f"{leg['leg']}: {leg['message']}" for leg in legs if not _went_well(leg)),
        f"served  {', then '.join(_served(leg) for leg in legs)}",
        *_stands(result),
        *_time_told(result),
        f"who     run {who}",
        f"next    {result['hint']}",
        *(f"        {line}" for line in result["by_hand"]),
    ]


def _went_well(leg: LegReport) -> bool:
    return leg["outcome"] in outcome.GOOD


def _table(legs: Sequence[LegReport]) -> list[str]:
    providers = list(dict.fromkeys(name for leg in legs for name in leg["providers"]))
    rows = [["leg", "outcome", *_PHASES, "whole", *providers]]
    for leg in legs:
        phases = [f"{leg['phases'][phase]:.1f} s" if leg["phases"] else "-" for phase in _PHASES]
        written = [_written(leg["providers"].get(name)) for name in providers]
        rows.append([leg["leg"], leg["outcome"], *phases, f"{leg['seconds']:.1f} s", *written])
    return aligned(rows)


def _written(provider: ProviderResult | None) -> str:
    if provider is None:
        return "-"
    return f"{provider['result']} {provider['seconds']:.1f} s" if provider["requests"] else str(provider["result"])


def _served(leg: LegReport) -> str:
    if not leg["served"]:
        return "unknown"
    there = sum(what == leg["to"] for what in leg["served"].values())
    return f"{there} of {len(leg['served'])} name servers led to {leg['to']}"


def _stands(result: _Hinted) -> Iterator[str]:
    """How things are left, where that is not how they were."""
    if result["outcome"] == STRANDED:
        servers = ", ".join(f"{server}: {what}" for server, what in result["served"].items())
        yield f"STANDS  {servers or 'unknown; twinzone.edge.status shows it'}"
    if behind := result["legs"][-1]["behind"]:
        yield f"behind  {behind}"


def _time_told(result: _Hinted) -> Iterator[str]:
    caches = ", ".join(f"{seconds} s ({provider})" for provider, seconds in result["caches"].items())
    yield f"caches  resolvers keep the old answer for up to {caches or 'an unknown time'}"
    if budget := result["budget"]:
        parts = ", ".join(f"{part} {seconds:.1f} s" for part, seconds in budget.items() if part != "whole")
        yield f"budget  {budget['whole']:.0f} s from the start of a run until the last visitor has moved ({parts}),"
        yield "        and before that the time until a run starts; browsers and some resolvers keep answers longer"

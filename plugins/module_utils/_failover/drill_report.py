# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rehearsal on a canary: its result, and how things stand after it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypedDict

from .._text import aligned
from .._timestamps import timestamp
from . import outcome
from .data.result import ProviderResult, Result
from .drill_plan import Plan

SCHEMA: Final = "twinzone-drill/1"

#: Went there and back as it should; something went wrong, and it is back; it is not back.
PASSED, FAILED, STRANDED = "passed", "failed", "stranded"

_PHASES = ("observe", "decide", "switch", "verify")


class Leg(TypedDict):
    """One switch of a rehearsal: there, back or again. Times are Unix times. result: empty when there is none."""

    leg: str
    front: str
    began: float
    ended: float
    result: Result


class _Shown(TypedDict):
    """What is reported of the result of a switch as it is."""

    outcome: str
    message: str
    phases: dict[str, float]
    providers: dict[str, ProviderResult]
    served: dict[str, str]
    behind: str
    by_hand: list[str]


class _End(_Shown):
    """What is looked at of the result of a switch. front: the one at its end."""

    front: str


_BROKE_OFF: Final = _End(
    outcome="none",
    front="",
    message="the run broke off; its own output says why",
    phases={},
    providers={},
    served={},
    behind="",
    by_hand=[],
)


class LegReport(_Shown):
    """One switch as it is reported. at: the front at its end."""

    leg: str
    to: str
    at: str
    seconds: float


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
    hint: str
    seconds: float
    legs: list[LegReport]
    caches: dict[str, int]
    budget: dict[str, float]
    served: dict[str, str]
    by_hand: list[str]
    failed: bool


class Report(_Verdict):
    """The result of a rehearsal."""

    summary: list[str]


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
        hint=_hint(came_out, made),
        seconds=round(float(legs[-1]["ended"]) - float(legs[0]["began"]), 2),
        legs=shown,
        caches=made["caches"],
        # Where not all providers were switched, some visitors never move.
        budget=_budget(there["phases"], made["caches"]) if is_there else {},
        served=home["served"],
        by_hand=home["by_hand"],
        failed=came_out != PASSED,
    )
    return {**verdict, "summary": _summary(verdict)}


def _leg(leg: Leg) -> LegReport:
    end: _End = leg["result"] or _BROKE_OFF
    return LegReport(
        leg=leg["leg"],
        to=leg["front"],
        outcome=end["outcome"],
        at=end["front"],
        message=end["message"],
        seconds=round(float(leg["ended"]) - float(leg["began"]), 2),
        phases=end["phases"],
        providers=end["providers"],
        served=end["served"],
        behind=end["behind"],
        by_hand=end["by_hand"],
    )


def _budget(phases: Mapping[str, float], caches: Mapping[str, int]) -> dict[str, float]:
    """Seconds from the beginning of a run until the last visitor has moved, the caches of resolvers included."""
    longest = float(max(caches.values(), default=0))
    parts = {**{phase: phases[phase] for phase in _PHASES}, "caches": longest}
    return {**parts, "whole": round(sum(parts.values()), 2)}


def _hint(came_out: str, made: Plan) -> str:
    if came_out == PASSED:
        return "nothing"
    if came_out == FAILED:
        return f"fix what is named above, then rehearse again; it is back at {made['home']}"
    return f"bring it back: twinzone.edge.failover --limit {made['site']} -e failover_to={made['home']}"


def _summary(result: _Verdict) -> list[str]:
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
        *_times(result),
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


def _stands(result: _Verdict) -> Iterator[str]:
    """How things are left, where that is not how they were."""
    if result["outcome"] == STRANDED:
        servers = ", ".join(f"{server}: {what}" for server, what in result["served"].items())
        yield f"STANDS  {servers or 'unknown; twinzone.edge.status shows it'}"
    if behind := result["legs"][-1]["behind"]:
        yield f"behind  {behind}"


def _times(result: _Verdict) -> Iterator[str]:
    caches = ", ".join(f"{seconds} s ({provider})" for provider, seconds in result["caches"].items())
    yield f"caches  resolvers keep the old answer for up to {caches or 'an unknown time'}"
    if budget := result["budget"]:
        parts = ", ".join(f"{part} {seconds:.1f} s" for part, seconds in budget.items() if part != "whole")
        yield f"budget  {budget['whole']:.0f} s from the start of a run until the last visitor has moved ({parts}),"
        yield "        and before that the time until a run starts; browsers and some resolvers keep answers longer"

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of a run in words: on one screen, on one line, and what to do next. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from . import placing
from .data.result import Verdict
from .decision import Decision
from .outcome import ADVISED, CONVERGED, FAILED, GOOD, HELD, PARTIAL, REFUSED, SWITCHED, UNCHANGED, UNREADY, UNVERIFIED
from .quorum import Health
from .router import SILENT, UNCLEAR, Served


def lines(
    result: Verdict, health: Mapping[str, Health], after: Mapping[str, Served], paths: Sequence[str] = ()
) -> list[str]:
    """The result on one screen, a line for each thing that a tired person wants to know.

    paths: lines about public names.
    """
    moved = movement(result["active_before"], result["front"])
    stays = result["outcome"] != ADVISED or result["front"] == result["active_before"]
    since = f" since {result['since']}" if result["since"] and stays else ""
    by = f" by {result['by']}" if result["by"] else ""
    commands = [result["advice"]["command"]] if result["advice"] else []
    return [
        f"{result['site']}: {heading(result)}   {moved}{since}",
        f"why     {result['reason']}  [{result['rule']}]",
        f"who     run {result['run']}{by}",
        "fronts  " + ", ".join(_front_line(name, one) for name, one in health.items()),
        "served  " + ", ".join(_served_line(provider, one) for provider, one in after.items()),
        *_failures(result),
        *(f"unready {finding}" for finding in result["unready"]),
        *paths,
        *(f"warning {warning}" for warning in result["warnings"]),
        *(f"note    {doubt}" for doubt in result["doubts"]),
        *(f"{label:8}{result[label]}" for label in _OPTIONAL if result[label]),
        f"next    {result['hint']}",
        *(f"        {command}" for command in (*commands, *result["by_hand"])),
    ]


def message(result: Verdict) -> str:
    """The outcome with its reason and all that failed, on one line: often the only one that somebody sees."""
    parts = [f"{_named(result)}: {result['reason']}", *_failures(result), *result["unready"], result["behind"]]
    if result["advice"]:
        parts.append(f"{result['hint']}: {result['advice']['command']}")
    return "; ".join(part for part in parts if part)


def heading(result: Verdict) -> str:
    """The outcome in capitals; in check mode, what it would be."""
    return _named(result).upper()


def movement(before: str, front: str) -> str:
    """The front before and the one after, or the one that it stays with."""
    return f"{before or '?'} -> {front}" if front and front != before else before or "?"


#: What has a line of its own where there is anything to say.
_OPTIONAL: Final = ("behind", "pin")

#: What a run in check mode says in place of an outcome.
_WOULD = {
    UNCHANGED: "would stay as it is",
    SWITCHED: "would switch",
    CONVERGED: "would bring all providers in line",
    PARTIAL: "would be partial",
    FAILED: "would fail",
}


def _named(result: Verdict) -> str:
    return _WOULD.get(result["outcome"], result["outcome"]) if result["check_mode"] else result["outcome"]


def _failures(result: Verdict) -> list[str]:
    """The providers that reported an error, each with it."""
    return [f"{name}: {one['result']}: {one['error']}" for name, one in result["providers"].items() if one["error"]]


def _served_line(provider: str, served: Served) -> str:
    """What a provider's name servers serve; one by one only where they differ."""
    if len(set(served.servers.values())) > 1:
        return ", ".join(f"{provider}'s {server}: {what}" for server, what in served.servers.items())
    return f"{provider}'s {len(served.servers)} name servers: {served.shown()}"


def _front_line(name: str, health: Health) -> str:
    reason = f" ({health.reason})" if health.reason and not health.clean else ""
    return f"{name} {health.verdict}{reason}"


#: What to do where somebody else has the router in hand.
_HANDS = {
    placing.HALF_MOVED: "lead the router there at the other providers too, or take it back: -e failover_to=FRONT",
    placing.CONTESTED: "find out what else writes this record and stop it there; then -e failover_to=FRONT",
    placing.UNMANAGED: "ask who did it; take it back with -e failover_to=FRONT, or with failover_adopt=true",
}


#: What to do next, by outcome, where nothing more is known.
_NEXT: Final = {
    **dict.fromkeys(GOOD, "nothing"),
    UNVERIFIED: "run again in a minute; if it stays so, look at the name servers named above",
    HELD: "nothing was switched; decide yourself: -e failover_to=FRONT (with failover_force=true for a bad one)",
    UNREADY: "nothing had to be written today; put right what is named above, before it has to be",
    REFUSED: "nothing was written; fix the request or the configuration and run again",
    PARTIAL: "run again",
    FAILED: "run again",
}


def hint(outcome: str, decision: Decision, by_hand: Mapping[str, Sequence[str]]) -> str:
    """What to do next. by_hand: by provider that failed, the commands that do its work."""
    if outcome in (HELD, REFUSED):
        return _hint_of_no_write(outcome, decision)
    if outcome == SWITCHED and decision.rule in ("active_down", "active_degraded"):
        return f"find out why {decision.active} failed; nothing more to do here"
    if outcome in GOOD and decision.rule == "failback_manual":
        return "go back when you like, with -e failover_to=FRONT"
    if outcome == PARTIAL and by_hand:
        return f"run again when {', '.join(by_hand)} answers, or finish by hand with the commands below"
    if outcome == FAILED and by_hand:
        return "run again, or do it by hand with the commands below"
    return _NEXT[outcome]


def _hint_of_no_write(outcome: str, decision: Decision) -> str:
    """What to do next where it was decided to write nothing."""
    if outcome == REFUSED:
        return f"{decision.remedy}; nothing was written" if decision.remedy else _NEXT[outcome]
    if decision.rule in _HANDS or not decision.remedy:
        return _HANDS.get(decision.rule, _NEXT[outcome])
    insist = "; or decide yourself: -e failover_to=FRONT -e failover_force=true" if decision.rule == "all_down" else ""
    return f"{decision.remedy}; nothing was switched{insist}"


#: The share of resolvers that send most questions to the fastest server, at most ("Recursives in the Wild", IMC 2017).
PREFERRING = 0.69


def share_behind(decision: Decision, after: Mapping[str, Served]) -> str:
    """In words, which part of the visitors may still be led elsewhere: of the servers that were seen to do so."""
    servers = {server: what for served in after.values() for server, what in served.servers.items()}
    others = [what for what in servers.values() if what not in (decision.front, SILENT, UNCLEAR)]
    if not others:
        return ""
    words = f"{len(others)} of {len(servers)} name servers answer otherwise"
    if len(others) == len(servers):
        return words
    least, most = shares(len(others) / len(servers))
    return f"{words}, to {least} to {most} % of the resolvers: most prefer the servers that are nearer to them"


def shares(part: float) -> tuple[int, int]:
    """The least and the greatest percentage of resolvers that may ask this part of the name servers.

    Those that choose evenly ask it as often as it is large. The others ask mostly the nearest one, which may be in it
    or not.
    """
    even = (1 - PREFERRING) * part
    return round(100 * even), round(100 * (even + PREFERRING))

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The outcome of a run, judged by the state at its end, in words for a person and data for a machine. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from . import placing
from .data.result import Verdict
from .decision import GO, HOLD, Decision
from .quorum import Health
from .router import SILENT, UNCLEAR, Served

UNCHANGED, SWITCHED, CONVERGED = "unchanged", "switched", "converged"
PARTIAL, UNVERIFIED, HELD, REFUSED, FAILED = "partial", "unverified", "held", "refused", "failed"
UNREADY, ADVISED = "unready", "advised"

#: Outcomes with which the play goes on, and those that count as changed.
GOOD = (UNCHANGED, SWITCHED, CONVERGED)
CHANGED = (SWITCHED, CONVERGED)


#: The share of resolvers that send most questions to the fastest server, at most ("Recursives in the Wild", IMC 2017).
PREFERRING = 0.69


def judge(
    decision: Decision,
    accepted: Mapping[str, bool],
    after: Mapping[str, Served],
    unready: Sequence[str] = (),
    unmoved: Sequence[str] = (),
) -> str:
    """The outcome, by the state at the end.

    accepted: of each provider that was written, whether it took the write. after: what is served. unready: why the next
    failover would not work. unmoved: why visitors may not be where the name servers lead them.
    """
    if decision.kind != GO:
        return HELD if decision.kind == HOLD else REFUSED
    behind = [
        provider
        for provider, served in after.items()
        if served.front != decision.front and not (is_unclear(served, decision) and provider not in accepted)
    ]
    if behind:
        return _behind(behind, accepted, after)
    if not decision.writes:
        # What somebody else has moved, and what stays there, is a switch too.
        fine = SWITCHED if decision.rule == placing.ADOPTED else UNCHANGED
        return UNREADY if unready or unmoved else fine
    if unmoved or not _seen(decision, after):
        return UNVERIFIED
    return SWITCHED if decision.switches else CONVERGED


def is_unclear(served: Served, decision: Decision) -> bool:
    """Whether what is served may be the chosen front, for all that is known: nothing is claimed that was not seen."""
    return not served.front and decision.front in served.maybe


def _behind(behind: Sequence[str], accepted: Mapping[str, bool], after: Mapping[str, Served]) -> str:
    """The outcome where some providers do not serve the chosen front."""
    if all(accepted.get(provider) for provider in behind):
        return UNVERIFIED
    on_front = len(behind) < len(after) or any(accepted.values())
    return PARTIAL if on_front else FAILED


def _seen(decision: Decision, after: Mapping[str, Served]) -> bool:
    """Whether every server of the providers that were written was seen to serve the chosen front.

    A silent server does not hide what its provider serves, but what it serves itself was not seen.
    """
    written = [after[name].servers.values() for name in decision.writes if name in after]
    # Where the answers of servers fit no front and may mean one all the same, the API has settled it.
    return all(what in (decision.front, UNCLEAR) for servers in written for what in servers)


def predicted(
    decision: Decision,
    accepted: Mapping[str, bool],
    before: Mapping[str, Served],
    unready: Sequence[str] = (),
    unmoved: Sequence[str] = (),
) -> str:
    """The outcome that a run in check mode would have. accepted: of each provider that is due, whether it can be read.

    before: what is served now; the servers are expected to follow.
    """
    front = decision.front or ""
    after = {
        name: Served("front", front, dict.fromkeys(served.servers, front)) if accepted.get(name) else served
        for name, served in before.items()
    }
    return judge(decision, accepted, after, unready, unmoved)


def changed(outcome: str, accepted: Mapping[str, bool]) -> bool:
    """Whether something was written, whatever the outcome."""
    return outcome in CHANGED or any(accepted.values())


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


#: What to do where somebody else has the router in hand.
_HANDS = {
    placing.HALF_MOVED: "lead the router there at the other providers too, or take it back: -e failover_to=FRONT",
    placing.CONTESTED: "find out what else writes this record and stop it there; then -e failover_to=FRONT",
    placing.UNMANAGED: "ask who did it; take it back with -e failover_to=FRONT, or with failover_adopt=true",
}


def hint(outcome: str, decision: Decision, by_hand: Mapping[str, Sequence[str]]) -> str:
    """What to do next."""
    behind = ", ".join(by_hand)
    if outcome == SWITCHED and decision.rule in ("active_down", "active_degraded"):
        return f"find out why {decision.active} failed; nothing more to do here"
    if outcome == HELD and decision.rule in _HANDS:
        return _HANDS[decision.rule]
    if outcome == HELD and decision.remedy:
        insist = "; or decide yourself: -e failover_to=FRONT -e failover_force=true"
        return f"{decision.remedy}; nothing was switched" + (insist if decision.rule == "all_down" else "")
    if outcome == REFUSED and decision.remedy:
        return f"{decision.remedy}; nothing was written"
    if decision.rule == "failback_manual" and outcome in GOOD:
        return "go back when you like, with -e failover_to=FRONT"
    return {
        UNCHANGED: "nothing",
        SWITCHED: "nothing",
        CONVERGED: "nothing",
        PARTIAL: f"run again when {behind} answers, or finish by hand with the commands below"
        if behind
        else "run again",
        UNVERIFIED: "run again in a minute; if it stays so, look at the name servers named above",
        FAILED: "run again, or do it by hand with the commands below" if behind else "run again",
        HELD: "nothing was switched; decide yourself: -e failover_to=FRONT (with failover_force=true for a bad one)",
        UNREADY: "nothing had to be written today; put right what is named above, before it has to be",
        REFUSED: "nothing was written; mend the request or the configuration and run again",
    }[outcome]


def timestamp(seconds: int) -> str:
    """Unix time as ISO 8601 in UTC; an empty string for 0."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if seconds else ""


def seconds(moment: str) -> int:
    """The Unix time of a `timestamp`; 0 for what is none."""
    try:
        return int(datetime.strptime(moment, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())
    except ValueError:
        return 0


def movement(before: str, front: str) -> str:
    """The front before and the one after, or the one that it stays with."""
    return f"{before or '?'} -> {front}" if front and front != before else before or "?"


def summary(
    result: Verdict, health: Mapping[str, Health], after: Mapping[str, Served], paths: Sequence[str] = ()
) -> list[str]:
    """The result on one screen, a line for each thing that a tired person wants to know.

    paths: lines about public names.
    """
    moved = movement(result["active_before"], result["front"])
    stays = result["outcome"] != ADVISED or result["front"] == result["active_before"]
    since = f" since {result['since']}" if result["since"] and stays else ""
    lines = [
        f"{result['site']}: {heading(result)}   {moved}{since}",
        f"why     {result['reason']}  [{result['rule']}]",
        f"who     run {result['run']}" + (f" by {result['by']}" if result["by"] else ""),
        "fronts  " + ", ".join(_front_line(name, one) for name, one in health.items()),
        "served  " + ", ".join(_served_line(provider, one) for provider, one in after.items()),
    ]
    for provider, one in result["providers"].items():
        if one["error"]:
            lines.append(f"{provider}: {one['result']}: {one['error']}")
    lines += [f"unready {finding}" for finding in result["unready"]]
    lines += paths
    lines += [f"warning {warning}" for warning in result["warnings"]]
    lines += [f"note    {doubt}" for doubt in result["doubts"]]
    if result["behind"]:
        lines.append(f"behind  {result['behind']}")
    if result["pin"]:
        lines.append(f"pin     {result['pin']}")
    lines.append(f"next    {result['hint']}")
    lines += [f"        {line}" for line in (*_advised(result), *result["by_hand"])]
    return lines


def _advised(result: Verdict) -> list[str]:
    return [result["advice"]["command"]] if result["advice"] else []


#: What a run in check mode says in place of an outcome.
_WOULD = {
    UNCHANGED: "would stay as it is",
    SWITCHED: "would switch",
    CONVERGED: "would bring all providers in line",
    PARTIAL: "would be partial",
    FAILED: "would fail",
}


def heading(result: Verdict) -> str:
    """The outcome in capitals; in check mode, what it would be."""
    return _named(result).upper()


def _named(result: Verdict) -> str:
    return _WOULD.get(result["outcome"], result["outcome"]) if result["check_mode"] else result["outcome"]


def message(result: Verdict) -> str:
    """The outcome with its reason and all that failed, on one line: often the only one that somebody sees."""
    failures = [f"{name}: {one['result']}: {one['error']}" for name, one in result["providers"].items() if one["error"]]
    parts = [f"{_named(result)}: {result['reason']}", *failures, *result["unready"], result["behind"]]
    if result["advice"]:
        parts.append(result["hint"] + ": " + result["advice"]["command"])
    return "; ".join(part for part in parts if part)


def _served_line(provider: str, served: Served) -> str:
    """What a provider's name servers serve; one by one only where they differ."""
    if len(set(served.servers.values())) > 1:
        return ", ".join(f"{provider}'s {server}: {what}" for server, what in served.servers.items())
    return f"{provider}'s {len(served.servers)} name servers: {served.shown()}"


def _front_line(name: str, health: Health) -> str:
    reason = f" ({health.reason})" if health.reason and not health.clean else ""
    return f"{name} {health.verdict}{reason}"

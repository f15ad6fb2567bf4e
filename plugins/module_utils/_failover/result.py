# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of one site at the end of a run: its outcome, with all that people and machines want to know. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from .._text import visible
from .._timestamps import timestamp
from .._zone import names
from . import clock, observation, outcome, paths, public_names, summary, writes
from . import site as failover_site
from .data.decision import DecisionData
from .data.observed import Answer, Held, Trouble
from .data.result import (
    NOT_NEEDED,
    RESULT_SCHEMA,
    Advice,
    FrontResult,
    ProviderResult,
    ProviderWrite,
    Result,
    Run,
    Verdict,
)
from .data.site import Site
from .decision import GO, Decision
from .paths import Finding
from .quorum import DOWN, Health
from .router import OTHER, Served


@dataclass(frozen=True)
class _Ended:
    """How a run ended for a site.

    became: of the writes in its zone, by provider. accepted: of each provider that was due, whether it took the write.
    after: what each provider serves at the end. unready, unmoved, advice: as of the run, for this site. paths: where
    the public names lead then.
    """

    decision: Decision
    became: Mapping[str, ProviderWrite]
    accepted: Mapping[str, bool]
    after: Mapping[str, Served]
    unready: Sequence[str]
    unmoved: Sequence[str]
    advice: Advice | None
    paths: Sequence[Finding]


def report(site: Site, data: DecisionData, run: Run) -> Result:
    """The result of one site. data: its decision, with `accepted`."""
    ended = _ended(site, data, run)
    made = ended.decision
    came_out = _outcome(site, data, run, ended)
    by_hand = _by_hand(data, came_out, ended, run)
    health = {name: Health(**one) for name, one in data["health"].items()}
    verdict = Verdict(
        schema=RESULT_SCHEMA,
        site=data["site"],
        run=run["run"],
        by=visible(str(run.get("by", ""))),
        started=timestamp(int(float(run["started"]))),
        finished=timestamp(int(float(run["finished"]))),
        outcome=came_out,
        rule=made.rule,
        reason=made.reason,
        front=made.front or "",
        active_before=made.active or "",
        since=_since(data, run),
        fronts={
            name: FrontResult(
                verdict=one.verdict,
                clean=one.clean,
                evidence=one.reason,
                certificate_expires=timestamp(data["certificates"].get(name, 0)),
            )
            for name, one in health.items()
        },
        providers={name: _provider(name, data, ended.became.get(name)) for name in ended.after},
        served={server: what for served in ended.after.values() for server, what in served.servers.items()},
        phases=_phases(run),
        pin=data["pin"],
        paths=[one.data() for one in ended.paths],
        behind=summary.share_behind(made, ended.after) if _was_written(made, came_out, run) else "",
        unready=[*ended.unready, *ended.unmoved],
        advice=ended.advice,
        warnings=_warnings(data),
        doubts=data["doubts"],
        by_hand=[line for lines in by_hand.values() for line in lines],
        hint=_hint(came_out, ended, by_hand, run),
        check_mode=run["check_mode"],
        changed=outcome.changed(came_out, ended.accepted),
        failed=came_out not in outcome.GOOD,
    )
    router = names.owner(site["router"], site["zone"])
    notes = [*_path_lines(ended.paths, router), *_unclear_lines(made, ended.after)]
    return {
        **verdict,
        "message": summary.message(verdict),
        "summary": summary.lines(verdict, health, ended.after, notes),
    }


def _was_written(made: Decision, came_out: str, run: Run) -> bool:
    """Whether the run itself tried to move the site, so that a server may be behind."""
    return made.kind == GO and came_out != outcome.ADVISED and not run["check_mode"]


def _warnings(data: DecisionData) -> list[str]:
    if not data["clock_off"]:
        return []
    words = f"the clock of this machine is {clock.in_words(data['clock_off'])}; their time counted"
    return [f"{words}. Set the clock, best by NTP"]


def _unclear_lines(made: Decision, after: Mapping[str, Served]) -> list[str]:
    return [
        f"note    {name}: its servers answer addresses, and its API does not say whether {made.front} has them"
        for name, one in after.items()
        if outcome.is_unclear(one, made)
    ]


def _path_lines(findings: Sequence[Finding], router: str) -> list[str]:
    return [
        *(f"        {line}" for line in paths.remedy(findings, router)),
        *(f"note    {line}" for line in paths.remarks(findings)),
    ]


def _ended(site: Site, data: DecisionData, run: Run) -> _Ended:
    became = writes.of_zone(run["written"], data["zone"])
    made = Decision(
        data["rule"],
        data["kind"],
        data["reason"],
        data["front"],
        data["active"],
        tuple(data["writes"]),
        remedy=data["remedy"],
    )
    broke_off = run["written"].get("msg")
    if broke_off and not became and made.writes:
        made = replace(made, reason=f"{made.reason}; {broke_off}")
    accepted = {name: name in data["accepted"] for name in made.writes}
    led = _paths(site, data, run)
    ends = data.get("dead_ends", {})
    if data["overtaken"]:
        made = _given_way(site, data, made, run)
    return _Ended(
        made,
        became,
        accepted,
        _after(site, data, run),
        [*run.get("unready", {}).get(data["site"], []), *_of_others(ends, made.front)],
        [
            *run.get("unmoved", {}).get(data["site"], []),
            *paths.bypassed(led),
            *data["unrenewed"],
            *ends.get(made.front or "", ()),
        ],
        run.get("advice", {}).get(data["site"]),
        led,
    )


def _of_others(ends: Mapping[str, Sequence[str]], front: str | None) -> list[str]:
    """What leads nowhere of the fronts to which visitors are not led now."""
    return [line for name, lines in ends.items() if name != front for line in lines]


def _given_way(site: Site, data: DecisionData, made: Decision, run: Run) -> Decision:
    """The decision after another run came in between: what counts is what that one meant, unless that is down."""
    there = observation.intent_served(site, run["after"], int(float(run["finished"])) + data["clock_off"])
    front = there.front if there is not None else made.front
    if front in data["health"] and data["health"][front]["verdict"] == DOWN:
        front = made.front
    where = " and ".join(data["overtaken"])
    reason = f"{made.reason}; another run wrote {where} first" + (f", for {front}" if front != made.front else "")
    return replace(made, front=front, active=front, reason=reason)


def _paths(site: Site, data: DecisionData, run: Run) -> list[Finding]:
    """Where the public names lead at the end; as it was observed where nobody asked again."""
    if not run["after"]:
        return [Finding(**one) for one in data["paths"]]
    answers = observation.about(site, run["after"])
    now, held = int(float(run["finished"])) + data["clock_off"], run.get("held", {})
    return public_names.judged(site, answers, run.get("after_paths", []), held, data["front"], data["since"], now)


def _after(site: Site, data: DecisionData, run: Run) -> dict[str, Served]:
    """What each provider serves at the end; as it was observed where nobody asked again."""
    answers = run["after"]
    before = {name: Served(**one) for name, one in data["served"].items()}
    if not answers:
        return before
    mine = observation.about(site, answers)
    held = run.get("after_held", {}).get(site["zone"], {})
    unseen = _unseen(mine, before) - {*data["accepted"]}
    found = {name: _settled(site, name, mine, held, data["front"]) for name in before}
    return {
        name: was if name in unseen else _now(found[name], was, name in data["writes"]) for name, was in before.items()
    }


def _unseen(answers: Sequence[Answer], before: Mapping[str, Served]) -> set[str]:
    """The providers where something stood that no front publishes, and servers may answer as if it were a front.

    It goes on looking like a front, so answers prove nothing there until a write is taken.
    """
    hiding = {one["provider"] for one in answers if one.get("hides") and one["values"]}
    return {name for name, was in before.items() if name in hiding and was.state == OTHER}


def _settled(
    site: Site, provider: str, answers: Sequence[Answer], held: Mapping[str, Held], front: str | None
) -> Served:
    """What a provider serves: as its name servers say, else as its API does, where that was asked."""
    at_servers = observation.served_at(site, provider, answers, front)
    read = None if at_servers.known else observation.held_at(site, provider, answers, held)
    return replace(read, servers=at_servers.servers) if read else at_servers


def _now(served: Served, was: Served, written: bool) -> Served:
    """Where the name servers settle nothing, what an API said before stands, unless it was written since: that is then
    not verified."""
    if served.known or written:
        return served
    return Served("front" if was.front else served.state, was.front, served.servers, maybe=served.maybe)


def _outcome(site: Site, data: DecisionData, run: Run, ended: _Ended) -> str:
    if data["advised"]:
        return outcome.ADVISED
    if run["check_mode"]:
        return outcome.predicted(ended.decision, ended.accepted, ended.after, ended.unready, ended.unmoved)
    found = outcome.judge(ended.decision, ended.accepted, ended.after, ended.unready, ended.unmoved)
    if found == outcome.CONVERGED and data["overtaken"] and not any(ended.accepted.values()):
        found = outcome.UNCHANGED
    if found == outcome.UNCHANGED and _request_lost(site, data, ended.became):
        return outcome.FAILED
    return found


def _request_lost(site: Site, data: DecisionData, became: Mapping[str, ProviderWrite]) -> bool:
    """Whether what a person asked for was to be remembered, and no provider took it: the next run would not know."""
    asked = failover_site.asks(site) or site["request"]["lift"]
    lost = data["overtaken"]
    took = [name for name, one in became.items() if one["result"] == "ok" and name not in lost]
    return bool(data["markers"] and asked and became) and not took


def _since(data: DecisionData, run: Run) -> str:
    """Since when the front is the active one; of a switch that was not made there is no time."""
    return "" if run["check_mode"] and data["switches"] else timestamp(data["since"])


def _hint(came_out: str, ended: _Ended, by_hand: Mapping[str, Sequence[str]], run: Run) -> str:
    if ended.advice:
        return f"to {ended.advice['would']}, run this until {ended.advice['until']}; after that, look again first"
    if run["check_mode"] and ended.decision.writes:
        return "nothing was written, as this was a run in check mode; run it without --check to do it"
    if came_out in (outcome.UNREADY, outcome.UNVERIFIED) and paths.bypassed(ended.paths):
        return (
            "let the public names lead through the router, with the entries above (or name the right ones in"
            " failover_names); run again"
        )
    if came_out == outcome.FAILED and (shared := _shared_by_apis(ended)):
        return f"{shared}; then run again" + (", or do it by hand with the commands below" if by_hand else "")
    return summary.hint(came_out, ended.decision, by_hand)


def _shared_by_apis(ended: _Ended) -> str:
    """What to look at first where no API gave any answer: what they share."""
    troubles = [ended.became[name]["error"] for name in ended.accepted if name in ended.became]
    silent = [one for one in troubles if one and one["kind"] in ("unreachable", "deadline") and not one.get("status")]
    if len(silent) < max(len(troubles), 2):
        return ""
    hints = {one["hint"] for one in silent if "run again" not in one["hint"]}
    what = hints.pop() if len(hints) == 1 else "its firewall, proxy and resolver"
    return f"no API gave an answer, so look at this machine first: {what}"


def _by_hand(data: DecisionData, came_out: str, ended: _Ended, run: Run) -> dict[str, list[str]]:
    """By provider, the commands that would do what it did not take."""
    if run["check_mode"] or came_out not in (outcome.PARTIAL, outcome.FAILED):
        return {}
    failed = [name for name, took in ended.accepted.items() if not took and name in ended.became]
    found = {name: ended.became[name].get("by_hand", {}).get(data["router"], []) for name in failed}
    return {name: lines for name, lines in found.items() if lines}


def _phases(run: Run) -> dict[str, float]:
    """Seconds for each phase. To verify is to wait until the servers serve what was written, and to ask them all."""
    # Older versions of Ansible make text of what a template results in.
    started, observed, decided, finished = map(
        float, (run["started"], run["observed"], run["decided"], run["finished"])
    )
    providers = [one for zone in run["written"].get("zones", {}).values() for one in zone["providers"].values()]
    waited = max((one["seconds"] - one["written_after"] for one in providers if one["written_after"]), default=0.0)
    verify = waited + float(run["asked"])
    seconds = {
        "observe": observed - started,
        "decide": decided - observed,
        "switch": finished - decided - verify if providers else 0.0,
        "verify": verify,
    }
    return {phase: round(max(0.0, value), 2) for phase, value in seconds.items()}


def _provider(name: str, data: DecisionData, became: ProviderWrite | None) -> ProviderResult:
    lack = data["lacking"].get(name)
    if lack:
        return ProviderResult(result="rejected", seconds=0.0, requests=0, error=lack)
    if became is None or not (name in data["writes"] or name in data["markers"]):
        return ProviderResult(result=NOT_NEEDED, seconds=0.0, requests=0, error="")
    return ProviderResult(
        result=became["result"],
        seconds=became["seconds"],
        requests=became["requests"],
        error=_in_words(became["error"]),
        notes=became["notes"],
    )


def _in_words(error: Trouble | None) -> str:
    """What went wrong and what helps."""
    if error is None:
        return ""
    return f"{error['message']} ({error['hint']})" if error["hint"] else error["message"]

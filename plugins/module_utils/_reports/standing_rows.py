# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How each site stands, as one row: from what a run decided, or from the report that it left. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypedDict

from .._failover import outcome, paths
from .._failover.data.decision import DecisionData, PathFinding
from .._failover.data.result import Result
from .._failover.decision import HOLD, REFUSE
from .._failover.quorum import UP
from .._preflight.facts import Drilled
from .._text import in_words
from .._timestamps import timestamp

SCHEMA: Final = "twinzone-status/1"

#: Stands in hints for the name of a front.
_ANY_FRONT = "FRONT"


class FrontRow(TypedDict):
    """How a front is."""

    verdict: str
    reason: str


class Row(TypedDict):
    """How a site stands. seen, since: ISO 8601 in UTC, empty where that is not known.

    served: by provider or name server, the front to which it leads. names: whether the public names lead through the
    router. next: what to do. drill: when the last rehearsal passed.
    """

    site: str
    active: str
    since: str
    seen: str
    outcome: str
    rule: str
    reason: str
    fronts: dict[str, FrontRow]
    served: dict[str, str]
    agree: bool
    names: str
    pin: str
    drill: str
    next: str
    well: bool


def of_decision(decision: DecisionData, drilled: Mapping[str, Drilled], now: int) -> Row:
    """The row of a site as it was just seen. drilled: by site, the last rehearsal that passed. now: Unix time."""
    served = {name: one["front"] or one["state"] for name, one in decision["served"].items()}
    fronts = {name: FrontRow(verdict=one["verdict"], reason=one["reason"]) for name, one in decision["health"].items()}
    names = public_names(decision["paths"])
    quiet = decision["rule"] in ("active_up", "failback_manual", "failback_waiting", "pinned")
    row = Row(
        site=decision["site"],
        active=decision["active"] or "",
        since=timestamp(decision["since"]),
        seen=timestamp(now),
        outcome="",
        rule=decision["rule"],
        reason=decision["reason"],
        fronts=fronts,
        served=served,
        agree=len(set(served.values())) == 1,
        names=names,
        pin=decision["pin"],
        drill=drill(decision["site"], drilled, now),
        next="",
        well=quiet and not decision["writes"] and names == "follow",
    )
    return {**row, "next": _next(decision, row)}


def of_result(result: Result, drilled: Mapping[str, Drilled], now: int) -> Row:
    """The row of a site from the report of a run."""
    served = dict(result["served"])
    active = result["front"] or result["active_before"]
    fronts = {name: FrontRow(verdict=one["verdict"], reason=one["evidence"]) for name, one in result["fronts"].items()}
    row = Row(
        site=result["site"],
        active=active,
        since=result["since"],
        seen=result["finished"],
        outcome=result["outcome"],
        rule=result["rule"],
        reason=result["reason"],
        fronts=fronts,
        served=served,
        agree=len(set(served.values())) == 1,
        names=public_names(result["paths"]),
        pin=result["pin"],
        drill=drill(result["site"], drilled, now),
        next=result["hint"],
        well=result["outcome"] in outcome.GOOD,
    )
    return {**row, "next": _named(row["next"], row)}


def public_names(findings: Sequence[PathFinding]) -> str:
    """Whether the public names lead through the router, in a word or three."""
    verdicts = {one["verdict"] for one in findings}
    if paths.BYPASSES in verdicts:
        return "BYPASS the router"
    return "follow" if verdicts <= {paths.THROUGH, paths.FOLLOWS} else "unknown"


def drill(site: str, drilled: Mapping[str, Drilled], now: int) -> str:
    """How long ago the last rehearsal passed: of the site itself, else of any other one, which is named."""
    if not drilled:
        return "never"
    name = site if site in drilled else max(drilled, key=lambda one: drilled[one].at)
    ago = f"{in_words(max(now - drilled[name].at, 0))} ago"
    return ago if name == site else f"{ago} ({name})"


def _next(decision: DecisionData, row: Row) -> str:
    """What to do, in a few words, with the real name of the front."""
    if decision["remedy"] and decision["kind"] in (HOLD, REFUSE):
        return decision["remedy"]
    if decision["rule"] == "all_down":
        return "look at the origin and at the check: no front is healthy"
    if decision["kind"] == REFUSE:
        return "correct the request or the configuration"
    if decision["kind"] == HOLD:
        return _named(f"decide yourself: -e failover_to={_ANY_FRONT}", row)
    if decision["switches"]:
        does = "shows the command that goes" if decision["advised"] else "goes"
        return f"run failover: it {does} to {decision['front']}"
    if decision["writes"]:
        return f"run failover: it brings {', '.join(decision['writes'])} in line"
    if decision["rule"] == "failback_manual":
        return f"go back when you like: -e failover_to={next(iter(row['fronts']), _ANY_FRONT)}"
    return "nothing"


def _named(hint: str, row: Row) -> str:
    """The hint with the name of a front: the first one that is up and not active, else the first other one."""
    others = [name for name in row["fronts"] if name != row["active"]]
    up = [name for name in others if row["fronts"][name]["verdict"] == UP]
    return hint.replace(_ANY_FRONT, next(iter([*up, *others]), _ANY_FRONT))


def document(rows: Sequence[Row], taken: str) -> dict[str, Any]:
    """All rows for a machine. taken: when, in ISO 8601."""
    return {"schema": SCHEMA, "taken": taken, "well": all(row["well"] for row in rows), "sites": list(rows)}

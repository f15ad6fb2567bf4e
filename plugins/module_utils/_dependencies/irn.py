# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The answers sorted by the criteria of the IRN, the index of digital resilience of the aDRI. Pure.

Pinned is version 1.1 of the questionnaire, by its identifiers. The words are ours; what the publisher's grid asks for
stands there. No level is computed: that is a judgement of the organisation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypedDict

from .._errors import BadInput
from .answers import Answers, RowAnswer
from .operators import UNREVIEWED

VERSION: Final = "1.1"

#: Where the criteria are published, and the file whose identifiers these are.
SOURCE: Final = "https://gitlab.com/digitalresilienceinitiative/adri-irn, Questionnaire_IRN_v.1.1.xlsx"
#: That file's SHA-256, and the day on which the copy was made that was read for this list.
CHECKSUM: Final = "f8997cdec98a29c35b25190ba8756e8bd9470967ded2cab31e6c0b57c14e3047"
READ: Final = "2026-06-23"

#: The criteria of that version that nothing here says anything about.
ELSEWHERE: Final = (
    "RES-1.1",
    "RES-1.2",
    "RES-1.3",
    "RES-1.4",
    "RES-2.2",
    "RES-2.4",
    "RES-2.5",
    "RES-3.2",
    "RES-3.3",
    "RES-3.4",
    "RES-3.5",
    "RES-4.2",
    "RES-6.1",
    "RES-6.3",
    "RES-6.6",
    "RES-7.1",
    "RES-7.2",
    "RES-7.3",
    "RES-8.1",
    "RES-8.2",
)

#: More lines than these are counted.
_SHOWN = 6


class LevelData(TypedDict):
    """A level that an organisation gave itself. source: who judged it, and when."""

    level: str
    source: str


class CriterionData(TypedDict):
    """One criterion with its evidence. level: as entered, with its source; empty where nobody entered one."""

    id: str
    about: str
    measured: list[str]
    declared: list[str]
    unknown: list[str]
    level: str
    level_source: str


@dataclass
class Evidence:
    """What is known about one criterion: seen by us, said by the user, and what nobody said or showed."""

    measured: list[str] = field(default_factory=list)
    declared: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Criterion:
    """One that the measurements say something about. about: in our own words."""

    id: str
    about: str
    evidence: Callable[[Answers], Evidence]


def sheet(answers: Answers, levels: Mapping[str, LevelData]) -> list[CriterionData]:
    """The evidence by criterion, in the order in which the most is known."""
    return [_filled(one, answers, levels) for one in CRITERIA]


def _filled(one: Criterion, answers: Answers, levels: Mapping[str, LevelData]) -> CriterionData:
    found, given = one.evidence(answers), levels.get(one.id)
    return {
        "id": one.id,
        "about": one.about,
        "measured": _short(found.measured),
        "declared": _short(found.declared),
        "unknown": _short(found.unknown),
        "level": given["level"] if given else "",
        "level_source": given["source"] if given else "",
    }


def _short(lines: Sequence[str]) -> list[str]:
    more = len(lines) - _SHOWN
    return [*lines[:_SHOWN], f"and {more} more, which dependencies.csv has"] if more > 0 else list(lines)


def read_levels(given: Any) -> dict[str, LevelData]:
    """The levels that the user entered. Raises BadInput with every problem."""
    if not isinstance(given, Mapping):
        raise BadInput(["dependency_irn: must be a mapping from criteria to `level` and `source`"])
    if problems := [problem for one, entry in given.items() for problem in _level_problems(one, entry)]:
        raise BadInput(problems)
    return {one: {"level": str(entry["level"]), "source": str(entry["source"])} for one, entry in given.items()}


def _level_problems(criterion: Any, entry: Any) -> Iterator[str]:
    if criterion not in {*ELSEWHERE, *(one.id for one in CRITERIA)}:
        yield f"dependency_irn: {criterion!r} is not a criterion of version {VERSION}"
    if not isinstance(entry, Mapping) or set(entry) != {"level", "source"} or not all(entry.values()):
        yield f"dependency_irn.{criterion}: needs `level` and `source`, and nothing else"


def _bare(name: str) -> str:
    return name.rstrip(".")


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words) or "none"


def _of_role(answers: Answers, *roles: str) -> list[RowAnswer]:
    """The operators that have one of these roles themselves."""
    return [row for row in answers["operators"] if any(row["roles"].get(role) == "direct" for role in roles)]


def _named(rows: Sequence[RowAnswer]) -> str:
    return _listed([row["operator"] for row in rows])


def _undeclared(answers: Answers) -> Iterator[str]:
    """The roles that nothing shows from outside and nobody declared."""
    for row in answers["operators"]:
        yield from (f"{role}: not declared" for role, how in row["roles"].items() if how == "unknown")


def _continuity(answers: Answers) -> Evidence:
    return Evidence(
        measured=[one["headline"] for one in answers["scenarios"]],
        unknown=["what contracts say about an interruption", "when a failover was rehearsed: the drill's report says"],
    )


def _abroad(answers: Answers) -> Evidence:
    found = Evidence()
    for row in (row for row in answers["operators"] if "unknown" not in row["roles"].values()):
        roles = _listed(list(row["roles"]))
        if row["jurisdiction"] in ("", UNREVIEWED):
            found.unknown.append(f"{row['operator']} ({roles}): jurisdiction unreviewed")
        else:
            found.declared.append(f"{row['operator']} ({roles}): {row['jurisdiction']}, source {row['source']}")
    return found


def _chain(answers: Answers) -> Evidence:
    rows = answers["operators"]
    direct = [row for row in rows if "direct" in row["roles"].values()]
    behind = [row for row in rows if row["roles"] and set(row["roles"].values()) == {"behind"}]
    return Evidence(
        measured=[f"used directly: {_named(direct)}", f"only behind those: {_named(behind)}"],
        unknown=[f"whose it is: {row['operator']}" for row in rows if row["operator"].startswith("unattributed:")],
    )


def _architecture(answers: Answers) -> Evidence:
    facts = answers["facts"]
    routed = [_bare(one["name"]) for one in answers["names"] if one["leads_through"]]
    others = [_bare(one["name"]) for one in answers["names"] if not one["leads_through"]]
    return Evidence(
        measured=[
            f"{len(facts['names'])} host names and {len(facts['zones'])} zones were followed, to every name server",
            f"names that a router leads: {_listed(routed)}",
            *([f"names that none leads: {_listed(others)}"] if others else []),
        ],
        unknown=[f"the records of {one}" for one in answers["unread"]],
    )


def _connectivity(answers: Answers) -> Evidence:
    zones = {site["zone"] for site in answers["facts"]["sites"]}
    servers = [
        f"{_bare(zone['name'])}: {len(zone['servers'])} name servers, "
        f"{sum(one['answers'] is True for one in zone['servers'])} answered"
        for zone in answers["facts"]["zones"]
        if zone["name"] in zones
    ]
    return Evidence(
        measured=[*servers, f"DNS hosts: {_named(_of_role(answers, 'dns'))}"],
        unknown=["lines and carriers of the origin and of the people who run it"],
    )


def _parent(answers: Answers) -> Evidence:
    found = Evidence()
    for row in answers["operators"]:
        if "unknown" in row["roles"].values():
            continue
        if row["entity"] in ("", UNREVIEWED):
            found.unknown.append(f"{row['operator']}: entity unreviewed")
        else:
            where = row["jurisdiction"] or UNREVIEWED
            found.declared.append(f"{row['operator']}: {row['entity']}, {where}, source {row['source']}")
    return found


def _autonomy(answers: Answers) -> Evidence:
    down = [
        one["operator"]
        for one in answers["scenarios"]
        if one["writable"] and not all(providers for providers in one["writable"].values())
    ]
    return Evidence(
        measured=[f"a failover can no longer be written when one of these fails: {_listed(down)}"],
        declared=[f"runner, secrets, Git, sign-on: {_named(_of_role(answers, 'runner', 'secrets', 'git', 'sso'))}"],
        unknown=list(_undeclared(answers)),
    )


def _portability(answers: Answers) -> Evidence:
    names = answers["names"]
    ways = [_bare(one["name"]) for one in names if one["way_out"]]
    stay = [f"{_bare(one['name'])} has no way out: {one['why_not']}" for one in names if not one["way_out"]]
    locked = [f"{_bare(one['name'])} {one['type']} needs {one['product']}" for one in answers["locked"]]
    return Evidence(
        measured=[f"a failover moves {_listed(ways)}", *stay, *locked],
        unknown=["what moving content or a whole workload takes"],
    )


def _processing(answers: Answers) -> Evidence:
    fronts, origin = _of_role(answers, "cdn_active", "cdn_standby"), _of_role(answers, "origin")
    return Evidence(
        measured=[f"every request passes one of these in the clear: {_named(fronts)}"],
        declared=[f"origin: {_named(origin)}"] if origin else [],
        unknown=["in which countries they process and keep data"],
    )


CRITERIA: Final = (
    Criterion("RES-4.3", "what goes on when a service stops, and how one comes back", _continuity),
    Criterion("RES-5.1", "suppliers that another state's decisions can stop", _abroad),
    Criterion("RES-5.2", "whether the suppliers of the suppliers are known", _chain),
    Criterion("RES-6.4", "whether the parts and their ties are known", _architecture),
    Criterion("RES-6.5", "whether the service stays connected when one carrier or host fails", _connectivity),
    Criterion("RES-2.1", "where those who decide about a supplier sit", _parent),
    Criterion("RES-2.3", "whose laws reach the service from abroad", _abroad),
    Criterion("RES-4.1", "whether one can run it without somebody who is missing", _autonomy),
    Criterion("RES-6.2", "whether it can be moved elsewhere", _portability),
    Criterion("RES-3.1", "where data are processed", _processing),
)

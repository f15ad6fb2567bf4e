# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The figures as text, for the documentation and for `make benchmark`."""

from __future__ import annotations

from collections.abc import Mapping

from .costs import VISITORS
from .measure import COURSES, FLOOR, FROM_THREE, RESOLVERS, SHARP_EYED, WATCHED, Costs, Worth, mean
from .replays import REPLAYS

_WIDTH, _CELL = 30, 9


def table(costs: Costs) -> str:
    """A row for each strategy, a column for each replay; below it the watched collection in multiples of the floor."""
    heads = [replay.short for replay in REPLAYS]
    rows = [_row("", heads)]
    means = {name: {head: mean(by_replay[head]) for head in heads} for name, by_replay in costs.items()}
    rows += [_row(name, [f"{by_head[head]:.2f}" for head in heads]) for name, by_head in means.items()]
    for name in (WATCHED, FROM_THREE, SHARP_EYED):
        rows.append(_row(f"  {name.removeprefix('twinzone, ')} / floor", _multiples(means[name], means[FLOOR])))
    return "\n".join(
        [
            "Minutes that a visitor loses who is there all the time: visitor-minutes for each visitor. Means of",
            f"{COURSES} courses with {RESOLVERS} resolvers and {RESOLVERS * VISITORS} visitors; TTL 60 s",
            *rows,
        ]
    )


def _multiples(ours: Mapping[str, float], floor: Mapping[str, float]) -> list[str]:
    return [f"{ours[head] / floor[head]:.2f}" if floor[head] else "-" for head in floor]


def _row(name: str, cells: list[str]) -> str:
    return (f"{name:{_WIDTH}}" + "".join(f"{cell:>{_CELL}}" for cell in cells)).rstrip()


def legend() -> str:
    """What each column is."""
    lines = []
    for replay in REPLAYS:
        assumed = f" Assumed: {replay.note}." if replay.note else ""
        lines.append(
            f"* *{replay.short.replace('*', chr(92) + '*')}*: {replay.name} (`source <{replay.source}>`__).{assumed}"
        )
    return "\n".join(lines)


def worth(valued: Worth) -> str:
    """What TTL, schedule and watcher, vantages and timeout are worth."""
    lines: list[str] = []
    for head, rows in _QUESTIONS.items():
        lines.append(_wide(head, list(valued[next(iter(rows))])))
        lines += [_wide(f"  {what}", [f"{one:.2f}" for one in valued[key].values()]) for key, what in rows.items()]
    return "\n".join(lines)


def _wide(name: str, cells: list[str]) -> str:
    return f"{name:58}" + "".join(f"{cell:>{_CELL}}" for cell in cells)


#: What is varied, and by key of the figures what the row shows.
_QUESTIONS = {
    "5 December: seconds of the TTL": {"ttl": "watched", "ttl, floor": "the floor"},
    "5 December: seconds between two runs, or watched": {"schedule": "twinzone"},
    "5 December, every two minutes: vantages": {
        "vantages": "all of them see",
        "vantages, first cut off": "the first one is cut off",
    },
    "7 days without trouble, 3 % of the probes lost": {"week": "moves"},
    "20 February: seconds of failover_check.timeout": {"timeout": "watched"},
}


METHOD = """\
A replay is a real outage in simulated time. What decides, writes and reads name servers is the collection's own code,
over the lab's emulated APIs and name servers; the rules of the others are in tests/support/visitors/strategies. 69 % of
the resolvers prefer one provider, the others choose evenly; each keeps an answer for its TTL, and a browser keeps an
address for a minute more. A visitor loses the share of the time that fails at the front to which it is led. Not
counted: open connections, which no change of the DNS moves, and how well the standby serves.
*: the API of the provider that fails takes no writes, so that some resolvers stay with it whatever is done."""

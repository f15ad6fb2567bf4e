# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How all sites stand, as a table for a person. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from .._failover import paths
from .._failover.data.decision import DecisionData
from .._failover.paths import Finding
from .._text import aligned
from .._zone import names
from .standing_rows import Row

_COLUMNS = ("site", "active front", "since", "health", "servers agree", "public names", "pin", "drill", "next")


def table(rows: Sequence[Row], decisions: Sequence[DecisionData], notes: Sequence[str] = ()) -> list[str]:
    """A line for each site under a heading, what needs a look, and the notes of the providers in use.

    rows: one for each of the decisions.
    """
    lines = aligned([_COLUMNS, *map(_line, rows)])
    remarks = [
        f"{decision['site']}: {decision['reason']}  [{decision['rule']}]"
        for decision in decisions
        if decision["rule"] != "active_up" or decision["writes"]
    ]
    doubts = [f"{decision['site']}: {doubt}" for decision in decisions for doubt in decision["doubts"]]
    return [*lines, *remarks, *(line for decision in decisions for line in _paths(decision)), *doubts, *notes]


def _paths(decision: DecisionData) -> list[str]:
    findings = [Finding(**one) for one in decision["paths"]]
    router = names.owner(decision["router"], decision["zone"])
    ends = [line for lines in decision.get("dead_ends", {}).values() for line in lines]
    found = [*paths.bypassed(findings), *paths.remedy(findings, router), *ends, *paths.remarks(findings)]
    return [f"{decision['site']}: {line}" for line in found]


def _line(row: Row) -> tuple[str, ...]:
    health = ", ".join(f"{name} {one['verdict']}" for name, one in row["fronts"].items())
    agree = "yes" if row["agree"] else ", ".join(f"{name}: {what}" for name, what in row["served"].items())
    found = (row["site"], row["active"] or "?", row["since"] or "-", health, agree, row["names"])
    return (*found, row["pin"] or "-", row["drill"], row["next"])

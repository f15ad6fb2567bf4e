# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How all sites stand, as a table for a person. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from .._failover import outcome
from .._failover.data import DecisionData
from .._text import aligned

_COLUMNS = ("site", "active front", "since", "health", "servers agree", "pin")


def table(decisions: Sequence[DecisionData], notes: Sequence[str] = ()) -> list[str]:
    """A line for each site under a heading, what needs a look, and the notes of the providers in use."""
    lines = aligned([_COLUMNS, *(_row(decision) for decision in decisions)])
    remarks = [
        f"{decision['site']}: {decision['reason']}  [{decision['rule']}]"
        for decision in decisions
        if decision["rule"] != "active_up" or decision["writes"]
    ]
    return [*lines, *remarks, *notes]


def _row(decision: DecisionData) -> tuple[str, ...]:
    health = ", ".join(f"{name} {one['verdict']}" for name, one in decision["health"].items())
    served = {name: one["front"] or one["state"] for name, one in decision["served"].items()}
    agree = "yes" if len(set(served.values())) == 1 else ", ".join(f"{name}: {what}" for name, what in served.items())
    since = outcome.timestamp(decision["since"]) or "-"
    return decision["site"], decision["active"] or "?", since, health, agree, decision["pin"] or "-"

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A site that is not well described: its problems, and its result at the end of a run. Pure."""

from __future__ import annotations

from .._text import few
from .._timestamps import timestamp
from .data.result import RESULT_SCHEMA, Result, Run, Verdict
from .data.site import Misdescribed
from .outcome import REFUSED

RULE = "misdescribed"


def lines(wrong: Misdescribed) -> list[str]:
    """All that is wrong with a site."""
    return [f"{wrong['site']} is not well described:", *wrong["problems"]]


def report(wrong: Misdescribed, run: Run) -> Result:
    """The result of a site that could not be read."""
    where = dict.fromkeys(problem.partition(":")[0] for problem in wrong["problems"])
    reason = f"not well described, see its problems above: {few(list(where))}"
    verdict = Verdict(
        schema=RESULT_SCHEMA,
        site=wrong["site"],
        run=run["run"],
        by=run.get("by", ""),
        started=timestamp(int(float(run["started"]))),
        finished=timestamp(int(float(run["finished"]))),
        outcome=REFUSED,
        rule=RULE,
        reason=reason,
        front="",
        active_before="",
        since="",
        fronts={},
        providers={},
        served={},
        phases={"observe": 0.0, "decide": 0.0, "switch": 0.0, "verify": 0.0},
        pin="",
        behind="",
        paths=[],
        unready=[],
        advice=None,
        warnings=[],
        doubts=[],
        by_hand=[],
        hint="put right what is named above; nobody looks after this site until then",
        check_mode=run["check_mode"],
        changed=False,
        failed=True,
    )
    summary = [
        f"{wrong['site']}: REFUSED",
        *lines(wrong),
        f"next    {verdict['hint']}",
    ]
    return {**verdict, "message": f"refused: {reason}", "summary": summary}

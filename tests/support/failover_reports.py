# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports as runs of a failover leave them."""

from __future__ import annotations

from typing import Any

from ansible_collections.twinzone.edge.plugins.module_utils._failover import outcome as failover_outcome
from ansible_collections.twinzone.edge.plugins.module_utils._failover.data.result import RESULT_SCHEMA
from ansible_collections.twinzone.edge.plugins.module_utils._timestamps import timestamp
from hypothesis import strategies as st

from support.failover_world import NOW

SITE = "www.example.com"
FRONTS = ("cloudflare", "bunny")

#: A `data.Result`, with whatever a test changes about it.
Report = Any

SECONDS = st.integers(0, 30)


def report(seconds: int = 0, run: str = "r1", **changed: Any) -> Report:
    """A quiet run that started so many seconds after the world began and took two. The fronts are given as `up` or
    whatever they are: `fronts={"cloudflare": "down"}`."""
    verdicts = {**dict.fromkeys(FRONTS, "up"), **changed.pop("fronts", {})}
    made = {
        "schema": RESULT_SCHEMA,
        "site": SITE,
        "run": run,
        "by": "",
        "started": timestamp(NOW + seconds),
        "finished": timestamp(NOW + seconds + 2),
        "outcome": "unchanged",
        "rule": "active_up",
        "reason": "it is up",
        "front": "cloudflare",
        "active_before": "cloudflare",
        "since": timestamp(NOW - 600),
        "fronts": {
            name: {
                "verdict": verdict,
                "evidence": "",
                "certificate_expires": timestamp(NOW + 30 * 86400),
            }
            for name, verdict in verdicts.items()
        },
        "providers": {
            name: {"result": "ok", "error": "", "seconds": 0.25, "requests": 2} for name in ("cloudflare", "desec")
        },
        "served": {"ns1": "cloudflare", "ns2": "cloudflare"},
        "phases": {"observe": 1.0, "decide": 0.0, "switch": 0.5, "verify": 0.25},
        "pin": "",
        "paths": [
            {
                "name": "www.example.com.",
                "provider": "desec",
                "server": "a",
                "verdict": "through",
                "record": "",
                "reason": "",
            }
        ],
        "unready": [],
        "advice": None,
        "by_hand": [],
        "check_mode": False,
        "changed": changed.get("outcome") in failover_outcome.CHANGED,
        "summary": ["one", "two"],
    }
    return {**made, **changed}


@st.composite
def reports(draw: st.DrawFn, sites: tuple[str, ...] = (SITE, "shop.example.com"), dry: bool = False) -> list[Report]:
    """What any sequence of runs may leave, in the order of time; many say the same as before. dry: also dry runs."""
    made: list[Report] = []
    now = 0
    count: int = draw(st.integers(0, 25))
    for number in range(count):
        now += draw(st.integers(1, 900))
        times = {
            "started": timestamp(NOW + now),
            "finished": timestamp(NOW + now + draw(SECONDS)),
        }
        same: bool = draw(st.booleans())
        if made and same:
            made.append({**made[-1], **times, "run": f"r{number}"})
            continue
        outcome = draw(st.sampled_from(["unchanged", "switched", "converged", "partial", "held", "refused"]))
        one = report(
            run=f"r{number}",
            site=draw(st.sampled_from(sites)),
            outcome=outcome,
            rule=draw(st.sampled_from(["active_up", "active_down", "requested", "refused", "all_down"])),
            front="" if outcome == "refused" else draw(st.sampled_from(FRONTS)),
            active_before=draw(st.sampled_from(["", *FRONTS])),
            fronts={"cloudflare": draw(st.sampled_from(["up", "degraded", "down"]))},
            changed=outcome in failover_outcome.CHANGED or draw(st.integers(0, 3)) == 0,
            check_mode=dry and draw(st.integers(0, 3)) == 0,
        )
        made.append({**one, **times})
    return made

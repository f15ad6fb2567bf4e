# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`failover_mode: advise`: what a run would have done, the command that does it, and until when it may be used.

Pure.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from .._timestamps import timestamp
from . import placing
from . import site as failover_site
from .data.decision import DecisionData
from .data.result import Advice, Run, StartedAs
from .data.site import Asked, Site
from .decision import GO, NO_FRONT, Decision, Policy
from .marker import FOREVER

#: Values of `failover_mode`: do what was decided, or say it.
ACT, ADVISE = "act", "advise"
MODES: Final = (ACT, ADVISE)

#: Seconds for which what was seen counts: no longer than a time counts in which nobody looked.
EVIDENCE_SECONDS = Policy.gap

_PLAYBOOK: Final = "twinzone.edge.failover"


def is_due(site: Site, made: Decision, markers: Collection[str]) -> bool:
    """Whether a decision is to be advised. markers: the providers that would have to remember something.

    What a run remembers for itself, such as the time for which a front has been healthy, needs nobody's consent.
    """
    if site["mode"] != ADVISE or made.kind != GO:
        return False
    is_intent = failover_site.request(site).asks or made.rule == placing.ADOPTED
    return bool(made.writes or (markers and is_intent))


def by_site(sites: Sequence[Site], decisions: Mapping[str, DecisionData], run: Run) -> dict[str, Advice]:
    """The advice for each site that needs one. Sites that need the same share a command.

    sites, decisions: of all sites of the run.
    """
    until = timestamp(int(float(run["observed"])) + EVIDENCE_SECONDS)
    started = float(run["started"])
    advised = [site for site in sites if decisions[site["site"]]["advised"]]
    wanted = {site["site"]: _variables(site, decisions[site["site"]], started) for site in advised}
    found = {}
    for name, variables in wanted.items():
        same = [other for other, theirs in wanted.items() if theirs == variables]
        limit = run["started_as"]["limit"] if len(same) == run["started_as"]["sites"] else ",".join(same)
        words = command(run["started_as"], limit, _for_many(variables, same))
        found[name] = Advice(would=_would(decisions[name]), command=words, until=until)
    return found


def _would(data: DecisionData) -> str:
    """What a run would have done."""
    if data["switches"]:
        return f"switch to {data['front']}"
    if data["writes"]:
        return f"lead {' and '.join(data['writes'])} to {data['front']}"
    return f"note that {data['front']} is meant"


def _variables(site: Site, data: DecisionData, started: float) -> dict[str, str]:
    """The extra variables with which a run does what was advised, whatever it sees then."""
    asked = _as_asked(site["request"], started)
    if not asked and data["switches"]:
        asked = {"failover_to": str(data["front"])}
    return {"failover_mode": ACT, **asked}


def _as_asked(asked: Asked, started: float) -> dict[str, str]:
    """What a person asked for, once more. started: Unix time of the run."""
    found: dict[str, str] = {}
    if asked["to"]:
        found["failover_to"] = asked["to"]
    if asked["lift"]:
        found["failover_pin"] = NO_FRONT
    if asked["pin"]:
        minutes = max(1, round((asked["pin_until"] - started) / 60))
        found["failover_pin"] = asked["pin"]
        found["failover_pin_for"] = "forever" if asked["pin_until"] == FOREVER else f"{minutes}m"
        if asked["pin_tag"]:
            found["failover_pin_by"] = asked["pin_tag"]
    if found and asked["force"]:
        found["failover_force"] = "true"
    return found


def _for_many(variables: Mapping[str, str], sites: Sequence[str]) -> dict[str, str]:
    """A request for several sites has to say so."""
    asks = len(sites) > 1 and ("failover_to" in variables or "failover_pin" in variables)
    return {**variables, **({"failover_all": "true"} if asks else {})}


def command(started: StartedAs, limit: str, variables: Mapping[str, str]) -> str:
    """The command line of a run like this one, with these extra variables. limit: empty for none."""
    limited = ["--limit", limit] if limit else []
    if started["template"]:
        extra = json.dumps(variables)
        return shlex.join(
            ["awx", "job_templates", "launch", started["template"], *limited, "--extra_vars", extra, "--monitor"]
        )
    extras = [word for name, value in variables.items() for word in ("-e", f"{name}={value}")]
    playbooks = started["playbooks"] or [_PLAYBOOK]
    return shlex.join(["ansible-playbook", *started["options"], *playbooks, *limited, *extras])

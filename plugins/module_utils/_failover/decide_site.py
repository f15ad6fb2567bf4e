# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The decision for one site, with all that is to be written for it: from data to data. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from .._timestamps import timestamp
from .._zone import names
from . import (
    advice,
    by_site,
    clock,
    dead_ends,
    decision,
    doubts,
    held_paths,
    marker,
    next_marker,
    observation,
    owner_notes,
    placing,
    public_names,
    refusal,
    writes,
)
from . import site as failover_site
from .data.decision import DECISION_SCHEMA, DecisionData, HealthData, ServedData
from .data.observed import Held, Observed
from .data.site import Site
from .decision import REFUSE, Decision, Situation
from .hands import CHANGED, FOREIGN
from .marker import Marker
from .quorum import Health
from .router import OTHER, Served


def decide_all(sites: Sequence[Site], observed: Observed, now: int, run: str) -> list[DecisionData]:
    """The decisions for all sites of a run; each as `decide` makes it."""
    off, evidence = _clock_off(observed, now), by_site.Evidence(observed)
    return [_decide(site, evidence.of(site), now, run, off) for site in sites]


def decide(site: Site, observed: Observed, now: int, run: str) -> DecisionData:
    """The decision at the Unix time `now`, by the controller's clock. run: an id of this run, one word.

    Where that clock is wrong, the time of the sources that agree counts: pins end by it, and markers are dated by it.
    """
    return _decide(site, observed, now, run, _clock_off(observed, now))


def _clock_off(observed: Observed, now: int) -> int:
    """The seconds by which the controller's clock is behind. Every source counts, whatever site it was asked for."""
    return clock.off(clock.of_controller(observed["votes"], observed.get("held", {}), now))


def _decide(site: Site, observed: Observed, now: int, run: str, off: int) -> DecisionData:
    now += off
    answers = observation.about(site, observed["answers"])
    held = observed.get("held", {}).get(site["zone"], {})
    here = observation.situation(site, {**observed, "answers": answers}, now)
    policy = failover_site.policy(site)
    made = (
        refusal.refusal(site, answers, held, observed["sites"])
        or refusal.pin_is_over(site, now, off)
        or decision.decide(here, policy, now)
    )
    made = _with_notes(made, site, here, held)
    records, lacking = writes.records(site, made, answers, held)
    markers = next_marker.next_markers(here, made, policy, now, run, writes.gave(site, made, records))
    advised = advice.is_due(site, made, markers)
    if site["mode"] == advice.ADVISE:
        markers, records = {}, []
    remembered = next(iter(markers.values()), here.marker)
    return DecisionData(
        schema=DECISION_SCHEMA,
        site=site["site"],
        zone=site["zone"],
        router=site["router"],
        ttl=site["ttl"],
        rule=made.rule,
        kind=made.kind,
        reason=made.reason,
        remedy=made.remedy,
        front=made.front,
        active=made.active,
        writes=list(made.writes),
        switches=made.switches,
        records=records,
        lacking=lacking,
        markers={name: one.to_text() for name, one in markers.items() if name not in lacking},
        guards=writes.guards(site, here, made, markers, answers),
        since=remembered.since if remembered else 0,
        pin=_pin(remembered, now),
        clock_off=off,
        health={name: _health(one) for name, one in here.health.items()},
        certificates=observation.certificates(site, observed["votes"]),
        served={name: _served(one) for name, one in here.served.items()},
        paths=[one.data() for one in public_names.observed(site, observed, here, now)],
        advised=advised,
        doubts=[*doubts.lines(here.holdings), *doubts.of_ttl(site, answers)],
        unrenewed=_unrenewed(here, made),
        dead_ends=dead_ends.found(site, answers),
        accepted=[],
        overtaken=[],
    )


def _with_notes(made: Decision, site: Site, here: Situation, held: Mapping[str, Held]) -> Decision:
    """The decision with what is known of somebody else who writes the router, and of what that one wrote."""
    if made.rule not in placing.HANDS_OFF and not made.restores:
        return made
    strange = [name for name, one in here.holdings.items() if one.router == OTHER and one.api is not None]
    notes = [
        *(held_paths.standing(site, name, held[name]) for name in strange),
        *_when_changed(site, here, made.active or ""),
        owner_notes.found(site["router"], held),
    ]
    note = "; ".join(filter(None, notes))
    return replace(made, reason=f"{made.reason} ({note})") if note else made


def _unrenewed(here: Situation, made: Decision) -> list[str]:
    """Where an apex stays at addresses that do not answer, and why."""
    stale = [name for name, one in here.holdings.items() if one.stale and name not in made.writes]
    if not stale or made.kind == REFUSE:
        return []
    front = here.holdings[stale[0]].router
    what = f"{' and '.join(stale)} answers addresses that {front} has left and that do not probe clean"
    health = here.health.get(front)
    if health is None or not health.clean:
        return [f"{what}; those that it has now do not either"]
    return [f"{what}; they were renewed too often today to do it again"]


def _when_changed(site: Site, here: Situation, front: str) -> list[str]:
    """When somebody changed the record, as the APIs say. front: the one that is meant."""
    record = names.owner(site["router"], site["zone"])
    found = here.hands(front)
    times = {name: found.changed[name] for name in found.being(CHANGED, FOREIGN)}
    return [f"{record} at {name} was changed {timestamp(when)}" for name, when in times.items() if when]


def _pin(remembered: Marker | None, now: int) -> str:
    """The pin that holds, in words."""
    pin = remembered.pin if remembered else None
    if pin is None or not pin.holds(now):
        return ""
    until = "until it is lifted" if pin.until == marker.FOREVER else f"until {timestamp(pin.until)}"
    return f"{pin.front} {until}" + (f" by {pin.tag}" if pin.tag else "")


def _health(one: Health) -> HealthData:
    return HealthData(verdict=one.verdict, clean=one.clean, reason=one.reason)


def _served(one: Served) -> ServedData:
    return ServedData(
        state=one.state, front=one.front, servers=dict(one.servers), outdated=one.outdated, maybe=list(one.maybe)
    )

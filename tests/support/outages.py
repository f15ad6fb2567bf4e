# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulated outages: a virtual clock, probes drawn at random from a fixed seed, and all that decides is the real code.

A site has two fronts. What fails and when is in a `Scenario`; a `Guard` looks every so many seconds and says which
front should be active. `Twinzone` judges, counts votes, decides and remembers with the collection's own code; `InARow`
is the simple rule that most monitors have. `Watched` adds the runs that the watcher starts to those of a schedule.
Writes take no time here, and resolvers keep nothing.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import accumulate, pairwise
from operator import itemgetter
from statistics import fmean
from typing import Protocol

from ansible_collections.twinzone.edge.plugins.module_utils._failover import marker as failover_marker
from ansible_collections.twinzone.edge.plugins.module_utils._failover import quorum
from ansible_collections.twinzone.edge.plugins.module_utils._failover.decision import GO, Policy, Situation, decide
from ansible_collections.twinzone.edge.plugins.module_utils._failover.next_marker import next_marker
from ansible_collections.twinzone.edge.plugins.module_utils._failover.quorum import Health
from ansible_collections.twinzone.edge.plugins.module_utils._probes import verdict as probes_verdict
from ansible_collections.twinzone.edge.plugins.module_utils._probes.certificates import Certificate, Link
from ansible_collections.twinzone.edge.plugins.module_utils._probes.thresholds import thresholds
from ansible_collections.twinzone.edge.plugins.module_utils._watching.lookout import Look, Lookout, Trouble

from support.failover_world import holding

FRONTS = FIRST, SECOND = "cloudflare", "bunny"
_SITE = "www.example.com"

#: Addresses of each front.
ADDRESSES = 2

#: Seconds between two looks of the watcher.
WATCH = 5

#: Of the requests to a bad front at least this share fails.
BAD = 0.1

MINUTE, HOUR = 60, 3600
_START = 1_800_000_000

_BURST = thresholds()

#: What became of a probe: a good answer; an error that the front itself has answered; none.
GOOD, ANSWERED, LOST = "good", "answered", "lost"

_TRUSTED = Certificate(names=(), sha256="", chain=(Link("", "", 0, 0),), chain_known=True)
_TRIES = {
    GOOD: probes_verdict.Try(status=200, certificate=_TRUSTED),
    ANSWERED: probes_verdict.Try("status", "status 503", "status", 503, _TRUSTED),
    LOST: probes_verdict.Try("connect", "timed out", "connect"),
}


@dataclass(frozen=True)
class Spell:
    """Seconds in which this share of the requests to the first front fails, and of those to the second."""

    seconds: int
    failing: float = 0.0
    second: float = 0.0


@dataclass(frozen=True)
class Bursts:
    """In the first so many seconds of every period this share of the first vantage's probes is lost: of all of them, or
    only of those of the first front, if it is the way there that is bad."""

    every: int
    seconds: int
    share: float
    way_to_the_first: bool = False

    def lost(self, front: str, when: float) -> float:
        """The share that is lost of the probes of a front at this second."""
        met = when % self.every < self.seconds and (front == FIRST or not self.way_to_the_first)
        return self.share if met else 0.0


@dataclass(frozen=True)
class Scenario:
    """What happens.

    lost: the share of the probes that are lost on their way, at any time. cut_off: whether the first vantage reaches
    nothing at all. looks_well: whether what fails answers 200 nevertheless, so that only a look at the body tells.
    silent: whether what fails does not answer. bursts: in which the first vantage loses more.
    """

    name: str
    spells: Sequence[Spell]
    lost: float = 0.01
    cut_off: bool = False
    looks_well: bool = False
    silent: bool = False
    bursts: Bursts | None = None

    @property
    def seconds(self) -> int:
        return sum(spell.seconds for spell in self.spells)

    @cached_property
    def steps(self) -> list[tuple[float, tuple[float, float]]]:
        """The second at which each spell begins, and which share of the requests to each front fails from then on."""
        begins = accumulate((spell.seconds for spell in self.spells), initial=0)
        return [(float(when), (one.failing, one.second)) for when, one in zip(begins, self.spells, strict=False)]

    def failing(self, when: float) -> tuple[float, float]:
        """Which share of the requests to each front fails at this second."""
        return self.steps[bisect_right(self.steps, when, key=itemgetter(0)) - 1][1]


class Guard(Protocol):
    """What watches the fronts."""

    def look(self, when: int, world: World) -> tuple[str, float]:
        """The front that should be active, after a run that begins at this second, and how long the run took."""


class World:
    """One course of a scenario. begun, the second of the first look, and every lost probe come from the seed."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self.scenario = scenario
        self._random = random.Random(seed).random

    def begin(self, period: int) -> int:
        return int(self._random() * period)

    def fails(self, front: str, when: float, vantage: int = 0, by_status: bool = False) -> bool:
        """Whether a probe fails. by_status: for one that looks at the status alone."""
        return self.probe(front, when, vantage, by_status) != GOOD

    def probe(self, front: str, when: float, vantage: int = 0, by_status: bool = False) -> str:
        """What becomes of a probe: what is lost on its way is never an answer."""
        scenario = self.scenario
        if scenario.cut_off and vantage == 0:
            return LOST
        failing = 0.0 if by_status and scenario.looks_well else scenario.failing(when)[FRONTS.index(front)]
        more = scenario.bursts.lost(front, when) if scenario.bursts and vantage == 0 else 0.0
        lost = 1 - (1 - scenario.lost) * (1 - more)
        drawn = self._random()
        if drawn < lost or (scenario.silent and drawn < lost + (1 - lost) * failing):
            return LOST
        return ANSWERED if drawn < lost + (1 - lost) * failing else GOOD


class Twinzone:
    """The collection with so many vantages, and a marker as its only memory."""

    def __init__(self, vantages: int = 1, policy: Policy | None = None) -> None:
        self._vantages = range(vantages)
        self._policy = policy or Policy()
        self._router = FIRST
        self._text = ""

    def look(self, when: int, world: World) -> tuple[str, float]:
        looks = [{front: self._vote(front, when, vantage, world) for front in FRONTS} for vantage in self._vantages]
        votes = [{front: vote for front, (vote, _seconds) in one.items()} for one in looks]
        health = quorum.by_front(votes, FRONTS, None)
        now = _START + when
        marker = failover_marker.latest([self._text] if self._text else [], FRONTS, now)
        holdings = {provider: holding(self._router, marker) for provider in ("cloudflare", "desec")}
        situation = Situation(FRONTS, health, holdings)
        decision = decide(situation, self._policy, now)
        remembered = next_marker(situation, decision, self._policy, now, "run")
        if remembered is not None:
            self._text = remembered.to_text()
        if decision.kind == GO and decision.front:
            self._router = decision.front
        return self._router, max(seconds for one in looks for _vote, seconds in one.values())

    def _vote(self, front: str, when: int, vantage: int, world: World) -> tuple[Health, float]:
        """What a vantage sees of a front, and how long it looks."""
        addresses = [self._address(front, when, vantage, world) for _address in range(ADDRESSES)]
        online = not (world.scenario.cut_off and vantage == 0)
        verdict = probes_verdict.front_verdict([one.verdict for one in addresses], online)
        seconds = (max(one.tries for one in addresses) - 1) * _BURST.interval
        bad = len(addresses) * min(one.bad for one in addresses)
        errors = len(addresses) * min(one.server_errors for one in addresses)
        return Health(verdict, all(one.clean for one in addresses), bad=bad, errors=errors), seconds

    def _address(self, front: str, when: int, vantage: int, world: World) -> probes_verdict.Address:
        tries: tuple[str, ...] = ()
        while (judged := _judged(tries)) is None:
            tries += (world.probe(front, when + len(tries) * _BURST.interval, vantage),)
        return judged


@cache
def _judged(tries: tuple[str, ...]) -> probes_verdict.Address | None:
    """The verdict on an address after these tries; None while another try may change it."""
    if not _BURST.settled(len(tries), sum(one != GOOD for one in tries)):
        return None
    return probes_verdict.judge([_TRIES[one] for one in tries], _BURST)


class Watched:
    """The collection, run by a schedule and by its watcher: one look at each address every few seconds, a second one at
    once at a front of which a part failed, and a run whenever the watcher reports something.

    extra: how many runs the watcher has added.
    """

    def __init__(self, guard: Twinzone, again: int = 60, schedule: int = 120) -> None:
        self._guard = guard
        self._lookout = Lookout([_SITE], again, float("inf"), 0.0)
        self._schedule = schedule
        self._active = FIRST
        self._scheduled = 0
        self._free = 0.0
        self._open = False
        self.extra = 0

    def look(self, when: int, world: World) -> tuple[str, float]:
        troubles = [Trouble(front, "", "") for front in FRONTS if self._suspect(front, when, world)]
        if troubles or self._open:
            self._lookout.take(Look(_SITE, when, troubles), when)
            self._open = self._lookout.due(float("inf"))
        if when < self._free:
            return self._active, 0.0
        if when >= self._scheduled:
            self._scheduled = when + self._schedule
        elif self._open and self._lookout.events(when):
            self._open = self._lookout.due(float("inf"))
            self.extra += 1
        else:
            return self._active, 0.0
        self._active, took = self._guard.look(when, world)
        self._free = when + took
        return self._active, took

    def _suspect(self, front: str, when: int, world: World) -> bool:
        first, again = ([world.fails(front, when) for _address in range(ADDRESSES)] for _twice in range(2))
        return all(first) or (any(first) and any(again))


class InARow:
    """A simple monitor: one probe of the active front a run, of which it knows the status; after so many failures in a
    row it goes to the other front. back: whether it returns as soon as a probe of the first front succeeds."""

    def __init__(self, failures: int, back: bool) -> None:
        self._needed = failures
        self._back = back
        self._active = FIRST
        self._failures = 0

    def look(self, when: int, world: World) -> tuple[str, float]:
        failed = world.fails(self._active, when, by_status=True)
        self._failures = self._failures + 1 if failed else 0
        if self._failures >= self._needed:
            self._active = SECOND if self._active == FIRST else FIRST
            self._failures = 0
        elif self._back and self._active != FIRST and not world.fails(FIRST, when, by_status=True):
            self._active = FIRST
            self._failures = 0
        return self._active, 0.0


@dataclass(frozen=True)
class Course:
    """How a scenario went.

    wrong: switches to a bad front, or away from the first while it was well. bad: seconds on a front that was bad.
    until: seconds from the begin of the trouble to the first switch away from it; None for never.
    """

    switches: int
    wrong: int
    bad: float
    until: float | None


def run(scenario: Scenario, guard: Guard, period: int, seed: int) -> Course:
    """One course of a scenario with a run every `period` seconds."""
    world = World(scenario, seed)
    active, moves = FIRST, list[tuple[float, str]]()
    for when in range(world.begin(period), scenario.seconds, period):
        front, took = guard.look(when, world)
        if front != active:
            moves.append((when + took, front))
            active = front
    return _course(scenario, moves)


def _course(scenario: Scenario, moves: Sequence[tuple[float, str]]) -> Course:
    trouble = next((start for start, failing in scenario.steps if failing[0] >= BAD), None)
    wrong, until = 0, None
    active = FIRST
    for when, front in moves:
        left, reached = (scenario.failing(when)[FRONTS.index(name)] >= BAD for name in (active, front))
        wrong += reached or (active == FIRST and not left)
        if left and not reached and until is None and trouble is not None:
            until = when - trouble
        active = front
    return Course(len(moves), wrong, _bad_seconds(scenario, moves), until)


def _bad_seconds(scenario: Scenario, moves: Sequence[tuple[float, str]]) -> float:
    times = {start for start, _failing in scenario.steps} | {when for when, _front in moves}
    total = 0.0
    for start, stop in pairwise(sorted(times | {float(scenario.seconds)})):
        active = [FIRST, *(front for when, front in moves if when <= start)][-1]
        if scenario.failing(start)[FRONTS.index(active)] >= BAD:
            total += stop - start
    return total


@dataclass(frozen=True)
class Figures:
    """Means over many courses. left: the share of the courses that left the trouble; until: the mean of those."""

    switches: float
    wrong: float
    bad: float
    left: float
    until: float


def measure(scenario: Scenario, make: Callable[[], Guard], period: int, courses: int) -> Figures:
    """The figures of so many courses, each of its own seed."""
    found = [run(scenario, make(), period, seed) for seed in range(courses)]
    left = [course.until for course in found if course.until is not None]
    return Figures(
        fmean(course.switches for course in found),
        fmean(course.wrong for course in found),
        fmean(course.bad for course in found),
        len(left) / courses,
        fmean(left) if left else 0.0,
    )


AUTO = "twinzone, failback: auto"
WATCHED, WATCHED_FROM_THREE = "twinzone, watched", "twinzone, watched, 3 places"

GUARDS: dict[str, Callable[[], Guard]] = {
    "twinzone": Twinzone,
    "twinzone, 3 vantages": lambda: Twinzone(3),
    AUTO: lambda: Twinzone(policy=Policy(failback="auto")),
    WATCHED: lambda: Watched(Twinzone()),
    WATCHED_FROM_THREE: lambda: Watched(Twinzone(3)),
    "first failure": lambda: InARow(1, back=False),
    "first failure, and back": lambda: InARow(1, back=True),
    "three in a row": lambda: InARow(3, back=False),
    "three in a row, and back": lambda: InARow(3, back=True),
}

_QUIET, _AFTER = Spell(30 * MINUTE), Spell(60 * MINUTE)


def _trouble(minutes: int, failing: float, second: float = 0.0) -> tuple[Spell, ...]:
    return _QUIET, Spell(minutes * MINUTE, failing, second), _AFTER


MONTH = Scenario("a month in which nothing fails, 3 % of the probes lost", [Spell(30 * 24 * HOUR)], lost=0.03)
HARD = Scenario("25 minutes of nothing but errors (5 December 2025)", _trouble(25, 1.0))
FLUCTUATING = Scenario(
    "95 minutes of 5 good, 5 bad, then 85 bad (18 November 2025)",
    [_QUIET, *[Spell(5 * MINUTE, 1.0), Spell(5 * MINUTE)] * 9, Spell(5 * MINUTE, 1.0), Spell(85 * MINUTE, 1.0), _AFTER],
)
THIRD = Scenario("a third of the requests is answered by errors for 30 minutes", _trouble(30, 1 / 3))
HALF = Scenario("half of the requests are answered by errors for 30 minutes", _trouble(30, 1 / 2))
HALF_SILENT = Scenario("half of the requests are not answered for 30 minutes", _trouble(30, 1 / 2), silent=True)
ERROR_PAGE = Scenario("an error page with status 200 for an hour", _trouble(60, 1.0), looks_well=True)
ORIGIN = Scenario("the origin is down behind both fronts for an hour", _trouble(60, 1.0, 1.0))
CUT_OFF = Scenario("the first vantage is cut off for two hours, nothing fails", [Spell(2 * HOUR)], cut_off=True)
CUT_OFF_HARD = Scenario("the first vantage is cut off, and 25 minutes of errors", _trouble(25, 1.0), cut_off=True)

BURSTS = Scenario(
    "a day in which nothing fails, 30 % of one vantage's probes lost for 2 minutes an hour",
    [Spell(24 * HOUR)],
    bursts=Bursts(HOUR, 2 * MINUTE, 0.3),
)
BAD_WAY = Scenario(
    "a day in which nothing fails, half of the first front's probes from one vantage lost for 2 minutes an hour",
    [Spell(24 * HOUR)],
    bursts=Bursts(HOUR, 2 * MINUTE, 0.5, way_to_the_first=True),
)

SCENARIOS = (
    MONTH,
    BURSTS,
    BAD_WAY,
    HARD,
    FLUCTUATING,
    THIRD,
    HALF,
    HALF_SILENT,
    ERROR_PAGE,
    ORIGIN,
    CUT_OFF,
    CUT_OFF_HARD,
)

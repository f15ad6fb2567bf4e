# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random walks through the world of hands, biased to what breaks simple rules, and how a walk that fails is shortened.

A walk is a list of steps, each the name of a method of `Walk` with its arguments. Most steps come from stories, which
are bent at random: steps are left out, others come in between. So half a move, a pin in an outage, or a write that is
overtaken happens in most walks, which independent steps rarely bring about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from ansible_collections.twinzone.edge.plugins.module_utils._failover.decision import (
    GO,
    REFUSE,
    Decision,
    Request,
    standing_pin,
)
from ansible_collections.twinzone.edge.plugins.module_utils._failover.marker import Marker, Pin
from ansible_collections.twinzone.edge.plugins.module_utils._failover.placing import ADOPTED, CONTESTED, UNMANAGED
from ansible_collections.twinzone.edge.plugins.module_utils._failover.quorum import DOWN

from .failover_world import ILL
from .hands_world import LATE, OK, STUCK, A, B, C, World, X

Step = tuple[Any, ...]

#: Rules under which a run may leave a front that is down though another one is clean.
_EXCUSES = ("pinned", UNMANAGED, "switch_limit")


class Walk:
    """A world, the runs that are under way in it, and what must hold. intent: what a person asked for last, if known.

    Every method but `end` is a step.
    """

    def __init__(self, count: int, memory: str) -> None:
        self.world = World(count)
        if memory != "none":
            self.world.remember(old=memory == "old")
        self.running: list[Iterator[str]] = []
        self.runs = 0
        self.intent: str | None = None

    def _name(self, number: int) -> str:
        return f"P{number % self.world.count}"

    def _run_id(self) -> str:
        self.runs += 1
        return f"run{self.runs}"

    # --- Others ---

    def hand(self, number: int, front: str) -> None:
        self.world.hand(self._name(number), front)
        self.intent = None

    def tool(self, number: int, front: str) -> None:
        self.world.tool(self._name(number), front)
        self.intent = None

    def sync_after_a_deletion(self, number: int) -> None:
        name = self._name(number)
        others = [one for key, one in self.world.providers.items() if key != name]
        if self.world.pin is not None and not any("pin=" in one.text for one in others):
            return  # The pin would be deleted with the only marker that knows it.
        self.world.delete(name)
        self.world.sync()
        self.intent = None

    # --- Faults ---

    def api(self, number: int, alive: bool) -> None:
        self.world.providers[self._name(number)].api = alive

    def server(self, number: int, index: int, mode: str) -> None:
        self.world.serve(self._name(number), index, mode)

    def edge(self, number: int, mode: str) -> None:
        """Both servers: late ones never get the next writes, as where a provider loses them on the way."""
        for index in range(2):
            self.server(number, index, mode)

    def lie(self, number: int, router: str, front: str, pinned: bool, ahead: int) -> None:
        if any(one.lie for one in self.world.providers.values()):
            return
        seq = self.world.now + ahead
        marker = Marker(seq, front, self.world.now, "liar", Pin(front) if pinned else None, pinseq=seq, given=router)
        self.world.lie(self._name(number), router, marker.to_text())
        self.intent = None

    def heal(self) -> None:
        self.world.heal()

    def weather(self, *down: str) -> None:
        self.world.down(*down)
        if down:
            self.intent = None

    def unwell(self, front: str) -> None:
        """The front is degraded: not down, and not clean."""
        self.world.health = {**self.world.health, front: ILL}
        self.intent = None

    def hide(self, number: int) -> None:
        self.world.hiding.add(self._name(number))

    def wait(self, seconds: int) -> None:
        self.world.wait(seconds)

    def clock(self, skew: int) -> None:
        self.world.set_clock(skew)

    # --- Runs ---

    def run(self) -> None:
        decision = self.world.run(run=self._run_id())
        self._check_that_visitors_are_not_left(decision)

    def ask(self, request: Request) -> None:
        self.world.wait(1)  # Nobody asks twice in one second.
        pinned = standing_pin(self.world.situation(everything=True), self.world.now)
        decision = self.world.run(request, run=self._run_id())
        unreached = [name for name, one in self.world.providers.items() if not one.api]
        if decision.kind == REFUSE:
            self._check_refusal(request, decision, bool(unreached or (request.to and pinned)))
            return
        if decision.kind == GO and (request.to or request.pin):
            led = {one.router for one in self.world.providers.values() if one.api}
            assert led <= {decision.front}, f"a request leaves nothing elsewhere: {led}, {decision}"
        alone = not self.running and len(unreached) < self.world.count and not self.world.skewed
        self.intent = request.to if alone else None

    def _check_refusal(self, request: Request, decision: Decision, excused: bool) -> None:
        wanted = request.pin.front if request.pin else request.to
        well = wanted is None or self.world.health[wanted].clean
        assert excused or not well, f"refused for nothing: {decision}"

    def start(self, request: Request, backwards: bool) -> None:
        if len(self.running) < 2:
            self.world.wait(1)
            order = sorted(self.world.providers, reverse=backwards)
            self.running.append(self.world.steps(request, order, self._run_id()))
            self.intent = None

    def step(self, number: int, steps: int = 1) -> None:
        if number < len(self.running):
            self.intent = None
            for _step in range(steps):
                next(self.running[number], None)

    def kill(self, number: int) -> None:
        if number < len(self.running):
            self.running.pop(number)

    # --- What holds ---

    def _check_that_visitors_are_not_left(self, decision: Decision) -> None:
        """A front that is down is left for a clean one, whatever others do; contested ones are not touched."""
        world = self.world
        active = decision.active
        clean = any(one.clean for one in world.health.values())
        if active is None or world.health[active].verdict != DOWN or not clean:
            return
        if decision.kind != GO:
            assert decision.rule in _EXCUSES, f"{active} is down and another front is clean: {decision}"
            return
        left = [name for name, one in world.providers.items() if one.api and one.router == active]
        assert not left or decision.front == active, f"{left} still lead to {active}: {decision}"

    def check(self) -> None:
        """After every step."""
        assert all(seq <= self.world.now + 61 + self.world.skewed for seq in self.world.seqs()), "a number runs away"

    def end(self) -> None:
        """Once nothing is broken and nobody else is at it, all providers agree soon, and no pin is lost."""
        world = self.world
        world.heal()
        world.down()
        world.set_clock(0)
        for _run in range(2):
            world.wait(400)
            world.run(run="last")
        before = world.writes
        for _run in range(2):
            world.wait(60)
            last = world.run(run="quiet")
        assert world.writes == before, "nobody chases anybody"
        self._check_where_it_ended(last)
        marker = world.situation(Request(lift=True)).marker
        assert world.pin is None or (marker and marker.pin == world.pin), f"{world.pin} was lost"

    def _check_where_it_ended(self, last: Decision) -> None:
        world = self.world
        routers = set(world.routers())
        if last.rule == UNMANAGED:
            if world.situation().marker is not None:
                foreign = [one.changed for one in world.providers.values() if one.router == X]
                assert foreign, f"nothing leads elsewhere: {last}"
                assert max(foreign) >= world.asked - world.skewed, f"a person has asked since: {last}"
        elif last.rule == CONTESTED:
            counted = [one for one in world.decisions if one.restores or one.rule == ADOPTED]
            assert len(counted) >= 3, f"nobody undid anything: {last}"
        else:
            assert len(routers) == 1, f"{world.routers()}: {last}"
            assert world.pin is None or routers == {world.pin.front}, f"pinned to {world.pin}: {routers}"
            assert self.intent is None or world.pin or routers == {self.intent}, f"{self.intent} was asked for: {last}"


# --- How walks are made ---

_PAUSES = (1, 30, 60, 299, 310, 1000, 4000)
_OUTAGES: tuple[tuple[str, ...], ...] = ((), (), (A,), (A,), (B,), (A, B), (A, B, C))


def _request(random: Random) -> Request:
    front = random.choice((A, B, B, C))
    return random.choice((Request(to=front), Request(pin=Pin(front)), Request(pin=Pin(front)), Request(lift=True)))


def _any_step(random: Random) -> Step:
    """One step on its own."""
    number = random.randrange(3)
    steps: tuple[Callable[[], Step], ...] = (
        lambda: ("hand", number, random.choice((A, B, B, C, X))),
        lambda: ("tool", number, random.choice((A, B))),
        lambda: ("sync_after_a_deletion", number),
        lambda: ("api", number, random.random() < 0.4),
        lambda: ("server", number, random.randrange(2), random.choice((OK, LATE, STUCK))),
        lambda: ("edge", number, random.choice((OK, LATE, STUCK))),
        lambda: (
            "lie",
            number,
            random.choice((A, B, X)),
            random.choice((A, B, C)),
            random.random() < 0.5,
            random.randint(-9, 70),
        ),
        lambda: ("heal",),
        lambda: ("weather", *random.choice(_OUTAGES)),
        lambda: ("unwell", random.choice((A, A, B))),
        lambda: ("wait", random.choice(_PAUSES)),
        lambda: ("clock", random.choice((-25, 0, 0, 30))),
        lambda: ("run",),
        lambda: ("run",),
        lambda: ("ask", _request(random)),
        lambda: ("start", random.choice((Request(), _request(random))), random.random() < 0.5),
        lambda: ("step", random.randrange(2), random.choice((1, 1, 2, 6))),
        lambda: ("kill", random.randrange(2)),
    )
    return random.choice(steps)()


def _half_a_move(random: Random) -> list[Step]:
    """A person is between two edits, or one API hangs meanwhile."""
    one, other = random.sample(range(2), 2)
    front = random.choice((B, B, C, X))
    early: Step = ("hand", one, front)
    late: Step = ("hand", other, random.choice((front, front, C)))
    hang: Step = ("api", random.choice((one, other)), False)
    doubt: Step = random.choice((("wait", 1), ("unwell", A)))
    story = [early, doubt, ("wait", random.choice((30, 310))), ("run",), late, hang, ("run",), ("wait", 310), ("run",)]
    if random.random() < 0.5:
        story = [early, late, hang, ("wait", 310), ("run",), ("heal",), ("wait", 310), ("run",)]
    return story


def _again_after_us(random: Random) -> list[Step]:
    """Somebody changes what a run has just led back, again and again."""
    number, front = random.randrange(3), random.choice((B, B, C, X))
    how = random.choice(("hand", "tool"))
    once: list[Step] = [(how, number, front), ("wait", random.choice((310, 310, 1000))), ("run",)]
    story = once * random.randint(1, 5)
    if random.random() < 0.4:
        story.append(("weather", front if front != X else B))
        story += once
    return story


def _asked_in_an_outage(random: Random) -> list[Step]:
    """What a person asks for reaches one provider; then only the other one can be asked."""
    one, other = random.sample(range(2), 2)
    trouble: Step = random.choice(
        (
            ("server", one, 1, LATE),
            ("server", one, 1, STUCK),
            ("edge", one, LATE),
            ("edge", one, STUCK),
            ("wait", 1),
            ("wait", 1),
        )
    )
    change: Step = random.choice((("wait", 1), ("hand", one, random.choice((B, X))), ("hand", other, X)))
    then: Step = random.choice((("ask", _request(random)), ("run",), ("weather", random.choice((A, B)))))
    first, second = ("api", other, False), ("api", other, True)
    story: list[Step] = [first, trouble, ("ask", _request(random)), second, change, ("api", one, False)]
    return [*story, ("wait", 60), then, ("run",), ("heal",), ("weather",), ("wait", 60), ("run",)]


def _two_at_once(random: Random) -> list[Step]:
    """Two runs, write by write, of which one may be killed."""
    story: list[Step] = [("weather", *random.choice(_OUTAGES))] if random.random() < 0.5 else []
    requests = [_request(random), random.choice((Request(), _request(random)))]
    random.shuffle(requests)
    for request in requests:
        story.append(("start", request, random.random() < 0.5))
        story += [("step", 0, 1)] * random.randint(0, 2)
    for _turn in range(random.randint(4, 9)):
        story.append(("step", random.randrange(2), 1))
    story.append(("kill", random.randrange(2)) if random.random() < 0.4 else ("step", random.randrange(2), 6))
    return [*story, ("step", 0, 9), ("kill", 0), ("step", 0, 9), ("kill", 0), ("wait", 60), ("run",)]


def _overtaken(random: Random) -> list[Step]:
    """Somebody writes between a run's look and its write."""
    between: Step = random.choice(
        (
            ("ask", Request(pin=Pin(random.choice((A, B, C))), force=True)),
            ("ask", _request(random)),
            ("hand", random.randrange(3), random.choice((B, C, X))),
            ("sync_after_a_deletion", random.randrange(3)),
        )
    )
    begin: list[Step] = [("weather", *random.choice(_OUTAGES)), ("start", Request(), random.random() < 0.5)]
    return [*begin, ("step", 0, random.choice((1, 1, 2))), between, ("step", 0, 9), ("kill", 0), ("wait", 60), ("run",)]


def _noted_while_one_lags(random: Random) -> list[Step]:
    """One provider misses a write. Before it gets it, a run that moves nothing has something to remember."""
    number = random.randrange(2)
    missed: list[Step] = [("api", number, False), ("ask", Request(to=random.choice((B, C)))), ("api", number, True)]
    noted: list[Step] = [("weather", A, B, C), ("ask", Request(lift=True)), ("weather",)]
    return [*missed, ("wait", 60), *noted, ("wait", 60), ("run",)]


_STORIES = (_half_a_move, _again_after_us, _asked_in_an_outage, _two_at_once, _overtaken, _noted_while_one_lags)


def make(random: Random) -> list[Step]:
    """The steps of one walk."""
    steps: list[Step] = [("hide", random.randrange(3))] if random.random() < 0.3 else []
    for _story in range(random.randint(1, 3)):
        for step in random.choice(_STORIES)(random):
            if random.random() < 0.12:
                steps.append(_any_step(random))
            if random.random() > 0.08:
                steps.append(step)
    return steps


# --- How they are gone ---


def failure(count: int, memory: str, steps: list[Step]) -> str:
    """What a walk breaks; empty for nothing."""
    walk = Walk(count, memory)
    try:
        for name, *arguments in steps:
            getattr(walk, name)(*arguments)
            walk.check()
        walk.end()
    except AssertionError as broken:
        return str(broken) or "an assertion without words"
    return ""


def shortened(count: int, memory: str, steps: list[Step]) -> list[Step]:
    """A walk that fails, without the steps that it does not need for that."""
    index = len(steps) - 1
    while index >= 0:
        fewer = [*steps[:index], *steps[index + 1 :]]
        if failure(count, memory, fewer):
            steps = fewer
        index = min(index, len(steps)) - 1
    return steps

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose hand it was, in any world: runs, people, tools and faults in any order, with two and with three providers."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.twinzone.edge.plugins.module_utils._failover.decision import GO, Decision, Request
from ansible_collections.twinzone.edge.plugins.module_utils._failover.marker import Marker, Pin
from ansible_collections.twinzone.edge.plugins.module_utils._failover.placing import CONTESTED, HALF_MOVED, UNMANAGED
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from support.hands_world import LATE, OK, STUCK, A, B, C, World, X

numbers = st.integers(0, 2)
fronts = st.sampled_from([A, B, C])
pauses = st.sampled_from([1, 30, 60, 299, 310, 1000, 4000])
requests = st.one_of(
    st.builds(Request, to=fronts),
    st.builds(Request, pin=st.builds(Pin, fronts)),
    st.just(Request(lift=True)),
)

#: Rules under which the router stays in somebody else's hands.
LEFT_ALONE = (CONTESTED, HALF_MOVED, UNMANAGED, "adopted_by_hand")


class Hands(RuleBasedStateMachine):
    count = 2

    def __init__(self) -> None:
        super().__init__()
        self.world = World(self.count)
        self.running: list[Iterator[str]] = []
        self.runs = 0

    @initialize(start=st.sampled_from(["none", "new", "old"]))
    def begin(self, start: str) -> None:
        if start != "none":
            self.world.remember(old=start == "old")

    def _name(self, number: int) -> str:
        return f"P{number % self.count}"

    # --- Others ---

    @rule(number=numbers, front=st.sampled_from([A, B, C, X]))
    def hand(self, number: int, front: str) -> None:
        self.world.hand(self._name(number), front)

    @rule(front=st.sampled_from([B, C, X]))
    def hand_everywhere(self, front: str) -> None:
        for name in self.world.providers:
            self.world.hand(name, front)

    @rule(number=numbers)
    def tool(self, number: int) -> None:
        self.world.tool(self._name(number), A)

    @rule(number=numbers)
    def sync_after_a_deletion(self, number: int) -> None:
        if self._stands_only_at(self._name(number)):
            return
        self.world.delete(self._name(number))
        self.world.sync()

    def _stands_only_at(self, name: str) -> bool:
        """Whether the pin would be deleted with the only marker that knows it."""
        others = [one for key, one in self.world.providers.items() if key != name]
        return self.world.pin is not None and not any("pin=" in one.text for one in others)

    # --- Faults ---

    @rule(number=numbers, alive=st.booleans())
    def api(self, number: int, alive: bool) -> None:
        self.world.providers[self._name(number)].api = alive

    @rule(number=numbers, index=st.integers(0, 1), mode=st.sampled_from([OK, LATE, STUCK]))
    def server(self, number: int, index: int, mode: str) -> None:
        self.world.serve(self._name(number), index, mode)

    @rule(
        number=numbers, router=st.sampled_from([A, B, X]), front=fronts, pinned=st.booleans(), ahead=st.integers(-9, 70)
    )
    def lie(self, number: int, router: str, front: str, pinned: bool, ahead: int) -> None:
        if any(one.lie for one in self.world.providers.values()):
            return
        seq = self.world.now + ahead
        marker = Marker(seq, front, self.world.now, "liar", Pin(front) if pinned else None, pinseq=seq, given=router)
        self.world.lie(self._name(number), router, marker.to_text())

    @rule(down=st.sampled_from([(), (A,), (B,), (A, B), (A, B, C)]))
    def weather(self, down: tuple[str, ...]) -> None:
        self.world.down(*down)

    @rule(pause=pauses)
    def wait(self, pause: int) -> None:
        self.world.wait(pause)

    # --- Runs ---

    @rule()
    def run(self) -> None:
        self._check(self.world.run(run=self._run_id()))

    @rule(request=requests)
    def ask(self, request: Request) -> None:
        self.world.run(request, run=self._run_id())

    @rule(request=st.just(Request()) | requests, backwards=st.booleans())
    def start(self, request: Request, backwards: bool) -> None:
        if len(self.running) < 2:
            order = sorted(self.world.providers, reverse=backwards)
            self.running.append(self.world.steps(request, order, self._run_id()))

    @rule(number=st.integers(0, 1))
    def step(self, number: int) -> None:
        if number < len(self.running):
            next(self.running[number], None)

    @rule(number=st.integers(0, 1))
    def kill(self, number: int) -> None:
        if number < len(self.running):
            self.running.pop(number)

    def _run_id(self) -> str:
        self.runs += 1
        return f"run{self.runs}"

    def _check(self, decision: Decision) -> None:
        """A front that is down is left for a clean one, whatever others do; contested ones are not touched."""
        world = self.world
        active = decision.active
        if decision.kind == GO and decision.restores:
            led = {world.situation().holdings[name].router for name in decision.restores}
            assert led, "what is restored was changed"
        if active is None or world.health[active].verdict != "down":
            return
        if not any(one.clean for one in world.health.values()) or decision.kind == GO:
            return
        excused = decision.rule in ("pinned", UNMANAGED, "switch_limit")
        assert excused, f"{active} is down and another front is clean: {decision}"

    @invariant()
    def no_number_runs_away(self) -> None:
        assert all(seq <= self.world.now + 61 for seq in self.world.seqs())

    def teardown(self) -> None:
        """Once nothing is broken and nobody else is at it, one more run has all providers agree, and no pin is lost."""
        world = self.world
        world.heal()
        world.down()
        world.wait(400)
        world.run(run="last")
        world.wait(400)
        last = world.run(run="one more")
        before = world.writes
        for _run in range(2):
            world.wait(60)
            last = world.run(run="quiet")
        if last.rule not in LEFT_ALONE:
            assert world.writes == before, "nobody chases anybody"
            assert len(set(world.routers())) == 1, f"{world.routers()}: {last}"
        marker = world.situation(Request(lift=True)).marker
        if world.pin is not None:
            assert marker is not None
            assert marker.pin == world.pin, f"{world.pin} was lost"


class HandsAtThree(Hands):
    count = 3


TestTwo = Hands.TestCase
TestTwo.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
TestThree = HandsAtThree.TestCase
TestThree.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)

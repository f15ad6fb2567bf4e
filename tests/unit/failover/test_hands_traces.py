# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose hand it was: stories that broke simpler rules. Each starts with the first front at every provider."""

from __future__ import annotations

from itertools import permutations

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._failover.decision import GO, HOLD, REFUSE, Request
from ansible_collections.twinzone.edge.plugins.module_utils._failover.marker import Marker, Pin
from support.failover_world import ILL
from support.hands_world import LATE, STUCK, A, B, C, World, X

TO_A, TO_B = Request(to=A), Request(to=B)
PIN_A, PIN_B = Request(pin=Pin(A)), Request(pin=Pin(B))
LIFT = Request(lift=True)


@pytest.fixture(params=["no markers", "markers", "old markers"])
def world(request: pytest.FixtureRequest) -> World:
    found = World()
    if request.param != "no markers":
        found.remember(old=request.param == "old markers")
    return found


@pytest.fixture
def remembering() -> World:
    found = World()
    found.remember()
    return found


def settles(world: World) -> None:
    """After at most one later run nothing is written any more."""
    world.run()
    world.wait(60)
    world.run()
    before = world.writes
    for _run in range(3):
        world.wait(60)
        world.run()
    assert world.writes == before


def test_a_hand_that_leads_elsewhere_is_left_alone(world: World) -> None:
    world.hand("P0", X)
    for _run in range(5):
        decision = world.run()
        assert (decision.rule, decision.kind, decision.writes) == ("unmanaged", HOLD, ())
        world.wait(400)
    assert world.routers() == [X, A]


def test_all_led_elsewhere_is_held_until_somebody_asks(world: World) -> None:
    world.run(TO_A)
    world.wait(60)
    for name in world.providers:
        world.hand(name, X)
    for _run in range(3):
        world.wait(400)
        assert world.run().rule == "unmanaged"
    assert world.routers() == [X, X]
    world.down(A)
    assert world.run().rule == "unmanaged", "also when the front that was meant is down"
    world.down()
    assert world.run(TO_A).rule == "requested"
    assert world.routers() == [A, A]


def test_a_hand_at_one_provider_is_led_back_without_a_chase(remembering: World) -> None:
    remembering.hand("P0", B)
    assert remembering.run().rule == "half_moved"
    remembering.wait(400)
    assert remembering.run().restores == ("P0",)
    assert remembering.routers() == [A, A]
    assert len(remembering.seqs()) == 1
    settles(remembering)


def test_a_pin_reaches_the_provider_whose_api_was_dead(world: World) -> None:
    world.providers["P0"].api = False
    world.run(PIN_A)
    world.providers["P0"].api = True
    world.wait(60)
    world.run()
    world.providers["P1"].api = False
    world.wait(60)
    world.down(A)
    assert (world.run().rule, world.routers()) == ("pinned", [A, A])


def test_only_the_time_of_the_change_tells_a_hand_from_a_laggard(world: World) -> None:
    world.providers["P0"].api = False
    world.run(TO_B)
    world.wait(60)
    world.providers["P0"].api = True
    world.hand("P0", X)
    world.wait(400)
    assert world.run().rule == "unmanaged"
    assert world.routers() == [X, B]


def test_what_was_led_elsewhere_before_a_request_follows_it(world: World) -> None:
    world.hand("P0", X)
    world.wait(60)
    world.providers["P0"].api = False
    world.run(TO_B)
    world.providers["P0"].api = True
    world.wait(60)
    world.run()
    assert world.routers() == [B, B]


def test_a_move_by_hand_is_not_half_undone_while_an_api_is_dead(remembering: World) -> None:
    for name in remembering.providers:
        remembering.hand(name, B)
    remembering.providers["P0"].api = False
    for _run in range(3):
        remembering.wait(400)
        assert remembering.run().rule == "half_moved"
    assert remembering.routers() == [B, B]
    remembering.providers["P0"].api = True
    assert remembering.run().rule == "adopted_by_hand"


@pytest.mark.parametrize("old", [True, False])
def test_a_move_by_hand_at_all_providers_is_adopted(old: bool) -> None:
    world = World()
    world.remember(old=old)
    for name in world.providers:
        world.hand(name, B)
    decision = world.run()
    assert (decision.rule, decision.kind, decision.front, decision.writes) == ("adopted_by_hand", GO, B, ())
    settles(world)
    assert world.routers() == [B, B]
    world.down(B)
    assert world.run().rule == "active_down"


def test_a_pin_says_otherwise(world: World) -> None:
    world.run(PIN_A)
    world.wait(60)
    for name in world.providers:
        world.hand(name, B)
    world.wait(400)
    assert world.run().rule == "pinned"
    assert world.routers() == [A, A]


def test_a_sync_never_spreads_the_change_of_a_hand(remembering: World) -> None:
    remembering.delete("P0")
    remembering.hand("P1", B)
    remembering.sync()
    assert remembering.routers()[0] != B


def test_a_sync_copies_router_and_marker_together(remembering: World) -> None:
    remembering.delete("P0")
    remembering.sync()
    assert remembering.routers() == [A, A]
    before = remembering.writes
    remembering.run()
    assert remembering.writes == before


@pytest.mark.parametrize("schedule", sorted(set(permutations("ttttpppp"))))
@pytest.mark.parametrize("reverse", [False, True])
def test_a_pin_is_never_lost_to_a_request_at_the_same_moment(schedule: tuple[str, ...], reverse: bool) -> None:
    world = World()
    world.remember()
    order = ["P1", "P0"] if reverse else ["P0", "P1"]
    runs = {"t": world.steps(TO_B, run="to"), "p": world.steps(PIN_B, order, run="pin")}
    for who in schedule:
        next(runs[who], None)
    for left in runs.values():
        for _step in left:
            pass
    assert world.routers() == [B, B]
    marker = world.situation(LIFT).marker
    assert marker is not None
    assert marker.pin == Pin(B)
    settles(world)


@pytest.mark.parametrize("schedule", sorted(set(permutations("tttppp"))))
def test_two_requests_at_once_end_with_one_of_them_everywhere(schedule: tuple[str, ...]) -> None:
    world = World()
    world.remember()
    runs = {"t": world.steps(TO_B, run="to"), "p": world.steps(Request(to=C), ["P1", "P0"], run="other")}
    for who in schedule:
        next(runs[who], None)
    for left in runs.values():
        for _step in left:
            pass
    settles(world)
    assert world.routers() in ([B, B], [C, C])


def test_what_was_never_given_is_not_taken_for_changed_after_a_note(world: World) -> None:
    """API0 dead, to B, API0 back, all down, a pin lifted (a note without a move), all well."""
    world.providers["P0"].api = False
    world.run(TO_B)
    world.providers["P0"].api = True
    world.wait(60)
    world.down(A, B, C)
    assert world.run(LIFT).writes == ()
    world.down()
    world.wait(60)
    decision = world.run()
    assert (decision.writes, decision.restores) == (("P0",), ())


def test_a_request_that_finds_its_front_writes_no_marker_over_another_router() -> None:
    """To B has reached P0 when somebody asks for A, which P1 and P2 still have; then B reaches P1, and is killed."""
    world = World(3)
    world.remember()
    first = world.steps(TO_B, run="first")
    assert [next(first) for _step in range(3)] == ["looked", "P0", "P1"]
    world.wait(1)
    second = world.steps(TO_A, run="second")
    next(second)
    assert next(first) == "P2"
    for _step in second:
        pass
    assert world.routers() == [A, A, A]
    settles(world)


def test_a_pin_set_between_looking_and_writing_stands(world: World) -> None:
    world.down(A)
    slow = world.steps(run="slow")
    next(slow)
    pin = world.steps(Request(pin=Pin(A), force=True), run="pin")
    assert [next(pin) for _step in range(2)] == ["looked", "P0"]
    next(pin)  # P0 is written; here it is killed
    for _step in slow:
        pass
    assert world.routers()[0] == A
    world.wait(60)
    world.run()
    assert world.run().rule == "pinned"


def test_a_pin_to_another_front_that_reached_one_provider_stands_beside_a_failover(world: World) -> None:
    """A run looks, pin B is written to P0 and killed, A goes down, and the run goes on."""
    slow = world.steps(run="slow")
    next(slow)
    world.wait(1)
    pin = world.steps(PIN_B, run="pin")
    assert [next(pin) for _step in range(2)] == ["looked", "P0"]
    next(pin)  # P0 is written; here it is killed
    world.down(A)
    for _step in slow:
        pass
    world.wait(60)
    world.run()
    world.down()
    world.wait(60)
    assert world.run().rule == "pinned"
    assert world.routers() == [B, B]


def test_a_failover_that_never_saw_the_pin_does_not_lift_it(remembering: World) -> None:
    """API1 dead, pin A; then P0 is silent altogether and A is down."""
    remembering.providers["P1"].api = False
    remembering.run(PIN_A)
    remembering.providers["P1"].api, remembering.providers["P0"].api = True, False
    for index in range(2):
        remembering.serve("P0", index, STUCK)
    remembering.wait(60)
    remembering.down(A)
    assert remembering.run().rule == "active_down"
    assert remembering.routers() == [A, B]
    remembering.heal()
    remembering.down()
    remembering.wait(60)
    assert remembering.run().rule == "pinned"
    assert remembering.routers() == [A, A]
    settles(remembering)
    remembering.run(LIFT)
    remembering.wait(60)
    assert remembering.run().rule == "active_up", "it stays lifted"


def test_a_newer_pin_behind_a_dead_api_is_not_overlooked_by_a_request(remembering: World) -> None:
    """API1 dead, P0's second server late, pin B, API1 back, API0 dead, to B."""
    remembering.providers["P1"].api = False
    remembering.serve("P0", 1, LATE)
    remembering.run(PIN_B)
    remembering.providers["P1"].api, remembering.providers["P0"].api = True, False
    remembering.wait(60)
    for request in (TO_B, TO_A, LIFT):
        decision = remembering.run(request)
        assert (decision.kind, "P0" in decision.reason) == (REFUSE, True)
    assert remembering.routers() == [B, A]


def test_a_pin_that_no_answering_server_contradicts_holds(remembering: World) -> None:
    """The same with that server silent, and A down."""
    remembering.providers["P1"].api = False
    remembering.serve("P0", 1, STUCK)
    remembering.run(PIN_A)
    remembering.providers["P1"].api, remembering.providers["P0"].api = True, False
    remembering.wait(60)
    remembering.down(A)
    decision = remembering.run()
    assert (decision.rule, decision.kind) == ("pinned", HOLD)


def test_an_answer_from_before_is_not_written_over_what_came_after(remembering: World) -> None:
    """API1 dead, P0's edge late, to B, API0 dead, API1 back, to A; then all is well."""
    remembering.providers["P1"].api = False
    for index in range(2):
        remembering.serve("P0", index, LATE)
    remembering.run(TO_B)
    remembering.providers["P0"].api, remembering.providers["P1"].api = False, True
    remembering.wait(60)
    remembering.run(TO_A)
    remembering.heal()
    remembering.wait(60)
    settles(remembering)
    assert remembering.routers() == [A, A]


def test_one_lying_server_neither_moves_nor_freezes_a_site(remembering: World) -> None:
    lie = Marker(remembering.now + 50, B, remembering.now, "liar", pin=Pin(B), pinseq=remembering.now + 50, given=B)
    remembering.lie("P0", B, lie.to_text())
    for api in (True, False):
        remembering.providers["P0"].api = api
        decision = remembering.run()
        assert (decision.front, decision.switches, remembering.routers()) == (A, False, [A, A])
    remembering.down(A)
    decision = remembering.run()
    assert (decision.rule, decision.kind, decision.front) == ("active_down", GO, B)
    assert remembering.routers() == [A, B]
    remembering.heal()
    remembering.run()
    assert remembering.routers() == [B, B]


@pytest.mark.parametrize("pinned", [False, True])
def test_one_lying_server_beside_a_silent_one_does_not_move_a_site_either(remembering: World, pinned: bool) -> None:
    """The accepted limit: a pin that only this one shows does hold the site still, until the API answers."""
    seq = remembering.now + 50
    lie = Marker(seq, B, remembering.now, "liar", pin=Pin(B) if pinned else None, pinseq=seq, given=B)
    remembering.serve("P0", 0, STUCK)
    remembering.lie("P0", B, lie.to_text())
    remembering.providers["P0"].api = False
    assert (remembering.run().switches, remembering.routers()) == (False, [A, A])
    remembering.down(A)
    assert remembering.run().rule == ("pinned" if pinned else "active_down")
    remembering.heal()
    remembering.wait(60)
    remembering.run()
    assert remembering.routers() == [B, B]


def test_a_provider_that_lags_is_brought_in_line_at_once_whatever_was_noted_meanwhile(remembering: World) -> None:
    remembering.providers["P0"].api = False
    remembering.run(TO_B)
    remembering.providers["P0"].api = True
    remembering.wait(60)
    remembering.down(A, B, C)
    assert remembering.run(LIFT).kind == HOLD
    assert remembering.routers() == [A, B]
    remembering.down()
    remembering.wait(60)
    assert remembering.run().restores == ()
    assert remembering.routers() == [B, B]


def test_nothing_is_led_from_a_clean_front_to_one_that_is_not(remembering: World) -> None:
    remembering.hand("P0", B)
    remembering.wait(400)
    remembering.health[A] = ILL
    assert remembering.run().rule == "half_moved"
    assert remembering.routers() == [B, A]


def test_a_tool_that_undoes_every_run_is_left_alone_after_three_times(remembering: World) -> None:
    for _time in range(3):
        remembering.tool("P0", B)
        remembering.wait(310)
        assert remembering.run().restores == ("P0",)
        remembering.wait(10)
    remembering.tool("P0", B)
    for _run in range(20):
        remembering.wait(310)
        decision = remembering.run()
        assert (decision.rule, decision.kind) == ("contested", HOLD)
    assert remembering.routers() == [B, A]
    remembering.down(B)
    assert remembering.run().restores == ("P0",), "visitors come first"
    remembering.tool("P0", B)
    assert remembering.run().rule == "contested", "but not every minute"
    remembering.wait(310)
    assert remembering.run().restores == ("P0",)
    remembering.down(A)
    assert remembering.run().rule == "active_down", "a move to a clean front is always possible"


def test_contested_ends_with_an_hour_of_agreement_or_with_a_request(remembering: World) -> None:
    for asked in (False, True):
        for _time in range(3):
            remembering.tool("P0", B)
            remembering.wait(310)
            remembering.run()
            remembering.wait(10)
        if asked:
            remembering.run(TO_A)
        remembering.wait(3500)
        remembering.run()
        remembering.wait(101)
        remembering.run()
        remembering.tool("P0", B)
        remembering.wait(310)
        assert remembering.run().restores == ("P0",)
        remembering.wait(4000)


def test_a_tool_at_work_all_day_leaves_half_of_the_writes_for_a_failover(remembering: World) -> None:
    remembering.down(B)
    for _minute in range(24 * 60):
        remembering.tool("P0", B)
        remembering.run()
        remembering.wait(60)
    assert remembering.writes <= 2 * 75
    remembering.down(A, B)
    assert remembering.run().front == C


def test_a_request_for_a_front_that_is_there_already_is_remembered(world: World) -> None:
    assert world.run(TO_A).writes == ()
    marker = world.situation().marker
    assert marker is not None
    assert marker.asked == world.now

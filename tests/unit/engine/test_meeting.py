# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Providers wait for each other before they write, but never for longer than agreed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from ansible_collections.twinzone.edge.plugins.module_utils._engine.meeting import Meeting
from ansible_collections.twinzone.edge.plugins.module_utils._zone.plan import Held

T = TypeVar("T")
ONE, OTHER = Held({}, 60), Held({}, 3600)
LONG = 60.0


def beside(work: Callable[[], T]) -> Callable[[], T]:
    """Begin the work in a thread; the function returned waits for what it comes to."""
    found: list[T] = []
    thread = threading.Thread(target=lambda: found.append(work()), daemon=True)
    thread.start()

    def result() -> T:
        thread.join(LONG / 2)
        assert not thread.is_alive(), "it still waits"
        return found[0]

    return result


def test_each_learns_what_the_others_hold() -> None:
    meeting = Meeting(["a", "b"], LONG)
    at_a = beside(lambda: meeting.bring("a", ONE))
    assert meeting.bring("b", OTHER) == {"a": ONE}
    assert at_a() == {"b": OTHER}


def test_who_leaves_is_not_waited_for() -> None:
    meeting = Meeting(["a", "b"], LONG)
    at_a = beside(lambda: (meeting.bring("a", ONE), meeting.agree("a", refused=False)))
    meeting.leave("b")
    assert at_a() == ({}, None)


def test_a_refused_plan_is_known_to_all() -> None:
    meeting = Meeting(["a", "b"], LONG)
    at_a = beside(lambda: meeting.agree("a", refused=False))
    assert meeting.agree("b", refused=True) == "b"
    assert at_a() == "b"
    assert meeting.agree("c", refused=True) == "b", "the first one is named"


def test_who_is_silent_is_waited_for_once_not_at_every_step() -> None:
    meeting = Meeting(["a", "silent"], 4.0)
    started = time.monotonic()
    assert meeting.bring("a", ONE) == {}
    assert meeting.agree("a", refused=False) is None
    assert 3.9 <= time.monotonic() - started < 8.0


def test_without_patience_nobody_waits() -> None:
    meeting = Meeting(["a", "b"], 0.0)
    assert meeting.bring("a", ONE) == {}
    assert meeting.agree("a", refused=False) is None
    assert meeting.bring("b", OTHER) == {"a": ONE}

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks run side by side, and one that hangs is left behind, also when the process ends."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from functools import partial

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils import _parallel
from support.paths import ROOT

FOR_EVER = threading.Event()


def test_all_results_by_their_task() -> None:
    tasks = {number: partial(pow, number, 2) for number in range(50)}
    assert _parallel.run(tasks) == {number: number**2 for number in range(50)}
    assert _parallel.run({}) == {}


def test_tasks_run_at_the_same_time() -> None:
    barrier = threading.Barrier(8, timeout=30)
    assert len(_parallel.run(dict.fromkeys(range(8), barrier.wait))) == 8


def test_a_task_that_hangs_is_left_behind() -> None:
    started = time.monotonic()
    tasks = {"hangs": lambda: FOR_EVER.wait(60), "works": lambda: True}
    found = _parallel.run(tasks, {"hangs": 0.2, "works": 30.0}.__getitem__)
    assert found == {"works": True}
    assert 0.2 <= time.monotonic() - started < 20


def test_a_task_that_is_done_late_is_not_in_the_result() -> None:
    late = threading.Event()
    found = _parallel.run({"late": lambda: late.wait(30)}, lambda name: 0.05)
    late.set()
    time.sleep(0.05)
    assert found == {}


def test_a_task_may_come_into_a_phase_that_takes_longer() -> None:
    patience = {"task": 0.2}

    def work() -> str:
        patience["task"] = 30.0
        time.sleep(0.5)
        return "done"

    assert _parallel.run({"task": work}, patience.__getitem__) == {"task": "done"}


def test_an_exception_is_raised_here_and_at_once() -> None:
    def fail() -> None:
        raise KeyError("mine")

    started = time.monotonic()
    with pytest.raises(KeyError, match="mine"):
        _parallel.run({"hangs": lambda: FOR_EVER.wait(60), "fails": fail}, lambda name: 30.0)
    assert time.monotonic() - started < 20


def test_the_process_ends_although_a_task_hangs() -> None:
    program = (
        "import threading\n"
        "from ansible_collections.twinzone.edge.plugins.module_utils import _parallel\n"
        "hang = threading.Event().wait\n"
        "print(_parallel.run({'a': hang, 'b': lambda: 1}, lambda name: 0.1))\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT / ".collections"), *sys.path]))}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=50, check=True
    )
    assert done.stdout == "{'b': 1}\n"


def test_tasks_in_turns() -> None:
    """So many at once and no more, each as soon as another ends; the results are in the order of the tasks."""
    running, most, turn = [0], [0], threading.Lock()

    def task(number: int) -> int:
        with turn:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.01 * (number % 3))
        with turn:
            running[0] -= 1
        return number

    found = _parallel.in_turns({number: partial(task, number) for number in range(20)}, 4)
    assert list(found.items()) == [(number, number) for number in range(20)]
    assert most[0] <= 4
    assert _parallel.in_turns({}, 4) == {}
    with pytest.raises(ValueError, match="a bug"):
        _parallel.in_turns({"good": lambda: None, "bad": _raise}, 1)


def _raise() -> None:
    raise ValueError("a bug")

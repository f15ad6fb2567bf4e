# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Work side by side that never outlives its time: a thread that hangs is left behind, not waited for.

The executors of the standard library join their threads when the process ends, so one silent server would hold it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Mapping
from functools import partial
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")
U = TypeVar("U")


def run(tasks: Mapping[K, Callable[[], T]], seconds: Callable[[K], float] | None = None) -> dict[K, T]:
    """Run all tasks side by side and return what those that ended in time returned.

    seconds: how long to wait for a task, asked again when that time is over, since a task may come into a phase that is
    allowed to take longer; None waits until all have ended. An exception in a task is raised here.
    """
    started = time.monotonic()
    results: dict[K, T] = {}
    failures: list[BaseException] = []
    ended = threading.Condition()

    def work(key: K, task: Callable[[], T]) -> None:
        try:
            outcome = task()
        except BaseException as error:
            with ended:
                failures.append(error)
                ended.notify_all()
        else:
            with ended:
                results[key] = outcome
                ended.notify_all()

    for key, task in tasks.items():
        threading.Thread(target=work, args=(key, task), daemon=True).start()
    with ended:
        for key in tasks:
            has_ended = partial(lambda key: key in results or bool(failures), key)
            if seconds is None:
                ended.wait_for(has_ended)
            else:
                while (remaining := seconds(key) - (time.monotonic() - started)) > 0 and not has_ended():
                    ended.wait_for(has_ended, remaining)
            if failures:
                raise failures[0]
        return dict(results)


class Beside(Generic[T]):
    """A task that runs in a thread of its own while this one goes on."""

    def __init__(self, task: Callable[[], T]) -> None:
        self._task = task
        self._outcomes: list[T] = []
        self._failures: list[BaseException] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._outcomes.append(self._task())
        except BaseException as error:
            self._failures.append(error)

    def result(self) -> T:
        """What the task returns. What it raises is raised here."""
        self._thread.join()
        if self._failures:
            raise self._failures[0]
        return self._outcomes[0]

    def result_or_none(self, seconds: float) -> T | None:
        """What the task returns within so many seconds; None where it does not."""
        self._thread.join(seconds)
        return self._outcomes[0] if self._outcomes else None


def in_turns(tasks: Mapping[K, Callable[[], T]], at_once: int) -> dict[K, T]:
    """Run so many tasks side by side, the others as soon as one ends, and return what all returned.

    Only for tasks that end by themselves. An exception in a task is raised here.
    """
    waiting = iter(tasks.items())
    turn = threading.Lock()

    def work() -> dict[K, T]:
        done: dict[K, T] = {}
        while True:
            with turn:
                key_and_task = next(waiting, None)
            if key_and_task is None:
                return done
            key, task = key_and_task
            done[key] = task()

    parts = run(dict.fromkeys(range(min(at_once, len(tasks))), work))
    found = {key: outcome for part in parts.values() for key, outcome in part.items()}
    return {key: found[key] for key in tasks}


def both(first: Callable[[], T], second: Callable[[], U]) -> tuple[T, U]:
    """Run two tasks side by side and return what they returned. An exception in one is raised here."""
    firsts: list[T] = []
    seconds: list[U] = []
    run({"first": lambda: firsts.append(first()), "second": lambda: seconds.append(second())})
    return firsts[0], seconds[0]

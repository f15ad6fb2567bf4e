# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Threads that do jobs side by side, and keep for the next job.

A thread for each of hundreds of tries that begin together costs half as much as their TLS handshakes, as all of them
want the processor at once. So a job begins when few others have just begun. One that goes on for longer waits for the
network: it no longer counts, so jobs that hang hold up no other.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

from .visit import Exhausted

_YOUNG = 0.025
"""Seconds after its begin for which a job counts."""
_AT_ONCE = 16
"""Jobs that count, at most. With hundreds that all hang, so many begin every 25 milliseconds."""


class Job(NamedTuple):
    """What a thread does, and what the thread that asked for it does with the outcome."""

    work: Callable[[], Any]
    then: Callable[[Any], None]


class Workers:
    """All methods belong to one thread. The jobs run in others, which end with `close` or with their job."""

    def __init__(self) -> None:
        self._waiting: deque[Job] = deque()
        self._young: dict[int, float] = {}
        """When jobs began that have begun a moment ago, the oldest first."""
        self._begun = 0
        self._idle = 0
        self._threads = 0
        self._jobs: queue.SimpleQueue[tuple[int, Job] | None] = queue.SimpleQueue()
        self._outcomes: queue.SimpleQueue[tuple[int, Job, Any]] = queue.SimpleQueue()

    def start(self, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Do the work in another thread, soon. Raises Exhausted when this process may have no more threads."""
        self._waiting.append(Job(work, then))
        self._begin()

    def take(self, seconds: float | None) -> None:
        """Pass on the next outcome if there is one within so many seconds. Raises what the job raised, or
        Exhausted.

        Returns early when a job that waited may begin.
        """
        if self._waiting:
            due = next(iter(self._young.values())) + _YOUNG
            until_due = max(0.0, due - time.monotonic())
            seconds = until_due if seconds is None else min(seconds, until_due)
        try:
            number, job, outcome = self._outcomes.get(timeout=seconds)
        except queue.Empty:
            self._begin()
            return
        self._idle += 1
        self._young.pop(number, None)
        self._begin()
        if isinstance(outcome, BaseException):
            raise outcome
        job.then(outcome)

    def close(self) -> None:
        """Let all threads end, those that are busy after their job. None is waited for."""
        for _thread in range(self._threads):
            self._jobs.put(None)

    def _begin(self) -> None:
        """Begin as many of the waiting jobs as may begin now."""
        now = time.monotonic()
        while self._young and next(iter(self._young.values())) + _YOUNG <= now:
            del self._young[next(iter(self._young))]
        while self._waiting and len(self._young) < _AT_ONCE:
            self._young[self._begun] = now
            self._hand_out((self._begun, self._waiting.popleft()))
            self._begun += 1

    def _hand_out(self, job: tuple[int, Job]) -> None:
        if self._idle:
            self._idle -= 1
        else:
            try:
                threading.Thread(target=self._work, daemon=True).start()
            except RuntimeError as error:
                raise Exhausted(str(error)) from error
            self._threads += 1
        self._jobs.put(job)

    def _work(self) -> None:
        while (taken := self._jobs.get()) is not None:
            number, job = taken
            try:
                outcome = job.work()
            except BaseException as error:
                outcome = error
            self._outcomes.put((number, job, outcome))

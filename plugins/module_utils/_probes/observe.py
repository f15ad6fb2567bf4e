# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All fronts, all their addresses, side by side.

One thread holds all state: it starts each try when it is due, in a thread of its own, and takes in the outcomes. Tries
start on schedule even while an earlier one hangs, so that a silent address is known to be down as soon as can be. No
thread is waited for: what still hangs when the verdicts are settled ends with the process.
"""

from __future__ import annotations

import queue
import resource
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple

from .._deadline import Deadline
from .addresses import Addresses, LeftOut, addresses_of
from .options import Control, Endpoint, Front
from .probe import probe, reach
from .result import front_result
from .verdict import UP, Policy, Try, judge, settled
from .visit import Exhausted

_CONTROL_SECONDS = 5.0
"""How long a control may take to answer."""
_FILES = 65536
"""Open files that are asked for: one per try that runs, which the usual limit of 1024 would not allow."""


class _Tried:
    """The tries of one address so far; of a host name as long as it does not resolve."""

    def __init__(self, address: str, port: int, policy: Policy, tries: Sequence[Try] = ()) -> None:
        self.address = address
        self.port = port
        self.policy = policy
        self.tries = list(tries)

    @property
    def settled(self) -> bool:
        return settled(len(self.tries), sum(one.bad for one in self.tries), self.policy)

    def add(self, one: Try) -> None:
        if not self.settled:
            self.tries.append(one)


class _Watch:
    """One endpoint of a front, and what was found out about it."""

    def __init__(self, front: Front, endpoint: Endpoint) -> None:
        self.front = front
        self.endpoint = endpoint
        self.addresses = [_Tried(endpoint.host, endpoint.port, front.policy)]
        self.left_out: list[LeftOut] = []
        self.resolve_seconds: float | None = None
        """None until it is resolved."""

    @property
    def settled(self) -> bool:
        return all(one.settled for one in self.addresses)

    def resolved(self, found: Addresses, seconds: float) -> None:
        """Go on with these addresses, each of which inherits the tries that failed to resolve the name."""
        (name,) = self.addresses
        self.addresses = [
            _Tried(address, self.endpoint.port, self.front.policy, name.tries) for address in found.probed
        ]
        self.left_out = found.left_out
        self.resolve_seconds = seconds


class _Resolved(NamedTuple):
    found: Addresses
    deadline: Deadline
    """Of the try that began with resolving, and goes on with connecting."""
    seconds: float


def observe(fronts: Sequence[Front], resolver: tuple[str, int] | None) -> dict[str, Any]:
    """Probe these fronts; the `fronts` and `controls` of the module's result.

    resolver: address and port of a name server that is asked instead of the system's. Raises Exhausted when this host
    runs out of something that the probes need.
    """
    _allow_files()
    return _Observation(fronts, resolver).run()


class _Observation:
    def __init__(self, fronts: Sequence[Front], resolver: tuple[str, int] | None) -> None:
        self._resolver = resolver
        self._watches = [[_Watch(front, endpoint) for endpoint in front.endpoints] for front in fronts]
        self._open = {watch for watches in self._watches for watch in watches}
        self._controls: dict[Control, tuple[bool, str] | None] = {}
        self._ca_paths = sorted({front.check.ca_path for front in fronts} - {""})
        self._resolving: dict[Hashable, list[_Watch]] = {}
        self._outcomes: queue.SimpleQueue[tuple[Callable[[Any], None], Any]] = queue.SimpleQueue()

    def run(self) -> dict[str, Any]:
        begun = time.monotonic()
        due = [
            (begun + number * watch.front.policy.interval, watch)
            for watches in self._watches
            for watch in watches
            for number in range(watch.front.policy.probes)
        ]
        agenda = deque(sorted(due, key=lambda entry: entry[0]))
        while self._open or None in self._controls.values():
            while agenda and agenda[0][0] <= time.monotonic():
                self._try(*agenda.popleft())
            wait = max(0.0, agenda[0][0] - time.monotonic()) if agenda else None
            with suppress(queue.Empty):
                then, outcome = self._outcomes.get(timeout=wait)
                if isinstance(outcome, BaseException):
                    raise outcome
                then(outcome)
        return {
            "fronts": [self._front_result(watches) for watches in self._watches],
            "controls": [
                {"control": control.text, "reachable": answer[0], "detail": answer[1]}
                for control, answer in self._controls.items()
                if answer
            ],
        }

    def _start(self, job: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Do the job in another thread, and then tell its outcome in this one. What it raises is raised here."""

        def work() -> None:
            try:
                outcome = job()
            except BaseException as error:
                outcome = error
            self._outcomes.put((then, outcome))

        try:
            threading.Thread(target=work, daemon=True).start()
        except RuntimeError as error:  # the process may have no more of them
            raise Exhausted(str(error)) from error

    def _try(self, due: float, watch: _Watch) -> None:
        if watch not in self._open:
            return
        if watch.resolve_seconds is not None:
            self._probe(watch, None)
            return
        # Tries that begin together ask for a name once: many sites are behind the same few.
        check = watch.front.check
        together = (due, watch.endpoint.host, check.family, check.timeout)
        waiting = self._resolving.setdefault(together, [])
        waiting.append(watch)
        if len(waiting) == 1:
            self._start(partial(_resolve, watch, self._resolver), partial(self._take_resolved_together, together))

    def _take_resolved_together(self, together: Hashable, outcome: _Resolved | Try) -> None:
        for watch in self._resolving.pop(together):
            self._take_resolved(watch, outcome)

    def _probe(self, watch: _Watch, deadline: Deadline | None) -> None:
        """Try all addresses that are not settled, within what is left of a try, or in a new one."""
        for one in watch.addresses:
            if not one.settled:
                self._start(partial(_probe, watch, one, deadline), partial(self._take_try, watch, [one]))

    def _take_resolved(self, watch: _Watch, outcome: _Resolved | Try) -> None:
        if watch not in self._open:
            return
        if isinstance(outcome, Try):
            self._take_try(watch, watch.addresses, outcome)
            return
        if watch.resolve_seconds is None:
            watch.resolved(outcome.found, outcome.seconds)
        self._probe(watch, outcome.deadline)
        self._settle(watch)

    def _take_try(self, watch: _Watch, addresses: Sequence[_Tried], outcome: Try) -> None:
        for one in addresses:
            one.add(outcome)
        self._settle(watch)

    def _settle(self, watch: _Watch) -> None:
        """Close a watch whose verdict is settled, and ask the controls as soon as one is needed."""
        if watch.settled:
            self._open.discard(watch)
        if any(one.settled and judge(one.tries, one.policy).verdict != UP for one in watch.addresses):
            for control in watch.front.controls:
                if control not in self._controls:
                    self._controls[control] = None
                    job = partial(reach, control, self._ca_paths, self._resolver, Deadline(_CONTROL_SECONDS))
                    self._start(job, partial(self._controls.__setitem__, control))

    def _front_result(self, watches: Sequence[_Watch]) -> dict[str, Any]:
        front = watches[0].front
        tried = {(one.address, one.port): one.tries for watch in watches for one in watch.addresses}
        left_out = dict.fromkeys(one for watch in watches for one in watch.left_out)
        answers = [self._controls.get(control) for control in front.controls]
        reached = not answers or any(answer and answer[0] for answer in answers)
        return front_result(front, tried, list(left_out), reached)


def _resolve(watch: _Watch, resolver: tuple[str, int] | None) -> _Resolved | Try:
    """The addresses of an endpoint, or a bad try."""
    deadline = Deadline(watch.front.check.timeout)
    try:
        found = addresses_of(watch.endpoint.host, watch.front.check.family, resolver, deadline)
    except OSError as error:
        seconds = dict.fromkeys(Try().seconds)
        return Try(
            "resolve", str(error), seconds={**seconds, "resolve": deadline.elapsed(), "total": deadline.elapsed()}
        )
    return _Resolved(found, deadline, deadline.elapsed())


def _probe(watch: _Watch, one: _Tried, deadline: Deadline | None) -> Try:
    check = watch.front.check
    return probe(check, one.address, one.port, deadline or Deadline(check.timeout), watch.resolve_seconds)


def _allow_files() -> None:
    """Raise this process's own limit of open files, as far as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))

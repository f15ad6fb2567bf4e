# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All fronts, all their addresses, side by side.

One thread holds all state: it starts each try when it is due, in another thread, and takes in the outcomes. Tries start
on schedule even while an earlier one hangs, so that a silent address is known to be down as soon as can be. No thread
is waited for: what still hangs when the verdicts are settled ends by itself, or with the process.
"""

from __future__ import annotations

import resource
import time
from collections import deque
from collections.abc import Hashable, Sequence
from functools import partial
from typing import Any, NamedTuple

from .._deadline import Deadline
from .addresses import Addresses, Unresolved, addresses_of
from .bounded_search import BoundedSearch
from .check import Control, Front
from .probe import Reached, probe, reach
from .result import control_result, front_result
from .verdict import TIMED, Try
from .watch import Tried, Watch
from .workers import Workers

_CONTROL_SECONDS = 5.0
"""How long a control may take to answer."""
_FILES = 65536
"""Open files to ask for: one per try that runs, which the usual limit of 1024 would not allow."""


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
        self._watches = [_watches(front) for front in fronts]
        self._open = {watch for watches in self._watches for watch in watches}
        self._controls: dict[Control, Reached | None] = {}
        self._ca_paths = sorted({front.check.ca_path for front in fronts} - {""})
        self._resolving: dict[Hashable, list[Watch]] = {}
        self._workers = Workers()

    def run(self) -> dict[str, Any]:
        try:
            self._go_on()
        finally:
            self._workers.close()
        return {
            "fronts": [self._front_result(watches) for watches in self._watches],
            "controls": [control_result(control, answer) for control, answer in self._controls.items() if answer],
        }

    def _go_on(self) -> None:
        """Until all verdicts are settled, and all controls that were asked have answered."""
        agenda = self._agenda(time.monotonic())
        while self._open or None in self._controls.values():
            while agenda and agenda[0][0] <= time.monotonic():
                self._try(*agenda.popleft())
            self._workers.take(max(0.0, agenda[0][0] - time.monotonic()) if agenda else None)

    def _agenda(self, begun: float) -> deque[tuple[float, Watch]]:
        """When each try is due, and of what."""
        due = [
            (begun + number * watch.front.thresholds.interval, watch)
            for watches in self._watches
            for watch in watches
            for number in range(watch.front.thresholds.probes)
        ]
        return deque(sorted(due, key=lambda entry: entry[0]))

    def _try(self, due: float, watch: Watch) -> None:
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
            then = partial(self._take_resolved_together, together)
            self._workers.start(partial(_resolve, watch, self._resolver), then)

    def _take_resolved_together(self, together: Hashable, outcome: _Resolved | Try) -> None:
        for watch in self._resolving.pop(together):
            self._take_resolved(watch, outcome)

    def _probe(self, watch: Watch, deadline: Deadline | None) -> None:
        """Try all addresses that are not settled, within what is left of a try, or in a new one."""
        for one in watch.addresses:
            if not one.settled:
                job = partial(_probe, watch, one, deadline, time.monotonic())
                self._workers.start(job, partial(self._take_try, watch, [one]))

    def _take_resolved(self, watch: Watch, outcome: _Resolved | Try) -> None:
        if watch not in self._open:
            return
        if isinstance(outcome, Try):
            self._take_try(watch, watch.addresses, outcome)
            return
        if watch.resolve_seconds is None:
            watch.resolved(outcome.found, outcome.seconds)
        self._probe(watch, outcome.deadline)
        self._settle(watch)

    def _take_try(self, watch: Watch, addresses: Sequence[Tried], outcome: Try) -> None:
        for one in addresses:
            one.add(outcome)
        self._settle(watch)

    def _settle(self, watch: Watch) -> None:
        """Close a watch whose verdict is settled, and ask the controls as soon as one is needed."""
        if watch.settled:
            self._open.discard(watch)
        if any(one.failed for one in watch.addresses):
            self._ask_controls(watch.front)

    def _ask_controls(self, front: Front) -> None:
        for control in front.controls:
            if control not in self._controls:
                self._controls[control] = None
                job = partial(_reach, control, self._ca_paths, self._resolver)
                self._workers.start(job, partial(self._controls.__setitem__, control))

    def _front_result(self, watches: Sequence[Watch]) -> dict[str, Any]:
        front = watches[0].front
        tried = {(one.address, one.port): one.tries for watch in watches for one in watch.addresses}
        left_out = dict.fromkeys(one for watch in watches for one in watch.left_out)
        answers = [self._controls.get(control) for control in front.controls]
        reached = not answers or any(answer and answer.reachable for answer in answers)
        return front_result(front, tried, list(left_out), reached, time.time())


def _watches(front: Front) -> list[Watch]:
    search = BoundedSearch()
    return [Watch(front, endpoint, search) for endpoint in front.endpoints]


def _resolve(watch: Watch, resolver: tuple[str, int] | None) -> _Resolved | Try:
    """The addresses of an endpoint, or a bad try."""
    deadline = Deadline(watch.front.check.timeout)
    try:
        found = addresses_of(watch.endpoint.host, watch.front.check.family, resolver, deadline)
    except Unresolved as error:
        elapsed = {"resolve": deadline.elapsed(), "total": deadline.elapsed()}
        return Try("resolve", str(error), error.cause, seconds={**dict.fromkeys(TIMED), **elapsed})
    return _Resolved(found, deadline, deadline.elapsed())


def _reach(control: Control, ca_paths: Sequence[str], resolver: tuple[str, int] | None) -> Reached:
    return reach(control, ca_paths, resolver, Deadline(_CONTROL_SECONDS))


def _probe(watch: Watch, one: Tried, deadline: Deadline | None, due: float) -> Try:
    """A try. What it waited for its turn since it was due says nothing about the address."""
    check = watch.front.check
    within = deadline.later(time.monotonic() - due) if deadline else Deadline(check.timeout)
    return probe(check, one.address, one.port, within, watch.resolve_seconds, watch.search)


def _allow_files() -> None:
    """Raise this process's own limit of open files, as far as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))

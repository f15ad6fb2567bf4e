# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The watcher: a process that looks at fronts without end and prints what it finds, a line of JSON each.

It needs nothing but Python's standard library, and no Ansible. It reads what to watch from its first line of input, and
ends when the input does: so it never outlives the process that has started it, and secrets of checks are in no file and
in no list of processes.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TextIO

from .._deadline import Deadline
from .._probes.addresses import read_resolver
from .._probes.check import Front
from .._probes.options import read_fronts
from .._probes.visit import Exhausted
from .looking import look
from .lookout import Look, Lookout
from .patience import Patience

_TOGETHER = 0.3
"""Seconds for which a report waits for other sites in the same trouble."""

_PATIENCE = 60.0
"""Seconds, beside some intervals, after which a site that was not looked at means that something hangs."""


class Orders(NamedTuple):
    """What to watch, and how often."""

    sites: Mapping[str, Sequence[Front]]
    resolver: tuple[str, int] | None
    interval: float
    """Seconds from the begin of a look at a site to the next."""
    again: float
    """Seconds after which what lasts is reported again."""
    beat: float
    """Seconds between two signs of life."""


def read_orders(text: str) -> Orders:
    """The orders in a line of JSON: `fronts` as cdn_health takes them, `resolver`, `interval`, `again`, `beat`.

    The values must have their types already. Raises BadInput and ValueError, whose messages hold no secret.
    """
    given = json.loads(text)
    defaults = {"check": {}, "controls": [], "probes": 1, "interval": 0.0, "tolerate": None, "down_at": None}
    sites: dict[str, list[Front]] = {}
    for front in read_fronts({**defaults, "fronts": given["fronts"]}, lambda _key, _spec, value: value):
        sites.setdefault(front.site, []).append(front)
    resolver = read_resolver(given.get("resolver"))
    return Orders(sites, resolver, *(float(given[key]) for key in ("interval", "again", "beat")))


def watch(orders: Orders, report: Callable[[Mapping[str, Any]], None]) -> None:
    """Watch without end. report gets every event, with `at`: Unix seconds. Raises what a look raised."""
    looks: queue.SimpleQueue[Look | BaseException] = queue.SimpleQueue()
    for place, site in enumerate(orders.sites):
        wait = min(1.0, orders.interval) * place / len(orders.sites)  # spreads the load of many sites
        threading.Thread(target=_watch_site, args=(site, orders, wait, looks.put), daemon=True).start()
    lookout = Lookout(list(orders.sites), orders.again, _PATIENCE + 3 * orders.interval, time.monotonic())
    next_beat = time.monotonic()
    report_at = float("inf")
    while True:
        now = time.monotonic()
        if now >= report_at:
            report_at = float("inf")
            for event in lookout.events(now):
                report({**event, "at": time.time()})
        if now >= next_beat:
            next_beat = now + orders.beat
            beat = lookout.beat(now)
            if beat:
                report({**beat, "at": time.time()})
        _take(looks, lookout, min(report_at, next_beat, now + 1.0) - now)
        if lookout.due(time.monotonic()):
            report_at = min(report_at, time.monotonic() + _TOGETHER)


def _take(looks: queue.SimpleQueue[Look | BaseException], lookout: Lookout, seconds: float) -> None:
    """Take in the next look, if one comes within so many seconds."""
    try:
        found = looks.get(timeout=max(0.0, seconds))
    except queue.Empty:
        return
    if isinstance(found, BaseException):
        raise found
    lookout.take(found, time.monotonic())


def _watch_site(site: str, orders: Orders, wait: float, put: Callable[[Look | BaseException], None]) -> None:
    time.sleep(wait)
    patience = Patience()
    while True:
        deadline = Deadline(orders.interval)
        try:
            put(look(site, orders.sites[site], orders.resolver, patience))
        except Exhausted:  # for the moment, this host is short of something
            put(Look(site, time.time(), blind=True))
        except BaseException as error:
            put(error)
            return
        time.sleep(deadline.remaining())


def main() -> None:
    """Watch what the first line of the input describes, until the input ends."""
    orders = read_orders(sys.stdin.readline())
    threading.Thread(target=_end_with, args=(sys.stdin,), daemon=True).start()
    watch(orders, _print)


def _print(event: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


def _end_with(source: TextIO) -> None:
    while source.read(4096):
        pass
    os._exit(0)

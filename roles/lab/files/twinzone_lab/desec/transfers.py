# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way of a deSEC zone from the API to its name servers, including how a change gets lost on it.

After a write the secondary fetches the zone; until it has it, it serves the old one. In a zone of some size, a write
that lands while such a transfer is still running triggers none of its own: what is served stays at the state of the
first write until the next real change.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TypeAlias

import dns.name
import dns.rdataset
from dns.rdataclass import IN
from dns.rdatatype import RdataType

from ..dns.served import FixedRRsets
from .records import served
from .store import RRset

LOSES_FROM = 100
"""Record sets from which on a zone loses the second of two quick writes."""
DNSKEY_TTL = 3600
"""Seconds; keys and their digests are served with this TTL whatever the API keeps."""
_TTL_IGNORED = frozenset({"DNSKEY", "CDNSKEY", "CDS"})

Publish: TypeAlias = Callable[[dns.name.Name, Callable[[], FixedRRsets]], None]
"""Hands a new state of a zone to its name servers. The second argument makes the record sets when they are needed."""
CallLater: TypeAlias = Callable[[float, Callable[[], None]], None]
"""Calls a function after so many seconds."""


def transfer_seconds(sets: int) -> float:
    """How long a transfer takes: 10 ms for a small zone, 0.6 s for one of 1,000 record sets."""
    return max(0.01, 0.0006 * sets)


def call_later(seconds: float, function: Callable[[], None]) -> None:
    """In a thread that does not keep the process alive."""
    timer = threading.Timer(seconds, function)
    timer.daemon = True
    timer.start()


class Transfers:
    """Publishes changes, each after the time its transfer takes. Thread-safe."""

    def __init__(
        self,
        publish: Publish,
        clock: Callable[[], float],
        later: CallLater = call_later,
        seconds: float | Callable[[int], float] = transfer_seconds,
    ) -> None:
        """`seconds`: of a transfer, or a function of the number of record sets; 0 publishes at once."""
        self._publish = publish
        self._clock = clock
        self._later = later
        self._seconds = seconds if callable(seconds) else lambda sets: seconds
        self._lock = threading.Lock()
        self._busy_until: dict[str, float] = {}
        self._era: dict[str, int] = defaultdict(int)
        """Counts the states that were put in place directly; what was on its way before is dropped."""

    def changed(self, zone: str, rrsets: Iterable[RRset]) -> None:
        """A write was committed: transfer this state, unless it gets lost."""
        state = tuple(rrsets)
        with self._lock:
            now = self._clock()
            busy_until = self._busy_until.get(zone, now)
            if now < busy_until and len(state) >= LOSES_FROM:
                return
            arrival = max(busy_until, now + self._seconds(len(state)))
            self._busy_until[zone] = arrival
            era = self._era[zone]
            if arrival > now:
                self._later(arrival - now, lambda: self._arrive(zone, era, state))
            else:
                self._publish(_name(zone), lambda: _served(zone, state))

    def at_once(self, zone: str, rrsets: Iterable[RRset]) -> None:
        """Put a state in place, past everything that is still on its way."""
        state = tuple(rrsets)
        with self._lock:
            self._forget(zone)
            self._publish(_name(zone), lambda: _served(zone, state))

    def forget(self, zone: str) -> None:
        """The zone is gone; nothing of it arrives any more."""
        with self._lock:
            self._forget(zone)

    def _forget(self, zone: str) -> None:
        self._era[zone] += 1
        self._busy_until.pop(zone, None)

    def _arrive(self, zone: str, era: int, state: tuple[RRset, ...]) -> None:
        with self._lock:
            if era == self._era[zone]:
                self._publish(_name(zone), lambda: _served(zone, state))


def _name(zone: str) -> dns.name.Name:
    return dns.name.from_text(zone)


def _served(zone: str, state: tuple[RRset, ...]) -> FixedRRsets:
    origin = _name(zone)
    return {
        (dns.name.from_text(rrset.subname, origin) if rrset.subname else origin, RdataType[rrset.type]): _rdataset(
            rrset
        )
        for rrset in state
    }


def _rdataset(rrset: RRset) -> dns.rdataset.Rdataset:
    rdataset = dns.rdataset.Rdataset(IN, RdataType[rrset.type])
    ttl = DNSKEY_TTL if rrset.type in _TTL_IGNORED else rrset.ttl
    for content in rrset.records:
        rdataset.add(served(rrset.type, content), ttl)
    return rdataset

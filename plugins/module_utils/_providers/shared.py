# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the zones of one account share while a run works on them: connections to its API, and its list of zones."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Protocol, TypeVar

from .._errors import ProviderError
from .body import NONSENSE

#: Seconds after which the list is too old: whether a zone is in service is read from it.
_MAX_AGE = 60.0

#: Zones of a run that are worked on side by side.
AT_ONCE = 16

T = TypeVar("T")

#: The zones of a list by name, each name with all that are called so.
ZoneList = Mapping[str, list[dict[str, Any]]]


class Entry(Protocol):
    """What must be known of the entry of a provider."""

    @property
    def type(self) -> str: ...

    @property
    def place(self) -> str: ...

    @property
    def secrets(self) -> tuple[str, ...]: ...


class Shared:
    """What the zones of one account share. zones: those that the run works on; a list is for several of them."""

    def __init__(self, zones: Collection[str]) -> None:
        self.zones = frozenset(zones)
        self._turn = threading.Lock()
        self._making = threading.Lock()
        self._session: Any = None
        self._list: ZoneList | None = None
        self._read_at: float | None = None

    def session(self, make: Callable[[], T]) -> T:
        """The session for all of them, made at first. Its connections are used by one request at a time."""
        with self._making:
            if self._session is None:
                self._session = make()
            made: T = self._session
            return made

    def look_up(self, zone: str, read: Callable[[int], ZoneList | None], seconds: float) -> list[dict[str, Any]]:
        """What the list of all zones says of one; nothing where the list is not read, or does not name the zone.

        Then the zone is to be asked for by its name, which finds one that is new, and says why there is none.
        read: reads the list, given how many requests it may take; None where it takes more. It raises ProviderError.
        seconds: how long to wait for another thread that is just reading it.
        """
        if len(self.zones) < 2 or not self._turn.acquire(timeout=seconds):
            return []
        try:
            if self._read_at is None or time.monotonic() - self._read_at > _MAX_AGE:
                self._list = None
                self._list = self._read(read)
                self._read_at = time.monotonic()
            return list(self._list.get(zone, ())) if self._list else []
        finally:
            self._turn.release()

    def _read(self, read: Callable[[int], ZoneList | None]) -> ZoneList | None:
        try:
            return read(len(self.zones))
        except (ProviderError, *NONSENSE):
            # Each zone is asked for by its name then, and reports itself what is wrong.
            return None


class Accounts:
    """All accounts of a run. work: every zone with the entries of its providers."""

    def __init__(self, work: Iterable[tuple[str, Iterable[Entry]]] = ()) -> None:
        zones: dict[tuple[Any, ...], set[str]] = {}
        for zone, entries in work:
            for entry in entries:
                zones.setdefault(_account(entry), set()).add(zone)
        self._shared = {account: Shared(names) for account, names in zones.items()}

    def of(self, entry: Entry) -> Shared | None:
        """What the zones of an entry's account share; None for an account that is not of this run."""
        return self._shared.get(_account(entry))


def _account(entry: Entry) -> tuple[Any, ...]:
    return (entry.type, entry.place, entry.secrets, getattr(entry, "ca_path", None))

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DNS hosts for octoDNS that exist in memory only, and fail as those of other people do."""

from __future__ import annotations

import io
import logging
import threading
from collections.abc import Callable
from typing import Any, ClassVar

import requests
from octodns.provider.base import BaseProvider
from octodns.record import Record


class Host(BaseProvider):  # type: ignore[misc]
    """A zone in memory. records: by name and type, octoDNS' data; None where there is no zone."""

    SUPPORTS_GEO = False
    SUPPORTS_ROOT_NS = False
    SUPPORTS: ClassVar[set[str]] = {"A", "AAAA", "ALIAS", "CNAME", "MX", "PTR", "TXT"}

    records: ClassVar[dict[tuple[str, str], dict[str, Any]] | None] = {}
    #: Done before each read, and before each change of a write, with its number within the write.
    before_read: ClassVar[Callable[[Host], None] | None] = None
    before_change: ClassVar[Callable[[Host, int], None] | None] = None
    #: What was written, in order: lists of (action, name, type).
    written: ClassVar[list[list[tuple[str, str, str]]]] = []

    def __init__(self, id: str, token: str = "", **options: Any) -> None:
        self.log = logging.getLogger(f"Host[{id}]")
        super().__init__(id, **options)
        self.token = token

    def populate(self, zone: Any, target: bool = False, lenient: bool = False) -> bool:
        if (hook := type(self).before_read) is not None:
            hook(self)
        self.log.warning("read with %s", self.token)
        for (name, rdtype), data in (self.records or {}).items():
            zone.add_record(Record.new(zone, name, {"type": rdtype, **data}, source=self, lenient=True), lenient=True)
        return self.records is not None

    def _apply(self, plan: Any) -> None:
        there = type(self).records
        assert there is not None
        made: list[tuple[str, str, str]] = []
        type(self).written.append(made)
        for number, change in enumerate(plan.changes):
            if (hook := type(self).before_change) is not None:
                hook(self, number)
            key = (change.record.name, change.record._type)
            made.append((type(change).__name__, *key))
            if change.new is None:
                del there[key]
            else:
                there[key] = {name: value for name, value in change.new.data.items() if name != "type"}


class Silent(Host):
    """Says that it has written, and has not."""

    def _apply(self, plan: Any) -> None:
        pass


class Greedy(Host):
    """Always wants to change something of its own, too."""

    def _extra_changes(self, existing: Any, desired: Any, changes: Any) -> list[Any]:
        from octodns.record import Create

        return [Create(Record.new(desired, "extra", {"type": "A", "ttl": 60, "value": "192.0.2.99"}))]


class NoProvider:
    """Something else."""


def refuse(status: int, words: str, body: bytes = b"") -> requests.HTTPError:
    """What a provider raises that leaves an HTTP error as it is."""
    response = requests.Response()
    response.status_code = status
    response.raw = io.BytesIO(body)
    return requests.HTTPError(words, response=response)


def hang(host: Host, *number: int) -> None:
    """Never come back within the time of a test."""
    threading.Event().wait(60)

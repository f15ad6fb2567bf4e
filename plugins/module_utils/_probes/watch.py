# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known so far of one endpoint of a front and of its addresses, while probes go on."""

from __future__ import annotations

from collections.abc import Sequence

from .addresses import Addresses, LeftOut
from .check import Front
from .judgement import Search
from .places import Endpoint
from .thresholds import UP, Thresholds
from .verdict import Try, judge


class Tried:
    """The tries of one address so far; of a host name as long as it does not resolve."""

    def __init__(self, address: str, port: int, thresholds: Thresholds, tries: Sequence[Try] = ()) -> None:
        self.address = address
        self.port = port
        self.tries = list(tries)
        self._thresholds = thresholds

    @property
    def settled(self) -> bool:
        """Whether no further try can change the verdict."""
        return self._thresholds.settled(len(self.tries), sum(one.bad for one in self.tries))

    @property
    def failed(self) -> bool:
        """Whether the verdict is settled, and is not up."""
        return self.settled and judge(self.tries, self._thresholds).verdict != UP

    def add(self, one: Try) -> None:
        """Count a try, unless the verdict was settled before it ended."""
        if not self.settled:
            self.tries.append(one)


class Watch:
    """One endpoint of a front, and what was found out about it. search: finds patterns in what the front sends."""

    def __init__(self, front: Front, endpoint: Endpoint, search: Search) -> None:
        self.front = front
        self.endpoint = endpoint
        self.search = search
        self.addresses = [Tried(endpoint.host, endpoint.port, front.thresholds)]
        self.left_out: list[LeftOut] = []
        self.resolve_seconds: float | None = None
        """None until it is resolved."""

    @property
    def settled(self) -> bool:
        """Whether the verdict on every address is settled."""
        return all(one.settled for one in self.addresses)

    def resolved(self, found: Addresses, seconds: float) -> None:
        """Go on with these addresses, each of which inherits the tries that failed to resolve the name."""
        (name,) = self.addresses
        self.addresses = [
            Tried(address, self.endpoint.port, self.front.thresholds, name.tries) for address in found.probed
        ]
        self.left_out = found.left_out
        self.resolve_seconds = seconds

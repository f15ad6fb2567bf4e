# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A resolver that is asked no more once it was found silent, for looks with many questions that are in no hurry."""

from __future__ import annotations

import threading
from collections.abc import Collection
from contextlib import suppress

from .._deadline import Deadline
from . import single
from .wire import Resolver

with suppress(ImportError):  # the modules report a missing library
    import dns.message

#: A datagram may be lost.
_TRIES = 2


class BriefResolver(Resolver):
    """One verdict for all questions: where nobody answers the first one, none of the others waits for its own time."""

    def __init__(self, deadline: Deadline, server: str | None = None, require_ad: Collection[str] = ()) -> None:
        super().__init__(deadline, server, require_ad)
        self._verdict: bool | None = None
        self._one_looks = threading.Lock()

    @property
    def is_silent(self) -> bool:
        """Whether no address of the resolver answered at all when it was asked about the root. Any answer counts."""
        with self._one_looks:
            if self._verdict is None:
                heard = any(
                    not isinstance(single.over_udp(one, (".", "SOA"), self._deadline, recursive=True), str)
                    for one in self.endpoints
                    for _number in range(_TRIES)
                )
                self._verdict = bool(self.endpoints) and not heard
            return self._verdict

    def look_up_unchecked(self, name: str, rdtype: str) -> dns.message.Message | None:
        return None if self.is_silent else super().look_up_unchecked(name, rdtype)

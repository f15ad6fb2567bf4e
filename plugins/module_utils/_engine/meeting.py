# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the providers of one zone meet before they write."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from .._deadline import Deadline
from .._zone.plan import Held


class Meeting:
    """What each provider of a zone holds, and whether some plan was refused.

    wait: seconds from now after which nobody waits for the others any more.
    """

    def __init__(self, names: Sequence[str], wait: float) -> None:
        self._end = Deadline(wait)
        self._changed = threading.Condition()
        self._coming = set(names)
        self._planning = set(names)
        self._held: dict[str, Held] = {}
        self._refused: str | None = None

    def bring(self, name: str, held: Held) -> dict[str, Held]:
        """Say what `name` holds, and learn what the others hold that have answered in time."""
        with self._changed:
            self._held[name] = held
            self._coming.discard(name)
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._coming, self._end.remaining())
            return {other: theirs for other, theirs in self._held.items() if other != name}

    def agree(self, name: str, refused: bool) -> str | None:
        """Say whether `name`'s plan was refused, and learn whose was, when all plans are made or time is over."""
        with self._changed:
            self._planning.discard(name)
            if refused and self._refused is None:
                self._refused = name
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._planning or self._refused is not None, self._end.remaining())
            return self._refused

    def leave(self, name: str) -> None:
        """`name` cannot take part, and holds nobody back."""
        with self._changed:
            self._coming.discard(name)
            self._planning.discard(name)
            self._changed.notify_all()

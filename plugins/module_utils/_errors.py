# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong, as values: bad input, and the ways in which a provider fails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ._text import visible

#: Every `result` that the work at a provider can have, with what it means.
RESULTS = {
    "ok": "the provider holds what was declared",
    "unreachable": "no usable answer from its API: refused, reset, TLS error, or 5xx",
    "deadline": "the time allowed for all its work ran out",
    "throttled": "it asked to wait longer than the deadline allows",
    "unauthorized": "the token is missing, wrong, or may not do this",
    "rejected": "it refused the data, or the data is impossible there",
    "conflict": "another record set stands in the way",
    "unsafe": "the change is larger than `limits` allow, or would leave a gap, and `force` was not given",
    "not_found": "the zone does not exist there, or the token does not see it",
}


class BadInput(Exception):
    """Input that is refused before anything is sent. `problems` holds every error, each naming entry and field."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = list(problems)


@dataclass(eq=False)
class ProviderError(Exception):
    """A provider could not do its work. The texts are mostly the API's own: they are made harmless here.

    kind: one of RESULTS. status: the HTTP status, when there was one. code: the API's own error code.
    hint: what a person can do. retry_after: seconds the API asked to wait.
    passing: trying again soon may help, after reading again what the zone holds: whether a failed write
    took effect cannot be known from the failure (deSEC answers 500 after a commit).
    nothing_applied: the provider refused a write as a whole, so it is known that nothing of it took effect.
    in_flight: the provider may still be working on the write, which can take effect later.
    Two errors are equal only when they are the same object, so that they can be kept in sets.
    """

    kind: str
    message: str
    status: int | None = None
    code: str | None = None
    hint: str = ""
    retry_after: float | None = None
    passing: bool = False
    nothing_applied: bool = False
    in_flight: bool = False

    def __post_init__(self) -> None:
        self.message, self.hint = visible(self.message), visible(self.hint)
        self.code = None if self.code is None else visible(self.code, 100)

    def __str__(self) -> str:
        return self.message

    def as_result(self) -> dict[str, Any]:
        """The `error` of a provider's result in the module return value."""
        return {
            "kind": self.kind,
            "message": self.message,
            "status": self.status,
            "code": self.code,
            "hint": self.hint,
        }

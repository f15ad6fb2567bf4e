# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Throttles by the book: what is asked for is waited, and an API that does not say for how long is not polled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._deadline import Deadline
from ansible_collections.twinzone.edge.plugins.module_utils._errors import ProviderError
from ansible_collections.twinzone.edge.plugins.module_utils._providers.api import Answer, Api


class Story(Deadline):
    """Time that passes only by sleeping."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.slept: list[float] = []

    def remaining(self) -> float:
        return self.seconds - sum(self.slept)

    def sleep(self, seconds: float) -> bool:
        if seconds >= self.remaining():
            return False
        self.slept.append(seconds)
        return True


class Throttling(Api):
    """An API that answers 429 with these times to wait, then 200."""

    def __init__(self, deadline: Deadline, waits: Sequence[str | None]) -> None:
        super().__init__("https://api.invalid", ("Authorization", "Bearer x"), deadline)
        self.waits = list(waits)

    def _send(self, method: str, path: str, body: Any) -> Answer:
        self.count.requests += 1
        if not self.waits:
            return Answer(200, {}, b"[]")
        wait = self.waits.pop(0)
        return Answer(429, {} if wait is None else {"Retry-After": wait}, b"")


@pytest.mark.parametrize(
    ("waits", "slept"),
    [
        ([], []),
        (["1", "53", "7"], [1, 53, 7]),  # first the limit per second, then the one per minute
        ([None] * 8, [1, 2, 4, 8, 16, 30, 30, 30]),
        (["0", "0"], [1, 2]),
        ([None, "2", None], [1, 2, 2]),
    ],
)
def test_how_long_is_waited(waits: list[str | None], slept: list[float]) -> None:
    deadline = Story(300)
    api = Throttling(deadline, waits)
    assert api.write("PATCH", "/x", []).status == 200
    assert deadline.slept == slept
    assert (api.count.requests, api.count.retries) == (len(waits) + 1, len(waits))


def test_a_wait_beyond_the_deadline_is_told_and_not_begun() -> None:
    deadline = Story(300)
    api = Throttling(deadline, ["10", "86400"])
    with pytest.raises(ProviderError, match="asked to wait 86400 seconds, and 290 seconds were left") as caught:
        api.write("PATCH", "/x", [])
    assert (caught.value.kind, caught.value.retry_after, caught.value.passing) == ("throttled", 86400.0, False)
    assert (deadline.slept, api.count.requests) == ([10], 2)


def test_an_api_that_never_says_how_long_does_not_see_the_quota_burnt() -> None:
    api = Throttling(Story(300), [None] * 1000)
    with pytest.raises(ProviderError, match="asked to wait, and"):
        api.write("PATCH", "/x", [])
    assert api.count.requests < 20

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose hand it was, in any world: runs, people, tools and faults in any order, with two and with three providers."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import settings
from support import hands_walks

#: Walks of each kind; ten times as many, and other ones each time, by `make explore`.
WALKS = 2 * settings.default.max_examples if settings.default else 200
EXPLORING = not (settings.default and settings.default.derandomize)


@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize("memory", ["none", "new", "old"])
def test_whatever_happens(count: int, memory: str) -> None:
    first = Random().randrange(10**9) if EXPLORING else 0
    for seed in range(first, first + WALKS):
        steps = hands_walks.make(Random(f"{seed} {count} {memory}"))
        if hands_walks.failure(count, memory, steps):
            steps = hands_walks.shortened(count, memory, steps)
            story = "\n".join(map(str, steps))
            pytest.fail(f"{hands_walks.failure(count, memory, steps)}\n{story}")

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes in as few writes as a server takes. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from .._zone.plan import Change


def chunks(
    changes: Iterable[Change], size: Callable[[Change], int], largest: int, most: int | None = None
) -> Iterator[list[Change]]:
    """The changes in writes of at most `largest` together, and of at most `most` changes.

    Those of one name stay together, as a change of type must be atomic; so a write of one name may be larger.
    """
    chunk: list[Change] = []
    filled = 0
    for group in _by_name(changes):
        more = sum(map(size, group))
        full = filled + more > largest or (most is not None and len(chunk) + len(group) > most)
        if chunk and full:
            yield chunk
            chunk, filled = [], 0
        chunk += group
        filled += more
    if chunk:
        yield chunk


def _by_name(changes: Iterable[Change]) -> list[list[Change]]:
    groups: dict[str, list[Change]] = {}
    for change in changes:
        groups.setdefault(change.key[0], []).append(change)
    return list(groups.values())

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server for dynamic updates refuses, or handles by itself. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..._zone.record_sets import RecordSet
from .. import self_hosted

#: Octets in the record data of one set: with its prerequisite it must fit into one DNS message of 65,535.
_LARGEST_SET = 30_000

#: Octets of a record beside its data, where its name is compressed.
RECORD_OVERHEAD = 12


def problems(record_set: RecordSet) -> Iterator[str]:
    """Why such a server cannot hold the set, each reason as `field: text`; nothing when it can."""
    yield from self_hosted.problems(record_set)
    size = sum(RECORD_OVERHEAD + len(value.wire) for value in record_set.values)
    if size > _LARGEST_SET:
        yield f"values: they have {size} octets together; {_LARGEST_SET} fit into one update"

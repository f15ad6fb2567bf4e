# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What servers that people run themselves refuse alike. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from .._zone.record_sets import RecordSet

_ONE_VALUE = ("DNAME",)


def problems(record_set: RecordSet) -> Iterator[str]:
    """Why such a server cannot hold the set, each reason as `field: text`; nothing when it can."""
    if record_set.type == "DS" and record_set.name == "@":
        yield "type: DS belongs into the parent zone"
    if record_set.type == "CNAME" and record_set.name == "@":
        yield "type: a name server has no CNAME at the apex; declare A and AAAA there, with `only`"
    if record_set.type in _ONE_VALUE and len(record_set.values) > 1:
        yield f"values: a {record_set.type} has one value"

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What PowerDNS refuses. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..._zone.record_sets import RecordSet
from .. import self_hosted


def problems(record_set: RecordSet) -> Iterator[str]:
    """Why PowerDNS cannot hold the set, each reason as `field: text`; nothing when it can."""
    return self_hosted.problems(record_set)

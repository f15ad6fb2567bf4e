# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Warns of targets that lack their trailing dot: as they are written they lead nowhere, and with the dot to a host."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from .. import _parallel
from .._deadline import Deadline
from .._engine.job import Job
from .._zone.undotted import undotted

#: Seconds for looking up all targets that look absolute.
_LOOK_UP = 3.0


def warnings(jobs: Sequence[Job]) -> list[str]:
    """What to warn of. A failover has no time for that."""
    found = [(job, one) for job in jobs if not job.policy.switch for one in undotted(job.declared, job.zone)]
    deadline = Deadline(_LOOK_UP)
    exist = _parallel.run({one.meant: partial(_exists, one.meant, job, deadline) for job, one in found})
    return [
        f"{one.words}. To refuse this: `strict_names: true` (in the role zone_sync: `zone_sync_strict_names: true`)"
        for _job, one in found
        if exist.get(one.meant)
    ]


def _exists(name: str, job: Job, deadline: Deadline) -> bool:
    return bool(job.network.resolver_within(deadline).addresses(name))

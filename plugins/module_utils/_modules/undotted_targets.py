# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Warns of targets that lack their trailing dot: as they are written they lead nowhere, and with the dot to a host."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from .. import _parallel
from .._deadline import Deadline
from .._engine.job import Job, Network
from .._zone.undotted import Undotted, undotted

#: Seconds for looking up all targets that look absolute.
_LOOK_UP = 3.0


def warnings(jobs: Sequence[Job]) -> list[str]:
    """What to warn of. A failover has warned of it when it read its sites."""
    found = [one for job in jobs if not job.policy.switch for one in undotted(job.declared, job.zone)]
    return [
        f"{one.words}. To refuse this: `strict_names: true` (in the role zone_sync: `zone_sync_strict_names: true`)"
        for one in confirmed(found, jobs[0].network if jobs else Network())
    ]


def confirmed(found: Sequence[Undotted], network: Network) -> list[Undotted]:
    """Those that lead nowhere as they are written, and with the dot to a host. network: by which to look them up."""
    deadline = Deadline(_LOOK_UP)
    names = {name for one in found for name in (one.means, one.meant)}
    exist = _parallel.run({name: partial(_exists, name, network, deadline) for name in names})
    return [one for one in found if exist.get(one.meant) and not exist.get(one.means)]


def _exists(name: str, network: Network, deadline: Deadline) -> bool:
    return bool(network.resolver_within(deadline).addresses(name))

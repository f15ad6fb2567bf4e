# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The apex NS set when every provider shall name the servers of all. Pure.

A resolver that has learnt the set from a provider which names only itself never asks the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from . import rdata
from .plan import Wanted
from .record_sets import RecordSet

KEEP, UNION = "keep", "union"
CHOICES = (KEEP, UNION)


def union(
    zone: str, provider: str, servers: Mapping[str, Sequence[str]], names_own: bool, ttl: int | None
) -> Wanted | None:
    """The apex NS set that shall stand at a provider; None when the servers of some provider are not known.

    servers: host names by provider. names_own: whether the set must name the provider's own servers; Cloudflare adds
    its own by itself, and refuses them in the set. ttl: seconds, for a set that does not exist yet.
    """
    if not all(servers.values()):
        return None
    hosts = sorted(
        {
            host.rstrip(".").lower() + "."
            for name, hosts in servers.items()
            if names_own or name != provider
            for host in hosts
        }
    )
    if not hosts:
        return None
    values = tuple(rdata.parse("NS", host, zone) for host in hosts)
    return Wanted("apex NS", RecordSet("@", "NS", ttl, values))

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter of the playbook dependencies, which the preflight uses, too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.twinzone.edge.plugins.module_utils._dependencies import inventory
from ansible_collections.twinzone.edge.plugins.module_utils._failover.data.observed import Vote
from ansible_collections.twinzone.edge.plugins.module_utils._failover.data.site import Site
from ansible_collections.twinzone.edge.plugins.module_utils._modules.packing import unpacked


def dependencies(
    sites: Sequence[Site],
    webhooks: Sequence[Any],
    resolver: str,
    votes: Sequence[Vote] = (),
    zones: Any = None,
    places: Mapping[str, str] | None = None,
) -> inventory.Options:
    """What the module dependencies is to look at. votes, places: of the vantages. zones: what the providers hold."""
    return inventory.options(unpacked(sites), webhooks, resolver, unpacked(votes), zones, places)

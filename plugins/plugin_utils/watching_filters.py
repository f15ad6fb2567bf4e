# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter of the event source that watches fronts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.twinzone.edge.plugins.module_utils._failover.data.site import Site
from ansible_collections.twinzone.edge.plugins.module_utils._modules import watching
from ansible_collections.twinzone.edge.plugins.module_utils._modules.packing import unpacked


def watched(sites: Sequence[Site], variables: Mapping[str, Mapping[str, Any]], resolver: str) -> watching.Watched:
    """What the event source watches, secret headers included. variables: of all hosts."""
    return watching.watched(unpacked(sites), variables, resolver)

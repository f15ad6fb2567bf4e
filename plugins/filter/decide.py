# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible filter: decide where the traffic of a site should go. Documented in decide.yml."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.twinzone.edge.plugins.module_utils._failover import decide_site, votes
from ansible_collections.twinzone.edge.plugins.module_utils._failover.data.decision import DecisionData
from ansible_collections.twinzone.edge.plugins.module_utils._failover.data.observed import Observed
from ansible_collections.twinzone.edge.plugins.module_utils._failover.data.site import Site


def decide(site: Site, observed: Observed, now: int, run: str = "-") -> DecisionData:
    # Whoever calls this passes results of cdn_health on, or of what came in their place.
    checked = [votes.read(str(vote.get("vantage")), vote) for vote in observed["votes"]]
    return decide_site.decide(site, {**observed, "votes": checked}, now, run)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"decide": decide}

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps all zones of a play equal at their providers, in one task."""

from __future__ import annotations

from typing import Any

from ansible_collections.twinzone.edge.plugins.plugin_utils.zones_action import ZonesAction

#: Strategies under which every host runs by itself, and what a task returns that runs once is lost.
_ONE_BY_ONE = ("free", "host_pinned")


class ActionModule(ZonesAction):
    """Works on all zones; under a strategy of such a kind on none, as each zone's own last task does so then."""

    def run(self, tmp: object = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Do it; what became of each zone, by host."""
        result = super().run(tmp, task_vars)
        strategy = str(self._task.get_play().strategy).rpartition(".")[2]
        hosts = [] if strategy in _ONE_BY_ONE else self._task.args["hosts"]
        zones, notes = self.synced([str(host) for host in hosts], task_vars or {})
        return {**result, "changed": False, "zones": zones, "notes": notes}

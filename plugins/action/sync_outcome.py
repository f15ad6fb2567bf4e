# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports what became of one zone, and fails where it has to. The one task for each zone of a run."""

from __future__ import annotations

from typing import Any

from ansible_collections.twinzone.edge.plugins.module_utils._modules.packing import unpacked
from ansible_collections.twinzone.edge.plugins.plugin_utils.zones_action import ZonesAction


class ActionModule(ZonesAction):
    """Looks the result up without a template: a template would copy the results of all zones for each of them."""

    _requires_connection = False

    def run(self, tmp: object = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Report it."""
        result = super().run(tmp, task_vars)
        variables = task_vars or {}
        host = str(variables["inventory_hostname"])
        zones: dict[str, str] = variables["__zone_sync_done"].get("zones") or {}
        if host not in zones:
            zones, _notes = self.synced([host], variables)
        return {**result, **unpacked(zones[host])}

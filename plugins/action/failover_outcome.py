# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports the outcome of one site in one line, and fails where it has to. The one task for each site of a run."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.twinzone.edge.plugins.module_utils._modules.packing import unpacked


class ActionModule(ActionBase):  # type: ignore[misc]  # Ansible is not typed
    """Looks the result up without a template: a template would copy the results of all sites for each of them."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: object = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Report the outcome."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        own = unpacked(variables["__failover_results"][variables["inventory_hostname"]])
        return {**result, "changed": own["changed"], "failed": own["failed"], "msg": own["message"]}

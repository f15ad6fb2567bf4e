# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module observe_sites, which needs no privileges at the controller and gets the secret headers of checks."""

from __future__ import annotations

from typing import Any

from ansible_collections.twinzone.edge.plugins.modules import observe_sites
from ansible_collections.twinzone.edge.plugins.plugin_utils.controller import ControllerModule
from ansible_collections.twinzone.edge.plugins.plugin_utils.site_variables import SiteVariables


class ActionModule(ControllerModule):
    """Runs the module."""

    main = staticmethod(observe_sites.main)

    def arguments(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        """Those of the task, with what no fact holds."""
        variables = SiteVariables(self._task, self._loader, task_vars)
        given = super().arguments(task_vars)
        return {**given, "fronts": variables.with_headers(given.get("fronts") or [])}

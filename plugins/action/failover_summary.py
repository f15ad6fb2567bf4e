# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows lines as they are, so that commands among them can be pasted. debug shows them as JSON."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.twinzone.edge.plugins.module_utils._modules.packing import each_unpacked


class ActionModule(ActionBase):  # type: ignore[misc]  # Ansible is not typed
    """Prints through Ansible's own display, so that it goes where the rest of the output goes."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: object = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Show the lines, and hand results on."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        lines = list(self._task.args.get("lines") or ())
        warnings = list(self._task.args.get("warnings") or ())
        if self._task.args.get("results"):
            # Looked up without a template, which would copy each value in the results of all sites on its own.
            results = each_unpacked((task_vars or {})["__failover_results"])
            lines += [line for one in results.values() for line in one["summary"]]
            warnings += dict.fromkeys(warning for one in results.values() for warning in one["warnings"])
            # As set_stats does.
            result["ansible_stats"] = {"data": {"twinzone": results}, "per_host": False, "aggregate": True}
        display = Display()
        for line in lines:
            display.display(str(line))
        for warning in warnings:
            display.warning(str(warning))
        return {**result, "changed": False}

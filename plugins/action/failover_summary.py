# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows lines as they are, so that commands among them can be pasted. debug shows them as JSON."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display


class ActionModule(ActionBase):  # type: ignore[misc]  # Ansible is not typed
    """Prints through Ansible's own display, so that it goes where the rest of the output goes."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: object = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Show the lines."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        display = Display()
        for line in self._task.args["lines"]:
            display.display(str(line))
        for warning in self._task.args.get("warnings") or ():
            display.warning(str(warning))
        return {**result, "changed": False}

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds out, without another request to an API, why the next failover would not work from here."""

from __future__ import annotations

import os
from typing import Any

from ansible_collections.twinzone.edge.plugins.module_utils._modules import readiness
from ansible_collections.twinzone.edge.plugins.module_utils._modules.packing import unpacked
from ansible_collections.twinzone.edge.plugins.plugin_utils.controller import ControllerAction


class ActionModule(ControllerAction):
    """Looks at what the modules would have: the environment of the play may hold the tokens."""

    def run(self, tmp: object = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Find the reasons."""
        result = super().run(tmp, task_vars)
        given = {name: unpacked(value) for name, value in self._task.args.items()}
        environment: dict[str, str] = {}
        self._compute_environment_string(environment)
        # This process is the task's alone.
        os.environ.update({key: str(value) for key, value in environment.items()})
        found = readiness.unready(
            given["sites"],
            given["decisions"],
            given["providers"],
            given["places"],
            given.get("resolver") or None,
            given.get("require_ad", False),
            given.get("held"),
        )
        return {**result, "changed": False, "by_site": found}

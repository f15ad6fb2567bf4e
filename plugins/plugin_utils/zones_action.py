# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The base of the action plugins that work on zones of a play."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible_collections.twinzone.edge.plugins.module_utils._errors import BadInput
from ansible_collections.twinzone.edge.plugins.module_utils._modules import sync_zones
from ansible_collections.twinzone.edge.plugins.module_utils._modules.packing import packed
from ansible_collections.twinzone.edge.plugins.plugin_utils import in_process
from ansible_collections.twinzone.edge.plugins.plugin_utils.controller import ControllerAction
from ansible_collections.twinzone.edge.plugins.plugin_utils.zone_variables import ZoneVariables


class ZonesAction(ControllerAction):
    """Reads zones from their variables, as no argument of a task may hold a token, and keeps them equal."""

    def synced(self, hosts: Sequence[str], task_vars: dict[str, Any]) -> tuple[dict[str, str], list[str]]:
        """What became of each zone, by host, packed, and notes on all of them, which are shown.

        Raises AnsibleActionFail.
        """
        sites = [str(site) for site in task_vars.get("groups", {}).get("sites", ())]
        variables = ZoneVariables(self._task, self._loader, task_vars, sites)
        described: dict[str, Any] = {}
        refused: dict[str, str] = {}
        for host in hosts:
            try:
                described[host] = variables.options(host)
            except BadInput as error:
                refused[host] = packed({"failed": True, "changed": False, "msg": "\n".join(error.problems)})
        if not described:
            return refused, []
        done = self.in_process(partial(sync_zones.run, in_process.plain(described)), {}, task_vars)
        if "zones" not in done:
            raise AnsibleActionFail(str(done.get("msg")))
        for note in done["notes"]:
            self._display.display(str(note))
        return {**done["zones"], **refused}, done["notes"]

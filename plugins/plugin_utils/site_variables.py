# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of every site of a play, read by one task in place of a task for each site."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ansible.template import Templar
from ansible_collections.twinzone.edge.plugins.module_utils._modules.packing import unpacked
from ansible_collections.twinzone.edge.plugins.module_utils._modules.provider_entries import filled
from ansible_collections.twinzone.edge.plugins.module_utils._variables import inputs_among

#: The variables that describe a site. Those of a run may differ without a mistake.
_OURS = re.compile(r"failover[-_](?!run_(id|by)$|result$)", re.IGNORECASE)

#: The variables of a site that hold its checks.
_CHECKS = ("failover_check", "failover_fronts")


class SiteVariables:
    """Reads variables as a task of each site would see them.

    loader: the task's. task_vars: those of the host on which the task runs. ours: which variables are read.
    """

    def __init__(self, task: Any, loader: Any, task_vars: Mapping[str, Any], ours: re.Pattern[str] = _OURS) -> None:
        self._task = task
        self._templar = Templar(loader=loader)
        self._ours = ours
        # What HostVars shows lacks the variables of the play and the defaults of the role.
        self._manager = task_vars["hostvars"]._variable_manager
        # As the strategy passes them: without, all hosts of the play are looked up again for each of them.
        self._hosts = {"_hosts": task_vars["ansible_play_batch"], "_hosts_all": task_vars["ansible_play_hosts_all"]}

    def of(self, name: str, names: tuple[str, ...] = ()) -> tuple[dict[str, Any], list[str]]:
        """The site's variables with all templates filled in, and which of our inputs are among its facts.

        names: only these; all that describe a site where there are none. Raises AnsibleError.
        """
        host = self._manager._inventory.get_host(name)
        found = self._manager.get_vars(play=self._task.get_play(), host=host, task=self._task, **self._hosts)
        self._templar.available_variables = found
        wanted = names or tuple(key for key in found if self._ours.match(key))
        values = {key: filled(found[key], self._templar.template) for key in wanted if key in found}
        return values, inputs_among(found.get("ansible_facts"))

    def with_headers(self, fronts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The fronts, as cdn_health takes them, with the request headers of their checks, which no fact holds.

        fronts: may be packed.
        """
        from ansible_collections.twinzone.edge.plugins.module_utils._failover import secret_headers

        plainly: list[dict[str, Any]] = unpacked(fronts)
        given = [{"site": "", "check": {}, **front} for front in plainly]
        sites = secret_headers.lacking(given)
        if not sites:
            return plainly
        return secret_headers.restored(given, {name: self.of(name, _CHECKS)[0] for name in sites})

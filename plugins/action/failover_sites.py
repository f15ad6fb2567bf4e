# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads all sites of a play from their variables, in one task."""

from __future__ import annotations

import re
import time
from typing import Any

from ansible.errors import AnsibleError
from ansible_collections.twinzone.edge.plugins.module_utils._engine.job import Network
from ansible_collections.twinzone.edge.plugins.module_utils._errors import BadInput
from ansible_collections.twinzone.edge.plugins.module_utils._failover.data.site import Misdescribed, Site
from ansible_collections.twinzone.edge.plugins.module_utils._modules import failover_site, undotted_targets
from ansible_collections.twinzone.edge.plugins.module_utils._modules.packing import packed
from ansible_collections.twinzone.edge.plugins.module_utils._variables import among_facts
from ansible_collections.twinzone.edge.plugins.module_utils._zone.undotted import Undotted
from ansible_collections.twinzone.edge.plugins.plugin_utils import command_line
from ansible_collections.twinzone.edge.plugins.plugin_utils.controller import ControllerAction
from ansible_collections.twinzone.edge.plugins.plugin_utils.site_variables import SiteVariables


class ActionModule(ControllerAction):
    """A site that is not well described holds up no other: what is wrong with it is data."""

    def run(self, tmp: object = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Read the sites."""
        result = super().run(tmp, task_vars)
        began = time.time()
        variables = SiteVariables(self._task, self._loader, task_vars or {})
        sites: list[Site] = []
        wrong: list[Misdescribed] = []
        for name in self._task.args["hosts"]:
            try:
                sites.append(_read(str(name), variables))
            except BadInput as error:
                wrong.append(Misdescribed(site=str(name), problems=error.problems))
        sites = [self._with_undotted(site, variables) for site in sites]
        started = command_line.started_as(task_vars or {}, len(self._task.args["hosts"]))
        vantages = list(dict.fromkeys(one for site in sites for one in site["vantages"]))
        return {
            **result,
            "changed": False,
            "sites": packed(sites),
            "vantages": vantages,
            "started": began,
            "run": _one_word(str(self._task.args.get("run", ""))),
            "misdescribed": wrong,
            "started_as": started,
        }

    def _with_undotted(self, site: Site, variables: SiteVariables) -> Site:
        """The site with only those undotted targets that are mistakes, of which it warns."""
        given = {one["meant"]: one for one in site.get("undotted", ())}
        if not given:
            return site
        resolver = variables.of(site["site"], ("dns_resolver",))[0].get("dns_resolver") or None
        found = undotted_targets.confirmed([Undotted(**one) for one in given.values()], Network(resolver))
        for one in found:
            self._display.warning(f"{site['site']}: {one.words}. To refuse this: `failover_strict_names: true`")
        return {**site, "undotted": [given[one.meant] for one in found]}


def _one_word(run: str) -> str:
    """A marker that holds anything else could not be read again."""
    return re.sub("[^A-Za-z0-9_.-]+", "-", run)[:40] or "-"


def _read(name: str, variables: SiteVariables) -> Site:
    """Raises BadInput with every problem."""
    try:
        found, facts = variables.of(name)
    except AnsibleError as error:
        raise BadInput([str(error)]) from None
    if facts:
        raise BadInput([among_facts(facts)])
    providers = found.get("failover_providers")
    described = {key: value for key, value in found.items() if key != "failover_result"}
    return failover_site.read(name, described, providers, int(time.time()))

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Probes from a vantage and returns nothing of what the host says but its vote."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible_collections.twinzone.edge.plugins.module_utils._failover import votes
from ansible_collections.twinzone.edge.plugins.module_utils._providers.registry import ENTRY_KINDS
from ansible_collections.twinzone.edge.plugins.plugin_utils.controller import ControllerAction
from ansible_collections.twinzone.edge.plugins.plugin_utils.site_variables import SiteVariables

_MODULE = "twinzone.edge.cdn_health"

#: An id of a job in the background, as Ansible makes them. It comes back from the host, and goes nowhere else.
_JOB = re.compile(r"j?[0-9]+(\.[0-9]+)?")


class ActionModule(ControllerAction):
    """Runs cdn_health at a host, in the background with `async`, and lets only the known keys of a vote through."""

    def run(self, tmp: object = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Probe, or look after a probe in the background."""
        result = super().run(tmp, task_vars)
        # Tokens may be in the environment of the play. A vantage needs none of it.
        self._task.environment = [self._without_tokens()]
        step = self._task.args.get("step", "probe")
        steps = {"probe": self._probe, "collect": self._collect, "clean": self._clean}
        if step not in steps:
            raise AnsibleActionFail(f"step: {step!r} is not one of {', '.join(steps)}")
        return {**result, "changed": False, **steps[step](task_vars or {})}

    def _without_tokens(self) -> dict[str, str]:
        """A host that is reached by a local connection inherits the controller's own environment."""
        if self._connection.transport != "local":
            return {}
        return {name: "" for kind in ENTRY_KINDS.values() for name in kind.secret_env}

    def _vote(self, reported: Any) -> dict[str, Any]:
        return {"vote": votes.read(str(self._task.args.get("vantage", "")), reported)}

    def _probe(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        keys = ("fronts", "check", "controls", "probes", "interval", "tolerate", "down_at", "resolver", "vantage")
        arguments = {key: self._task.args[key] for key in keys if key in self._task.args}
        variables = SiteVariables(self._task, self._loader, task_vars)
        arguments["fronts"] = variables.with_headers(arguments.get("fronts") or [])
        background = bool(self._task.async_val)
        reported = self._execute_module(_MODULE, arguments, task_vars=task_vars, wrap_async=background)
        if not background:
            self._remove_tmp_path(self._connection._shell.tmpdir)
            return self._vote(reported)
        job = reported.get("ansible_job_id")
        if isinstance(job, str) and _JOB.fullmatch(job):
            return {"ansible_job_id": job}
        return self._vote(_without_fronts(reported))

    def _collect(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        reported = self._job("status", task_vars)
        if not reported.get("finished") and not reported.get("failed"):
            return {"finished": False}
        return {"finished": True, **self._vote(reported)}

    def _clean(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        self._job("cleanup", task_vars)
        return {}

    def _job(self, mode: str, task_vars: dict[str, Any]) -> Mapping[str, Any]:
        folder = self._remote_expand_user(self.get_shell_option("async_dir", default="~/.ansible_async"))
        arguments = {"jid": self._task.args["job"], "mode": mode, "_async_dir": folder}
        reported: Mapping[str, Any] = self._execute_module(
            "ansible.builtin.async_status", arguments, task_vars=task_vars
        )
        self._remove_tmp_path(self._connection._shell.tmpdir)
        return reported


def _without_fronts(reported: Mapping[str, Any]) -> dict[str, Any]:
    """A job that did not begin has no verdicts."""
    return {key: value for key, value in reported.items() if key != "fronts"}

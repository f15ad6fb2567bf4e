# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The base of our action plugins: what runs at the controller needs no other user, and takes no fact for an input."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.twinzone.edge.plugins.module_utils._modules.module import missing_library
from ansible_collections.twinzone.edge.plugins.module_utils._modules.packing import unpacked
from ansible_collections.twinzone.edge.plugins.module_utils._variables import among_facts, inputs_among
from ansible_collections.twinzone.edge.plugins.plugin_utils import in_process

#: New objects after which the collector of garbage looks at them; by itself it does so after 700.
_MANY_OBJECTS = 100_000


def _collect_rarely() -> None:
    """Let the collector of garbage rest: a task runs in a process of its own, which inherits all objects of Ansible and
    ends with the task. To look through them again and again took a tenth of the time of a sync."""
    gc.freeze()
    gc.set_threshold(_MANY_OBJECTS)


class ControllerAction(ActionBase):  # type: ignore[misc]  # Ansible is not typed
    """Refuses what came as a fact, and runs without `become` where the connection is the controller itself.

    The variables of a role are those of the host for which a task runs, also where it runs once for all of them. A fact
    there would decide for all, so nothing is done.

    Our modules need no privileges there, and sudo would take away the environment with the tokens. A keyword loses to
    the variable `ansible_become`, and the variables of a task lose to `-e`; this always holds.
    """

    _supports_check_mode = True
    _supports_async = True

    def run(self, tmp: object = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Check the libraries and the variables, and prepare the connection."""
        _collect_rarely()
        result: dict[str, Any] = super().run(tmp, task_vars)
        if missing := missing_library():
            raise AnsibleActionFail(missing)
        if facts := inputs_among((task_vars or {}).get("ansible_facts")):
            raise AnsibleActionFail(among_facts(facts))
        if self._connection.transport == "local":
            self._connection.set_become_plugin(None)
        return result

    def in_process(
        self, main: Callable[[], None], arguments: dict[str, Any], task_vars: dict[str, Any]
    ) -> dict[str, Any]:
        """What a module returns that is run in the process of this task. main: the module's own."""
        self._update_module_args(self._task.action, arguments, task_vars)
        environment: dict[str, Any] = {}
        self._compute_environment_string(environment)
        return in_process.run(main, arguments, environment)


def _unpacked(value: Any) -> Any:
    """An option that may be packed, or a mapping with each of its values packed."""
    if isinstance(value, dict):
        return {key: unpacked(one) if isinstance(one, str) else one for key, one in value.items()}
    return unpacked(value) if isinstance(value, str) else value


class ControllerModule(ControllerAction):
    """The module of the same name, run in the process of its task where that is at the controller.

    Packing a module, starting a Python for it and compiling all that it imports takes several times as long as a quiet
    run does otherwise, and leaves its arguments, tokens among them, in a file while it runs. The network collections
    run their modules in this way for the same reason. In the background, or on another host, Ansible runs it as any
    other module.
    """

    #: The module's own main().
    main: Callable[[], None]

    def run(self, tmp: object = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run it, and return what it returned."""
        result = super().run(tmp, task_vars)
        if self._connection.transport == "local" and not self._task.async_val:
            return {**result, **self.in_process(self.main, self.arguments(task_vars or {}), task_vars or {})}
        wrap_async = bool(self._task.async_val and not self._connection.has_native_async)
        arguments = self.arguments(task_vars or {})
        result.update(self._execute_module(module_args=arguments, task_vars=task_vars, wrap_async=wrap_async))
        if not wrap_async:
            self._remove_tmp_path(self._connection._shell.tmpdir)
        return result

    def arguments(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        """What the module gets, what is packed unpacked. The task keeps its own: they are in every event of it."""
        return {name: _unpacked(value) for name, value in self._task.args.items()}

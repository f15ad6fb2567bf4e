# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role failover carried out in this process: its own task files, templates, filters and modules, without Ansible's
processes. A run costs a twentieth of one with ansible-playbook, and many can go on side by side in threads.

Knows as much of Ansible as the role's tasks need, and stops at everything else. What is for the eye, and reports, are
left out.
"""

from __future__ import annotations

import importlib
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, NoReturn
from unittest import mock

import jinja2
import jinja2.runtime
import yaml
from ansible.module_utils import basic
from ansible.plugins.filter.core import FilterModule as CoreFilters
from ansible.plugins.filter.mathstuff import FilterModule as MathFilters
from ansible.plugins.test.core import TestModule as CoreTests
from ansible_collections.twinzone.edge.plugins.module_utils._failover import votes
from ansible_collections.twinzone.edge.plugins.module_utils._failover.data.site import Site
from ansible_collections.twinzone.edge.plugins.module_utils._modules import failover_site, packing, readiness

from support.paths import ROOT

_ROLE = ROOT / "roles" / "failover"
_OURS = "twinzone.edge."
_PLUGINS = "ansible_collections.twinzone.edge.plugins"

_OMIT = object()
_NOT_HERE = (
    "ansible.builtin.debug",
    "ansible.builtin.uri",
    "twinzone.edge.write_reports",
    "twinzone.edge.failover_outcome",
    "twinzone.edge.failover_summary",
)
#: Keywords of a task that change nothing when it is carried out here.
_WITHOUT_EFFECT = frozenset(
    {"name", "delegate_to", "run_once", "ignore_unreachable", "ignore_errors", "failed_when", "changed_when", "timeout"}
)
STARTED_AS = {"playbooks": ["failover.yml"], "options": [], "limit": "", "template": "", "sites": 1}


# --- Modules ---


class _Ended(Exception):
    """A module has ended with its result."""

    def __init__(self, result: dict[str, Any]) -> None:
        super().__init__()
        self.result = result


_here = threading.local()


def _exit_json(module: object, **result: Any) -> NoReturn:
    raise _Ended(result)


def _fail_json(module: object, msg: str, **result: Any) -> NoReturn:
    raise _Ended({**result, "failed": True, "msg": msg})


@contextmanager
def modules_in_process() -> Iterator[None]:
    """For this time modules may run in this process. It concerns all of it: enter it once, around all threads."""
    with (
        mock.patch.object(basic, "_load_params", lambda: dict(_here.arguments)),
        mock.patch.multiple(
            basic.AnsibleModule,
            exit_json=_exit_json,
            fail_json=_fail_json,
            _log_invocation=lambda module: None,
        ),
    ):
        yield


def run_module(name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The result of one of our modules, by its full name, or of the action plugin that probes."""
    if name == f"{_OURS}failover_vote":
        return {"vote": votes.read(arguments["vantage"], run_module(f"{_OURS}cdn_health", arguments))}
    module = importlib.import_module(f"{_PLUGINS}.modules.{name.removeprefix(_OURS)}")
    _here.arguments = {key: packing.unpacked(value) for key, value in arguments.items()}
    try:
        module.main()
    except _Ended as ended:
        return ended.result
    raise AssertionError(f"{name} gave no result")


# --- Templates ---


class _Lazy(jinja2.runtime.Context):
    """Variables are templates themselves, filled in when they are looked at."""

    def resolve_or_missing(self, key: str) -> Any:
        value = super().resolve_or_missing(key)
        templates = value.values() if isinstance(value, dict) else [value]
        return filled(value, self.parent) if any(map(_is_template, templates)) else value


def _is_template(value: Any) -> bool:
    return isinstance(value, str) and value.lstrip().startswith("{{")


def filled(value: Any, variables: Mapping[str, Any]) -> Any:
    """The value, with what is a template in it filled in, and without the keys that are to be omitted."""
    if isinstance(value, Mapping):
        found = {key: filled(one, variables) for key, one in value.items()}
        return {key: one for key, one in found.items() if one is not _OMIT}
    return _expression(value)(**variables) if _is_template(value) else value


@cache
def _expression(template: str) -> jinja2.environment.TemplateExpression:
    text = template.strip()
    assert text.endswith("}}") and text.count("{{") == 1, f"only whole expressions are known here: {text}"
    return _environment().compile_expression(text[2:-2].strip(), undefined_to_none=False)


@jinja2.pass_context
def _lookup(context: jinja2.runtime.Context, plugin: str, name: str) -> Any:
    assert plugin == "ansible.builtin.vars"
    return context.resolve(name)


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined)
    environment.context_class = _Lazy
    environment.filters |= {**CoreFilters().filters(), **MathFilters().filters()}
    # Jinja's own ones know generators; Ansible's wrap them.
    environment.filters |= {name: jinja2.filters.FILTERS[name] for name in ("map", "select", "reject", "default")}
    environment.tests |= CoreTests().tests()
    for path in (ROOT / "plugins" / "filter").glob("[a-z]*.py"):
        plugin = importlib.import_module(f"{_PLUGINS}.filter.{path.stem}")
        environment.filters |= {_OURS + name: function for name, function in plugin.FilterModule().filters().items()}
    environment.globals["omit"] = _OMIT
    environment.globals["lookup"] = _lookup
    return environment


# --- The role ---


@cache
def _read(path: str) -> Any:
    return yaml.safe_load((_ROLE / path).read_text())


def _flat(tasks: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The tasks, with those of blocks one by one."""
    for task in tasks:
        if "block" in task:
            yield from _flat(task["block"])
        else:
            yield task


def described(sites: Sequence[Site], wrong: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """What the action plugin that reads the sites returns. wrong: those that are not well described."""
    return {
        "sites": packing.packed(sites),
        "vantages": list(dict.fromkeys(vantage for site in sites for vantage in site["vantages"])),
        "misdescribed": wrong,
        "started": time.time(),
        "run": "r1",
        "started_as": {**STARTED_AS, "sites": len(sites) + len(wrong)},
    }


class Role:
    """The role failover for one site. variables: those of the site and of the play. later: seconds that its clock is
    ahead. check: whether it only predicts. facts: what the tasks have set or registered, by name."""

    def __init__(self, site: str, variables: Mapping[str, Any], later: float = 0.0, check: bool = False) -> None:
        self._known = {
            **_read("defaults/main.yml"),
            **_read("vars/main.yml"),
            "__failover_variables": {name: one for name, one in variables.items() if name.startswith("failover_")},
            "failover_run_by": "",
            "now": lambda utc: datetime.now(UTC) + timedelta(seconds=later),
            "inventory_hostname": site,
            **dict.fromkeys(("ansible_play_hosts", "ansible_play_batch", "ansible_play_hosts_all"), (site,)),
            "ansible_check_mode": check,
        }
        self.facts = dict(variables)
        self._later = later
        self._given: dict[str, Any] = {}
        self._known["hostvars"] = {site: self.facts}

    def run(self, tasks: str = "main.yml", given: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Carry out a file of tasks; the site's `failover_result`, if there is one. given: variables of these tasks."""
        outer, self._given = self._given, {**self._given, **(given or {})}
        for task in _flat(_read(f"tasks/{tasks}")):
            self._carry_out(task)
        self._given = outer
        result: dict[str, Any] = self.facts.get("failover_result", {})
        return result

    def _described(self, variables: Mapping[str, Any]) -> dict[str, Any]:
        """What the action plugin that reads the sites returns."""
        given = filled("{{ __failover_variables }}", variables)
        providers = filled("{{ failover_providers }}", variables)
        name = variables["inventory_hostname"]
        site = failover_site.read(name, given, providers, int(time.time()))
        return {**described([site]), "started": time.time() + self._later}

    def _carry_out(self, task: Mapping[str, Any]) -> None:
        (action,) = [key for key in task if "." in key]
        if action in _NOT_HERE:
            return
        if isinstance(task.get("loop"), list):
            for _item in task["loop"]:
                self._carry_out({key: value for key, value in task.items() if key not in ("loop", "loop_control")})
            return
        unknown = task.keys() - _WITHOUT_EFFECT - {action, "vars", "when", "register"}
        assert not unknown, f"{task['name']}: {unknown} is not known here"
        variables = {**self._known, **self.facts, **self._given, **task.get("vars", {})}
        register = task.get("register", "")
        when = task.get("when", True)
        conditions = when if isinstance(when, list) else [when]
        if not all(filled(f"{{{{ {condition} }}}}", variables) for condition in conditions):
            self.facts[register] = {"skipped": True, "changed": False}
            return
        arguments = task[action]
        if action in ("ansible.builtin.import_tasks", "ansible.builtin.include_tasks"):
            file = filled(arguments if isinstance(arguments, str) else arguments["file"], variables)
            self.run(file, task.get("vars"))
        elif action == "ansible.builtin.set_fact":
            self.facts.update(filled(arguments, variables))
        elif action == "ansible.builtin.include_vars":
            self.facts.update(filled(_read(f"vars/{arguments}"), variables))
        elif action == "twinzone.edge.failover_unready":
            given = {name: packing.unpacked(one) for name, one in filled(arguments, variables).items()}
            self.facts[register] = {"by_site": readiness.unready(**{**given, "resolver": given["resolver"] or None})}
        elif action == "twinzone.edge.failover_sites":
            self.facts[register] = self._described(variables)
        else:
            check = {"_ansible_check_mode": variables["ansible_check_mode"]}
            self.facts[register] = self._by_our_clock(run_module(action, {**filled(arguments, variables), **check}))

    def _by_our_clock(self, result: dict[str, Any]) -> dict[str, Any]:
        """The result of a module, which knows nothing of how far our clock is ahead."""
        return {**result, "looked": result["looked"] + self._later} if "looked" in result else result

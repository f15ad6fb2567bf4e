# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a failover that changes nothing loads: Ansible compiles each file of a collection again in every run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml
from support.paths import ROOT

_TASKS = ROOT / "roles" / "failover" / "tasks"
_OURS = "twinzone.edge."
_PLUGINS = "ansible_collections.twinzone.edge.plugins"

#: What belongs to a switch, to a report, to other playbooks, or to providers that this site does not have.
_NEEDLESS = (
    "_dependencies",
    "_engine.engine",
    "_failover.drill",
    "_preflight",
    "_providers.octodns.provider",
    "_providers.powerdns.provider",
    "_providers.rfc2136.provider",
    "_reports",
    "_runbook",
    "_setup",
    "_sync",
    "_watching",
    "_zone.planner",
)

_SCRIPT = """
import importlib, json, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
from ansible_collections.twinzone.edge.plugins.filter.failover import FilterModule
class Variables:
    def raw_get(self, host):
        return {"dns_providers": [{"type": "cloudflare"}, {"type": "desec"}]}
assert FilterModule().filters()["failover_loaded"](Variables(), "www.example.com") == ""
print(json.dumps(sorted(sys.modules)))
"""


def actions(tasks: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Our actions among the tasks that Ansible has to do with when nothing is to be done."""
    for task in tasks:
        yield from actions(task.get("block", ()))
        yield from (key.removeprefix(_OURS) for key in task if key.startswith(_OURS))
        if file := task.get("ansible.builtin.import_tasks"):
            yield from actions(yaml.safe_load((_TASKS / file).read_text()))


def test_a_quiet_failover_loads_nothing_that_it_does_not_use() -> None:
    used = set(actions(yaml.safe_load((_TASKS / "main.yml").read_text())))
    used |= set(actions(yaml.safe_load((_TASKS / "probe_here.yml").read_text())))
    assert {"failover_sites", "served_info", "observe_sites", "failover_outcome"} <= used
    filters = [f"{_PLUGINS}.filter.{path.stem}" for path in (ROOT / "plugins" / "filter").glob("[a-z]*.py")]
    modules = [*(f"{_PLUGINS}.action.{name}" for name in sorted(used)), *filters]
    found = subprocess.run(
        [sys.executable, "-c", _SCRIPT, *modules],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=True,
        capture_output=True,
        text=True,
    )
    loaded = json.loads(found.stdout)
    ours = [name.partition(".module_utils.")[2] for name in loaded if f"{_PLUGINS}.module_utils." in name]
    assert {"_failover.decision", "_providers.cloudflare.provider", "_providers.desec.provider"} <= set(ours)
    assert not [name for name in ours for needless in _NEEDLESS if f"{name}.".startswith(f"{needless}.")]
    # It takes a tenth of a second, and speaks to APIs only.
    assert "requests" not in loaded

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all modules and action plugins say when a library is not installed."""

from __future__ import annotations

import importlib.util
import sys

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.twinzone.edge.plugins.action.failover_sites import ActionModule
from ansible_collections.twinzone.edge.plugins.module_utils._modules.module import missing_library
from ansible_collections.twinzone.edge.plugins.plugin_utils import controller


def test_nothing_is_missing_where_the_tests_run() -> None:
    assert missing_library() == ""


def test_a_missing_library_is_named_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    there = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "dns" else there(name))
    words = missing_library()
    assert words.startswith("the Python library dnspython is missing")
    assert words.endswith(f"{sys.executable} -m pip install requests dnspython")


def test_no_task_begins_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything else: what else an action plugin does may need the library."""
    monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda self, tmp, task_vars: {})
    monkeypatch.setattr(controller, "missing_library", lambda: "requests is missing")
    with pytest.raises(AnsibleActionFail, match="requests is missing"):
        ActionModule.run(object.__new__(ActionModule), None, {})

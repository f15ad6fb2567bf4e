# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Loads code when it is first called.

Ansible loads all files with filters of a collection for any of its filters, and compiles all that they import again in
every run. A playbook that runs every two minutes pays only for what it uses.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

_PLUGINS = "ansible_collections.twinzone.edge.plugins"


def on_demand(module: str, name: str) -> Callable[..., Any]:
    """A function in the place of the function `name` of a module, which is loaded when this one is called.

    module: below `plugins`, with dots. At the controller only: what is loaded so is not shipped with a module.
    """

    def call(*given: Any, **named: Any) -> Any:
        return getattr(import_module(f"{_PLUGINS}.{module}"), name)(*given, **named)

    return call

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts the watcher of this collection without Ansible: `watch_fronts.py <orders.json`, a single line.

A package of the name `ansible_collections` elsewhere in Python's path may hide ours, so that name is not used.
"""

import importlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "plugins"))

if __name__ == "__main__":
    importlib.import_module("module_utils._watching.watcher").main()

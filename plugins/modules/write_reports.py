#!/usr/bin/python
# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible module: reports as files, all in one go."""

from __future__ import annotations

DOCUMENTATION = r"""
module: write_reports
short_description: Write reports to files
version_added: 0.1.0
author: The twinzone contributors (@twinzone)
description:
  - Writes many small files in one module run, each of them atomically, so that a reader never sees half a file.
  - A step of the role P(twinzone.edge.failover#role).
options:
  directory:
    description: The directory for O(reports). It is made when it does not exist.
    type: path
  reports:
    description:
      - What to write, by file name without its ending. Each becomes a file in JSON.
      - A report with shell commands in C(by_hand) gets these as a script beside it too, to be copied from.
    type: dict
    default: {}
  metrics_file:
    description: The file for O(metrics).
    type: path
  metrics:
    description: The content of O(metrics_file).
    type: str
    default: ""
attributes:
  check_mode:
    description: Writes nothing.
    support: full
  diff_mode:
    description: Shows no difference, as reports are not a state that is kept.
    support: none
"""

EXAMPLES = r"""
- name: Write the results of a run
  twinzone.edge.write_reports:
    directory: /var/lib/twinzone
    reports: "{{ results }}"
  delegate_to: localhost
"""

RETURN = r"""
files:
  description: The files written.
  returned: always
  type: list
  elements: str
"""

import json
import os
import tempfile
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule


def write(path: Path, text: str) -> None:
    """Replace the file at once; readable by everybody, as a collector of metrics runs as another user."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".twinzone-")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    Path(name).chmod(0o644)
    Path(name).replace(path)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "directory": {"type": "path"},
            "reports": {"type": "dict", "default": {}},
            "metrics_file": {"type": "path"},
            "metrics": {"type": "str", "default": ""},
        },
        supports_check_mode=True,
    )
    params = module.params
    files = {Path(params["metrics_file"]): params["metrics"]} if params["metrics_file"] else {}
    if params["directory"]:
        for name, report in params["reports"].items():
            path = Path(params["directory"], name.replace("/", "_") + ".json")
            files[path] = json.dumps(report, indent=2, ensure_ascii=False) + "\n"
            if report.get("by_hand"):
                files[path.with_suffix(".sh")] = "\n".join(["#!/bin/sh", *report["by_hand"], ""])
    if not module.check_mode:
        for path, text in files.items():
            try:
                write(path, text)
            except OSError as error:
                module.fail_json(msg=f"{path} could not be written: {error}", files=[])
    module.exit_json(changed=False, files=sorted(str(path) for path in files))


if __name__ == "__main__":
    main()

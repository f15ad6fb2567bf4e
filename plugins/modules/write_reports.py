#!/usr/bin/python
# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible module: reports as files, all in one go."""

from __future__ import annotations

DOCUMENTATION = r"""
module: write_reports
short_description: Write reports to files and send them to webhooks
version_added: 0.1.0
author: The twinzone contributors (@twinzone)
description:
  - Writes many small files in one module run, each of them atomically, so that a reader never sees half a file, and sends messages side
    by side.
  - A step of the role P(twinzone.edge.failover#role).
  - The module fails when something could not be written or sent, after everything else was.
options:
  directory:
    description:
      - The directory for O(reports). It is made when it does not exist.
      - A report that says something else than the latest one of its name is also kept for good, and so is the one that it replaces, as
        C(history/NAME/TIME-RUN.json); the newest 1000 of each name. M(twinzone.edge.history_info) reads them.
    type: path
  reports:
    description:
      - What to write, by file name without its ending. Each becomes a file in JSON.
      - A report with shell commands in C(by_hand) gets these as the script C(NAME.by-hand.sh) beside it too.
      - Reports are readable for the user and the group at most (0640), scripts are executable for them (0750); the umask may allow less.
      - A name that is no file name, such as V(..) or one with a slash, is changed, so that the file lies in O(directory).
    type: dict
    default: {}
  metrics_file:
    description: The file for O(metrics).
    type: path
  metrics:
    description: The content of O(metrics_file).
    type: str
    default: ""
  metrics_mode:
    description: The permissions of O(metrics_file), quoted. A collector of metrics mostly runs as another user.
    type: str
    default: "0644"
  webhooks:
    description: URLs that get C(text) and C(result) as JSON for every one of O(reports) whose C(outcome) is not V(unchanged).
    type: list
    elements: str
    default: []
  seconds:
    description: How long in seconds all O(webhooks) together may take.
    type: float
    default: 10
attributes:
  check_mode:
    description: Writes and sends nothing.
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
problems:
  description: What could not be written or sent.
  returned: always
  type: list
  elements: str
"""

from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.twinzone.edge.plugins.module_utils._failover import outcome
from ansible_collections.twinzone.edge.plugins.module_utils._reports import files as reports_files
from ansible_collections.twinzone.edge.plugins.module_utils._reports import webhooks


def write(params: dict[str, Any]) -> tuple[list[Path], list[str]]:
    """Write everything that can be written; the files, and what went wrong."""
    files: list[Path] = []
    problems: list[str] = []

    def note(error: OSError) -> None:
        problems.append(f"{error.filename or params['directory']} could not be written: {error.strerror or error}")

    if params["metrics_file"]:
        try:
            mode = int(params["metrics_mode"], 8)
            reports_files.write(Path(params["metrics_file"]), params["metrics"], mode)
            files.append(Path(params["metrics_file"]))
        except OSError as error:
            note(error)
    if params["directory"]:
        for name, report in params["reports"].items():
            try:
                files += reports_files.store(Path(params["directory"]), name, report)
            except OSError as error:
                note(error)
    return files, list(dict.fromkeys(problems))


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "directory": {"type": "path"},
            "reports": {"type": "dict", "default": {}},
            "metrics_file": {"type": "path"},
            "metrics": {"type": "str", "default": ""},
            "metrics_mode": {"type": "str", "default": "0644"},
            # The address of a webhook is often its secret.
            "webhooks": {"type": "list", "elements": "str", "default": [], "no_log": True},
            "seconds": {"type": "float", "default": 10},
        },
        supports_check_mode=True,
    )
    if module.check_mode:
        module.exit_json(changed=False, files=[], problems=[])
    params = module.params
    if not reports_files.MODE.fullmatch(params["metrics_mode"]):
        module.fail_json(
            msg=f"metrics_mode: {params['metrics_mode']!r} is not a mode such as '0644', in quotation marks"
        )
    files, problems = write(params)
    messages = outcome.messages(params["reports"].values())
    if messages and params["webhooks"]:
        problems += webhooks.send(params["webhooks"], messages, params["seconds"])
    result = {"files": sorted(map(str, files)), "problems": problems}
    if problems:
        module.fail_json(msg="; ".join(problems), **result)
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()

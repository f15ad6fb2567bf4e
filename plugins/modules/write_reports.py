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
    description: The file for O(metrics). What it has of other sites stays there for a week, as a run may be limited to some sites.
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
    description: URLs that get the messages as JSON, like entries of O(notify) with nothing but a URL.
    type: list
    elements: str
    default: []
  notify:
    description:
      - Where to send a message when the state of a site changes - when something begins to be wrong, gets worse, becomes something else, or
        is over, and when a site moved. What changed is seen by the report before in O(directory); without one, it is sent.
      - The report of a preflight is sent when the set of what it finds wrong changes.
      - All messages about a site have the same key, by which a service puts them together.
      - What could not be sent is sent by the next run.
    type: list
    elements: dict
    default: []
    suboptions:
      url:
        description:
          - The address. For V(ntfy) its last part is the topic; for V(alertmanager) it is the address of the server; for V(pagerduty) it is
            U(https://events.pagerduty.com/v2/enqueue).
        type: str
        required: true
      format:
        description: What the service understands. V(json) has C(text), C(result), C(event), C(severity) and C(key).
        type: str
        choices: [alertmanager, discord, json, ntfy, pagerduty, slack, teams, template]
        default: json
      token:
        description: The routing key of V(pagerduty); for all others a token for the header C(Authorization).
        type: str
      headers:
        description: Headers to send besides, by name.
        type: dict
      repeat_after:
        description: After how long something that is still wrong is sent again, for instance V(4h); without it never.
        type: str
      template:
        description:
          - The body for the format V(template), with C($site), C($event), C($severity), C($key), C($title), C($text), C($outcome),
            C($reason), C($rule), C($front) and C($run) in it. A text is sent as such, a mapping or a list as JSON.
        type: raw
  seconds:
    description: How long in seconds all messages together may take.
    type: float
    default: 10
attributes:
  check_mode:
    description: Writes and sends nothing.
    support: full
  diff_mode:
    description: Shows no difference, as reports are not a state that is kept.
    support: none
seealso:
  - module: twinzone.edge.history_info
  - module: twinzone.edge.site_status
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
  sample: [/var/lib/twinzone/www.example.com.json]
problems:
  description: What could not be written or sent.
  returned: always
  type: list
  elements: str
  sample: ["https://hooks.example.net: did not answer in time"]
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.twinzone.edge.plugins.module_utils._failover.notify_reader import NEEDS
from ansible_collections.twinzone.edge.plugins.module_utils._reports import alarms, metrics
from ansible_collections.twinzone.edge.plugins.module_utils._reports import files as reports_files
from ansible_collections.twinzone.edge.plugins.module_utils._reports.alarms import Alarm, State
from ansible_collections.twinzone.edge.plugins.module_utils._reports.formats.registry import FORMATS
from ansible_collections.twinzone.edge.plugins.module_utils._reports.webhooks import Webhook, send
from ansible_collections.twinzone.edge.plugins.module_utils._variables import Reader


def problem_of(webhook: Webhook) -> str:
    """Why a webhook cannot be used; empty when it can."""
    needed = NEEDS.get(webhook.format)
    return f"{needed} is missing for the format {webhook.format}" if needed and not getattr(webhook, needed) else ""


class Run:
    """What one run of the module leaves. files: those written; problems: what could not be written or sent."""

    def __init__(self, directory: str | None, reports: Mapping[str, Mapping[str, Any]]) -> None:
        self.directory = Path(directory) if directory else None
        self.reports = reports
        self.files: list[Path] = []
        self.problems: list[str] = []
        self.before = {name: self._state_before(name) for name in reports}

    def _state_before(self, name: str) -> State | None:
        return alarms.state_before(reports_files.latest(self.directory, name)) if self.directory else None

    def _note(self, error: OSError) -> None:
        self.problems.append(f"{error.filename or self.directory} could not be written: {error.strerror or error}")

    def write_metrics(self, path: str, text: str, mode: int) -> None:
        """Write the metrics file."""
        try:
            text = metrics.merged(text, reports_files.content(Path(path)))
            reports_files.write(Path(path), text, mode)
            self.files.append(Path(path))
        except OSError as error:
            self._note(error)

    def _with_state(self, name: str, unsent: Sequence[str]) -> dict[str, Any]:
        """A report with the state of its alarm. unsent: the webhooks that have not taken the message."""
        state = alarms.state_after(self.reports[name], self.before[name], unsent)
        return {**self.reports[name], **({alarms.FIELD: asdict(state)} if state else {})}

    def store(self, due: Mapping[Webhook, Mapping[str, Alarm]]) -> None:
        """Write all reports. due: what is sent after that; in the files it is still unsent."""
        for name in self.reports:
            unsent = [webhook.id for webhook, mine in due.items() if name in mine]
            try:
                if self.directory:
                    self.files += reports_files.store(self.directory, name, self._with_state(name, unsent))
            except OSError as error:
                self._note(error)

    def due(self, webhooks: Sequence[Webhook]) -> dict[Webhook, dict[str, Alarm]]:
        """What each webhook gets, by the report's name."""
        found = {
            webhook: {
                name: alarm
                for name, report in self.reports.items()
                if (alarm := webhook.alarm(report, self.before[name]))
            }
            for webhook in webhooks
        }
        return {webhook: mine for webhook, mine in found.items() if mine}

    def send(self, due: Mapping[Webhook, Mapping[str, Alarm]], seconds: float) -> None:
        """Send, and note in the stored reports what was sent."""
        failed = send({webhook: list(mine.values()) for webhook, mine in due.items()}, seconds)
        self.problems += failed.values()
        for name in {name for mine in due.values() for name in mine}:
            unsent = [webhook.id for webhook in failed if name in due[webhook]]
            try:
                if self.directory:
                    reports_files.amend(self.directory, name, self._with_state(name, unsent))
            except OSError as error:
                self._note(error)


def webhooks_of(params: Mapping[str, Any]) -> list[Webhook]:
    """The webhooks of both options. Raises ValueError for one that cannot be used."""
    found = [Webhook(url) for url in params["webhooks"]]
    for entry in params["notify"]:
        try:
            found.append(
                Webhook(
                    entry["url"],
                    entry["format"],
                    entry["token"] or "",
                    {str(name): str(value) for name, value in (entry["headers"] or {}).items()},
                    Reader(entry).seconds("repeat_after", 0),
                    entry["template"],
                )
            )
        except ValueError as error:
            raise ValueError(f"notify: {error}") from None
    for webhook in found:
        if why_not := problem_of(webhook):
            raise ValueError(f"notify: {why_not}")
    return found


NOTIFY: dict[str, Any] = {
    # The address of a webhook is often its secret, and so are its headers.
    "url": {"type": "str", "required": True, "no_log": True},
    "format": {"type": "str", "choices": sorted(FORMATS), "default": "json"},
    "token": {"type": "str", "no_log": True},
    "headers": {"type": "dict", "no_log": True},
    "repeat_after": {"type": "str"},
    "template": {"type": "raw"},
}


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
            "notify": {"type": "list", "elements": "dict", "options": NOTIFY, "default": []},
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
    run = Run(params["directory"], params["reports"])
    due: dict[Webhook, dict[str, Alarm]] = {}
    try:
        due = run.due(webhooks_of(params))
    except ValueError as error:
        run.problems.append(str(error))
    if params["metrics_file"]:
        run.write_metrics(params["metrics_file"], params["metrics"], int(params["metrics_mode"], 8))
    run.store(due)
    run.send(due, params["seconds"])
    result = {"files": sorted(map(str, run.files)), "problems": list(dict.fromkeys(run.problems))}
    if run.problems:
        module.fail_json(msg="; ".join(result["problems"]), **result)
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()

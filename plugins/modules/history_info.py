#!/usr/bin/python
# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible module: the timeline of sites, from the reports of their failovers."""

from __future__ import annotations

DOCUMENTATION = r"""
module: history_info
short_description: Rebuild the timeline of sites from the reports of their failovers
version_added: 0.1.0
author: The twinzone contributors (@twinzone)
description:
  - Reads the reports that the role P(twinzone.edge.failover#role) left in its C(failover_report_dir), and shows what happened to each site,
    in the order of time.
  - Runs of a site that follow each other and say the same are one stretch. An incident goes from the first run that saw something wrong to
    the one after which the site was back where it had been, and well.
  - A file that is no report, or only half of one, is named and left out. Dry runs are left out.
options:
  directory:
    description: The directory with the reports.
    type: path
    required: true
  sites:
    description: The sites to tell of.
    type: list
    elements: str
    required: true
  since:
    description: Tells only of what lasted into this time, for instance V(2h) or V(7d); all there is without it.
    type: str
attributes:
  check_mode:
    description: Only reads.
    support: full
  diff_mode:
    description: Changes nothing.
    support: N/A
seealso:
  - module: twinzone.edge.write_reports
  - module: twinzone.edge.site_status
"""

EXAMPLES = r"""
- name: Read what happened
  twinzone.edge.history_info:
    directory: /var/lib/twinzone
    sites: "{{ groups['sites'] }}"
    since: 7d
  delegate_to: localhost
  register: history
"""

RETURN = r"""
stretches:
  description: Runs of one site, one after the other, that all say the same. C(seconds) is from the beginning of the first to that of the last.
  returned: always
  type: list
  elements: dict
  sample:
    - {site: www.example.com, began: "2026-11-18T11:32:04Z", ended: "2026-11-18T11:38:12Z", seconds: 360, outcome: partial, rule: active_down,
       reason: "cloudflare is down: 2 of 2 addresses down: connection refused", front: bunny, active_before: cloudflare, run: r1234, by: ops}
incidents:
  description:
    - What happened from the first bad observation (C(began)) on - when visitors were led elsewhere by at least one provider (C(moved),
      C(moved_to)), by all of them and that front was well (C(settled)), and when the site was back at the front where it had been (C(home)),
      and well (C(back)). An empty string for what has not happened.
  returned: always
  type: list
  elements: dict
  sample:
    - {site: www.example.com, home: cloudflare, moved_to: bunny, reason: "cloudflare is down: 2 of 2 addresses down: connection refused",
       began: "2026-11-18T11:32:04Z", moved: "2026-11-18T11:32:18Z", settled: "2026-11-18T11:41:50Z", back: "2026-11-18T14:36:20Z"}
left_out:
  description: Files that are no reports of a run, with C(path) and C(why).
  returned: always
  type: list
  elements: dict
  sample: [{path: /var/lib/twinzone/notes.json, why: is no report}]
lines:
  description: All of it as a table for a person.
  returned: always
  type: list
  elements: str
  sample: ["2026-11-18T11:32:04Z  www.example.com  partial"]
"""

import time
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.twinzone.edge.plugins.module_utils._reports import files, history
from ansible_collections.twinzone.edge.plugins.module_utils._variables import Reader


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "directory": {"type": "path", "required": True},
            "sites": {"type": "list", "elements": "str", "required": True},
            "since": {"type": "str"},
        },
        supports_check_mode=True,
    )
    options = Reader(module.params)
    back = options.seconds("since", 0)
    directory = Path(module.params["directory"])
    if not module.params["directory"]:
        options.problem("directory", "is empty; name one, in the role with failover_report_dir")
    elif not directory.is_dir():
        options.problem("directory", f"there is no directory {directory}")
    if options.problems:
        module.fail_json(msg="\n".join(options.problems))
    runs, left_out = files.load(directory, module.params["sites"])
    stretches, incidents = history.timeline(runs, int(time.time()) - back if back else 0)
    module.exit_json(
        changed=False,
        stretches=[history.as_result(stretch) for stretch in stretches],
        incidents=[incident.as_result() for incident in incidents],
        # Not called `skipped`: a result with that is taken for that of a task that was skipped.
        left_out=[{"path": path, "why": why} for path, why in left_out],
        lines=[*history.lines(stretches, incidents), *(f"left out {path}: {why}" for path, why in left_out)],
    )


if __name__ == "__main__":
    main()

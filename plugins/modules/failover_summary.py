# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of an action plugin."""

from __future__ import annotations

DOCUMENTATION = r"""
module: failover_summary
short_description: Show lines so that commands in them can be pasted
version_added: 0.2.0
author: The twinzone contributors (@twinzone)
description:
  - A step of the role P(twinzone.edge.failover#role), as an action plugin.
  - Prints the lines as they are under every output format.
options:
  lines:
    description: The lines.
    type: list
    elements: str
    default: []
  warnings:
    description: What Ansible shows as warnings.
    type: list
    elements: str
    default: []
  results:
    description:
      - Whether to show the lines and the warnings of all results of a run of the role P(twinzone.edge.failover#role), and to hand the
        results on to later steps of a workflow, as M(ansible.builtin.set_stats) does.
      - They are taken from the variables of the role. As an option they would cost more than all the rest of a run for hundreds of sites.
    type: bool
    default: false
    version_added: 0.2.0
attributes:
  check_mode:
    description: Only prints.
    support: full
  diff_mode:
    description: Changes nothing.
    support: N/A
seealso:
  - module: twinzone.edge.failover_outcome
  - module: twinzone.edge.write_reports
"""

EXAMPLES = r"""
- name: Show what happened
  twinzone.edge.failover_summary:
    lines: "{{ failover_result.summary }}"
"""

RETURN = r"""
msg:
  description: The outcome, where there is one.
  returned: sometimes
  type: str
  sample: ""
"""

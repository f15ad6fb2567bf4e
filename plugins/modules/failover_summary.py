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
    required: true
  warnings:
    description: What Ansible shows as warnings.
    type: list
    elements: str
    default: []
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

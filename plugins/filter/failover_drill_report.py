# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible filter: say what a rehearsal came to."""

from __future__ import annotations

DOCUMENTATION = r"""
name: failover_drill_report
short_description: Say what a rehearsal came to
version_added: 0.1.0
author: The twinzone contributors (@twinzone)
description:
  - A step of the role P(twinzone.edge.failover#role), for its templates.
positional: legs
options:
  _input:
    description: The plan, made by P(twinzone.edge.failover_drill_plan#filter).
    type: dict
    required: true
  legs:
    description: The ways there and back, each with its times and the result of its failover.
    type: list
    required: true
"""

EXAMPLES = r"""
- name: Show it
  ansible.builtin.debug:
    msg: "{{ plan | twinzone.edge.failover_drill_report(legs) }}"
"""

RETURN = r"""
_value:
  description: The report.
  type: dict
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.twinzone.edge.plugins.module_utils._failover import drill


def failover_drill_report(plan: Mapping[str, Any], legs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return drill.report(plan, legs)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"failover_drill_report": failover_drill_report}

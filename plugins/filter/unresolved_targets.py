# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible filter: list the targets of fronts that have no address somewhere."""

from __future__ import annotations

DOCUMENTATION = r"""
name: unresolved_targets
short_description: List the targets of fronts that have no address somewhere
version_added: 0.1.0
author: The twinzone contributors (@twinzone)
description:
  - A step of the role P(twinzone.edge.zone_sync#role), for its templates.
positional: answers
options:
  _input:
    description: The absolute host names.
    type: list
    required: true
  answers:
    description: C(answers) of M(twinzone.edge.served_info) for their A and AAAA records.
    type: list
    required: true
"""

EXAMPLES = r"""
- name: Show it
  ansible.builtin.debug:
    msg: "{{ targets | twinzone.edge.unresolved_targets(served.answers) }}"
"""

RETURN = r"""
_value:
  description: What is missing, one line each.
  type: list
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.twinzone.edge.plugins.module_utils import _sync


def unresolved_targets(targets: Sequence[str], answers: Sequence[Mapping[str, Any]]) -> list[str]:
    return _sync.unresolved(targets, answers)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"unresolved_targets": unresolved_targets}

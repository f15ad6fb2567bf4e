# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible filter: show how sites stand."""

from __future__ import annotations

DOCUMENTATION = r"""
name: failover_status
short_description: Show how sites stand
version_added: 0.1.0
author: The twinzone contributors (@twinzone)
description:
  - A step of the role P(twinzone.edge.failover#role), for its templates.
options:
  _input:
    description: The decisions.
    type: list
    required: true
"""

EXAMPLES = r"""
- name: Show it
  ansible.builtin.debug:
    msg: "{{ decisions | twinzone.edge.failover_status }}"
"""

RETURN = r"""
_value:
  description: The lines of a table.
  type: list
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.twinzone.edge.plugins.module_utils._reports import status


def failover_status(decisions: Sequence[Mapping[str, Any]]) -> list[str]:
    return status.table(decisions)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"failover_status": failover_status}

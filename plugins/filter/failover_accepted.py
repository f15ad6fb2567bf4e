# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible filter: add to decisions which providers took the write."""

from __future__ import annotations

DOCUMENTATION = r"""
name: failover_accepted
short_description: Add to decisions which providers took the write
version_added: 0.1.0
author: The twinzone contributors (@twinzone)
description:
  - A step of the role P(twinzone.edge.failover#role), for its templates.
positional: written
options:
  _input:
    description: The decisions.
    type: list
    required: true
  written:
    description: The result of M(twinzone.edge.zone_records).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show it
  ansible.builtin.debug:
    msg: "{{ decisions | twinzone.edge.failover_accepted(written) }}"
"""

RETURN = r"""
_value:
  description: The decisions by site.
  type: dict
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.twinzone.edge.plugins.module_utils._failover import steps


def failover_accepted(decisions: Sequence[Mapping[str, Any]], written: Mapping[str, Any]) -> dict[str, Any]:
    return steps.with_accepted(decisions, written)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"failover_accepted": failover_accepted}

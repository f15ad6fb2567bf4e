# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible filter: list the writes that decisions need."""

from __future__ import annotations

DOCUMENTATION = r"""
name: failover_switches
short_description: List the writes that decisions need
version_added: 0.1.0
author: The twinzone contributors (@twinzone)
description:
  - A step of the role P(twinzone.edge.failover#role), for its templates.
positional: providers
options:
  _input:
    description: The decisions.
    type: list
    required: true
  providers:
    description: The provider entries of each site, by its name, with their tokens.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show it
  ansible.builtin.debug:
    msg: "{{ decisions | twinzone.edge.failover_switches(providers) }}"
"""

RETURN = r"""
_value:
  description: Entries for O(twinzone.edge.zone_records#module:zones).
  type: list
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.twinzone.edge.plugins.module_utils._failover import steps


def failover_switches(decisions: Sequence[Mapping[str, Any]], providers: Mapping[str, Any]) -> list[Any]:
    return steps.switches(decisions, providers)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"failover_switches": failover_switches}

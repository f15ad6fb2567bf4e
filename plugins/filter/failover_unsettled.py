# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible filter: list where the name servers' answers settle nothing."""

from __future__ import annotations

DOCUMENTATION = r"""
name: failover_unsettled
short_description: List where the name servers' answers settle nothing
version_added: 0.1.0
author: The twinzone contributors (@twinzone)
description:
  - A step of the role P(twinzone.edge.failover#role), for its templates.
positional: answers, providers
options:
  _input:
    description: The sites.
    type: list
    required: true
  answers:
    description: C(answers) of M(twinzone.edge.served_info).
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
    msg: "{{ sites | twinzone.edge.failover_unsettled(answers, providers) }}"
"""

RETURN = r"""
_value:
  description: Entries for O(twinzone.edge.zone_records_info#module:zones).
  type: list
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.twinzone.edge.plugins.module_utils._failover import steps


def failover_unsettled(
    sites: Sequence[Mapping[str, Any]], answers: Sequence[Mapping[str, Any]], providers: Mapping[str, Any]
) -> list[Any]:
    return steps.unsettled(sites, answers, providers)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"failover_unsettled": failover_unsettled}

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible filter: list what to ask the name servers of sites."""

from __future__ import annotations

DOCUMENTATION = r"""
name: failover_queries
short_description: List what to ask the name servers of sites
version_added: 0.1.0
author: The twinzone contributors (@twinzone)
description:
  - A step of the role P(twinzone.edge.failover#role), for its templates.
positional: decisions
options:
  _input:
    description: The sites.
    type: list
    required: true
  decisions:
    description: The decisions by site, as P(twinzone.edge.failover_accepted#filter) returns them, once they are carried out.
    type: dict
"""

EXAMPLES = r"""
- name: Show it
  ansible.builtin.debug:
    msg: "{{ sites | twinzone.edge.failover_queries }}"
"""

RETURN = r"""
_value:
  description: Entries for O(twinzone.edge.served_info#module:zones).
  type: list
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.twinzone.edge.plugins.module_utils._failover import steps


def failover_queries(
    sites: Sequence[Mapping[str, Any]], decisions: Mapping[str, Mapping[str, Any]] | None = None
) -> list[Any]:
    return steps.queries(sites, decisions)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"failover_queries": failover_queries}

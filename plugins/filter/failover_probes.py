# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible filter: list the fronts of sites for cdn_health."""

from __future__ import annotations

DOCUMENTATION = r"""
name: failover_probes
short_description: List the fronts of sites for cdn_health
version_added: 0.1.0
author: The twinzone contributors (@twinzone)
description:
  - A step of the role P(twinzone.edge.failover#role), for its templates.
positional: vantage
options:
  _input:
    description: The sites.
    type: list
    required: true
  vantage:
    description: The vantage that will probe.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Show it
  ansible.builtin.debug:
    msg: "{{ sites | twinzone.edge.failover_probes(vantage) }}"
"""

RETURN = r"""
_value:
  description: Entries for O(twinzone.edge.cdn_health#module:fronts).
  type: list
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.twinzone.edge.plugins.module_utils._failover import site as failover_site


def failover_probes(sites: Sequence[Mapping[str, Any]], vantage: str) -> list[Any]:
    return [front for site in sites if vantage in site["vantages"] for front in failover_site.probes(site)]


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"failover_probes": failover_probes}

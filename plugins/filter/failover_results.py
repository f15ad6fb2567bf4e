# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible filter: judge what a run came to."""

from __future__ import annotations

DOCUMENTATION = r"""
name: failover_results
short_description: Judge what a run came to
version_added: 0.1.0
author: The twinzone contributors (@twinzone)
description:
  - A step of the role P(twinzone.edge.failover#role), for its templates.
positional: decisions, run
options:
  _input:
    description: The sites.
    type: list
    required: true
  decisions:
    description: The decisions by site, with what was accepted.
    type: dict
    required: true
  run:
    description: What was written, what is served now, and the times.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show it
  ansible.builtin.debug:
    msg: "{{ sites | twinzone.edge.failover_results(decisions, run) }}"
"""

RETURN = r"""
_value:
  description: The results by site.
  type: dict
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.twinzone.edge.plugins.module_utils._failover import steps


def failover_results(
    sites: Sequence[Mapping[str, Any]], decisions: Mapping[str, Any], run: Mapping[str, Any]
) -> dict[str, Any]:
    return {site["site"]: steps.report(site, decisions[site["site"]], run) for site in sites}


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"failover_results": failover_results}

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible filter: plan a rehearsal."""

from __future__ import annotations

DOCUMENTATION = r"""
name: failover_drill_plan
short_description: Plan a rehearsal
version_added: 0.1.0
author: The twinzone contributors (@twinzone)
description:
  - A step of the role P(twinzone.edge.failover#role), for its templates.
positional: decisions, answers, facts
options:
  _input:
    description: The sites.
    type: list
    required: true
  decisions:
    description: The decisions.
    type: list
    required: true
  answers:
    description: What the name servers answered.
    type: list
    required: true
  facts:
    description: The front to go to, if one was named (C(to)), the run's id (C(run)) and who runs it (C(by)).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show it
  ansible.builtin.debug:
    msg: "{{ sites | twinzone.edge.failover_drill_plan(decisions, answers, facts) }}"
"""

RETURN = r"""
_value:
  description: Where it would go, and C(problems) for which it must not begin.
  type: dict
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.twinzone.edge.plugins.module_utils._failover import drill


def failover_drill_plan(
    sites: Sequence[Mapping[str, Any]],
    decisions: Sequence[Mapping[str, Any]],
    answers: Sequence[Mapping[str, Any]],
    facts: Mapping[str, Any],
) -> dict[str, Any]:
    return drill.plan(sites, decisions, answers, facts)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"failover_drill_plan": failover_drill_plan}

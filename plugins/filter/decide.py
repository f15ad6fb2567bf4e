# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible filter: decide where a site's traffic shall go."""

from __future__ import annotations

DOCUMENTATION = r"""
name: decide
short_description: Decide where a site's traffic shall go
version_added: 0.1.0
author: The twinzone contributors (@twinzone)
description:
  - Turns what was observed, the site's policy and the time into a decision. It does no I/O and reads no clock, so the same input always
    gives the same decision.
  - The rules are those of the role P(twinzone.edge.failover#role). The first that fits decides, and its name and a reason in plain words
    are part of the result.
positional: observed, now, run
options:
  _input:
    description: The site, as P(twinzone.edge.failover_site#filter) makes it.
    type: dict
    required: true
  observed:
    description:
      - What was observed - C(answers) of M(twinzone.edge.served_info), C(votes), each a result of M(twinzone.edge.cdn_health), C(held) of
        M(twinzone.edge.zone_records_info) by zone where the answers settle nothing, and C(sites), all sites of the run.
    type: dict
    required: true
  now:
    description: The time, in seconds since 1970.
    type: int
    required: true
  run:
    description: An id of this run, one word.
    type: str
    required: false
"""

EXAMPLES = r"""
- name: Decide
  ansible.builtin.set_fact:
    decision: "{{ site | twinzone.edge.decide(observed, now(utc=true).timestamp() | int) }}"
"""

RETURN = r"""
_value:
  description: The decision - C(rule), C(kind) (V(go), V(hold) or V(refuse)), C(reason), C(front), C(active), and C(writes), the providers to bring in line.
  type: dict
"""

from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.twinzone.edge.plugins.module_utils._failover import steps


def decide(site: Mapping[str, Any], observed: Mapping[str, Any], now: int, run: str = "-") -> dict[str, Any]:
    return steps.decide(site, observed, now, run)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"decide": decide}

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible filter: check whether a failover would work."""

from __future__ import annotations

DOCUMENTATION = r"""
name: failover_preflight
short_description: Check whether a failover would work
version_added: 0.1.0
author: The twinzone contributors (@twinzone)
description:
  - A step of the role P(twinzone.edge.failover#role), for its templates.
positional: observed, seen, now
options:
  _input:
    description: The sites.
    type: list
    required: true
  observed:
    description: What was observed, as for P(twinzone.edge.decide#filter).
    type: dict
    required: true
  seen:
    description: C(held) of M(twinzone.edge.zone_records_info) and C(delegation) of M(twinzone.edge.served_info), both by zone.
    type: dict
    required: true
  now:
    description: The time, in seconds since 1970.
    type: int
    required: true
"""

EXAMPLES = r"""
- name: Show it
  ansible.builtin.debug:
    msg: "{{ sites | twinzone.edge.failover_preflight(observed, seen, 1795470061) }}"
"""

RETURN = r"""
_value:
  description: By site, C(lines) for a person and whether it C(passed).
  type: dict
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.twinzone.edge.plugins.module_utils._failover import preflight


def failover_preflight(
    sites: Sequence[Mapping[str, Any]], observed: Mapping[str, Any], seen: Mapping[str, Any], now: int
) -> dict[str, Any]:
    found = {site["site"]: preflight.check(site, observed, seen, now) for site in sites}
    return {
        name: {
            "lines": preflight.lines(name, findings),
            "passed": not any(one["level"] == preflight.FAIL for one in findings),
        }
        for name, findings in found.items()
    }


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"failover_preflight": failover_preflight}

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible filter: show results in the text format of Prometheus."""

from __future__ import annotations

DOCUMENTATION = r"""
name: failover_metrics
short_description: Show results in the text format of Prometheus
version_added: 0.1.0
author: The twinzone contributors (@twinzone)
description:
  - A step of the role P(twinzone.edge.failover#role), for its templates.
positional: finished
options:
  _input:
    description: The results of the sites.
    type: list
    required: true
  finished:
    description: The time, in seconds since 1970.
    type: float
    required: true
"""

EXAMPLES = r"""
- name: Show it
  ansible.builtin.debug:
    msg: "{{ results | twinzone.edge.failover_metrics(1795470061) }}"
"""

RETURN = r"""
_value:
  description: The content of a file for the text file collector.
  type: str
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.twinzone.edge.plugins.module_utils._reports import metrics


def failover_metrics(results: Sequence[Mapping[str, Any]], finished: float) -> str:
    return metrics.text(results, finished)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"failover_metrics": failover_metrics}

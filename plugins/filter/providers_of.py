# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible filter: collect the provider entries of hosts."""

from __future__ import annotations

DOCUMENTATION = r"""
name: providers_of
short_description: Collect the provider entries of hosts
version_added: 0.1.0
author: The twinzone contributors (@twinzone)
description:
  - Tasks that work for all hosts of a play at once need the DNS providers of each. What a role has as a default is not among the variables
    that other hosts see, so this looks in the order of precedence.
  - The result has tokens in it. Pass it on in a template, and do not keep it in a fact.
positional: hosts, variable, default
options:
  _input:
    description: The variable C(hostvars).
    type: dict
    required: true
  hosts:
    description: The hosts.
    type: list
    required: true
  variable:
    description: The variable that replaces C(dns_providers) where a host has it.
    type: str
    required: true
  default:
    description: The entries for hosts that have neither.
    type: list
    required: true
"""

EXAMPLES = r"""
- name: Show it
  ansible.builtin.debug:
    msg: "{{ hostvars | twinzone.edge.providers_of(ansible_play_batch, 'failover_providers', dns_providers) | length }}"
"""

RETURN = r"""
_value:
  description: The provider entries by host.
  type: dict
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any


def providers_of(
    hostvars: Mapping[str, Any], hosts: Sequence[str], variable: str, default: Sequence[Any]
) -> dict[str, Any]:
    found = {}
    for host in hosts:
        own = hostvars[host]
        found[host] = next((own[name] for name in (variable, "dns_providers") if name in own), default)
    return found


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"providers_of": providers_of}

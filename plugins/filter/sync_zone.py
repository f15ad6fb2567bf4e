# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible filter: read a zone from its variables and its file."""

from __future__ import annotations

DOCUMENTATION = r"""
name: sync_zone
short_description: Read a zone from its variables and its file
version_added: 0.1.0
author: The twinzone contributors (@twinzone)
description:
  - Turns the C(zone_sync_*) variables of a host and its zone file into what the role P(twinzone.edge.zone_sync#role) needs.
  - Bad input fails with every problem at once, each naming the variable and the remedy.
positional: name, content, hostvars, sites, providers
options:
  _input:
    description: The C(zone_sync_*) variables, by their names.
    type: dict
    required: true
  name:
    description: The host's name, which is the zone's unless C(zone_sync_zone) says otherwise.
    type: str
    required: true
  content:
    description: The text of the zone file, or none.
    type: str
    required: true
  hostvars:
    description: The variable C(hostvars), in which the steered names are looked up.
    type: dict
    required: true
  sites:
    description: The hosts that are sites.
    type: list
    required: true
  providers:
    description: The entries of C(dns_providers).
    type: list
    required: true
"""

EXAMPLES = r"""
- name: Read the zone
  ansible.builtin.set_fact:
    zone: "{{ variables | twinzone.edge.sync_zone(inventory_hostname, none, hostvars, groups['sites'], dns_providers) }}"
"""

RETURN = r"""
_value:
  description: The zone - C(zone), C(records), C(steered), C(targets) and the checked settings.
  type: dict
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.twinzone.edge.plugins.module_utils._errors import BadInput
from ansible_collections.twinzone.edge.plugins.module_utils._modules import provider_entries
from ansible_collections.twinzone.edge.plugins.module_utils._sync import declaration


def sync_zone(
    variables: Mapping[str, Any],
    name: str,
    content: str | None,
    hostvars: Mapping[str, Any],
    sites: Sequence[str],
    providers: Any,
) -> dict[str, Any]:
    entries, problems = provider_entries.read(provider_entries.plain(providers))
    try:
        zone = declaration.read(name, variables, content, declaration.steered_sites(hostvars, sites), entries)
    except BadInput as error:
        problems += error.problems
    if problems:
        raise AnsibleFilterError("\n".join([f"{name} is not well described:", *problems]))
    return zone


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"sync_zone": sync_zone}

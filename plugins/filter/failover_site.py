# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible filter: read a site from its variables."""

from __future__ import annotations

DOCUMENTATION = r"""
name: failover_site
short_description: Read a site from its variables
version_added: 0.1.0
author: The twinzone contributors (@twinzone)
description:
  - Turns the C(failover_*) variables of a host into the site that the other filters of this collection take, with all defaults.
  - Tokens are left out, so that the site can be kept as a fact.
  - Bad input fails with every problem at once, each naming the variable and the remedy. That includes what only a module would refuse, in
    a check or in an entry of a provider, so that the mistake of one site holds up no other, and comes to light on a quiet day.
positional: name, providers, now
options:
  _input:
    description: The C(failover_*) variables, by their names.
    type: dict
    required: true
  name:
    description: The site's name.
    type: str
    required: true
  providers:
    description: The entries of C(dns_providers).
    type: list
    required: true
  now:
    description: The time, in seconds since 1970.
    type: int
    required: true
"""

EXAMPLES = r"""
- name: Read the site
  ansible.builtin.set_fact:
    site: "{{ dict(query('varnames', '^failover_') | zip(query('vars', *query('varnames', '^failover_'))))
      | twinzone.edge.failover_site(inventory_hostname, dns_providers, now(utc=true).timestamp() | int) }}"
"""

RETURN = r"""
_value:
  description: The site.
  type: dict
"""

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.twinzone.edge.plugins.module_utils._errors import BadInput
from ansible_collections.twinzone.edge.plugins.module_utils._modules import failover_site as modules_failover_site


def failover_site(variables: Mapping[str, Any], name: str, providers: Any, now: int) -> dict[str, Any]:
    try:
        return modules_failover_site.read(name, variables, providers, now)
    except BadInput as error:
        raise AnsibleFilterError("\n".join([f"{name} is not well described:", *error.problems])) from None


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"failover_site": failover_site}

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible lookup: what the authoritative name servers serve."""

from __future__ import annotations

DOCUMENTATION = r"""
name: served
short_description: Look up what the authoritative name servers serve
version_added: 0.3.0
author: The twinzone contributors (@twinzone)
description:
  - Asks every authoritative name server of a zone itself, over TCP, with no cache and no resolver in between.
  - The result of each name says what each server answers, and whether all of them agree.
extends_documentation_fragment:
  - twinzone.edge.network
options:
  _terms:
    description: The names to ask for, relative to O(zone) or absolute. Without O(zone) all are absolute, with or without a trailing dot.
    type: list
    elements: str
    required: true
  type:
    description: The type of the record set.
    type: str
    default: A
  zone:
    description:
      - The zone in which the names lie. Without it, the zone of each name is found by the resolver.
    type: str
  providers:
    description:
      - The DNS providers, as in the inventory. Of each only C(name), C(type) and C(nameservers) matter here; no token is needed, and no API is asked.
      - The C(nameservers) of an entry are asked if O(zone) is given. In any case all servers are asked to which the parent delegates the zone,
        those of no known provider too.
    type: list
    elements: dict
    default: []
    vars:
      - name: dns_providers
  dns_resolver:
    vars:
      - name: dns_resolver
  dns_port:
    vars:
      - name: dns_port
  dns_require_ad:
    vars:
      - name: dns_require_ad
requirements:
  - requests
  - dnspython
notes:
  - To wait until something is served, use M(twinzone.edge.served_info) with its O(twinzone.edge.served_info#module:expect) and
    O(twinzone.edge.served_info#module:timeout).
seealso:
  - module: twinzone.edge.served_info
  - plugin: community.dns.lookup
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Show where the router leads at every name server
  ansible.builtin.debug:
    msg: "{{ item.provider }} {{ item.server }}: {{ item['values'] | join(' ') }}"
  loop: "{{ lookup('twinzone.edge.served', 'web-router', zone='example.com', type='CNAME').answers }}"

- name: Go on only if all name servers serve the same token
  ansible.builtin.assert:
    that: found.agreed and token in found['values']
  vars:
    found: "{{ lookup('twinzone.edge.served', '_acme-challenge.example.com', type='TXT') }}"
"""

RETURN = r"""
_list:
  description:
    - What is served for each name. C(values) are those that all servers serve; none where they differ (C(agreed) is false), and where there is no such
      record set.
    - In C(answers), C(provider) is empty for a server of no known provider, C(cnames) is the chain that the server itself followed, and C(error) says why
      there is no answer. The values of a chain that leaves the zone are what the resolver finds at its end.
  type: list
  elements: dict
  sample:
    - name: web-router.example.com.
      type: CNAME
      zone: example.com
      agreed: true
      values: [cf-front.example.com.]
      answers:
        - {provider: desec, server: ns1.desec.io, rcode: NOERROR, ttl: 3600, values: [cf-front.example.com.], cnames: [], error: ""}
"""

from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible_collections.twinzone.edge.plugins.module_utils._errors import BadInput
from ansible_collections.twinzone.edge.plugins.module_utils._modules import served_lookup
from ansible_collections.twinzone.edge.plugins.module_utils._modules.module import missing_library
from ansible_collections.twinzone.edge.plugins.module_utils._modules.provider_entries import plain

_NETWORK = ("dns_resolver", "dns_port", "dns_require_ad")
_OPTIONS = ("providers", "zone", "type", *_NETWORK)

#: Variables that an option may come from.
_VARIABLES = ("dns_providers", *_NETWORK)


class LookupModule(LookupBase):  # type: ignore[misc]  # Ansible is not typed
    """The lookup."""

    def run(self, terms: list[str], variables: dict[str, Any] | None = None, **kwargs: Any) -> list[dict[str, Any]]:
        """What is served for each name. Raises AnsibleLookupError."""
        if missing := missing_library():
            raise AnsibleLookupError(missing)
        known = variables or {}
        # Ansible gives an option its type before it fills in the templates.
        filled = {name: plain(self._templar.template(known[name])) for name in _VARIABLES if name in known}
        self.set_options(var_options=filled, direct=kwargs)
        try:
            wanted = served_lookup.read({name: plain(self.get_option(name)) for name in _OPTIONS})
            return [served_lookup.look_up(str(term), wanted) for term in terms]
        except BadInput as error:
            raise AnsibleLookupError("; ".join(error.problems)) from error

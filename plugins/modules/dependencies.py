# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible module: who can take a site down."""

from __future__ import annotations

DOCUMENTATION = r"""
module: dependencies
short_description: Show who can take a site down, now and after a failover
version_added: 0.2.0
author: The twinzone contributors (@twinzone)
description:
  - Follows every public name, router, front, DNS provider's API and everything else that it is given through the DNS, asks every name server on
    the way, and computes which operator's failure takes which name down, with and without a failover.
  - Reads only. What could not be seen makes an answer possible, never certain.
  - Writes the answers as one HTML page, as JSON, CSV and Mermaid, and compares them with those of the last time.
  - Writes a second page that sorts the evidence by the criteria of the IRN, the index of digital resilience of the aDRI, in version 1.1. It
    names the criteria by their identifiers, in words of its own, and computes no level.
options:
  sites:
    description: The sites, and public names without a failover.
    type: list
    elements: dict
    required: true
    suboptions:
      site:
        description: What the site is called.
        type: str
        required: true
      zone:
        description: The zone of the router.
        type: str
        required: true
      names:
        description: The public names that visitors use.
        type: list
        elements: str
        required: true
      router:
        description: The record that a failover switches; without it the names have no failover.
        type: str
        default: ""
      fronts:
        description: The fronts, in order of preference.
        type: list
        elements: dict
        default: []
        suboptions:
          name:
            description: What the front is called.
            type: str
            required: true
          target:
            description: The host name that the router leads to.
            type: str
            required: true
          operator:
            description: Who runs it, where the target does not show that.
            type: str
            default: ""
          issuer:
            description: The names of those who signed its certificate, from the nearest up.
            type: str
            default: ""
          ends:
            description: When the certificate is over, as Unix time; 0 where that is not known.
            type: int
            default: 0
      providers:
        description: The DNS providers of the zone.
        type: list
        elements: dict
        default: []
        suboptions:
          name:
            description: What the provider is called.
            type: str
            required: true
          type:
            description: The kind of provider.
            type: str
            required: true
          api_url:
            description: Where its API is, if not at its usual place.
            type: str
            default: ""
          server:
            description: The server that takes updates, of a provider without an HTTP API.
            type: str
            default: ""
          nameservers:
            description: Its name servers. By default those of the delegation that carry its name.
            type: list
            elements: str
            default: []
  parties:
    description:
      - Host names or URLs by what they are to the sites. The roles are C(resolver), C(controls), C(vantages) and C(webhooks).
    type: dict
    default: {}
  declared:
    description:
      - Operators by role, for what nothing shows from outside. The roles are C(origin), C(registrar), C(runner), C(secrets), C(git), C(sso),
        C(mail) and C(status_page). A URL in place of an operator is followed like any host.
      - Those of C(origin), C(runner) and C(secrets) count in the answers. Without the origin its sites are down; without the runner or the
        secrets nobody can switch. Of several, one is enough.
    type: dict
    default: {}
  locked:
    description: Records that cannot leave their provider, as its API shows them. What a proxy hides, the DNS does not show.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: The absolute name.
        type: str
        required: true
      type:
        description: The type of the record set.
        type: str
        required: true
      product:
        description: What needs it, such as V(R2) or V(Workers).
        type: str
        required: true
      provider:
        description: The provider that holds it.
        type: str
        required: true
  unread:
    description: The zones whose records could not be read at a provider, and why; shown as they are.
    type: list
    elements: str
    default: []
  irn:
    description:
      - Levels that the organisation gave itself, by criterion of the IRN in version 1.1, such as V(RES-4.3), each with C(level) and C(source).
        They are shown in the sheet with their source. No level is computed.
    type: dict
    default: {}
  operators:
    description: Known operators, each with C(name), C(suffixes) of host names, C(issuers) of certificates, C(entity), C(jurisdiction), C(source)
      and C(reviewed). A later entry of the same name adds to an earlier one, and a suffix belongs to the last that has it.
    type: list
    elements: dict
    default: []
  variables:
    description: The names of all variables that begin like those of the playbook. One that is nearly one of these is refused.
    type: list
    elements: str
    default: []
  directory:
    description: Where to write C(dependencies.html), C(.json), C(.csv) and C(.mmd), and C(dependencies-irn.html), the sheet for the IRN.
    type: path
  dns_resolver:
    description: The resolver to ask, as C(host[:port]), instead of the system's.
    type: str
  dns_port:
    description: The port of the name servers.
    type: int
    default: 53
  deadline:
    description: Seconds for everything that is asked.
    type: float
    default: 60
attributes:
  check_mode:
    description: Writes no file.
    support: full
  diff_mode:
    description: Changes nothing that it could show.
    support: N/A
requirements:
  - requests
  - dnspython
seealso:
  - module: twinzone.edge.preflight_info
  - module: twinzone.edge.cdn_health
"""

EXAMPLES = r"""
- name: Show who can take the site down
  twinzone.edge.dependencies:
    sites:
      - site: www.example.com
        zone: example.com
        names: [www.example.com]
        router: web-router
        fronts:
          - {name: cloudflare, target: cf-front.example.com., operator: Cloudflare}
          - {name: bunny, target: example.b-cdn.net.}
        providers:
          - {name: cloudflare, type: cloudflare}
          - {name: desec, type: desec}
    declared: {registrar: [Gandi]}
    directory: /var/lib/twinzone
  delegate_to: localhost
"""

RETURN = r"""
headline:
  description: The most important answer, in a sentence or two.
  returned: success
  type: str
  sample: If Cloudflare fails now, 0 of 1 names stay up; after a failover 1 of 1. To switch, we can write desec without Cloudflare.
lines:
  description: The answers on one screen.
  returned: success
  type: list
  elements: str
  sample: ["If Cloudflare fails now, 0 of 1 names stay up"]
differences:
  description: What is answered otherwise than the last time.
  returned: success
  type: list
  elements: str
  sample: ["www.example.com: after a failover, Cloudflare can no longer take it down"]
answers:
  description: Everything, as it is written to C(dependencies.json) beside the sheet for the IRN; the schema is C(twinzone-dependencies/1).
  returned: success
  type: dict
  sample: {schema: twinzone-dependencies/1}
files:
  description: The files written.
  returned: success
  type: list
  elements: str
  sample: [pages/dependencies.html, pages/dependencies.json]
"""

from ansible_collections.twinzone.edge.plugins.module_utils._modules import dependencies

main = dependencies.main

if __name__ == "__main__":
    main()

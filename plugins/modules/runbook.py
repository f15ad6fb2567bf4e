#!/usr/bin/python
# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible module: the page for the night, of each site."""

from __future__ import annotations

DOCUMENTATION = r"""
module: runbook
short_description: Write the page for the night of each site, and scripts that need no Ansible
version_added: 0.2.0
author: The twinzone contributors (@twinzone)
description:
  - Writes for each site C(SITE.html) and C(SITE.md) - what it is, how to see, move, hold, stop the schedule, verify, tell people, go back -
    with real names, addresses and paths, and C(SITE/PROVIDER-to-FRONT.sh) for each provider and front. These call the provider's API with
    C(curl), or its server with C(nsupdate), and hold no secret.
  - Asks for the name servers, and reads the zones for the ids of their records. A provider that cannot be asked holds up nothing.
  - Replaces what it wrote before. Scripts that it made for fronts and providers that are gone are removed.
  - A step of the role P(twinzone.edge.failover#role).
options:
  sites:
    description: The sites, as M(twinzone.edge.failover_sites) returns them.
    type: list
    elements: dict
    required: true
  zones:
    description: The zones in which their routers lie.
    type: list
    elements: dict
    required: true
    suboptions:
      zone:
        description: The zone's name.
        type: str
        required: true
      providers:
        description: Its providers, with their tokens.
        type: list
        elements: dict
        suboptions:
          # options of entries, by tests/tools/provider_options.py
          name:
            description:
              - A free name, by which results and C(at) call it.
            type: str
            required: true
          type:
            description:
              - The kind of provider.
            type: str
            choices: [cloudflare, desec, octodns, powerdns, rfc2136]
            required: true
          token:
            description:
              - The API token, if it is not in an environment variable.
              - For Cloudflare that is E(CLOUDFLARE_API_TOKEN) or E(CF_API_TOKEN). For deSEC that is E(DESEC_TOKEN) or E(DESEC_API_TOKEN).
                For octoDNS that is E(OCTODNS_TOKEN), and the class takes it as its argument C(token_option). For PowerDNS that is
                E(POWERDNS_API_KEY) or E(PDNS_API_KEY).
              - Only for V(cloudflare), V(desec), V(octodns) and V(powerdns).
            type: str
          api_url:
            description:
              - Base URL of the API, if not the provider's own.
              - For Cloudflare the default is U(https://api.cloudflare.com/client/v4). For deSEC the default is U(https://desec.io/api/v1).
                For PowerDNS the default is U(http://127.0.0.1:8081/api/v1).
              - Only for V(cloudflare), V(desec) and V(powerdns).
            type: str
          ca_path:
            description:
              - File of CA certificates to trust instead of the system's. TLS is always verified.
              - Only for V(cloudflare), V(desec) and V(powerdns).
            type: path
          zone_id:
            description:
              - Cloudflare's id of the zone. Saves a request and works when the look-up is down.
              - The zone's plan is not known then, so that batches are those of the free plan, and TTLs below 60 seconds are raised.
              - Only for V(cloudflare).
            type: str
          token_id:
            description:
              - The id of the token, which deSEC shows when it is made; it may be known. With it the preflight checks that the token's
                policies allow both the router and its marker.
              - Only for V(desec).
            type: str
          class:
            description:
              - The class of octoDNS' provider, such as C(octodns_powerdns.PowerDnsProvider). Its package and octodns must be installed for
                the Python that runs the module.
              - Only for V(octodns).
            type: str
          options:
            description:
              - Arguments of that class, by name. One that is written C(env/NAME) is taken from the environment variable of that name, as in
                octoDNS' own configuration, and is never shown. Secrets cannot be written here.
              - Only for V(octodns).
            type: dict
          token_option:
            description:
              - The argument of the class that takes the token. By default token.
              - Only for V(octodns).
            type: str
          server_id:
            description:
              - The server's name within its own API. By default localhost.
              - Only for V(powerdns).
            type: str
          server:
            description:
              - The primary server of the zone, as C(host) or C(host:port). It must allow the key zone transfers and dynamic updates, both
                over TCP.
              - Only for V(rfc2136).
            type: str
          key:
            description:
              - The TSIG key with which zone transfers and updates are signed.
              - Only for V(rfc2136).
            type: dict
            suboptions:
              name:
                description:
                  - The key's name.
                type: str
                required: true
              algorithm:
                description:
                  - The key's algorithm. By default hmac-sha256.
                type: str
                choices: [hmac-sha256, hmac-sha384, hmac-sha512]
              secret:
                description:
                  - The key's secret in base64, if it is not in the environment variable E(RFC2136_KEY_SECRET).
                type: str
          nameservers:
            description:
              - Its name servers as C(address[:port]) or host names. By default those to which the parent delegates, told apart by their
                names. Needed where two entries have one type, and where the servers of a type have no names in common.
            type: list
            elements: str
          deadline:
            description:
              - How long in seconds all its work may take.
            type: float
          # end of these options

  answers:
    description: What name servers answered, as M(twinzone.edge.served_info) returns it. Addresses to copy are taken from it.
    type: list
    elements: dict
    default: []
  contacts:
    description: Whom to call, by site - lists of C(role), C(name), C(phone), C(mail), C(url) and C(note).
    type: dict
    default: {}
  schedules:
    description: The commands that C(stop) and C(start) the schedule, by site.
    type: dict
    default: {}
  variables:
    description: The names of all variables that begin like those of the playbook. One that is nearly one of these is refused.
    type: list
    elements: str
    default: []
  directory:
    description: Where to write.
    type: path
    required: true
  folder:
    description: Where Ansible is started.
    type: str
    default: "."
  inventories:
    description: What is given with C(-i).
    type: list
    elements: str
    default: []
  deadline:
    description: Seconds for all that is asked of one provider, and of the name servers.
    type: float
    default: 30
  dns_resolver:
    description: The resolver to ask, as C(host[:port]), instead of the system's.
    type: str
  dns_port:
    description: The port of the name servers.
    type: int
    default: 53
  dns_require_ad:
    description: What the resolver must have validated with DNSSEC, as in M(twinzone.edge.served_info).
    type: raw
    default: false
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
  - module: twinzone.edge.dependencies
"""

EXAMPLES = r"""
- name: Write the runbooks
  twinzone.edge.runbook:
    sites: "{{ described.sites }}"
    zones:
      - {zone: example.com, providers: "{{ dns_providers }}"}
    directory: /srv/runbook
    inventories: [/etc/twinzone/inventory.yml]
  delegate_to: localhost
"""

RETURN = r"""
files:
  description: The files written.
  returned: success
  type: list
  elements: str
  sample: [/srv/runbook/www.example.com.md, /srv/runbook/www.example.com.html]
notes:
  description: What could not be read.
  returned: success
  type: list
  elements: str
  sample: ["desec could not be read: the token is missing"]
"""

from ansible_collections.twinzone.edge.plugins.module_utils._modules import runbook

main = runbook.main

if __name__ == "__main__":
    main()

#!/usr/bin/python
# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible module: a thorough look at zones, name servers, accounts and the machine that runs the failover."""

from __future__ import annotations

DOCUMENTATION = r"""
module: preflight_info
short_description: Look thoroughly at what a failover needs
version_added: 0.2.0
author: The twinzone contributors (@twinzone)
description:
  - Reads zones at every provider's API, and what the API says about zone, account and token; asks the parents and every name server over UDP
    and TCP; asks for CAA and HTTPS records; looks at the resolver and at this machine.
  - A step of the role P(twinzone.edge.failover#role). It judges nothing - the checks of the preflight do.
  - Reads only, unless O(write) is set. Whatever cannot be seen is part of the result; the module fails for wrong options only.
extends_documentation_fragment:
  - twinzone.edge.network
options:
  zones:
    description: The zones to look at, all side by side.
    type: list
    elements: dict
    default: []
    suboptions:
      zone:
        description: The zone's name.
        type: str
        required: true
      names:
        description: The public names of the sites in it, for CAA records.
        type: list
        elements: str
        default: []
      routers:
        description: The router records in it, relative to the zone, for O(write).
        type: list
        elements: str
        default: []
      fronts:
        description: By site, the target of each front by its name, for HTTPS records.
        type: dict
        default: {}
      providers:
        description: The providers of the zone.
        type: list
        elements: dict
        required: true
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
  parity:
    description: Requests to make to every front, to compare the answers.
    type: list
    elements: dict
    default: []
    suboptions:
      site:
        description: The site.
        type: str
        required: true
      front:
        description: The front.
        type: str
        required: true
      target:
        description: The host name of the front.
        type: str
        default: ""
      connect_to:
        description: Where to connect instead, as C(host) or C(host:port).
        type: list
        elements: str
        default: []
      urls:
        description: URLs for GET requests, under the public name.
        type: list
        elements: str
        default: []
      post:
        description: URLs for POST requests without a body.
        type: list
        elements: str
        default: []
      websocket:
        description: URLs for requests that ask for a WebSocket.
        type: list
        elements: str
        default: []
      headers:
        description: Headers to compare beside Location, Strict-Transport-Security and Cache-Control.
        type: list
        elements: str
        default: []
      ca_path:
        description: File of CA certificates to trust instead of the system's.
        type: path
  places:
    description: Directories that must be writable.
    type: list
    elements: str
    default: []
  become:
    description: Whether privileges are raised for the controller, which is only passed on.
    type: bool
    default: false
  write:
    description:
      - Whether to send each provider a write that changes nothing for every router and its marker, which proves the permission. Nothing is sent to
        name servers. It is not done in check mode.
    type: bool
    default: false
  rdap:
    description: The base URL of an RDAP server, or a copy of IANA's bootstrap file for RDAP. Without it no registry is asked.
    type: str
  deadline:
    description: Seconds for one provider's API, where its entry names none.
    type: float
    default: 10
attributes:
  check_mode:
    description: Reads only.
    support: full
  diff_mode:
    description: Shows no difference.
    support: none
requirements:
  - requests
  - dnspython
seealso:
  - module: twinzone.edge.zone_records_info
  - module: twinzone.edge.served_info
  - module: twinzone.edge.cdn_health
"""

EXAMPLES = r"""
- name: Look at a zone
  twinzone.edge.preflight_info:
    zones:
      - zone: example.com
        names: [www.example.com]
        routers: [web-router]
        providers: "{{ dns_providers }}"
  delegate_to: localhost
  register: look
"""

RETURN = r"""
zones:
  description:
    - By zone C(providers) (what M(twinzone.edge.zone_records_info) returns, with C(account)), C(delegation), C(delegation_ttl), C(servers), C(caa),
      C(https) and C(registration).
  returned: success
  type: dict
  sample: {example.com: {delegation: [ns1.desec.io., ns2.desec.org.], delegation_ttl: 86400}}
parity:
  description: What each front answered, with C(status) and C(headers), or C(error).
  returned: success
  type: list
  elements: dict
  sample: [{site: www.example.com, front: bunny, status: 200, headers: {server: BunnyCDN}, error: ""}]
resolver:
  description: How the resolver answers over C(udp) and C(tcp), empty where it does, and what it C(rewrites).
  returned: success
  type: dict
  sample: {address: "192.0.2.53:53", udp: "", tcp: "", rewrites: []}
runner:
  description: Whether this machine can keep locks and reports.
  returned: success
  type: dict
  sample: {lock: "", places: [], become: false}
"""

from ansible_collections.twinzone.edge.plugins.module_utils._modules import preflight_info

main = preflight_info.main

if __name__ == "__main__":
    main()

#!/usr/bin/python
# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible module: the record sets that DNS providers hold for a zone."""

from __future__ import annotations

DOCUMENTATION = r"""
module: zone_records_info
short_description: Read the record sets of a zone from DNS providers
version_added: 0.1.0
author: The twinzone contributors (@twinzone)
description:
  - Reads a zone from the APIs of its providers, in the form in which the C(*_records) modules take record sets.
  - What it returns can be written to a file and applied again without a change.
extends_documentation_fragment:
  - twinzone.edge.providers
options:
  zone:
    description: The zone's name. Either this or O(zones) is needed.
    type: str
  names:
    description: Only the record sets of these names.
    type: list
    elements: str
  follow:
    description: Whether the names to which O(names) lead within the zone belong to them, and the wildcards that stand for them.
    type: bool
    default: false
  zones:
    description: Several zones at once, all side by side.
    type: list
    elements: dict
    suboptions:
      zone:
        description: The zone's name.
        type: str
        required: true
      names:
        description: As O(names).
        type: list
        elements: str
      follow:
        description: As O(follow).
        type: bool
        default: false
      providers:
        description: The providers of this zone, if not those of all (O(providers)).
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

  deadline:
    description: How long in seconds reading from one provider may take.
    type: float
    default: 60
  reach:
    description:
      - In how many seconds each API must take a connection, before it is asked for anything. Where one does not, the module fails at once and
        says which. Without a network, name look-ups and further tries take minutes otherwise.
      - V(0) does not look.
    type: float
    default: 0
attributes:
  check_mode:
    description: Only reads.
    support: full
  diff_mode:
    description: Changes nothing.
    support: N/A
requirements:
  - requests
  - dnspython
seealso:
  - module: twinzone.edge.zone_records
  - module: twinzone.edge.served_info
"""

EXAMPLES = r"""
- name: What Cloudflare holds
  twinzone.edge.zone_records_info:
    zone: example.com
    providers:
      - {name: cloudflare, type: cloudflare}
  delegate_to: localhost
  register: zone
"""

RETURN = r"""
providers:
  description:
    - What each provider holds, by its name. C(records) are the record sets in the form of the C(*_records) modules, C(left_out) those
      that belong to this provider alone, each with the reason, C(result) and C(error) about the reading itself. C(last_changed) is when
      each was changed, as the provider says, in seconds of Unix time. C(names) are those that were asked for. C(clock_ahead) are the
      seconds by which the clock of the API is ahead of this host's.
  returned: when O(zone) was given
  type: dict
  sample:
    desec:
      result: ok
      records: [{name: www, type: CNAME, ttl: 3600, values: [web-router.example.com.]}]
      left_out: [{name: "@", type: NS, reason: the apex NS set names the provider's own servers}]
      minimum_ttl: 3600
      last_changed: [{name: www, type: CNAME, time: 1800000000}]
      clock_ahead: 0
      error: null
zones:
  description: The same by zone.
  returned: when O(zones) was given
  type: dict
  sample: {example.com: {providers: {desec: {result: ok, records: []}}}}
"""

from ansible_collections.twinzone.edge.plugins.module_utils._modules import zone_records_info


def main() -> None:
    zone_records_info.run()


if __name__ == "__main__":
    main()

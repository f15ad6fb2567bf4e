#!/usr/bin/python
# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible module: what the controller observes of sites, by probes and, beside them, at APIs."""

from __future__ import annotations

DOCUMENTATION = r"""
module: observe_sites
short_description: Probe fronts from the controller and read zones at APIs beside it
version_added: 0.1.0
author: The twinzone contributors (@twinzone)
description:
  - Does what M(twinzone.edge.cdn_health) and M(twinzone.edge.zone_records_info) do, both at the same time. So an API that hangs costs
    no time beyond that of the probes, if no decision depends on it.
  - It runs where the tokens of the providers are. Other vantages run M(twinzone.edge.cdn_health).
options:
  fronts:
    description: The fronts to probe, as O(twinzone.edge.cdn_health#module:fronts). None are probed where it is empty.
    type: list
    elements: dict
    required: true
  check:
    description: As O(twinzone.edge.cdn_health#module:check).
    type: dict
    default: {}
  controls:
    description: As O(twinzone.edge.cdn_health#module:controls).
    type: list
    elements: str
    default: []
  probes:
    description: As O(twinzone.edge.cdn_health#module:probes).
    type: int
    default: 5
  interval:
    description: As O(twinzone.edge.cdn_health#module:interval), in seconds.
    type: float
    default: 3.0
  tolerate:
    description: As O(twinzone.edge.cdn_health#module:tolerate).
    type: int
  down_at:
    description: As O(twinzone.edge.cdn_health#module:down_at).
    type: int
  resolver:
    description: As O(twinzone.edge.cdn_health#module:resolver).
    type: str
  vantage:
    description: As O(twinzone.edge.cdn_health#module:vantage).
    type: str
    default: ""
  zones:
    description: What to read at APIs, all side by side.
    type: list
    elements: dict
    default: []
    suboptions:
      zone:
        description: The zone's name.
        type: str
        required: true
      names:
        description: Only the record sets of these names.
        type: list
        elements: str
      follow:
        description: Whether the names to which these lead within the zone belong to them, and the wildcards that stand for them.
        type: bool
        default: false
      needed:
        description:
          - Whether a decision depends on it. If not, it is waited for until half a second after the probes, and for three seconds at least;
            else until O(deadline).
        type: bool
        default: true
      providers:
        description: The providers to read from.
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
  deadline:
    description: How long in seconds reading from one provider may take.
    type: float
    default: 10
  packed:
    description:
      - Whether RV(fronts) is one text, which Ansible carries from task to task for hundreds of sites at next to no cost.
      - Filters of the role P(twinzone.edge.failover#role) read it.
    type: bool
    default: false
    version_added: 0.2.0
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
  - module: twinzone.edge.cdn_health
  - module: twinzone.edge.zone_records_info
"""

EXAMPLES = r"""
- name: Probe a front, and read at Cloudflare where www leads
  twinzone.edge.observe_sites:
    fronts:
      - name: bunny
        target: example.b-cdn.net
        check: {url: "https://www.example.com/health"}
    zones:
      - zone: example.com
        names: [www]
        follow: true
        needed: false
        providers:
          - {name: cloudflare, type: cloudflare}
  delegate_to: localhost
  register: observed
"""

RETURN = r"""
fronts:
  description: As RV(twinzone.edge.cdn_health#module:fronts).
  returned: when the input is good
  type: list
  elements: dict
  sample: [{site: www.example.com, name: bunny, verdict: up, clean: true, reason: ""}]
vantage:
  description: As O(vantage).
  returned: always
  type: str
  sample: controller
zones:
  description: What the providers hold, by zone and provider, as RV(twinzone.edge.zone_records_info#module:zones). It is no failure if one cannot
    be read.
  returned: always
  type: dict
  sample: {example.com: {cloudflare: {result: ok, records: []}}}
looked:
  description: When it began, in Unix time.
  returned: always
  type: float
  sample: 1767225600.25
began:
  description: When it began, in ISO 8601.
  returned: always
  type: str
  sample: "2026-01-01T00:00:00Z"
ended:
  description: When it ended, in ISO 8601.
  returned: always
  type: str
  sample: "2026-01-01T00:00:02Z"
seconds:
  description: How long it took.
  returned: always
  type: float
  sample: 2.1
problems:
  description: What is wrong with the input, one by one.
  returned: when the input is bad
  type: list
  elements: str
  sample: ["fronts[0]: target: is missing"]
"""

from ansible_collections.twinzone.edge.plugins.module_utils._modules import observe_sites


def main() -> None:
    observe_sites.run()


if __name__ == "__main__":
    main()

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of DNS providers."""

from __future__ import annotations

from typing import ClassVar


class ModuleDocFragment:
    DOCUMENTATION: ClassVar[str] = r"""
options:
  providers:
    description: The DNS providers of the zone.
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
          - For Cloudflare that is E(CLOUDFLARE_API_TOKEN) or E(CF_API_TOKEN). For deSEC that is E(DESEC_TOKEN) or E(DESEC_API_TOKEN). For
            octoDNS that is E(OCTODNS_TOKEN), and the class takes it as its argument C(token_option). For PowerDNS that is
            E(POWERDNS_API_KEY) or E(PDNS_API_KEY).
          - Only for V(cloudflare), V(desec), V(octodns) and V(powerdns).
        type: str
      api_url:
        description:
          - Base URL of the API, if not the provider's own.
          - For Cloudflare the default is U(https://api.cloudflare.com/client/v4). For deSEC the default is U(https://desec.io/api/v1). For
            PowerDNS the default is U(http://127.0.0.1:8081/api/v1).
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
          - The id of the token, which deSEC shows when it is made; it may be known. With it the preflight checks that the token's policies
            allow both the router and its marker.
          - Only for V(desec).
        type: str
      class:
        description:
          - The class of octoDNS' provider, such as C(octodns_powerdns.PowerDnsProvider). Its package and octodns must be installed for the
            Python that runs the module.
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
          - The primary server of the zone, as C(host) or C(host:port). It must allow the key zone transfers and dynamic updates, both over
            TCP.
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
          - Its name servers as C(address[:port]) or host names. By default those to which the parent delegates, told apart by their names.
            Needed where two entries have one type, and where the servers of a type have no names in common.
        type: list
        elements: str
      deadline:
        description:
          - How long in seconds all its work may take.
        type: float
      # end of these options
"""

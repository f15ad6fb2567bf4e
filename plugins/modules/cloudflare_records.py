#!/usr/bin/python
# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible module: record sets of one zone at Cloudflare."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudflare_records
short_description: Keep record sets of a zone at Cloudflare
version_added: 0.1.0
author: The twinzone contributors (@twinzone)
description:
  - Creates, changes and deletes record sets of one zone at Cloudflare in as few atomic requests as possible.
  - What means the same in the wire format is equal, whatever its spelling; a second run changes nothing.
extends_documentation_fragment:
  - twinzone.edge.policy
  - twinzone.edge.network
options:
  zone:
    description: The zone's name.
    type: str
    required: true

  records:
    description:
      - The record sets. Only these are touched unless O(prune=true).
      - Each is a mapping of C(name) (relative, C(@), or absolute with a trailing dot), C(type), C(ttl) in seconds and C(values)
        (one or a list, in presentation format as in a zone file).
      - C(state=absent) deletes the set, C(only) limits it to a list of providers, and C(at) maps a provider to what differs there -
        C(values), C(ttl), and at Cloudflare C(proxied), C(comment), C(tags) and C(settings).
      - Cloudflare's attributes that are not given are left as they are.
    type: list
    elements: raw
    required: true
  # options of cloudflare, by tests/tools/provider_options.py
  token:
    description:
      - The API token, if it is not in an environment variable.
      - For Cloudflare that is E(CLOUDFLARE_API_TOKEN) or E(CF_API_TOKEN).
    type: str
  api_url:
    description:
      - Base URL of the API, if not the provider's own.
      - For Cloudflare the default is U(https://api.cloudflare.com/client/v4).
    type: str
  ca_path:
    description:
      - File of CA certificates to trust instead of the system's. TLS is always verified.
    type: path
  zone_id:
    description:
      - Cloudflare's id of the zone. Saves a request and works when the look-up is down.
      - The zone's plan is not known then, so that batches are those of the free plan, and TTLs below 60 seconds are raised.
    type: str
  nameservers:
    description:
      - Its name servers as C(address[:port]) or host names. By default those to which the parent delegates, told apart by their names.
        Needed where two entries have one type, and where the servers of a type have no names in common.
    type: list
    elements: str
  # end of these options
seealso:
  - module: twinzone.edge.zone_records
  - module: twinzone.edge.zone_records_info
"""

EXAMPLES = r"""
- name: A web site behind the CDN, and its mail
  twinzone.edge.cloudflare_records:
    zone: example.com
    records:
      - name: www
        type: A
        values: [203.0.113.10]
        at:
          cloudflare: {proxied: true, comment: origin behind the CDN}
      - {name: "@", type: MX, ttl: 3600, values: ["10 mail.example.com."]}
  delegate_to: localhost
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode would be.
  returned: always
  type: list
  elements: dict
  sample:
    - {provider: desec, action: update, name: web-router, type: CNAME,
       before: {ttl: 3600, values: [cf-front.example.com.]}, after: {ttl: 3600, values: [cdn2-front.example.com.]}}
providers:
  description:
    - What became of each provider, by its name. C(result) is one of V(ok), V(unreachable), V(deadline), V(throttled),
      V(unauthorized), V(rejected), V(conflict), V(unsafe) and V(not_found); the task fails when any is not V(ok).
  returned: always
  type: dict
  sample:
    desec: {result: ok, changed: true, requests: 3, retries: 0, seconds: 0.21, notes: [], error: null}
    cloudflare: {result: deadline, changed: false, requests: 1, retries: 0, seconds: 10.0, notes: [],
                 error: {kind: deadline, message: api.cloudflare.com did not answer GET /zones in time, status: null, code: null, hint: ""}}
"""

from ansible_collections.twinzone.edge.plugins.module_utils._modules import zone_records


def main() -> None:
    zone_records.run_one_provider("cloudflare")


if __name__ == "__main__":
    main()

#!/usr/bin/python
# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible module: record sets of zones at several DNS providers at once."""

from __future__ import annotations

DOCUMENTATION = r"""
module: zone_records
short_description: Keep record sets of a zone equal at several DNS providers
version_added: 0.1.0
author: The twinzone contributors (@twinzone)
description:
  - Creates, changes and deletes record sets at several providers side by side, each within its own deadline.
  - The failure of one provider never stops another; the task then fails with everything that was done in its result.
  - What means the same in the wire format is equal, whatever its spelling; a second run changes nothing.
extends_documentation_fragment:
  - twinzone.edge.policy
  - twinzone.edge.providers
  - twinzone.edge.network
options:
  zone:
    description: The zone's name. Either this or O(zones) is needed.
    type: str
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
  fronts:
    description:
      - By router (relative to the zone), the target of each front by its name. A steered router that is missing at one provider is copied
        only from one where it is what the newest marker says; without these, and with a marker, it is left missing and named in C(notes).
    type: dict
    default: {}
  zones:
    description: Several zones at once, all side by side.
    type: list
    elements: dict
    suboptions:
      zone:
        description: The zone's name.
        type: str
        required: true
      records:
        description: As O(records).
        type: list
        elements: raw
        required: true
      steered:
        description: As O(steered).
        type: list
        elements: str
        default: []
      by_hand_variables:
        description:
          - By provider, the environment variable that holds its secret in the commands for a person in C(by_hand), where O(zones[].providers)
            are not all providers of the zone. Where two that are given have one type, each has a variable of its own in any case.
        type: dict
        default: {}
      guards:
        description:
          - What a failover has seen before it decided. A router that is something else when it is written is left alone, with its
            marker, and named in C(overtaken) of the provider. Another run, a person or another tool was there in between.
        type: list
        elements: dict
        default: []
        suboptions:
          provider:
            description: The provider's name.
            type: str
            required: true
          name:
            description: The router, relative to the zone.
            type: str
            required: true
          shapes:
            description: What each front publishes there, by front and record type.
            type: dict
            required: true
          seen:
            description: The front, or C((missing)) or C((other)); empty where it could not be seen.
            type: str
            default: ''
          marker:
            description: The marker that was confirmed there.
            type: str
            default: ''
          seq:
            description: The number of the newest marker that was known.
            type: int
            default: -1
          pinseq:
            description: The number of the newest pin that was known.
            type: int
            default: -1
          asked:
            description: Whether a person asked for the write, which then gives way to a newer marker only.
            type: bool
            default: false
          ours:
            description: The marker that is about to be written.
            type: str
            default: ''

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

  plan_first:
    description:
      - Whether nothing is written anywhere when the plan for one provider is refused (unsupported type, limits, a bad record). Meant for
        syncs.
      - V(false) is meant for failovers, where nobody waits for anybody. O(limits) do not apply then, and the TTL of an existing record set
        stays where the provider's minimum is higher than the wanted one.
    type: bool
    default: true
  plan_wait:
    description: Seconds after which a provider that has not answered no longer holds the others back.
    type: float
    default: 20
  proxied:
    description:
      - What the other providers publish for a record set that is proxied at Cloudflare, unless C(at) says it.
      - V(copy) publishes the addresses that Cloudflare's own name servers answer, but never the origin's. With no answer, what exists stays,
        or the set is left out and reported in C(pending_copy).
      - While Cloudflare's API does not answer, its name servers alone show what is proxied. Where a changed C(A), C(AAAA) or C(CNAME) set does
        not say C(proxied) under C(at), the other providers then go on publishing what stands, or what those servers answer, and C(notes) or
        C(pending_copy) name it. Where it says that C(proxied) is V(false), what is declared is published.
      - V(cdn_cname) publishes C(<name>.cdn.cloudflare.net), for partial zones only. V(skip) leaves the set out.
      - V(origin) publishes the declared values, and with them the origin's address.
    type: str
    choices: [copy, cdn_cname, skip, origin]
    default: copy
  apex_ns:
    description:
      - V(keep) leaves the apex NS sets as they are. An entry for one is left out, and a note says so, since zone files that were converted
        name the servers of an old host.
      - V(declared) publishes the entry.
      - V(union) makes every provider name the servers of all, which resolvers need to use all of them. Cloudflare serves the others' only
        when the zone's setting C(multi_provider) is on. An entry that names other servers is refused, unless O(apex_ns_extra) lists them.
    type: str
    choices: [keep, union, declared]
    default: keep
  apex_ns_extra:
    description:
      - Host names of further name servers that serve the zone, such as a secondary of your own, for O(apex_ns=union).
    type: list
    elements: str
    default: []
  must_resolve:
    description:
      - Names in the zone that every server must lead to an address when all is done, whoever declared them. One that does not makes the
        task fail, as C(unserved). Meant for what a failover may lead to.
    type: list
    elements: str
    default: []
seealso:
  - module: twinzone.edge.zone_records_info
  - module: twinzone.edge.served_info
"""

EXAMPLES = r"""
- name: The same zone at both providers
  twinzone.edge.zone_records:
    zone: example.com
    providers:
      - {name: cloudflare, type: cloudflare}
      - {name: desec, type: desec}
    records:
      - {name: www, type: CNAME, ttl: 300, values: [web-router.example.com.]}
      - {name: "@", type: TXT, values: ["v=spf1 include:_spf.example.net -all"]}
    verify_timeout: 60
  delegate_to: localhost
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode would be.
  returned: when O(zone) was given
  type: list
  elements: dict
  sample:
    - {provider: desec, action: update, name: web-router, type: CNAME,
       before: {ttl: 3600, values: [cf-front.example.com.]}, after: {ttl: 3600, values: [cdn2-front.example.com.]}}
providers:
  description:
    - What became of each provider, by its name. C(result) is one of V(ok), V(unreachable), V(deadline), V(throttled),
      V(unauthorized), V(rejected), V(conflict), V(unsafe) and V(not_found); the task fails when any is not V(ok).
  returned: when O(zone) was given
  type: dict
  sample:
    desec: {result: ok, changed: true, requests: 3, retries: 0, seconds: 0.21, notes: [], error: null}
    cloudflare: {result: deadline, changed: false, requests: 1, retries: 0, seconds: 10.0, notes: [],
                 error: {kind: deadline, message: api.cloudflare.com did not answer GET /zones in time, status: null, code: null, hint: ""}}
zones:
  description: The same, C(changed), C(changes) and C(providers), by zone.
  returned: when O(zones) was given
  type: dict
  sample: {example.com: {changed: false, changes: [], providers: {desec: {result: ok, changed: false}}}}
"""

from ansible_collections.twinzone.edge.plugins.module_utils._modules import zone_records


def main() -> None:
    zone_records.run_many_providers()


if __name__ == "__main__":
    main()

#!/usr/bin/python
# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible module: what the authoritative name servers serve."""

from __future__ import annotations

DOCUMENTATION = r"""
module: served_info
short_description: Ask the authoritative name servers what they serve
version_added: 0.1.0
author: The twinzone contributors (@twinzone)
description:
  - Asks every authoritative name server of a zone itself, over TCP, with no cache and no resolver in between.
  - With O(expect) and O(timeout) it waits until all of them agree, and fails naming those that do not. This is what
    M(community.dns.wait_for_txt) does, for every type, and for the servers of a provider to which the parent does not delegate yet.
extends_documentation_fragment:
  - twinzone.edge.providers
  - twinzone.edge.network
options:
  zone:
    description: The zone's name. Either this or O(zones) is needed.
    type: str
  records:
    description:
      - What to ask for. Besides C(name) and C(type), a record may have candidates.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Relative name, C(@), or absolute with a trailing dot.
        type: str
        required: true
      type:
        description: The type of the record set.
        type: str
        required: true
      candidates:
        description:
          - For a CNAME, names of possible targets, and for each a host name, an address, or a list of them. The answer then says which
            of them the server serves (C(leads_to)), also where it answers addresses, and which lead back through the record (C(circular)).
        type: dict
      resolve:
        description:
          - Whether the answer says the addresses of all candidates too (C(addresses)), whatever the server answers.
        type: bool
        default: false
      wait_for:
        description:
          - By provider, the candidate to which its servers should lead. Within O(timeout) they are asked again until they do. It is no
            failure if they do not.
        type: dict
      names:
        description:
          - Names that visitors use, each of which should lead through this record. They are followed at every authoritative server of
            the zone in which they lie, which may be another one (RV(paths)). Of a wildcard a name below it is asked that nobody has asked before.
        type: list
        elements: str
        default: []
      port:
        description:
          - The port at which visitors ask for C(names) over HTTPS. For another one than 443 browsers find HTTPS records at
            C(_port._https.) and the name (RFC 9460, section 9.1), so those are asked for, too.
        type: int
        default: 443
  expect:
    description:
      - Record sets that all servers should serve, in the form of O(twinzone.edge.zone_records#module:records).
    type: list
    elements: dict
    default: []
  expect_mode:
    description:
      - V(exact) if a server should serve nothing but the values of O(expect), V(subset) if there may be others beside them. The latter is for
        challenges, where several clients add values to one C(_acme-challenge).
    type: str
    choices: [exact, subset]
    default: exact
    version_added: 0.3.0
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
        description:
          - What to ask for. Besides C(name) and C(type), a record may have candidates.
        type: list
        elements: dict
        default: []
        suboptions:
          name:
            description: Relative name, C(@), or absolute with a trailing dot.
            type: str
            required: true
          type:
            description: The type of the record set.
            type: str
            required: true
          candidates:
            description:
              - For a CNAME, names of possible targets, and for each a host name, an address, or a list of them. The answer then says which
                of them the server serves (C(leads_to)), also where it answers addresses, and which lead back through the record (C(circular)).
            type: dict
          resolve:
            description:
              - Whether the answer says the addresses of all candidates too (C(addresses)), whatever the server answers.
            type: bool
            default: false
          wait_for:
            description:
              - By provider, the candidate to which its servers should lead. Within O(timeout) they are asked again until they do. It is no
                failure if they do not.
            type: dict
          names:
            description:
              - Names that visitors use, each of which should lead through this record. They are followed at every authoritative server of
                the zone in which they lie, which may be another one (RV(paths)). Of a wildcard a name below it is asked that nobody has asked before.
            type: list
            elements: str
            default: []
          port:
            description:
              - The port at which visitors ask for C(names) over HTTPS. For another one than 443 browsers find HTTPS records at
                C(_port._https.) and the name (RFC 9460, section 9.1), so those are asked for, too.
            type: int
            default: 443
      expect:
        description:
          - Record sets that all servers should serve, in the form of O(twinzone.edge.zone_records#module:records).
        type: list
        elements: dict
        default: []
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

  timeout:
    description: How long in seconds to wait until O(expect) is served, and what a record waits for. V(0) asks once.
    type: float
    default: 0
  delegation:
    description: Whether to ask the parents' servers too, to which name servers they delegate the zones.
    type: bool
    default: false
  packed:
    description:
      - Whether RV(answers) and RV(paths) are one text each, which Ansible carries from task to task for hundreds of sites at next to no cost.
      - Filters of the role P(twinzone.edge.failover#role) read it.
    type: bool
    default: false
    version_added: 0.2.0
  strict_names:
    description:
      - Whether to refuse a target in O(expect) that looks absolute and has no trailing dot, such as C(example.b-cdn.net).
      - Otherwise there is a warning when the name with the dot exists and the one below the zone does not.
    type: bool
    default: false
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
  - module: twinzone.edge.zone_records_info
  - plugin: twinzone.edge.served
    plugin_type: lookup
  - module: community.dns.wait_for_txt
"""

EXAMPLES = r"""
- name: What is served for the router
  twinzone.edge.served_info:
    zone: example.com
    providers: "{{ dns_providers }}"
    records:
      - name: web-router
        type: CNAME
        candidates: {cloudflare: cf-front.example.com., bunny: cdn2-front.example.com.}
  delegate_to: localhost
  register: served

- name: Wait until a change is served everywhere
  twinzone.edge.served_info:
    zone: example.com
    providers: "{{ dns_providers }}"
    expect:
      - {name: www, type: A, values: [203.0.113.10]}
    timeout: 60
  delegate_to: localhost

- name: Wait for a challenge as community.dns.wait_for_txt does, before the certificate authority looks
  twinzone.edge.served_info:
    zone: example.com
    providers: "{{ dns_providers }}"
    expect:
      - {name: _acme-challenge.www, type: TXT, values: ["{{ token }}"]}
    expect_mode: subset
    timeout: 120
  delegate_to: localhost
"""

RETURN = r"""
answers:
  description:
    - What each server answered for each of O(records).
    - C(nowhere) are the host names of candidates in the zone for which the server has no address, or sends visitors to servers that do not serve it.
  returned: always
  type: list
  elements: dict
  sample:
    - {zone: example.com, provider: desec, server: ns1.desec.io, name: web-router.example.com., type: CNAME, status: cname,
       values: [cf-front.example.com.], leads_to: [cloudflare], possible: [], hides: false, circular: [], nowhere: [], addresses: {},
       ttl: 3600, error: ""}
    - {zone: example.com, provider: desec, server: ns1.desec.io, name: www.example.com., type: A, rcode: NOERROR, ttl: 300,
       values: [203.0.113.10], cnames: [], error: ""}
paths:
  description:
    - What each server answered for each of C(names), and for the names of other zones to which they lead (C(link)).
    - C(hides) says that the server may answer addresses where the record is a CNAME. C(possible) are the candidates that an answer may mean
      though it has none of the addresses that are known of them.
    - C(https) are the HTTPS records that browsers get, of the name at the end of C(https_cnames), or of C(link) where there are none.
      C(port_https) are those of another port than 443, of the name at the end of C(port_way).
    - C(status=delegated) says that the server sends those who ask it to servers of which none serves the name, with the reason in C(error)
      and the NS set in C(delegation). Servers that it names and that do serve the name have answers of their own.
  returned: always
  type: list
  elements: dict
  sample:
    - {name: www.example.com., router: web-router.example.com., link: www.example.com., zone: example.com, provider: desec,
       server: ns1.desec.io, status: cname, cnames: [web-router.example.com., cf-front.example.net.], values: [], leads_to: [cloudflare],
       possible: [], hides: false, ttl: 3600, error: "", https: [], https_cnames: [web-router.example.com., cf-front.example.net.],
       port_https: [], port_way: [], delegation: ""}
agreed:
  description: Whether every server serves what O(expect) says.
  returned: always
  type: bool
  sample: true
disagree:
  description: The servers that serve something else than O(expect), or do not answer.
  returned: always
  type: list
  elements: dict
  sample: [{zone: example.com, provider: desec, server: ns1.desec.io, name: www.example.com., type: A, detail: 198.51.100.1, values: [198.51.100.1]}]
not_comparable:
  description: Where a server's answer says nothing about O(expect), such as that of a proxied record set.
  returned: always
  type: list
  elements: dict
  sample: []
delegation:
  description: The host names to which the parent delegates each zone, by zone.
  returned: always, with zones in it only when O(delegation=true)
  type: dict
  sample: {example.com: [ns1.desec.io., ns2.desec.org.]}
servers:
  description: The servers asked, by zone and provider.
  returned: always
  type: dict
  sample: {example.com: {desec: [ns1.desec.io, ns2.desec.org]}}
seconds:
  description: How long it took.
  returned: always
  type: float
  sample: 0.214
"""

from ansible_collections.twinzone.edge.plugins.module_utils._modules import served_info


def main() -> None:
    served_info.run()


if __name__ == "__main__":
    main()

#!/usr/bin/python
# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible module: how healthy the fronts of sites are, seen from this host."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cdn_health
short_description: Probe the fronts of sites, each at its own addresses under the public name
version_added: 0.1.0
author: The twinzone contributors (@twinzone)
description:
  - Says of every front whether it would serve the site if traffic were sent to it now, and shows the evidence.
  - A front is asked at the addresses of its own host name, but with the TLS server name, the C(Host) header and the certificate
    check of the public URL. So the verdict does not depend on where the public name points at the moment.
  - All fronts and all their addresses, IPv4 and IPv6, are probed side by side. Each address gets up to O(probes) tries, which start
    O(interval) seconds apart, even if one still hangs. It gets no further try once its verdict cannot change any more.
  - An address is V(up) with at most O(tolerate) bad tries, V(down) with at least O(down_at), and V(degraded) in between. A front
    is V(up) when all its addresses are, V(down) when all are, else V(degraded); and V(unknown) when it is not up and this host
    reaches none of the O(controls) either, or when this host can reach no address of it at all.
  - It runs on any inventory host, with nothing but Python and its standard library. Such a host is called a vantage.
options:
  fronts:
    description:
      - The fronts to probe.
      - They are checked before anything is probed, and all that is wrong with any of them is reported at once.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: The front's name, unique within its site.
        type: str
        required: true
      site:
        description: The site that it belongs to. It only serves to distinguish fronts of the same name.
        type: str
        default: ""
      target:
        description:
          - The host name whose addresses are probed. Either this or O(fronts[].connect_to) is needed.
          - With a trailing dot the system's resolver takes it as it is, without a search list, and without C(/etc/hosts).
        type: str
      connect_to:
        description:
          - Where to connect instead of O(fronts[].target). Each is an IP address, a host name, or either with a port, as in
            C(front.example.net:8443) and C([2001:db8::1]:8443). The default port is that of the URL.
        type: list
        elements: str
      check:
        description:
          - What is asked of this front, and what it must answer. It overrides O(check) key by key.
        type: dict
        suboptions: &check
          url:
            description:
              - What is asked for, under the public name. Required here or in the module's O(check).
              - C(http://) is probed without TLS. Credentials belong in C(request_headers).
            type: str
          status:
            description:
              - The statuses of a healthy answer. Redirects are not followed, but the verdict shows where they lead. Interim answers
                such as 103 Early Hints are skipped. The default is V([200]).
            type: list
            elements: int
          contains:
            description:
              - A regular expression that must match somewhere in the first 64 KiB of the body, or a list of them, all of which must.
              - The body is searched as text, by its byte order mark, the charset of its C(Content-Type) header or of the page, else as
                UTF-8 or Latin-1. C(gzip) and C(deflate) are undone although they are not asked for. A body in C(br) or another
                encoding cannot be searched, and the verdict says so.
              - What takes more than two seconds of computing time to search, because the front sent what was made for it, does not pass.
            type: raw
          headers:
            description:
              - Headers that a healthy answer has, each with a regular expression that its value must match somewhere.
              - They prove which CDN answered. Several headers of one name count as one, their values joined by commas.
              - Each must be text. A list, a truth value or nothing is refused.
            type: dict
          method:
            description: The method of the request. The default is V(GET).
            type: str
            choices: [GET, HEAD]
          request_headers:
            description:
              - Headers to send along. C(Host) cannot be among them, it follows from the URL.
              - They may hold secrets. They appear neither in the result nor in the system log, and not in the C(invocation) that
                C(-vvv) shows. Unlike a value that Ansible hides, a short one such as V(1) blots out nothing else.
            type: dict
          timeout:
            description:
              - Seconds for a whole try, from resolving the name to the last byte. A peer that drips its bytes cannot stretch it.
              - The default is V(5).
            type: float
          certificate_days:
            description:
              - The days for which the certificate must stay valid. The default is V(0). It must be valid, trusted and for the host of
                the URL in any case.
              - The link of its verified chain that ends first counts, which may be an intermediate one. Before Python 3.10 only
                the certificate itself can be seen; RV(fronts[].addresses[].certificate.chain_known) is then V(false).
            type: int
          max_seconds:
            description: A good answer that took longer than so many seconds is bad. By default only C(timeout) limits it.
            type: float
          ca_path:
            description:
              - A file of certificate authorities, or a directory as OpenSSL hashes it, on the probing host. It replaces the system's.
            type: path
          family:
            description: Which of the addresses are probed, V(4), V(6), or V(both), which is the default.
            type: str
            choices: [both, "4", "6"]
      probes:
        description: Overrides O(probes) for this front.
        type: int
      interval:
        description: Overrides O(interval) for this front.
        type: float
      tolerate:
        description: Overrides O(tolerate) for this front.
        type: int
      down_at:
        description: Overrides O(down_at) for this front.
        type: int
      controls:
        description: Overrides O(controls) for this front.
        type: list
        elements: str
  check:
    description:
      - What is asked of every front, and what it must answer. A front's own check overrides it key by key.
    type: dict
    default: {}
    suboptions: *check
  controls:
    description:
      - Places that show whether this host is online at all. Each is C(host:port), which must accept a connection, or a URL, which
        must be answered, with whatever status. Certificates are verified, by the system's authorities and all that a check names.
      - They must be independent of every front; never behind a CDN that is probed.
      - They are asked, each once, only when some front is not V(up). An empty list switches V(unknown) off for fronts that
        were probed.
    type: list
    elements: str
    default: []
  probes:
    description: How many tries each address gets at most.
    type: int
    default: 5
  interval:
    description: Seconds from the start of one try to the start of the next.
    type: float
    default: 3
  tolerate:
    description:
      - With at most so many bad tries an address is V(up).
      - The default is V(1), or one less than O(down_at) if that is less.
    type: int
  down_at:
    description:
      - With at least so many bad tries an address is V(down). It must be more than O(tolerate), and at most O(probes).
      - The default is V(4), or O(probes) if that is less, or one more than O(tolerate) if that is more.
    type: int
  resolver:
    description:
      - A recursive name server, as C(host) or C(host:port), that is asked instead of the system's resolver.
    type: str
  vantage:
    description: What this host is called in the result.
    type: str
    default: ""
attributes:
  check_mode:
    support: full
    description: Runs as it always does, as it changes nothing.
  diff_mode:
    support: none
    description: There is nothing to show.
notes:
  - A probe judges as a browser would, whatever the version of Python. A certificate needs a subject alternative name, a common name is not
    enough. 256 KiB of headers are read, 64 KiB of the body, and never more than 1 MiB of an answer.
  - Bot protection must let the check pass, best by a rule for its path or for a header of C(request_headers) that only you know.
    The pages with which Cloudflare, AWS WAF, Akamai, Imperva, DataDome, Vercel, HUMAN, Sucuri, DDoS-Guard, F5 and Azure challenge
    or block a client are recognised, and the verdict names the product.
  - It does not fail because a front is down. It fails when its options are wrong, or when this host runs out of what probes need,
    such as open files, which would say nothing about a front.
  - Addresses for which this host has no route or no source address, as IPv6 in many containers, are left out and listed in
    RV(fronts[].left_out). IPv6 that is routed but leads nowhere looks like a broken front; set C(family) to V(4) there.
  - Of a host name at most 16 addresses of each family are probed; RV(fronts[].left_out) says when it has more.
  - A name that does not resolve is a bad try like others, with phase V(resolve). Once it resolved, its addresses stay the same for
    the run.
seealso:
  - module: twinzone.edge.served_info
"""

EXAMPLES = r"""
- name: Probe both fronts of a site
  twinzone.edge.cdn_health:
    check:
      url: https://www.example.com/health
      contains: '"status":"ok"'
      certificate_days: 14
    fronts:
      - {name: cloudflare, target: cf-front.example.com., check: {headers: {server: cloudflare}}}
      - {name: bunny, target: cdn2-front.example.com., check: {headers: {server: BunnyCDN}}}
    controls: ["9.9.9.9:53", "https://www.iana.org/"]
  delegate_to: localhost
  register: health

- name: Ask from another host, quickly, whether a front that is not steered to could take over
  twinzone.edge.cdn_health:
    vantage: "{{ inventory_hostname }}"
    probes: 2
    interval: 1
    fronts:
      - name: bunny
        site: www.example.com
        connect_to: ["203.0.113.7", "[2001:db8::7]:443"]
        check:
          url: https://www.example.com/health
          request_headers: {X-Probe-Key: "{{ probe_key }}"}
  delegate_to: vantage1.example.net
  register: health

- name: Name the fronts that could take over
  ansible.builtin.debug:
    msg: "{{ health.fronts | selectattr('clean') | map(attribute='name') }}"
"""

RETURN = r"""
vantage:
  description: What O(vantage) says.
  returned: success
  type: str
  sample: controller
began:
  description: When the probes began, in UTC.
  returned: success
  type: str
  sample: "2025-11-18T11:32:04Z"
ended:
  description: When they ended, in UTC.
  returned: success
  type: str
  sample: "2025-11-18T11:32:18Z"
seconds:
  description: How long they took.
  returned: success
  type: float
  sample: 14.012
fronts:
  description: Verdict and evidence of each front, in the order of O(fronts).
  returned: success
  type: list
  elements: dict
  contains:
    site:
      description: As given.
      type: str
    name:
      description: As given.
      type: str
    verdict:
      description: One of V(up), V(degraded), V(down) and V(unknown).
      type: str
    clean:
      description: Whether no try of any address was bad. Only such a front should be switched to.
      type: bool
    cause:
      description: The commonest RV(fronts[].addresses[].cause) of the addresses that are not V(up). Empty if all are.
      type: str
    reason:
      description: One plain line that says why.
      type: str
      sample: "2 of 2 addresses down: TLS certificate expired 3 days ago"
    addresses:
      description: What was found at each address.
      type: list
      elements: dict
      contains:
        address:
          description: The IP address; the host name if it did not resolve.
          type: str
        port:
          description: The port.
          type: int
        verdict:
          description: One of V(up), V(degraded) and V(down).
          type: str
        clean:
          description: Whether no try was bad.
          type: bool
        tries:
          description: The tries that count.
          type: int
        bad:
          description: How many of them were bad.
          type: int
        server_errors:
          description:
            - How many of the bad ones were answers with a status of 500 or more, over TLS with a certificate that is trusted. No
              loss of packets looks like that, so it tells something of the front rather than of the way to it.
            - What a bot protection answered does not count.
          type: int
        phase:
          description:
            - Where the most telling bad try failed, which is the latest one of the phase that failed most often. Empty if none was bad.
            - One of V(resolve), V(connect), V(tls), V(status), V(header), V(body), V(certificate) for one that expires too soon, and
              V(slow). Of an answer with several faults the first in this order is reported.
          type: str
        cause:
          description:
            - Of what kind that fault is. Empty if no try was bad.
            - These may lie with the probing host rather than with the front, above all when all fronts share them - V(resolver), its
              resolver cannot be asked; V(trust), it does not know the issuer of the certificate, or the front sends an incomplete
              chain; V(connect), no connection.
            - V(lookup), the resolver failed to look the name up; V(name), the name has no address.
            - V(certificate), the certificate is expired, not valid yet, for another name, or ends too soon; V(tls), another fault
              of the handshake; V(answer), no answer or none that is HTTP/1.
            - V(challenge), bot protection answered; V(edge), an error page of Cloudflare that says what is wrong behind it; V(redirect),
              V(status), V(header), V(body) and V(slow), an answer that is not as the check asks.
          type: str
          sample: certificate
        detail:
          description: What went wrong there, in plain words.
          type: str
          sample: "timed out after 5 s in the TLS handshake"
        status:
          description: The HTTP status in that try, or in the last one if none was bad.
          type: int
        certificate_days:
          description:
            - The days for which the certificate and all that vouch for it stay valid, rounded down. Negative when one has expired.
          type: int
        certificate:
          description: The certificate in that try. None without TLS, or when it was not genuine.
          type: dict
          contains:
            names:
              description: Its subject alternative names.
              type: list
              elements: str
            issuer:
              description: The common name of its issuer, else the organisation.
              type: str
            not_before:
              description: When its validity begins, in Unix seconds.
              type: int
            not_after:
              description: When its validity ends, in Unix seconds.
              type: int
            lifetime_left:
              description: The share of its lifetime that is left, from 1 to 0. Below a third, its renewal is late.
              type: float
            sha256:
              description: Its fingerprint.
              type: str
            chain_known:
              description: Whether RV(fronts[].addresses[].certificate.chain) is the verified chain. Otherwise it holds the certificate alone.
              type: bool
            chain:
              description: The certificate and those that vouch for it, each with C(subject), C(issuer), C(not_before) and C(not_after).
              type: list
              elements: dict
        date:
          description: The C(Date) of the answer in that try, in Unix seconds. In a cached answer it is when the origin gave it.
          type: int
        age:
          description: The C(Age) of the answer, the seconds for which it has been in a cache.
          type: int
        received:
          description: When the head of the answer arrived by the clock of the probing host, in Unix seconds.
          type: int
        cached:
          description: Whether a cache gave the answer, so that it says nothing about the origin behind it. None without an answer.
          type: bool
        cache:
          description: The headers about that. Empty if there were none.
          type: str
          sample: "age: 120, cf-cache-status: HIT"
        identity:
          description: The headers by which the CDN shows itself, such as C(server), C(via) and C(cf-ray).
          type: dict
          sample: {server: cloudflare, cf-ray: 8a7c2f0e1b2c3d4e-FRA}
        seconds:
          description:
            - How long each phase of the last try took, with the keys C(resolve), C(connect), C(tls), C(first_byte) and C(total). None
              for what was not reached. The name is resolved once, C(resolve) is the same for all tries of a run.
          type: dict
          sample: {resolve: 0.0112, connect: 0.0094, tls: 0.0213, first_byte: 0.0307, total: 0.0621}
    left_out:
      description: The addresses that were not probed, each with C(address) and C(reason).
      type: list
      elements: dict
      sample: [{address: "2001:db8::7", reason: "no IPv6 route from here (network is unreachable)"}]
controls:
  description:
    - The controls that were asked, each with C(control), C(reachable) and C(detail). Of a URL that answered also C(date), the server's
      own time, and C(received), this host's time then, both in Unix seconds, C(age) in seconds, and C(cached).
  returned: success
  type: list
  elements: dict
  sample: [{control: "9.9.9.9:53", reachable: true, detail: "9.9.9.9 accepts connections"}]
problems:
  description: All that is wrong with the options, one line each.
  returned: when the options are wrong
  type: list
  elements: str
  sample: ["front bunny of www.example.com: check.timeot: is unknown; did you mean timeout?"]
"""

from ansible_collections.twinzone.edge.plugins.module_utils._modules import cdn_health


def main() -> None:
    cdn_health.run()


if __name__ == "__main__":
    main()

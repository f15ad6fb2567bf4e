# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of the modules that ask name servers."""

from __future__ import annotations

from typing import ClassVar


class ModuleDocFragment:
    DOCUMENTATION: ClassVar[str] = r"""
options:
  dns_resolver:
    description:
      - The resolver to use instead of the system's, as C(host) or C(host:port).
    type: str
  dns_port:
    description:
      - The port of name servers that are given or found without one.
    type: int
    default: 53
  dns_require_ad:
    description:
      - Whether what the resolver answers counts only where it has validated it with DNSSEC and says so with the AD bit. V(true) for every
        name, or a list of domains for the names in and below them.
      - It is for the addresses of name servers, of targets and of proxies, and the delegation. An answer without the bit is none, so a name
        server whose address is not validated is not asked, and the provider's API is read in its place.
      - The network between the resolver and here can set the bit too. Name a resolver on the same machine, or on a network that you trust.
      - Names in zones that are not signed never have it. Many CDNs do not sign theirs, nor is C(gtld-servers.net) signed, where the
        servers for C(com) and C(net) have their names. With V(true), give C(nameservers) for every provider.
      - What name servers answer themselves is not validated; a target that leads back to its router is refused, validated or not.
    type: raw
    default: false
"""

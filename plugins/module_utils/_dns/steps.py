# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one server answers for a name on the way of visitors. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from .._zone import service_binding

CNAME, ADDRESSES, MISSING, DELEGATED, SILENT = "cname", "addresses", "missing", "delegated", "silent"


@dataclass(frozen=True)
class Step:
    """What one server answers for a name on the way.

    name: as it was to be followed; all names are absolute. zone: in which the name lies, without a trailing dot.
    provider: whose server it is; empty for a stranger's. status: `cname` (the chain leads on to another zone, or to
    nothing), `addresses`, `missing`, `delegated` (visitors are sent to servers of which none serves the name) or
    `silent`. cnames: the targets of the chain. ttl: seconds. error: why the status is `silent` or `delegated`.
    lame: whether a server without an answer spoke, and does not serve the zone. delegation: the NS set that sends
    visitors away; empty where none of the servers of the zone itself serves it. https: the HTTPS records at the end of
    the chain https_cnames, in presentation format. port_https: those at the end of port_way, which begins with where a
    browser asks for those of a port.
    """

    name: str
    zone: str
    provider: str
    server: str
    status: str
    cnames: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    ttl: int | None = None
    error: str = ""
    lame: bool = False
    delegation: str = ""
    https: tuple[str, ...] = ()
    https_cnames: tuple[str, ...] = ()
    port_https: tuple[str, ...] = ()
    port_way: tuple[str, ...] = ()

    def bound(self, ends: Collection[str]) -> set[str]:
        """The names to which HTTPS records lead browsers on, before they come to one of the ends."""
        ways = (((self.name, *self.https_cnames), self.https), (self.port_way, self.port_https))
        found = {
            service_binding.target(way[-1], text) for way, texts in ways if not set(way) & set(ends) for text in texts
        }
        return found - {"", *ends}

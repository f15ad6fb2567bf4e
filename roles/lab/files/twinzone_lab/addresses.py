# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who listens where: every part of a lab has its own address in one random loopback /24, on ports that need no root.

Only Linux answers on all of 127.0.0.0/8 without being configured to.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

API_PORT = 8443
FRONT_PORT = 8444
DNS_PORT = 5353
CONTROL_PORT = 8080
IPV6 = "::1"
"""The only IPv6 address that every machine has, if it has any."""


@dataclass(frozen=True)
class Addresses:
    """The address plan of one lab; `network` is the first three octets. third: whether there is a third provider."""

    network: str
    third: bool = False

    @classmethod
    def random(cls, third: bool = False) -> Addresses:
        """Draw a network; two labs at once are told apart by it. 127.0 and 127.1 are left to others."""
        return cls(f"127.{random.randint(2, 250)}.{random.randint(0, 255)}", third)

    def _host(self, number: int) -> str:
        return f"{self.network}.{number}"

    @property
    def control(self) -> str:
        """The switch that breaks and repairs."""
        return self._host(1)

    @property
    def apis(self) -> dict[str, str]:
        """Provider → address of its API."""
        return {"cloudflare": self._host(2), "desec": self._host(3)}

    @property
    def name_servers(self) -> dict[str, dict[str, str]]:
        """Provider → name of a name server → address."""
        own = {"own": {"ns1.own-dns.net": self._host(81), "ns2.own-dns.org": self._host(82)}} if self.third else {}
        return {
            "cloudflare": {"amir.ns.cloudflare.com": self._host(21), "lola.ns.cloudflare.com": self._host(22)},
            "desec": {"ns1.desec.io": self._host(31), "ns2.desec.org": self._host(32)},
            **own,
        }

    @property
    def real_servers(self) -> dict[str, str]:
        """Name of a name server of the third provider → address of the real server behind it, the primary first."""
        return dict(zip(self.name_servers.get("own", {}), (self._host(91), self._host(92)), strict=False))

    @property
    def resolver(self) -> str:
        """The recursive resolver."""
        return self._host(41)

    @property
    def parent(self) -> str:
        """The server of the zones above the lab's."""
        return self._host(42)

    @property
    def fronts(self) -> dict[str, tuple[str, ...]]:
        """Front → its addresses."""
        return {"cloudflare": (self._host(51), self._host(52)), "bunny": (self._host(61), self._host(62))}

    @property
    def independent(self) -> str:
        """The control of section 6 of the probes' rules: a web server that no front has a part in."""
        return self._host(71)

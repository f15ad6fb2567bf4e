# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions to the lab's name servers, and waiting for answers."""

from __future__ import annotations

import time
from collections.abc import Callable

import dns.message
import dns.query
from twinzone_lab.client import LabClient


def servers(lab: LabClient, provider: str) -> list[str]:
    """The addresses of a provider's name servers."""
    return list(lab.info["providers"][provider]["name_servers"].values())


def ask(
    lab: LabClient,
    address: str,
    name: str,
    rdtype: str = "A",
    *,
    udp: bool = False,
    timeout: float = 5,
    edns: bool = True,
) -> dns.message.Message:
    """One question; raises `dns.exception.Timeout`."""
    query = dns.message.make_query(name, rdtype, use_edns=edns, payload=1232 if edns else None)
    transport = dns.query.udp if udp else dns.query.tcp
    return transport(query, address.partition(":")[0], timeout=timeout, port=lab.info["dns_port"])


def texts(message: dns.message.Message) -> list[str]:
    """The answer section as sorted `type value`."""
    return sorted(f"{rrset.rdtype.name} {rdata.to_text()}" for rrset in message.answer for rdata in rrset)


def soon(read: Callable[[], object], wanted: object) -> None:
    """Wait until something is read; writes reach the name servers a moment later."""
    deadline = time.monotonic() + 10
    while (got := read()) != wanted:
        assert time.monotonic() < deadline, f"{got} in place of {wanted}"
        time.sleep(0.01)

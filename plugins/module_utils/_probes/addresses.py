# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which addresses a host has, and which of them can be probed from here."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Sequence
from typing import NamedTuple

from .. import _parallel
from .._deadline import Deadline
from . import stub_resolver
from .places import is_address

_FAMILIES = {"both": (socket.AF_INET, socket.AF_INET6), "4": (socket.AF_INET,), "6": (socket.AF_INET6,)}
_NAMES = {socket.AF_INET: "IPv4", socket.AF_INET6: "IPv6"}
_NO_ROUTE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}


class LeftOut(NamedTuple):
    """An address that is not probed, and why."""

    address: str
    reason: str


class Addresses(NamedTuple):
    """The addresses of a host, as far as they are probed from here."""

    probed: list[str]
    left_out: list[LeftOut]


def family_of(address: str) -> socket.AddressFamily:
    """The family of an address in canonical form."""
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def addresses_of(host: str, family: str, resolver: tuple[str, int] | None, deadline: Deadline) -> Addresses:
    """The addresses of a host name, or the address that `host` is.

    family: both, 4 or 6. resolver: address and port of a name server that is asked instead of the system's.
    Raises OSError saying why there are none.
    """
    families = _FAMILIES[family]
    if is_address(host):
        return _choose([host], families)
    try:
        found, failures = (
            _ask(host, families, resolver, deadline) if resolver else _ask_system(host, families, deadline)
        )
    except OSError as error:
        raise OSError(f"{host} does not resolve: {error.strerror or error}") from None
    if not found:
        raise OSError(f"{host} does not resolve: {', '.join(sorted(set(failures.values()))) or 'it has no address'}")
    chosen = _choose(found, families)
    unknown = [LeftOut(host, f"its {_NAMES[family]} addresses are unknown: {why}") for family, why in failures.items()]
    return Addresses(chosen.probed, chosen.left_out + unknown)


def _ask_system(
    host: str, families: Sequence[socket.AddressFamily], deadline: Deadline
) -> tuple[list[str], dict[socket.AddressFamily, str]]:
    """What the system's resolver knows, files and search list included. It has no timeout of its own to set."""
    family = families[0] if len(families) == 1 else socket.AF_UNSPEC
    allowed = deadline.remaining()
    answers = _parallel.run(
        {host: lambda: socket.getaddrinfo(host, None, family, socket.SOCK_STREAM)}, lambda _unused: allowed
    )
    if not answers:
        raise TimeoutError("no answer in time")
    return list(dict.fromkeys(str(answer[4][0]) for answer in answers[host])), {}


def _ask(
    host: str, families: Sequence[socket.AddressFamily], resolver: tuple[str, int], deadline: Deadline
) -> tuple[list[str], dict[socket.AddressFamily, str]]:
    """What a name server knows, and of each family why it is unknown there."""
    found: list[str] = []
    failures: dict[socket.AddressFamily, str] = {}
    for done, family in enumerate(families):
        share = Deadline(deadline.remaining() / (len(families) - done + 1))  # leaves as much again to connect
        try:
            answer = stub_resolver.look_up(host, family, resolver, share)
        except OSError as error:
            failures[family] = f"{resolver[0]} port {resolver[1]}: {error.strerror or error}"
            continue
        found += answer.addresses
        if answer.failure:
            failures[family] = answer.failure
    return found, failures


def _choose(addresses: Sequence[str], families: Sequence[socket.AddressFamily]) -> Addresses:
    """These addresses, less those of other families and those that nothing sent from here could reach."""
    probed, left_out = [], []
    for address in addresses:
        reason = "" if family_of(address) in families else "the check asks for the other family only"
        reason = reason or _no_route(address)
        if reason:
            left_out.append(LeftOut(address, reason))
        else:
            probed.append(address)
    return Addresses(probed, left_out)


def _no_route(address: str) -> str:
    """Why this host cannot send to an address, empty if it can.

    Connecting a UDP socket sends nothing, it only looks for a route and a source address. So what fails here is this
    host's doing, while the same error from a TCP connection may come from a router near the front.
    """
    family = family_of(address)
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as udp:
            udp.connect((address, 9))
    except OSError as error:
        if error.errno in _NO_ROUTE:
            return f"no {_NAMES[family]} route from here ({os.strerror(error.errno).lower()})"
    return ""

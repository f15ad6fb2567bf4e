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
from . import resolv_conf, stub_resolver
from .places import is_address, place_with_port

_FAMILIES = {"both": (socket.AF_INET, socket.AF_INET6), "4": (socket.AF_INET,), "6": (socket.AF_INET6,)}
_NAMES = {socket.AF_INET: "IPv4", socket.AF_INET6: "IPv6"}
_NO_ROUTE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}

_MOST = 16
"""Addresses of one family that are probed of a name. Real fronts have fewer; thousands would hold up the others."""

_RESOLVER_SECONDS = 5.0
"""How long the system may take to resolve the name of a resolver."""


class LeftOut(NamedTuple):
    """An address that is not probed, and why."""

    address: str
    reason: str


class Unresolved(OSError):
    """A host has no address as far as is known. cause: `name` if it has none, else `resolver` or `lookup`."""

    def __init__(self, message: str, cause: str) -> None:
        super().__init__(message)
        self.cause = cause


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
    Raises Unresolved saying why there are none.
    """
    families = _FAMILIES[family]
    if is_address(host):
        return _choose([host], families)
    if resolver:
        found, failures = _ask(host, families, resolver, deadline)
    else:
        found, failures = _ask_system(host, families, deadline), {}
    if not found:
        whys = ", ".join(sorted({failure.why for failure in failures.values()})) or "it has no address"
        causes = [failure.cause for failure in failures.values()]
        raise Unresolved(f"{host} does not resolve: {whys}", causes[0] if causes else "name")
    chosen = _choose(found, families)
    probed, beyond = _first(host, chosen.probed)
    unknown = [
        LeftOut(host, f"its {_NAMES[family]} addresses are unknown: {failure.why}")
        for family, failure in failures.items()
    ]
    return Addresses(probed, chosen.left_out + beyond + unknown)


def _first(host: str, addresses: Sequence[str]) -> tuple[list[str], list[LeftOut]]:
    """As many addresses of each family as are probed, and that there are more."""
    by_family = {family: [one for one in addresses if family_of(one) == family] for family in _NAMES}
    beyond = [
        LeftOut(host, f"only {_MOST} of its {len(mine)} {_NAMES[family]} addresses are probed")
        for family, mine in by_family.items()
        if len(mine) > _MOST
    ]
    taken = {one for mine in by_family.values() for one in mine[:_MOST]}
    return [one for one in addresses if one in taken], beyond


def read_resolver(text: str | None) -> tuple[str, int] | None:
    """Address and port of the resolver to ask, of `host` or `host:port`; None where none is named.

    Raises ValueError, or OSError when its name does not resolve.
    """
    if not text:
        return None
    host, port = place_with_port(text, 53)
    if not is_address(host):
        found = addresses_of(host, "both", None, Deadline(_RESOLVER_SECONDS))
        if not found.probed:
            raise ValueError(f"{host} has no address that can be asked from here: {found.left_out[0].reason}")
        host = found.probed[0]
    return host, port


class _Failure(NamedTuple):
    """Why the addresses of one family are unknown."""

    why: str
    cause: str


#: What a resolver says about the name itself, rather than about its own trouble.
_NO_SUCH_NAME = "NXDOMAIN"
_NO_NAME = {
    number for name in ("EAI_NONAME", "EAI_NODATA", "EAI_ADDRFAMILY") for number in [getattr(socket, name, None)]
}


def _ask_system(host: str, families: Sequence[socket.AddressFamily], deadline: Deadline) -> list[str]:
    """What the system's resolver knows, files and search list included. It has no timeout of its own to set."""
    family = families[0] if len(families) == 1 else socket.AF_UNSPEC
    allowed = deadline.remaining()
    try:
        answers = _parallel.run(
            {host: lambda: socket.getaddrinfo(host, None, family, socket.SOCK_STREAM)}, lambda _unused: allowed
        )
    except OSError as error:
        why = f"{host} does not resolve: {error.strerror or error}"
        if error.errno in _NO_NAME:
            raise Unresolved(why, "name") from None
        raise Unresolved(why + _resolver_fault(), "resolver") from None
    if not answers:
        raise Unresolved(f"{host} does not resolve: no answer in time{_resolver_fault()}", "resolver")
    return list(dict.fromkeys(str(answer[4][0]) for answer in answers[host]))


def _resolver_fault() -> str:
    fault = resolv_conf.fault()
    return f"; {fault}" if fault else ""


def _ask(
    host: str, families: Sequence[socket.AddressFamily], resolver: tuple[str, int], deadline: Deadline
) -> tuple[list[str], dict[socket.AddressFamily, _Failure]]:
    """What a name server knows, and of each family why it is unknown there."""
    found: list[str] = []
    failures: dict[socket.AddressFamily, _Failure] = {}
    for done, family in enumerate(families):
        share = Deadline(deadline.remaining() / (len(families) - done + 1))  # leaves as much again to connect
        try:
            answer = stub_resolver.look_up(host, family, resolver, share)
        except OSError as error:
            failures[family] = _Failure(f"{resolver[0]} port {resolver[1]}: {error.strerror or error}", "resolver")
            continue
        found += answer.addresses
        if answer.failure:
            failures[family] = _Failure(answer.failure, _cause_of(answer.failure))
    return found, failures


def _cause_of(failure: str) -> str:
    return {_NO_SUCH_NAME: "name", "REFUSED": "resolver"}.get(failure, "lookup")


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

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where each name server leads a visitor, and which addresses a visitor's resolver gets from it."""

from __future__ import annotations

from collections.abc import Mapping

import dns.exception
import dns.message
import dns.query
from twinzone_lab.client import LabClient

from .screen import Astray

NAME = "www.example.com"
_SECONDS = 5
# The host name of the front bunny. It lies in another zone, so deSEC's servers leave its address to the resolver.
_BUNNY = "example.b-cdn.net."


def check(lab: LabClient, expected: Mapping[str, str]) -> None:
    """Raise `Astray` where a name server does not lead to the expected front. expected: provider → front."""
    astray = []
    for provider, front in expected.items():
        for server, address in lab.info["providers"][provider]["name_servers"].items():
            if (found := _front(lab, _answer(address, lab.info["dns_port"]))) != front:
                astray.append(f"{server} leads to {found} in place of {front}")
    if astray:
        raise Astray("; ".join(astray))


def address_of(lab: LabClient, provider: str) -> tuple[str, str]:
    """The first address that a resolver gets when it asks this provider, and the name server that it asked.

    Raises `Astray` when there is none.
    """
    server, address = next(iter(lab.info["providers"][provider]["name_servers"].items()))
    said = _answer(address, lab.info["dns_port"])
    if _BUNNY in said:
        said = lab.resolve(_BUNNY.rstrip("."), "A")
    fronts = {one for addresses in lab.info["fronts"].values() for one in addresses}
    found = sorted(fronts.intersection(said))
    if not found:
        raise Astray(f"{server} leads to no front: {said}")
    return found[0], server


def _answer(address: str, port: int) -> list[str]:
    try:
        answer = dns.query.udp(dns.message.make_query(NAME, "A"), address, _SECONDS, port)
    except (dns.exception.DNSException, OSError) as error:
        return [f";; {error}"]
    return [rdata.to_text() for rrset in answer.answer for rdata in rrset]


def _front(lab: LabClient, said: list[str]) -> str:
    """The front that an answer leads to: by its addresses, or by the host name that stands for them."""
    places = {address: front for front, addresses in lab.info["fronts"].items() for address in addresses}
    fronts = {{**places, _BUNNY: "bunny"}.get(text) for text in said} - {None}
    return " and ".join(sorted(map(str, fronts))) or "no front"

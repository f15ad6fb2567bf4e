# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a thorough look sees of name servers and of the resolver. Pure."""

from __future__ import annotations

from typing import TypedDict


class ServerLook(TypedDict):
    """How one name server answers for the zone. udp, tcp: empty where it does, else why not.

    ipv6: of a server with an IPv6 address, whether that answers; None where it has none, or this machine has no IPv6:
    then ipv6_unasked says what happened.
    authoritative: None where it does not answer. signed_until: when the first of its signatures ends, Unix time; None
    without signatures. cds: the CDS records that it publishes. negative_ttl: seconds for which a missing name is kept.
    """

    provider: str
    server: str
    udp: str
    tcp: str
    ipv6: bool | None
    ipv6_unasked: str
    authoritative: bool | None
    signed_until: int | None
    cds: list[str]
    negative_ttl: int | None


class CaaLook(TypedDict):
    """The CAA set in force for a name, as one provider's servers answer. at: where it stands; empty for none at all."""

    provider: str
    name: str
    at: str
    values: list[str]


class ResolverLook(TypedDict):
    """The resolver. udp, tcp: empty where it answers, else why not. rewrites: what it answers for no name at all.

    address: empty where the system names none.
    """

    address: str
    udp: str
    tcp: str
    rewrites: list[str]

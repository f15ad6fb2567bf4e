# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Do the answers of every name server validate? Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..check import Check
from ..facts import Zone
from ..finding import FAIL, OK, UNKNOWN, Finding


def look(zone: Zone) -> Iterator[Finding]:
    servers = zone.servers or ()
    bogus = [one["name"] for one in servers if one["signed"] is False]
    unseen = [one["name"] for one in servers if one["signed"] is None]
    if bogus:
        seen = f"the DS set at the parent does not fit the keys of {', '.join(bogus)}"
        yield Finding(FAIL, "", seen, "add the DS of this provider at the registrar, or remove all; see multi-signer")
    if unseen:
        seen = f"the keys of {', '.join(unseen)} were not seen"
        yield Finding(UNKNOWN, "", seen, "look again from where these servers can be asked over TCP")
    if servers and not bogus + unseen:
        yield Finding(OK, "", "the DS set at the parent, if there is one, fits the keys of every name server")


CHECK = Check(
    "dnssec_two",
    "Do the answers of every name server validate?",
    fails="the DS set at the parent fits the keys of only some of the name servers",
    zone=look,
)

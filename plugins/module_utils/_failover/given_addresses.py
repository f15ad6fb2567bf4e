# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which addresses the apex was last given, as its marker remembers them. Pure.

A CDN answers other addresses every now and then, and others to other resolvers. So addresses at the apex that nobody
answers today may still be those that were given to it: that is known from the marker, and not from a resolver.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Iterable
from contextlib import suppress

from .marker import Marker

#: Characters of a fingerprint: a marker has no room for the addresses of a large CDN.
_LENGTH = 12


def fingerprint(addresses: Iterable[str]) -> str:
    """A short text that identifies these addresses; empty for none. Their order and spelling do not matter."""
    texts = sorted({_canonical(one) for one in addresses})
    return hashlib.sha256(",".join(texts).encode()).hexdigest()[:_LENGTH] if texts else ""


def _canonical(address: str) -> str:
    with suppress(ValueError):
        return str(ipaddress.ip_address(address))
    return address


def given_front(addresses: Iterable[str], marker: Marker | None) -> str:
    """The front that was given by these addresses, as the marker beside them says; empty where it says nothing."""
    if marker is None or not marker.gave or not marker.given:
        return ""
    return marker.given if fingerprint(addresses) == marker.gave else ""

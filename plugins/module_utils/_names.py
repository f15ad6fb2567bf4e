# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of zones and record sets, in one canonical spelling: lower-case ASCII, `@` for the apex."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache

with suppress(ImportError):  # the modules report a missing library
    import dns.exception
    import dns.name

APEX = "@"


@lru_cache(maxsize=65536)
def absolute(text: str, origin: str = "") -> str:
    """The name `text` as lower-case ASCII with a trailing dot; relative names are completed with the zone `origin`.

    Unicode labels become A-labels (IDNA 2003, as dnspython does by default). Raises ValueError with the reason.
    """
    zone = dns.name.from_text(origin) if origin else dns.name.root
    if text == APEX:
        return zone.to_text().lower()
    try:
        return dns.name.from_text(text, zone).to_text().lower()
    except (dns.exception.DNSException, UnicodeError) as error:
        raise ValueError(f"{text!r} is not a domain name: {error}") from None


@lru_cache(maxsize=1024)
def zone_name(text: str) -> str:
    """The zone's name in the form that both APIs use: lower-case ASCII without a trailing dot.

    Raises ValueError when it is no domain name, or the root.
    """
    name = absolute(text.strip()).rstrip(".")
    if not name:
        raise ValueError(f"{text!r} is not a zone name")
    return name


def relative(text: str, zone: str) -> str:
    """The name `text` relative to `zone`: `@`, `www`, `*.dev`. Accepts `@`, relative, and absolute with a trailing dot.

    A name that ends in the zone's own name without a trailing dot is taken as relative, as a zone file does.
    Raises ValueError when it is no domain name or lies outside the zone.
    """
    full = absolute(text.strip(), zone + ".")
    origin = zone + "."
    if full == origin:
        return APEX
    if not full.endswith("." + origin):
        raise ValueError(f"{text!r} is not in the zone {zone}")
    return full[: -len(origin) - 1]


def owner(name: str, zone: str) -> str:
    """The absolute name, with its trailing dot, of a canonical relative name."""
    return f"{zone}." if name == APEX else f"{name}.{zone}."

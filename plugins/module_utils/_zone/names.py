# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of zones and record sets, in one canonical spelling: lower-case ASCII, `@` for the apex."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import lru_cache

from . import parse_errors

with suppress(ImportError):  # the modules report a missing library
    import dns.exception
    import dns.name

APEX = "@"

#: Relative names that are spelled canonically already, as most are, and the characters of a name and its zone together.
_PLAIN = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
_LONGEST = 253

#: Letters that IDNA 2003 and IDNA 2008 encode differently: ß, ς, and the two joiners.
_AMBIGUOUS = frozenset("ßẞς\u200c\u200d")


def refuse_ambiguous(text: str) -> None:
    """Raise ValueError for a name that the two standards of internationalised names take for different names."""
    if found := sorted(_AMBIGUOUS & set(text)):
        raise ValueError(f"{text!r} has {found[0]!r}, which has two encodings; write the one that you mean (xn--…)")


@lru_cache(maxsize=65536)
def _name(text: str, origin: str) -> dns.name.Name:
    """The absolute name in lower case. Unicode labels become A-labels. Raises ValueError with the reason."""
    zone = _name(origin, "") if origin else dns.name.root
    if text == APEX:
        return zone
    refuse_ambiguous(text)
    try:
        return dns.name.from_text(text, zone).canonicalize()
    except (dns.exception.DNSException, UnicodeError) as error:
        raise ValueError(f"{text!r} is not a domain name: {parse_errors.reason(str(error))}") from None


def absolute(text: str, origin: str = "") -> str:
    """The name `text` as lower-case ASCII with a trailing dot; relative names are completed with the zone `origin`.

    Raises ValueError with the reason.
    """
    return _name(text, origin).to_text()


def is_within(name: str, zone: str) -> bool:
    """Whether an absolute name is the zone's or below it. zone: without a trailing dot."""
    return name == f"{zone}." or name.endswith(f".{zone}.")


@lru_cache(maxsize=1024)
def zone_name(text: str) -> str:
    """The zone's name in the form that both APIs use: lower-case ASCII without a trailing dot.

    Raises ValueError when it is no domain name, or the root.
    """
    name = absolute(text.strip()).removesuffix(".")
    if not name:
        raise ValueError(f"{text!r} is not a zone name")
    return name


def is_in(name: str, zone: str) -> bool:
    """Whether an absolute name, with its trailing dot, is the zone's or lies below it."""
    return _name(name, "").is_subdomain(_name(f"{zone}.", ""))


def relative(text: str, zone: str) -> str:
    """The name `text` relative to `zone`: `@`, `www`, `*.dev`. Accepts `@`, relative, and absolute with a trailing dot.

    A name that ends in the zone's own name without a trailing dot is taken as relative, as a zone file does.
    Raises ValueError when it is no domain name or lies outside the zone.
    """
    if _PLAIN.fullmatch(text) and len(text) + len(zone) < _LONGEST:
        return text
    full, origin = _name(text.strip(), f"{zone}.").labels, _name(f"{zone}.", "").labels
    # By labels: `a\.example.com.` is not a name in example.com, though it ends like one.
    if full[-len(origin) :] != origin:
        raise ValueError(f"{text!r} is not in the zone {zone}")
    return dns.name.Name(full[: -len(origin)]).to_text()


def written(text: str, zone: str) -> str:
    """The name that a person wrote, as `relative` has it.

    One that ends in the zone's own name without a trailing dot is a slip: it would mean www.example.com.example.com.
    Raises ValueError, for that too.
    """
    name = relative(text, zone)
    if f".{name}".endswith(f".{zone}") and not text.strip().endswith("."):
        raise ValueError(f"ends in the zone's name without a trailing dot; write {name + '.'!r}")
    return name


def owner(name: str, zone: str) -> str:
    """The absolute name, with its trailing dot, of a canonical relative name."""
    return f"{zone}." if name == APEX else f"{name}.{zone}."

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an answer says besides its health: who gave it, when, and whether it came from a cache. Pure."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Mapping
from email.utils import parsedate
from typing import NamedTuple

from .http1 import Head
from .quoting import quoted

#: Headers by which a CDN shows itself. Their values are part of the evidence.
_IDENTITY = (
    "server",
    "via",
    "cf-ray",
    "cdn-requestid",
    "cdn-pullzone",
    "x-amz-cf-id",
    "x-amz-cf-pop",
    "x-azure-ref",
    "x-cdn",
    "x-fastly-request-id",
    "x-iinfo",
    "x-served-by",
    "x-vercel-id",
)

#: Headers in which caches report what they did.
_CACHE = ("cf-cache-status", "cdn-cache", "x-cache", "x-cache-status", "x-proxy-cache", "cache-status")
_HIT = re.compile(r"\bhit\b|\bstale\b|\brevalidated\b|\bupdating\b", re.IGNORECASE)
_LONGEST_AGE = 10**9


class Seen(NamedTuple):
    """What an answer says about itself."""

    date: int | None
    """The server's own time, Unix seconds."""
    age: int | None
    """Seconds that the answer has been in caches."""
    received: int
    """This host's time when the head of the answer had arrived, Unix seconds."""
    cached: bool
    """Whether a cache gave the answer."""
    cache: str
    """The headers that say so, or that a cache reports otherwise; empty without any."""
    identity: Mapping[str, str]
    """The headers by which the CDN shows itself."""


def seen(head: Head, received: float, secrets: Iterable[str] = ()) -> Seen:
    """The evidence in the head of an answer. secrets: the values of request headers, which are not repeated."""
    secrets = tuple(secrets)
    present = {name for name, _value in head.headers}
    age = _age(head.values("age"))
    reports = {name: quoted(head.value(name), secrets) for name in _CACHE if name in present}
    shown = {**({"age": str(age)} if age is not None else {}), **reports}
    return Seen(
        date=_date(head.value("date")),
        age=age,
        received=int(received),
        cached=bool(age) or any(map(_HIT.search, reports.values())),
        cache=", ".join(f"{name}: {value}" for name, value in shown.items()),
        identity={name: quoted(head.value(name), secrets) for name in _IDENTITY if name in present},
    )


def _age(values: list[str]) -> int | None:
    """The first value, as RFC 9111 section 5.1 has it."""
    text = values[0].split(",")[0].strip() if values else ""
    return min(int(text), _LONGEST_AGE) if re.fullmatch(r"[0-9]{1,18}", text) else None


def _date(text: str) -> int | None:
    try:
        parts = parsedate(text)
        return calendar.timegm(parts) if parts else None
    except (ValueError, OverflowError, TypeError, IndexError):
        return None

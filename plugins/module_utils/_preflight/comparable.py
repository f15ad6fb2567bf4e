# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which record sets of a zone can be compared between providers. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from .._dependencies.zone_records import is_proxied
from .._failover.data.observed import Record
from .._zone.plan import DEFAULT_KEEP

_OWN = ("SOA", "DNSKEY", "CDS", "CDNSKEY", "NSEC", "NSEC3PARAM", "RRSIG", "DS", "CAA")
"""What each provider has of its own, or what Cloudflare does not show."""


def comparable(records: Sequence[Record]) -> list[Record]:
    """The sets that all providers should have alike: not what each has of its own, nor what a sync leaves alone."""
    return [
        one
        for one in records
        if one["type"] not in _OWN and not (one["type"] == "NS" and one["name"] == "@") and not _is_kept(one["name"])
    ]


def proxied(provider: str, records: Sequence[Record]) -> set[str]:
    """The names for which the provider answers with its own proxies."""
    return {one["name"] for one in records if is_proxied(provider, one)}


def _is_kept(name: str) -> bool:
    """Whether a sync leaves it where it stands, whoever made it."""
    return any(fnmatchcase(name, pattern["name"]) for pattern in DEFAULT_KEEP)

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of another tool that writes a router: the notes that such tools leave beside their records. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from .._zone.names import APEX
from .._zone.routers import owns
from .data.observed import Held, Record

#: external-dns writes a TXT record for each of its own, at a name that begins with the record's type.
_PREFIXES = ("cname-", "a-", "aaaa-")

#: What external-dns writes there; other tools have taken it over.
_OWNER = re.compile(r"heritage=(?P<tool>[^,\"]{1,60})(?:.*?/owner=(?P<owner>[^,\"]{1,60}))?")

_LONGEST = 80


def names(router: str) -> list[str]:
    """Where other tools write that the router is theirs, relative to the zone. At the apex nobody can say which set
    they mean."""
    return [] if router == APEX else [f"{prefix}{router}" for prefix in _PREFIXES]


def found(router: str, held: Mapping[str, Held]) -> str:
    """What the notes say about who else writes the router, in words; empty where there are none. held: by provider."""
    notes = [
        f"{provider}: {note}" for provider, read in held.items() for note in _notes(provider, router, read["records"])
    ]
    return "; ".join(dict.fromkeys(notes))


def _notes(provider: str, router: str, records: Iterable[Record]) -> Iterable[str]:
    for record in records:
        comment = record.get("at", {}).get(provider, {}).get("comment")
        if owns((router,), (record["name"], record["type"])) and comment:
            yield f"the comment of the record is {str(comment)[:_LONGEST]!r}"
        if record["name"] in names(router) and record["type"] == "TXT":
            for text in record.get("values", ()):
                if match := _OWNER.search(text):
                    owner = f", owner {match['owner']}" if match["owner"] else ""
                    yield f"{match['tool']} claims it{owner}"

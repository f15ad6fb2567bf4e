# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which record sets of a zone belong to a router, and what its marker is called. Pure.

A router below the apex has its name for itself. At the apex stand MX, TXT, NS and more too, so there only the sets that
lead somewhere belong to it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from .names import APEX
from .origins import ADDRESS_TYPES
from .record_sets import Key

#: The TXT record set that carries a router's memory is called `_twinzone.<router>`.
MARKER_PREFIX = "_twinzone."

#: The marker of the apex. `_twinzone.@` is not a legal name.
APEX_MARKER = "_twinzone"

#: The types that can lead visitors somewhere.
ROUTER_TYPES = ("CNAME", *ADDRESS_TYPES)


def marker_name(router: str) -> str:
    """The name of a router's marker. Both are relative to the zone."""
    return APEX_MARKER if router == APEX else f"{MARKER_PREFIX}{router}"


def router_of(name: str) -> str:
    """The router whose marker has this name; empty where it is not a marker's. Both are relative to the zone."""
    return APEX if name == APEX_MARKER else name[len(MARKER_PREFIX) :] if name.startswith(MARKER_PREFIX) else ""


def owns(names: Collection[str], key: Key) -> bool:
    """Whether a record set belongs to one of these routers, or is one of these markers. names: relative to the zone."""
    name, rdtype = key
    return name in names and (name != APEX or rdtype in ROUTER_TYPES)


def stands(router: str, keys: Iterable[Key]) -> bool:
    """Whether one of the record sets is the router's."""
    return any(owns((router,), key) for key in keys)


def missing(here: Collection[Key], elsewhere: Sequence[Collection[Key]]) -> list[str]:
    """The routers with a marker anywhere that stand elsewhere, and not here, in order."""
    marked_ones = {
        router
        for keys in (here, *elsewhere)
        for name, rdtype in keys
        if rdtype == "TXT" and (router := router_of(name))
    }
    return sorted(router for router in marked_ones if not stands(router, here))


def with_markers(routers: Iterable[str]) -> frozenset[str]:
    """The routers and the names of their markers."""
    return frozenset(name for router in routers for name in (router, marker_name(router)))


def marked(names: Iterable[str]) -> frozenset[str]:
    """The routers whose markers are among the names of TXT sets, with the markers themselves."""
    return with_markers(router for name in names if (router := router_of(name)))

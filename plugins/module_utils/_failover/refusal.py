# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is not even considered: two masters of one router, a request for a circle, or for many by accident. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .._zone.names import owner
from . import claims, clock
from . import site as failover_site
from .data.observed import Answer, Held
from .data.site import Site
from .decision import REFUSE, Decision
from .marker import Pin


def refusal(site: Site, answers: Sequence[Answer], held: Mapping[str, Held], sites: Sequence[Site]) -> Decision | None:
    """The refusal of a site, or None. answers: about this site. held: of the APIs asked. sites: all of the run."""
    reason = (
        _two_masters(site, sites)
        or _neighbours(site, claims.neighbours(site, answers, held))
        or _request_for_a_circle(site, claims.circles(site, answers))
        or _request_for_many(site, sites)
    )
    return Decision("refused", REFUSE, reason) if reason else None


def pin_is_over(site: Site, now: int, off: int) -> Decision | None:
    """The refusal of a pin that ends before it begins, or None. now: Unix time. off: of `clock.off`, in seconds."""
    asked = site["request"]
    if not off or not asked["pin"] or Pin(asked["pin"], asked["pin_until"], "").holds(now):
        return None
    words = f"the clock of this machine is {clock.in_words(off)}, and by their time the pin would be over already"
    return Decision("refused", REFUSE, f"{words}; set the clock", remedy="set the clock of this machine, best by NTP")


def _two_masters(site: Site, sites: Sequence[Site]) -> str:
    rivals = [
        other["site"]
        for other in sites
        if (other["zone"], other["router"]) == (site["zone"], site["router"]) and other["site"] != site["site"]
    ]
    if not rivals:
        return ""
    name = owner(site["router"], site["zone"])
    return f"{', '.join(rivals)} steers {name} too; make one site of them, or give each its own router"


def _neighbours(site: Site, found: Sequence[str]) -> str:
    if not found:
        return ""
    name = owner(site["router"], site["zone"])
    kinds = " and ".join(found)
    return f"{name} holds {kinds} too, and a CNAME allows nothing beside it; move them, or steer another name"


def _request_for_a_circle(site: Site, circles: set[str]) -> str:
    """Even a forced request: the router would lead to itself."""
    front = site["request"]["to"] or site["request"]["pin"]
    if front not in circles:
        return ""
    return f"the target of {front} leads through the router itself; point it at the CDN"


def _request_for_many(site: Site, sites: Sequence[Site]) -> str:
    if not failover_site.asks(site) or len(sites) == 1 or site["all"]:
        return ""
    return f"the request would move all {len(sites)} sites of this run; use --limit, or failover_all=true"

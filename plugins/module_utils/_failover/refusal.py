# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must not even be considered: two masters of one router, a circle, a request for many sites by accident. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from .._zone.names import owner
from . import site as failover_site
from .data import Answer, Site
from .decision import REFUSE, Decision
from .questions import NEIGHBOURS


def refusal(site: Site, answers: Sequence[Answer], sites: Sequence[Site]) -> Decision | None:
    """The refusal of a site, or None. answers: about this site. sites: all of the run."""
    reason = (
        _two_masters(site, sites) or _neighbours(site, answers) or _circle(answers) or _request_for_many(site, sites)
    )
    return Decision("refused", REFUSE, reason) if reason else None


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


def _neighbours(site: Site, answers: Sequence[Answer]) -> str:
    name = owner(site["router"], site["zone"])
    found = {
        answer["type"]
        for answer in answers
        if answer["name"] == name and answer["type"] in NEIGHBOURS and answer["values"] and not answer["cnames"]
    }
    if not found:
        return ""
    kinds = " and ".join(sorted(found))
    return f"{name} holds {kinds} too, and a CNAME allows nothing beside it; move them, or steer another name"


def _circle(answers: Sequence[Answer]) -> str:
    circular = {front for answer in answers for front in answer.get("circular", ())}
    if not circular:
        return ""
    fronts = ", ".join(sorted(circular))
    reason = f"the target of {fronts} leads through the router itself, so a probe would test what is steered"
    return f"{reason}; point it at the CDN"


def _request_for_many(site: Site, sites: Sequence[Site]) -> str:
    if not failover_site.asks(site) or len(sites) == 1 or site["all"]:
        return ""
    return f"the request would move all {len(sites)} sites of this run; use --limit, or failover_all=true"

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What name servers say that would stand in the way of a failover, and what of it is believed. Pure.

One name server that lies must not stop a site. What is believed is what the API of a provider shows; else what all of
its servers say that answer, at least two; else what more than half of all servers say, of which two must answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from .._zone.names import APEX, owner
from . import site as failover_site
from .data.observed import Answer, Held
from .data.site import Site
from .quorum import DOWN, UNKNOWN, Health

#: What must not stand at a public name that is steered: a CNAME would take its place.
NEIGHBOURS = ("MX", "TXT")


def _is_believed(answers: Sequence[Answer], says: Callable[[Answer], bool]) -> bool:
    """Whether enough of these servers say so. answers: of all servers to one question."""
    heard = [answer for answer in answers if not answer.get("error") and answer.get("status") != "silent"]
    by_provider: dict[str, list[bool]] = {}
    for answer in heard:
        by_provider.setdefault(answer["provider"], []).append(says(answer))
    if any(len(votes) >= 2 and all(votes) for votes in by_provider.values()):
        return True
    is_enough = len(heard) >= 2 or len(answers) == 1
    return is_enough and 2 * sum(map(sum, by_provider.values())) > len(heard)


def neighbours(site: Site, answers: Sequence[Answer], held: Mapping[str, Held]) -> list[str]:
    """The types that stand beside the router, where a CNAME allows nothing. held: by provider, of the APIs asked."""
    if site["router"] == APEX:
        return []
    name = owner(site["router"], site["zone"])
    return [rdtype for rdtype in NEIGHBOURS if _stands(site["router"], name, rdtype, answers, held)]


def _stands(router: str, name: str, rdtype: str, answers: Sequence[Answer], held: Mapping[str, Held]) -> bool:
    read = {provider: one for provider, one in held.items() if not one["error"]}
    if any(record["name"] == router and record["type"] == rdtype for one in read.values() for record in one["records"]):
        return True
    asked = [
        answer
        for answer in answers
        if (answer["name"], answer["type"]) == (name, rdtype) and answer["provider"] not in read
    ]
    return _is_believed(asked, lambda answer: bool(answer["values"]) and not answer.get("cnames"))


def circles(site: Site, answers: Sequence[Answer]) -> set[str]:
    """The fronts whose target, or a host at which they are probed, leads through the router itself."""
    name = owner(site["router"], site["zone"])
    routes = [answer for answer in answers if answer["name"] == name and "circular" in answer]
    claimed = {candidate for answer in routes for candidate in answer["circular"]}
    return {failover_site.front_of(one) for one in claimed if _is_believed(routes, partial(_says_circle, one))}


def _says_circle(candidate: str, answer: Answer) -> bool:
    return candidate in answer["circular"]


def unusable(health: Mapping[str, Health], fronts: set[str]) -> dict[str, Health]:
    """The health of all fronts, where those in a circle are none to go to: a probe of them tests what is steered."""
    return {name: _in_circle(one) if name in fronts else one for name, one in health.items()}


def _in_circle(one: Health) -> Health:
    reason = "its target leads through the router itself, so a probe would test what is steered; point it at the CDN"
    if one.verdict == DOWN:
        return Health(DOWN, reason=f"{one.reason}; {reason}")
    return Health(UNKNOWN, reason=reason)

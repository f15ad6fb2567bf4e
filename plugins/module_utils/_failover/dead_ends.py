# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fronts whose name leads nowhere at some name servers: a switch to them loses those who ask these servers. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from .._zone.names import owner
from .data.observed import Answer
from .data.site import Front, Site


def found(site: Site, answers: Sequence[Answer]) -> dict[str, list[str]]:
    """By front, a line for each provider with such servers. answers: about the site."""
    name = owner(site["router"], site["zone"])
    mine = [one for one in answers if (one["name"], one["type"]) == (name, "CNAME") and one.get("nowhere")]
    lines: dict[str, list[str]] = {}
    for front in site["fronts"]:
        for provider in dict.fromkeys(one["provider"] for one in mine):
            hosts = _hosts(front, provider)
            servers = [one["server"] for one in mine if one["provider"] == provider and hosts & {*one["nowhere"]}]
            if servers:
                lines.setdefault(front["name"], []).append(
                    f"{front['name']} leads nowhere at {', '.join(servers)} of {provider}: no address for "
                    f"{' and '.join(sorted(hosts))} comes from there"
                )
    return lines


def _hosts(front: Front, provider: str) -> set[str]:
    """The names to which the router leads for a front. A proxy answers for what it publishes."""
    published = front["published"].get(provider, {})
    if not front["published"]:
        return {front["target"]}
    cname = published.get("CNAME")
    return {*cname["values"]} if cname and not cname["attributes"] else set()

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of a site that visitors use, and where they lead in one run. Pure."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from .._zone import names
from . import observation, paths, suspects
from .data.observed import Answer, HeldByZone, Observed, PathAnswer
from .data.questions import ZoneNames
from .data.site import ProviderEntry, Site
from .decision import Situation
from .paths import Finding, Steering

#: A host name that is absolute, in ASCII and in lower case.
_HOST = re.compile(r"([a-z0-9_-]+\.)+")


def of_url(url: Any) -> list[str]:
    """The host of a URL as an absolute name; none for an address, or for what is not a URL."""
    with suppress(ValueError):
        host = urlsplit(str(url)).hostname or ""
        return [names.absolute(host, "")] if host and not has_address(url) else []
    return []


def has_address(url: Any) -> bool:
    """Whether the host of a URL is an address."""
    with suppress(ValueError):
        ipaddress.ip_address(urlsplit(str(url)).hostname or "")
        return True
    return False


def port_of(url: Any) -> int:
    """The port at which browsers ask for a URL over HTTPS; 443 for what is not such a URL."""
    with suppress(ValueError):
        parts = urlsplit(str(url))
        return parts.port or 443 if parts.scheme == "https" else 443
    return 443


def absolute(entry: Any, zone: str) -> str:
    """A host name, complete or as one label of the zone, as an absolute name. Raises ValueError."""
    if not isinstance(entry, str) or not entry.strip():
        raise ValueError(f"{entry!r} is not a host name")
    text = entry.strip()
    if text == "@":
        return f"{zone}."
    name = names.absolute(text if "." in text else f"{text}.{zone}.", "")
    rest = name.removeprefix("*.")
    if "*" in rest:
        raise ValueError(f"{entry!r} has a wildcard that is not its whole first label")
    if not _HOST.fullmatch(rest):
        raise ValueError(f"{entry!r} is not a host name; several of them are a list")
    return name


def observed(site: Site, seen: Observed, here: Situation, now: int) -> list[Finding]:
    """Where the site's public names lead, as it was observed at the Unix time `now`."""
    served = [one.front for one in here.served.values() if one.front]
    front = here.marker.front if here.marker else next(iter(served), None)
    since = here.marker.since if here.marker else 0
    return judged(site, seen["answers"], seen.get("paths", []), seen.get("held", {}), front, since, now)


def judged(
    site: Site,
    answers: Sequence[Answer],
    asked: Sequence[PathAnswer],
    held: HeldByZone,
    front: str | None,
    since: int,
    now: int,
) -> list[Finding]:
    """Where the site's public names lead.

    answers: about the site's router. asked: about public names, of all sites. front: to which the router leads, or
    should, since the Unix time `since`.
    """
    nowhere = suspects.of_servers(site, answers, asked, held)
    steering = _steering(site, answers, front, since, nowhere.seen if nowhere else "")
    return paths.judge(site["names"], steering, asked, held, now)


def _steering(site: Site, answers: Sequence[Answer], front: str | None, since: int, nowhere: str) -> Steering:
    name = names.owner(site["router"], site["zone"])
    mine = [
        one
        for provider in observation.provider_names(site)
        for one in observation.routers_at(site, provider, answers).values()
    ]
    return Steering(
        router=name,
        zone=site["zone"],
        targets=frozenset(place for one in site["fronts"] for place in one["seen_as"]),
        front=front or "",
        since=since,
        ttl=max((one.get("ttl") or 0 for one in mine), default=0),
        served={
            one["server"]: (frozenset(one.get("leads_to", ())), frozenset(one["values"]))
            for one in mine
            if one.get("status") == "addresses"
        },
        nowhere=nowhere,
    )


def hidden(site: Site, asked: Sequence[PathAnswer], providers: Sequence[ProviderEntry]) -> list[ZoneNames]:
    """What to read at APIs, since name servers hide where public names lead. providers: with their tokens."""
    known: Mapping[str, ProviderEntry] = {entry["name"]: entry for entry in providers}
    router = names.owner(site["router"], site["zone"])
    return [
        ZoneNames(
            zone=zone,
            names=sorted(f"{name}" for name in found),
            providers=[known[provider]],
            follow=True,
            needed=False,
        )
        for (zone, provider), found in paths.hidden(asked, router).items()
        if provider in known
    ]

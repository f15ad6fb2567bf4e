# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A site: what a decision, the probes and the questions to name servers need of it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from .data.site import Site
from .decision import Policy, Request
from .marker import Pin

#: The keys of a policy that are for cdn_health.
PROBE_KEYS = ("probes", "interval", "tolerate", "down_at")

#: The vantage where none is named: where Ansible runs.
CONTROLLER = "localhost"


def policy(site: Site) -> Policy:
    """The policy of a site."""
    given = site["policy"]
    return Policy(
        degraded_for=given["degraded_for"],
        severe_at=given["severe_at"],
        failback=given["failback"],
        failback_after=given["failback_after"],
        max_switches_per_hour=given["max_switches_per_hour"],
        adopt=site["adopt"],
    )


def request(site: Site) -> Request:
    """What a person asked for."""
    asked = site["request"]
    pin = Pin(asked["pin"], asked["pin_until"], asked["pin_tag"]) if asked["pin"] else None
    return Request(asked["to"], pin, asked["lift"], asked["force"])


def asks(site: Site) -> bool:
    """Whether somebody asked for a front by hand."""
    return bool(site["request"]["to"] or site["request"]["pin"])


#: A short burst, for what is looked at once more.
_SHORT = {"probes": 3, "interval": 1, "tolerate": 0, "down_at": 3}


def probes_again(site: Site, fronts: Collection[str | None]) -> list[dict[str, Any]]:
    """These fronts of the site as cdn_health takes them, for a short look."""
    return [{**one, **_SHORT} for one in probes(site) if one["name"] in fronts]


def probes(site: Site) -> list[dict[str, Any]]:
    """The site's fronts as cdn_health takes them."""
    burst = {key: value for key, value in site["policy"].items() if key in PROBE_KEYS}
    return [
        {
            "site": site["site"],
            "name": front["name"],
            "target": front["target"] or None,
            "connect_to": front["connect_to"],
            "check": {**site["check"], **front["check"]},
            "controls": site["controls"],
            **burst,
        }
        for front in site["fronts"]
    ]


def as_published(front: str) -> str:
    """Under which name the addresses at an apex are probed that a front has left. No front can have it."""
    return f"{front} as published"


def probes_of_published(site: Site, left: Mapping[str, Mapping[str, Sequence[str]]]) -> list[dict[str, Any]]:
    """The probes of addresses that fronts have left, as cdn_health takes them. left: by front and provider."""
    found = []
    for one in probes(site):
        addresses = sorted({address for mine in left.get(one["name"], {}).values() for address in mine})
        if addresses:
            found.append({**one, "name": as_published(one["name"]), "target": None, "connect_to": addresses})
    return found


def candidates(site: Site) -> dict[str, list[str]]:
    """The host names and addresses that the router may lead to, and the other host names at which a front is probed.

    The latter have names that no front can have; they are only asked whether they lead back through the router.
    """
    found = {front["name"]: list(front["seen_as"]) for front in site["fronts"]}
    for front in site["fronts"]:
        for host in map(without_port, front["connect_to"]):
            if host.endswith("."):
                found[f"{front['name']} at {host.rstrip('.')}"] = [host]
    return found


def front_of(candidate: str) -> str:
    """The front to which one of the candidates belongs."""
    return candidate.partition(" at ")[0]


def without_port(place: Any) -> str:
    """The address, or the absolute host name, of `address`, `host`, `host:port` or `[IPv6]:port`."""
    text = str(place).strip()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    bare = text.partition(":")[0] if text.count(":") == 1 else text
    return bare if ":" in bare or bare.replace(".", "").isdigit() else bare.rstrip(".") + "."

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A steered name in the lab, led to one of three fronts: what both providers hold and serve for it."""

from __future__ import annotations

import time
from typing import Any

from ansible_collections.twinzone.edge.plugins.module_utils._failover import marker as failover_marker
from ansible_collections.twinzone.edge.plugins.module_utils._failover.marker import Marker
from ansible_collections.twinzone.edge.plugins.module_utils._zone.routers import marker_name
from twinzone_lab.client import LabClient

from support.lab_jobs import BOTH, Entry
from support.lab_playbooks import ZONE

ORIGIN = "203.0.113.10"

#: Name of a front → target.
TARGETS = {"cloudflare": f"cf-front.{ZONE}.", "bunny": f"cdn2-front.{ZONE}.", "origin": f"origin.{ZONE}."}

ZONE_RECORDS: list[Entry] = [
    {"name": "www", "type": "CNAME", "ttl": 3600, "values": ["web-router"]},
    {"name": "web-router", "type": "CNAME", "ttl": 3600, "values": ["cf-front"]},
    {"name": "cf-front", "type": "CNAME", "ttl": 3600, "values": ["@"]},
    {"name": "cdn2-front", "type": "CNAME", "ttl": 3600, "values": ["example.b-cdn.net."]},
    {"name": "origin", "type": "A", "ttl": 3600, "values": [ORIGIN]},
]


def marker_key(router: str) -> tuple[str, str]:
    """Name and type of the marker beside a router."""
    return marker_name(router), "TXT"


def held(lab: LabClient, provider: str, zone: str = ZONE) -> dict[tuple[str, str], list[str]]:
    """What a provider's store holds, with every value as often as it is there."""
    found: dict[tuple[str, str], list[str]] = {}
    for item in lab.zone(provider, zone):
        if provider == "desec":
            found[item["subname"] or "@", item["type"]] = sorted(item["records"])
            continue
        name = item["name"].removesuffix(zone).rstrip(".") or "@"
        value = f"{item['content']}." if item["type"] == "CNAME" else item["content"]
        found.setdefault((name, item["type"]), []).append(value)
    return {key: sorted(values) for key, values in found.items()}


def markers(lab: LabClient, router: str = "web-router", zone: str = ZONE, later: int = 0) -> dict[str, Marker]:
    """The marker of each provider, which must have one value, as read that many seconds later."""
    found = {}
    for provider in BOTH:
        (text,) = held(lab, provider, zone)[marker_key(router)]
        marker = failover_marker.parse(text, int(time.time()) + later)
        assert marker is not None, text
        found[provider] = marker
    return found


def leads_to(lab: LabClient, router: str = "web-router", zone: str = ZONE) -> set[str]:
    """The fronts to which any server of any provider leads, or what it answers else."""
    ends: dict[str, set[str]] = {name: {target.replace(ZONE, zone)} for name, target in TARGETS.items()}
    for name, addresses in {**lab.info["fronts"], "origin": [ORIGIN]}.items():
        ends[name] |= set(addresses)
    return {
        next((front for front, known in ends.items() if known & set(answer)), f"{answer}")
        for provider in BOTH
        for answer in lab.served(provider, f"{router}.{zone}", "A").values()
    }


def check_one_front(lab: LabClient, front: str, router: str = "web-router", zone: str = ZONE) -> int:
    """Both providers hold and serve one router and one marker, both for this front; the highest seq."""
    for provider in BOTH:
        stored = held(lab, provider, zone)
        assert stored[router, "CNAME"] == [TARGETS[front].replace(ZONE, zone)]
        served = lab.served(provider, f"_twinzone.{router}.{zone}", "TXT")
        assert list(served.values()) == [stored[marker_key(router)]] * 2
    assert leads_to(lab, router, zone) == {front}
    found = markers(lab, router, zone)
    assert {marker.front for marker in found.values()} == {front}
    return max(marker.seq for marker in found.values())


def third_front(site: dict[str, Any]) -> dict[str, Any]:
    """The variables of the lab's site, with the origin as a last resort."""
    origin = {"name": "origin", "target": TARGETS["origin"], "connect_to": site["failover_fronts"][1]["target"]}
    return {**site, "failover_fronts": [*site["failover_fronts"], origin]}


def check_quiet(lab: LabClient) -> None:
    """Since the log's last reset no API was asked, but Cloudflare's for what its name servers hide."""
    asked = {(entry["provider"], entry["method"]) for entry in lab.log()}
    assert asked <= {("cloudflare", "GET")}, asked

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A zone at Cloudflare: found by its name, or in the list of all zones that the token sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..._errors import ProviderError
from ..._zone import names
from ..api import Answer, Api, json_of
from ..shared import ZoneList
from .errors import checked
from .pages import is_success, page, pages, usable_total

#: Zones on one page of the list.
_PAGE = 50


def named(api: Api, name: str) -> list[dict[str, Any]]:
    """The zones of this name. The filter by name may go away one day: verify."""
    return [zone for zone in pages(api, "/zones", _PAGE, name=name) if _name_of(zone) == name]


def by_name(api: Api, requests: int) -> ZoneList | None:
    """All zones that the token sees, in at most so many requests; None where they need more."""
    first = api.get("/zones", {"per_page": _PAGE, "page": 1}, page)
    total = usable_total(first.get("result_info") or {}, first["result"])
    if total is None or total > requests * _PAGE:
        return None
    zones = list(first["result"])
    for number in range(2, -(-int(total) // _PAGE) + 1):
        zones += api.get("/zones", {"per_page": _PAGE, "page": number}, page)["result"]
    found: dict[str, list[dict[str, Any]]] = {}
    # By id: a zone may come on two pages if others come and go meanwhile.
    for zone in {zone["id"]: zone for zone in zones}.values():
        found.setdefault(_name_of(zone), []).append(zone)
    return found


def by_id(api: Api, zone_id: str) -> dict[str, Any]:
    """The zone of this id."""
    return dict(api.get(f"/zones/{zone_id}", None, _zone)["result"])


def the_one_of(zones: Sequence[dict[str, Any]], name: str) -> dict[str, Any]:
    """The only one of these zones of one name, or the only one that is active. Raises ProviderError."""
    if not zones:
        raise ProviderError(
            "not_found",
            f"the zone {name} does not exist at Cloudflare, or the token does not see it",
            hint="the token needs Zone:Read for this zone; or give zone_id",
        )
    active = [zone for zone in zones if zone.get("status") == "active"]
    if len(zones) > 1 and len(active) != 1:
        shown = ", ".join(f"{zone['id']} ({zone.get('status')})" for zone in zones)
        raise ProviderError(
            "rejected",
            f"{len(zones)} zones are called {name}, of which {len(active)} are active: {shown}",
            hint="give the zone_id of the one that is meant",
        )
    return active[0] if len(zones) > 1 else zones[0]


def proxies(zone: Mapping[str, Any]) -> bool:
    """Whether the zone's proxies are on; one that is paused or not active answers proxied names as declared."""
    return zone.get("status") == "active" and not zone.get("paused")


def _name_of(zone: Mapping[str, Any]) -> str:
    """The name of a zone of the list, which shows internationalised names in Unicode; empty where it is none."""
    try:
        return names.zone_name(str(zone.get("name")))
    except ValueError:
        return ""


def _zone(answer: Answer) -> dict[str, Any]:
    return dict(json_of(checked(answer), _is_zone))


def _is_zone(data: Any) -> bool:
    return is_success(data) and isinstance(data.get("result"), dict)

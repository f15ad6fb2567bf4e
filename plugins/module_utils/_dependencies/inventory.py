# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the sites that a failover knows to what the module dependencies measures. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypedDict
from urllib.parse import urlsplit

from .._failover.data import Site
from .._zone.names import owner

#: Where a failover runs when no other vantage is named; that is the runner itself.
_CONTROLLER = "localhost"


class Options(TypedDict):
    """Options of the module. Of a webhook only the host is passed on: its address is often its secret."""

    sites: list[dict[str, Any]]
    parties: dict[str, list[str]]


def options(sites: Sequence[Site], webhooks: Iterable[Any] = (), resolver: str = "") -> Options:
    """What is to be measured for these sites. webhooks: URLs, or mappings with `url`."""
    urls = [str(one.get("url", "")) if isinstance(one, Mapping) else str(one) for one in webhooks]
    parties = {
        "controls": _hosts(str(control) for site in sites for control in site["controls"]),
        "vantages": sorted({vantage for site in sites for vantage in site["vantages"]} - {_CONTROLLER}),
        "webhooks": _hosts(urls),
        "resolver": _hosts([resolver]),
    }
    return {
        "sites": [_site(site) for site in sites],
        "parties": {role: hosts for role, hosts in parties.items() if hosts},
    }


def _hosts(places: Iterable[str]) -> list[str]:
    found = (urlsplit(place if "//" in place else f"//{place}").hostname for place in places if place)
    return sorted({host for host in found if host})


def _site(site: Site) -> dict[str, Any]:
    fronts = [{"name": front["name"], "target": front["target"]} for front in site["fronts"] if front["target"]]
    keys = ("name", "type", "api_url", "server", "nameservers")
    providers = [{key: entry[key] for key in keys if entry.get(key)} for entry in map(dict, site["providers"])]
    return {
        "site": site["site"],
        "zone": site["zone"],
        # A wildcard cannot be followed as a name; where the site names none, the router stands for them.
        "names": [name for name in site["names"] if not name.startswith("*")] or [owner(site["router"], site["zone"])],
        "router": site["router"],
        "fronts": fronts,
        "providers": providers,
    }

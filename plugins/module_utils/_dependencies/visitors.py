# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names that the visitors of a site pass, as its description has them. Pure."""

from __future__ import annotations

from .._failover.data.site import Site
from .._zone.names import absolute, owner


def public_host(site: Site) -> str:
    """The host that the site's check asks for."""
    url = str(site["check"].get("url") or "")
    return url.partition("://")[2].partition("/")[0].partition(":")[0].lower()


def on_the_way(site: Site) -> set[str]:
    """The absolute names that the visitors of a site pass: public names, router, and targets."""
    zone = site["zone"]
    own = {owner(site["router"], zone), f"{public_host(site)}.", *site["names"]}
    return own | {
        absolute(name, f"{zone}.") for front in site["fronts"] for name in (front["target"], front["canary"]) if name
    }

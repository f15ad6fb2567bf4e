# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of entries of the type cloudflare."""

from __future__ import annotations

from ..entry_options import EntryKind, Option, http_options

_TITLE = "Cloudflare"
_SECRET_ENV = ("CLOUDFLARE_API_TOKEN", "CF_API_TOKEN")
_API_URL = "https://api.cloudflare.com/client/v4"

_OPTIONS = {
    **http_options(_TITLE, _SECRET_ENV, _API_URL),
    "zone_id": Option(
        "str",
        (
            "Cloudflare's id of the zone. Saves a request and works when the look-up is down.",
            "The zone's plan is not known then, so that batches are those of the free plan, and TTLs below 60 "
            "seconds are raised.",
        ),
    ),
}

CLOUDFLARE = EntryKind(
    "cloudflare",
    _TITLE,
    _SECRET_ENV,
    _OPTIONS,
    attributes=frozenset({"comment", "proxied", "settings", "tags"}),
    default_api_url=_API_URL,
)

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of entries of the type powerdns."""

from __future__ import annotations

from ..entry_options import EntryKind, Option, http_options

_TITLE = "PowerDNS"
_SECRET_ENV = ("POWERDNS_API_KEY", "PDNS_API_KEY")
_API_URL = "http://127.0.0.1:8081/api/v1"

_OPTIONS = {
    **http_options(_TITLE, _SECRET_ENV, _API_URL),
    "server_id": Option("str", ("The server's name within its own API. By default localhost.",)),
}

POWERDNS = EntryKind("powerdns", _TITLE, _SECRET_ENV, _OPTIONS, default_api_url=_API_URL)

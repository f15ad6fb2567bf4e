# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of entries of the type desec."""

from __future__ import annotations

from ..entry_options import EntryKind, Option, http_options

_TITLE = "deSEC"
_SECRET_ENV = ("DESEC_TOKEN", "DESEC_API_TOKEN")
_API_URL = "https://desec.io/api/v1"

_OPTIONS = {
    **http_options(_TITLE, _SECRET_ENV, _API_URL),
    "token_id": Option(
        "str",
        (
            "The id of the token, which deSEC shows when it is made; it may be known. With it the preflight "
            "checks that the token's policies allow both the router and its marker.",
        ),
    ),
}

DESEC = EntryKind("desec", _TITLE, _SECRET_ENV, _OPTIONS, default_api_url=_API_URL)

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PowerDNS' errors in our terms: what kind they are, which record sets they are about, what helps. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..._errors import ProviderError
from ..._text import few
from ..._zone.plan import Change

_STATUSES: Mapping[int, tuple[str, bool, str]] = {
    401: ("unauthorized", False, "the token must be the server's `api-key`"),
    403: ("unauthorized", False, "the server's `webserver-allow-from` must include this host"),
    404: ("not_found", False, "create the zone there, or check api_url and server_id"),
    409: ("conflict", True, "somebody else writes this zone at the same time"),
}
_REFUSED = ("rejected", False, "nothing of this request was applied")


def of(status: int, body: Any, excerpt: str, changes: Sequence[Change]) -> ProviderError:
    """The error that an answer means. body: decoded, None when it is not JSON; excerpt: its beginning, for a message.

    changes: what was sent; empty for a request that reads.
    """
    kind, passing, hint = _STATUSES.get(status, _REFUSED)
    words = str(body.get("error") or "") if isinstance(body, dict) else ""
    # Its own words name the record set where there is one.
    named = any(change.key[0] in words for change in changes)
    about = "" if named or not changes else f"one of {few([' '.join(change.key) for change in changes])}: "
    message = about + (words or f"the API answered {status}: {excerpt}")
    return ProviderError(kind, message, status=status, hint=hint, passing=passing, nothing_applied=not passing)

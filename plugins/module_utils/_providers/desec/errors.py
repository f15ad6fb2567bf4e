# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""deSEC's errors in our terms: what kind they are, which record set they are about, what helps. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..._errors import ProviderError
from ..._zone.plan import Change
from ..api import Answer, excerpt

_STATUSES: Mapping[int, tuple[str, bool, str]] = {
    401: ("unauthorized", False, "the token is wrong, expired, or used from a network it does not allow"),
    403: ("unauthorized", False, "the token may not write these record sets; see its policies at deSEC"),
    404: ("not_found", False, "the zone must exist at deSEC, and belong to the token's account"),
    409: ("conflict", True, "somebody else writes this zone at the same time"),
}
_REFUSED = ("rejected", False, "nothing of this bulk was applied")
_NOT_READ = ("rejected", False, "the zone could not be read")

#: What the server says where it sees our own earlier write, whose answer was lost: a race, as with 409.
_RACE = "Another RRset with the same subdomain and type exists"

#: How many of the sets with errors a message names.
_FEW = 3


def checked(answer: Answer, changes: Sequence[Change] = ()) -> Answer:
    """The answer when it is a success. Raises ProviderError otherwise. changes: what was sent in a bulk."""
    if answer.ok:
        return answer
    raise of(answer.status, answer.json_or_none(), excerpt(answer.body), changes)


def of(status: int, body: Any, beginning: str, changes: Sequence[Change]) -> ProviderError:
    """The error that an answer means. body: decoded, None when it is not JSON; beginning: of its text, for a message.

    changes: what was sent in a bulk; empty for a request that reads.
    """
    kind, passing, hint = _STATUSES.get(status, _REFUSED if changes else _NOT_READ)
    if changes and _RACE in str(body):
        kind, passing, hint = _STATUSES[409]
    message = _message(body, changes) if body is not None else ""
    if not message:
        message = f"the API answered {status}: {beginning}"
    if body is None:
        hint = "a web page answered, not the API: is api_url deSEC's API, or is a proxy in between?"
    return ProviderError(kind, message, status=status, hint=hint, passing=passing, nothing_applied=not passing)


def _message(body: Any, changes: Sequence[Change]) -> str:
    """The API's own words with the sets they are about.

    In a bulk they are a list aligned to the request. What only a second look finds, and what the token's policies
    forbid, comes without an index.
    """
    if isinstance(body, list) and len(body) == len(changes) and all(isinstance(item, dict) for item in body):
        wrong = [(change, item) for change, item in zip(changes, body, strict=True) if item]
        more = f"; and {len(wrong) - _FEW} more record sets ({len(wrong)} in all)" if len(wrong) > _FEW else ""
        return "; ".join(f"{_named(change)}: {_words(item)}" for change, item in wrong[:_FEW]) + more
    words = _words(body)
    return words and _candidates(changes) + words


def _candidates(changes: Sequence[Change]) -> str:
    names = [_named(change) for change in changes]
    if len(names) > _FEW:
        return f"one of {len(names)} record sets: "
    return f"{'one of ' if len(names) > 1 else ''}{', '.join(names)}: " if names else ""


def _named(change: Change) -> str:
    return " ".join(change.key)


def _words(data: Any) -> str:
    """All texts in an error body, whatever its shape, with the names of their fields."""
    if isinstance(data, dict):
        return ", ".join(
            words if field in ("detail", "non_field_errors") else f"{field}: {words}"
            for field, value in data.items()
            if (words := _words(value))
        )
    if isinstance(data, list):
        return ", ".join(words for value in data if (words := _words(value)))
    return str(data)

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exceptions of octoDNS' providers in our terms. Pure.

Each provider has classes of its own, mostly without a common base; so the HTTP status counts, then what lies beneath,
then the words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

from ..._errors import ProviderError
from ..api import excerpt

with suppress(ImportError):  # the modules report a missing library
    import dns.exception

#: By HTTP status: (result, may pass).
_STATUSES: Mapping[int, tuple[str, bool]] = {
    401: ("unauthorized", False),
    403: ("unauthorized", False),
    404: ("not_found", False),
    408: ("unreachable", True),
    409: ("conflict", True),
    429: ("throttled", True),
}
_SERVER_ERROR = 500

#: By words in the name of the exception, or in what it says.
_WORDS: Sequence[tuple[re.Pattern[str], str, bool]] = (
    (
        re.compile(r"unauthori[sz]ed|forbidden|access.?denied|badkey|badsig|notauth|refused$", re.I),
        "unauthorized",
        False,
    ),
    (re.compile(r"rate.?limit|throttl|too many requests", re.I), "throttled", True),
    (re.compile(r"timed? ?out|timeout|unreachable|connection", re.I), "unreachable", True),
    (re.compile(r"not.?found", re.I), "not_found", False),
)

_HINTS: Mapping[str, str] = {
    "not_found": "create the zone there, or check the options of the provider",
    "throttled": "run again later",
    "unauthorized": "check the token and the options of the provider",
    "unreachable": "run again when it has recovered",
}


def of(error: BaseException, provider: str, secrets: Sequence[str]) -> ProviderError:
    """The error that an exception of a provider means. provider: the name of its class. secrets: not to be shown."""
    kind, passing = _kind(error)
    words = _without(secrets, str(error) or type(error).__name__)
    answered = next((text for one in _chain(error) if (text := _answered(one))), "")
    if answered and answered not in words:
        # What is secret goes before the text is cut: a part of it is too much, too.
        words = f"{words}; the API says: {excerpt(_without(secrets, answered).encode())}"
    status = next((found for one in _chain(error) if (found := _status(one))), None)
    return ProviderError(kind, f"{provider}: {words}", status=status, hint=_HINTS.get(kind, ""), passing=passing)


def _without(secrets: Sequence[str], text: str) -> str:
    for secret in secrets:
        text = text.replace(secret, "********")
    return text


def _answered(error: BaseException) -> str:
    """What an API answered, of which the exception often has no more than the status."""
    with suppress(Exception):  # reading it may fail as any code of others
        body = getattr(getattr(error, "response", None), "content", b"")
        return body.decode("utf-8", "replace") if isinstance(body, bytes) else ""
    return ""


def _kind(error: BaseException) -> tuple[str, bool]:
    """What kind of failure it is, and whether it may pass."""
    for one in _chain(error):
        if status := _status(one):
            return ("unreachable", True) if status >= _SERVER_ERROR else _STATUSES.get(status, ("rejected", False))
        if isinstance(one, (OSError, EOFError, dns.exception.Timeout)) and not _is_answer(one):
            return "unreachable", True
    for one in _chain(error):
        for pattern, kind, passing in _WORDS:
            if pattern.search(type(one).__name__) or pattern.search(str(one)):
                return kind, passing
    return "rejected", False


def _is_answer(error: BaseException) -> bool:
    """Whether an OSError is about what was answered, such as one of requests that is no failure of the connection."""
    names = {kind.__name__ for kind in type(error).__mro__ if kind.__module__.startswith("requests.")}
    return bool(names) and not names & {"ConnectionError", "Timeout"}


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception, and those from which it was raised."""
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = one.__cause__ or one.__context__


def _status(error: BaseException) -> int:
    """The HTTP status that an exception carries; 0 without one."""
    status = getattr(getattr(error, "response", None), "status_code", 0)
    return status if isinstance(status, int) else 0

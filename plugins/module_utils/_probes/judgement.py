# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether an answer is a healthy one, and what is wrong with it otherwise. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from .check import Check

_QUOTED = 80
"""Characters of a header that a message quotes."""


class Answer(NamedTuple):
    """What a front answered."""

    status: int
    headers: Callable[[str], list[str] | None]
    """The values of a header, if it is there."""
    body: bytes
    certificate_days: int | None
    """That the certificate stays valid."""
    seconds: float


def judge(check: Check, answer: Answer) -> tuple[str, str]:
    """The phase and the words of the most telling fault of an answer; both are empty if it is healthy."""
    faults = (fault for look in (_status, _header, _body, _certificate, _slow) for fault in [look(check, answer)])
    return next((fault for fault in faults if fault), ("", ""))


def _status(check: Check, answer: Answer) -> tuple[str, str] | None:
    if answer.status in check.status:
        return None
    redirect = "; redirects are not followed" if 300 <= answer.status < 400 else ""
    return "status", f"status {answer.status}, expected {' or '.join(map(str, check.status))}{redirect}"


def _header(check: Check, answer: Answer) -> tuple[str, str] | None:
    for name, pattern in check.headers.items():
        values = answer.headers(name)
        if not values:
            return "header", f"header {name} is missing"
        if not pattern.search(", ".join(values)):
            return "header", f"header {name} is {_quoted(values, check)}, which does not match {pattern.pattern!r}"
    return None


def _body(check: Check, answer: Answer) -> tuple[str, str] | None:
    if not check.contains or check.contains.search(answer.body.decode("utf-8", "replace")):
        return None
    size, pattern = len(answer.body), check.contains.pattern
    return "body", f"nothing in the first {size} bytes of the body matches {pattern!r}"


def _certificate(check: Check, answer: Answer) -> tuple[str, str] | None:
    days = answer.certificate_days
    if days is None or days >= check.certificate_days:
        return None
    return "certificate", f"TLS certificate expires in {days} days, expected at least {check.certificate_days}"


def _slow(check: Check, answer: Answer) -> tuple[str, str] | None:
    if answer.seconds <= check.max_seconds:
        return None
    return "slow", f"took {answer.seconds:.2f} s, expected at most {check.max_seconds:g} s"


def _quoted(values: Sequence[str], check: Check) -> str:
    """What a header holds, less what it repeats of the request: that may be a secret."""
    text = ", ".join(values)
    words = {word for value in check.request_headers.values() for word in (value, *value.split())}
    for word in sorted(words, key=len, reverse=True):
        text = text.replace(word, "***") if len(word) >= 4 else text
    return repr(text if len(text) <= _QUOTED else text[:_QUOTED] + "...")

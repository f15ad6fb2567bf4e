# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether an answer is a healthy one, and what is wrong with it otherwise. Pure."""

from __future__ import annotations

import re
from functools import partial
from typing import NamedTuple, Protocol

from .body import Body, read_text
from .certificates import Certificate
from .check import Check
from .edge_pages import bot_protection, cloudflare_error
from .http1 import Head
from .quoting import quoted

_LOCATION = 200
"""Characters of a redirect's target that a message shows."""


class Answer(NamedTuple):
    """What a front answered."""

    head: Head
    body: Body
    certificate: Certificate | None
    seconds: float
    """That it took."""
    now: float
    """Unix seconds."""


class Fault(NamedTuple):
    """What is wrong with an answer."""

    phase: str
    detail: str
    cause: str


HEALTHY = Fault("", "", "")


class TooSlow(Exception):
    """A pattern cannot be searched for in what a front sent, for the time that it takes."""


class Search(Protocol):
    def __call__(self, pattern: re.Pattern[str], text: str) -> bool:
        """Whether a pattern is found in a text. Raises TooSlow."""


def judge(check: Check, answer: Answer, found: Search) -> Fault:
    """The most telling fault of an answer; HEALTHY if it has none."""
    looks = (_status, partial(_header, found), partial(_body, found), _certificate, _slow)
    return next((fault for fault in (look(check, answer) for look in looks) if fault), HEALTHY)


def _too_slow(phase: str, pattern: re.Pattern[str]) -> Fault:
    words = f"searching what it sent for {pattern.pattern!r} takes too long; ask for something plainer"
    return Fault(phase, words, phase)


def _status(check: Check, answer: Answer) -> Fault | None:
    status = answer.head.status
    if status in check.status:
        return None
    words = f"status {status}, expected {' or '.join(map(str, check.status))}"
    if 300 <= status < 400:
        return Fault("status", words + _redirect(check, answer.head), "redirect")
    return _explained(check, answer, Fault("status", words, "status"))


def _redirect(check: Check, head: Head) -> str:
    target = head.value("location")
    to = f"redirects to {quoted(target, check.request_headers.values(), _LOCATION)}" if target else "redirects"
    return f"; {to}, which is not followed"


def _header(found: Search, check: Check, answer: Answer) -> Fault | None:
    for name, pattern in check.headers.items():
        values = answer.head.values(name)
        if not values:
            return _explained(check, answer, Fault("header", f"header {name} is missing", "header"))
        try:
            matches = found(pattern, ", ".join(values))
        except TooSlow:
            return _too_slow("header", pattern)
        if not matches:
            shown = quoted(", ".join(values), check.request_headers.values())
            words = f"header {name} is '{shown}', which does not match {pattern.pattern!r}"
            return _explained(check, answer, Fault("header", words, "header"))
    return None


def _body(found: Search, check: Check, answer: Answer) -> Fault | None:
    if not check.contains:
        return None
    text = read_text(answer.body, answer.head.value("content-type"))
    missing = []
    for pattern in check.contains:
        try:
            missing += [] if found(pattern, text.text) else [pattern.pattern]
        except TooSlow:
            return _too_slow("body", pattern)
    if not missing and not answer.body.encoding:
        return None
    words = f"nothing in the first {len(answer.body.data)} bytes of the body matches {(missing or [''])[0]!r}"
    if answer.body.encoding:
        return Fault("body", text.problem, "body")
    return _explained(check, answer, Fault("body", words + (f"; {text.problem}" if text.problem else ""), "body"))


def _certificate(check: Check, answer: Answer) -> Fault | None:
    certificate = answer.certificate
    if certificate is None or certificate.days_left(answer.now) >= check.certificate_days:
        return None
    whose = "" if certificate.ends_first == certificate.leaf else f"'s issuer {certificate.ends_first.subject}"
    days = certificate.days_left(answer.now)
    words = f"TLS certificate{whose} expires in {days} days, expected at least {check.certificate_days}"
    return Fault("certificate", words, "certificate")


def _slow(check: Check, answer: Answer) -> Fault | None:
    if answer.seconds <= check.max_seconds:
        return None
    return Fault("slow", f"took {answer.seconds:.2f} s, expected at most {check.max_seconds:g} s", "slow")


def _explained(check: Check, answer: Answer, fault: Fault) -> Fault:
    """The fault, with what the page in the answer says about it."""
    page = read_text(answer.body, answer.head.value("content-type")).text
    secrets = check.request_headers.values()
    protection = bot_protection(answer.head, page)
    if protection:
        words = f"{fault.detail}: the bot protection of {quoted(protection, secrets)} answered; let the check pass it"
        return fault._replace(detail=words, cause="challenge")
    error = cloudflare_error(answer.head, page)
    return fault._replace(detail=f"{fault.detail} ({error})", cause="edge") if error else fault

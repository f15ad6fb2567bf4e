# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One try of one address: visit it under the public name, and judge what it answers."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import NamedTuple

from .._deadline import Deadline
from . import certificates, evidence, trust
from .addresses import Unresolved, addresses_of
from .certificates import Certificate
from .check import Check, Control
from .evidence import Seen
from .judgement import Answer, Fault, Search, judge
from .verdict import Try
from .visit import Failed, Refused, Visit

_BODY = 65536
"""Bytes of the body that are read."""


class Reached(NamedTuple):
    """How a control answered, or why it did not."""

    reachable: bool
    detail: str
    seen: Seen | None = None
    """What its answer shows, if it is a URL."""


def probe(
    check: Check, address: str, port: int, deadline: Deadline, resolve_seconds: float | None, search: Search
) -> Try:
    """Try one address within the deadline, which includes the seconds that its name took to resolve.

    search: finds the patterns of the check.
    Raises Exhausted when this host has run out of something.
    """
    status: int | None = None
    certificate: Certificate | None = None
    seen: Seen | None = None
    with Visit(deadline) as visit:
        try:
            visit.connect(address, port, check.connect_within)
            if check.url.tls:
                certificate = visit.shake_hands(trust.trust(check.ca_path), check.url.host)
            head = visit.ask(check.request)
            status = head.status
            seen = evidence.seen(head, time.time(), check.request_headers.values())
            body = visit.read(head, check.method, _BODY)
        except Refused as refusal:
            certificate = _look_at_certificate(check, address, port, deadline)
            fault = _distrusted(check, refusal, certificate)
        except Failed as failure:
            fault = Fault(visit.phase, str(failure), failure.cause)
        else:
            fault = judge(check, Answer(head, body, certificate, deadline.elapsed(), time.time()), search)
    seconds = {**visit.seconds, "resolve": resolve_seconds, "total": deadline.elapsed()}
    return Try(*fault, status, certificate, seen, seconds)


def reach(control: Control, ca_paths: Sequence[str], resolver: tuple[str, int] | None, deadline: Deadline) -> Reached:
    """Whether a control answers at any of its addresses, and how; a connection is enough, or any answer to a URL.

    ca_paths: authorities that are trusted besides the system's. Raises Exhausted when this host ran out of something.
    """
    try:
        addresses = addresses_of(control.endpoint.host, "both", resolver, deadline)
    except Unresolved as error:
        return Reached(False, str(error))
    faults = [one.reason for one in addresses.left_out]
    for place, address in enumerate(addresses.probed):
        share = Deadline(deadline.remaining() / (len(addresses.probed) - place))
        try:
            words, seen = _greeting(control, address, ca_paths, share)
            return Reached(True, f"{address} {words}", seen)
        except Failed as failure:
            faults.append(f"{address}: {failure}")
    return Reached(False, "; ".join(faults))


def _greeting(control: Control, address: str, ca_paths: Sequence[str], deadline: Deadline) -> tuple[str, Seen | None]:
    """How a control answers at one of its addresses, and when. Raises Failed or Exhausted."""
    with Visit(deadline) as visit:
        visit.connect(address, control.endpoint.port)
        if not control.url:
            return "accepts connections", None
        if control.url.tls:
            visit.shake_hands(trust.trust_all(ca_paths), control.url.host)
        head = visit.ask(Check(control.url).request)
        return f"answers with status {head.status}", evidence.seen(head, time.time())


def _distrusted(check: Check, refusal: Refused, certificate: Certificate | None) -> Fault:
    """Why a certificate was refused."""
    if refusal.cause == "trust":
        missing = trust.missing_authorities(check.ca_path)
        return Fault("tls", f"{refusal}; {missing}" if missing else str(refusal), refusal.cause)
    plain = certificates.distrust(refusal.code, check.url.host, certificate, time.time())
    return Fault("tls", plain or str(refusal), refusal.cause)


def _look_at_certificate(check: Check, address: str, port: int, deadline: Deadline) -> Certificate | None:
    """The certificate that was refused for its time or its host; None if it is not genuine. Asks for nothing else."""
    with Visit(deadline) as visit:
        try:
            visit.connect(address, port)
            return visit.shake_hands(trust.trust_genuine(check.ca_path), check.url.host)
        except Failed:
            return None

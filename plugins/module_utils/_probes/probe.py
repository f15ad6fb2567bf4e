# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One try of one address: visit it under the public name, and judge what it answers."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from .._deadline import Deadline
from . import certificates
from .addresses import addresses_of
from .check import Check, Control
from .judgement import Answer, judge
from .verdict import Try
from .visit import Failed, Refused, Visit

_BODY = 65536
"""Bytes of the body that are read."""


def probe(check: Check, address: str, port: int, deadline: Deadline, resolve_seconds: float | None) -> Try:
    """Try one address within the deadline, which includes the seconds that its name took to resolve.

    Raises Exhausted when this host has run out of something.
    """
    status = days = None
    with Visit(deadline) as visit:
        try:
            visit.connect(address, port)
            if check.url.tls:
                certificate = visit.shake_hands(certificates.trust(check.ca_path), check.url.host)
                days = certificates.days_left(certificate, time.time())
            response = visit.ask(check.request, check.method)
            status = response.status
            body = visit.read(response, _BODY)
        except Refused as refusal:
            certificate = _look_at_certificate(check, address, port, deadline)
            days = certificates.days_left(certificate, time.time()) if certificate else None
            detail = certificates.distrust(refusal.code, check.url.host, certificate, time.time()) or str(refusal)
            fault = ("tls", detail)
        except Failed as failure:
            fault = (visit.phase, str(failure))
        else:
            fault = judge(check, Answer(status, response.headers.get_all, body, days, deadline.elapsed()))
    seconds = {**visit.seconds, "resolve": resolve_seconds, "total": deadline.elapsed()}
    return Try(*fault, status, days, seconds)


def reach(
    control: Control, ca_paths: Sequence[str], resolver: tuple[str, int] | None, deadline: Deadline
) -> tuple[bool, str]:
    """Whether a control answers at any of its addresses, and how; a connection is enough, or any answer to a URL.

    ca_paths: authorities that are trusted besides the system's. Raises Exhausted when this host ran out of something.
    """
    try:
        addresses = addresses_of(control.endpoint.host, "both", resolver, deadline)
    except OSError as error:
        return False, str(error)
    faults = [one.reason for one in addresses.left_out]
    for place, address in enumerate(addresses.probed):
        share = Deadline(deadline.remaining() / (len(addresses.probed) - place))
        with Visit(share) as visit:
            try:
                visit.connect(address, control.endpoint.port)
                if not control.url:
                    return True, f"{address} accepts connections"
                if control.url.tls:
                    visit.shake_hands(certificates.trust_all(ca_paths), control.url.host)
                response = visit.ask(Check(control.url).request, "GET")
                return True, f"{address} answers with status {response.status}"
            except Failed as failure:
                faults.append(f"{address}: {failure}")
    return False, "; ".join(faults)


def _look_at_certificate(check: Check, address: str, port: int, deadline: Deadline) -> Mapping[str, Any]:
    """The certificate that was refused for its time or its host; empty if it is not genuine. Asks for nothing else."""
    with Visit(deadline) as visit:
        try:
            visit.connect(address, port)
            return visit.shake_hands(certificates.trust_genuine(check.ca_path), check.url.host)
        except Failed:
            return {}

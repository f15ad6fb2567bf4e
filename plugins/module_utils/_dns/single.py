# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One question to one server, over UDP or TCP, with the answer as it is: what `wire.ask` need not know."""

from __future__ import annotations

from contextlib import suppress

from .._deadline import Deadline
from .wire import SILENCE, Endpoint, Question

with suppress(ImportError):  # the modules report a missing library
    import dns.exception
    import dns.flags
    import dns.message
    import dns.query


def over_udp(
    endpoint: Endpoint, question: Question, deadline: Deadline, recursive: bool = False
) -> dns.message.Message | str:
    """The answer, or in words why there is none."""
    query = _query(question, recursive)
    try:
        return dns.query.udp(query, endpoint.address, deadline.at_most(SILENCE), endpoint.port, ignore_unexpected=True)
    except (dns.exception.DNSException, OSError, EOFError, ValueError) as error:
        return _words(error)


def over_tcp(
    endpoint: Endpoint, question: Question, deadline: Deadline, recursive: bool = False, dnssec: bool = False
) -> dns.message.Message | str:
    """The answer, with signatures where they are wanted and there are any, or in words why there is none."""
    query = _query(question, recursive)
    if dnssec:
        query.want_dnssec(True)
    try:
        return dns.query.tcp(query, endpoint.address, deadline.at_most(SILENCE), endpoint.port)
    except (dns.exception.DNSException, OSError, EOFError, ValueError) as error:
        return _words(error)


def _query(question: Question, recursive: bool) -> dns.message.Message:
    query = dns.message.make_query(*question)
    if not recursive:
        query.flags &= ~dns.flags.RD
    return query


def _words(error: Exception) -> str:
    if isinstance(error, (dns.exception.Timeout, TimeoutError)):
        return "silent"
    return str(error) or type(error).__name__

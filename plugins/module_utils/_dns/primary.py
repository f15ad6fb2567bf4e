# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A primary server: its serial, its zone by AXFR, and dynamic updates (RFC 2136), over TCP and signed with TSIG."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from .._deadline import Deadline
from . import tolerant_transfer
from .wire import Endpoint

with suppress(ImportError):  # the modules report a missing library
    import dns.exception
    import dns.message
    import dns.name
    import dns.query
    import dns.rcode
    import dns.rdata
    import dns.rdatatype
    import dns.tsig
    import dns.update
    import dns.xfr
    import dns.zone

#: Seconds without any octet after which the server is called silent.
_SILENCE = 10.0


class Refused(Exception):
    """The server answered with an error. rcode: its name."""

    def __init__(self, rcode: str) -> None:
        super().__init__(rcode)
        self.rcode = rcode


@dataclass(frozen=True)
class Primary:
    """One zone at one server. All methods raise Refused, OSError, EOFError and dnspython's exceptions.

    zone: without a trailing dot. deadline: bounds all that is done.
    """

    endpoint: Endpoint
    zone: str
    key: dns.tsig.Key
    deadline: Deadline

    def serial(self) -> int:
        """The serial number of the zone. Raises LookupError where the server has no such zone."""
        query = dns.message.make_query(self.zone, "SOA")
        query.use_tsig(self.key)
        answer = self._exchange(query)
        rrset = answer.get_rrset(answer.answer, query.question[0].name, query.question[0].rdclass, dns.rdatatype.SOA)
        if rrset is None:
            raise LookupError(self.zone)
        return int(rrset[0].serial)

    def transfer(self) -> dns.zone.Zone:
        """The whole zone, with absolute names."""
        zone = dns.zone.Zone(dns.name.from_text(self.zone), relativize=False)
        query, _serial = dns.xfr.make_query(zone, serial=None, keyring=self.key)
        try:
            dns.query.inbound_xfr(
                self.endpoint.address,
                zone,
                query,
                port=self.endpoint.port,
                timeout=self._patience(),
                lifetime=self.deadline.remaining() or 0.001,
            )
        except dns.xfr.TransferError as error:
            raise Refused(dns.rcode.to_text(error.rcode)) from None
        except (dns.exception.Timeout, dns.tsig.PeerError, dns.tsig.BadSignature):
            raise
        except (dns.exception.DNSException, ValueError):
            # A record that it refuses, mostly.
            return tolerant_transfer.transfer(self.endpoint, self.zone, self.key, self.deadline)
        return zone

    def values(self, name: dns.name.Name, rdtype: str) -> list[dns.rdata.Rdata]:
        """What the server answers for a record set; nothing where it has none."""
        query = dns.message.make_query(name, rdtype)
        query.use_tsig(self.key)
        answer = self._exchange(query)
        return [*(answer.get_rrset(answer.answer, name, query.question[0].rdclass, query.question[0].rdtype) or ())]

    def update(self, message: dns.update.UpdateMessage) -> None:
        """Make the update; it is done as a whole, or not at all."""
        message.use_tsig(self.key)
        self._exchange(message)

    def _exchange(self, message: dns.message.Message) -> dns.message.Message:
        address, port = self.endpoint.address, self.endpoint.port
        answer = dns.query.tcp(message, address, timeout=self._patience(), port=port)
        if answer.rcode() != dns.rcode.NOERROR:
            raise Refused(dns.rcode.to_text(answer.rcode()))
        return answer

    def _patience(self) -> float:
        return min(_SILENCE, self.deadline.remaining()) or 0.001

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The third provider's zones: made by its start, read by transfer, emptied by an update."""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import dns.exception
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.tsig
import dns.update
import dns.zone
from dns.rdatatype import NS, SOA

from . import knot

_TIMEOUT = 5.0
"""Seconds that a server may take to answer."""

_FOLLOWING = 25.0
"""Seconds that the secondary may take to serve what the primary does."""

_TTL = 3600
_HEAD = frozenset({SOA, NS})


class Third:
    """A primary that takes dynamic updates, and a secondary that copies its zones."""

    def __init__(
        self, folder: Path, zones: Sequence[str], addresses: Mapping[str, str], port: int, apex: Sequence[str]
    ) -> None:
        """Both serve all zones when this returns. addresses: of the primary and of the secondary, by their host names;
        apex: those that the apex of a zone has on its first day. Raises `OSError`."""
        self.secret = base64.b64encode(secrets.token_bytes(32)).decode()
        """Of the key for updates and transfers."""
        self._zones = tuple(zones)
        self._names = tuple(addresses)
        self._port = port
        self._apex = tuple(apex)
        self.primary, self.secondary = addresses.values()
        key = dns.tsig.Key(knot.KEY_NAME, self.secret, knot.ALGORITHM)
        self._keyring = {key.name: key}
        with ExitStack() as stack:
            for address, other, is_primary in (
                (self.primary, self.secondary, True),
                (self.secondary, self.primary, False),
            ):
                place = knot.Place(
                    folder / address, address, port, other, port, self._zones, self.secret, is_primary=is_primary
                )
                server = knot.Server(place, self._names, lambda address=address: self._serves_all(address))  # type: ignore[misc]
                stack.callback(server.close)
            self.reset()
            self._running = stack.pop_all()

    def close(self) -> None:
        """End both servers."""
        self._running.close()

    def reset(self) -> None:
        """Every zone as on its first day: nothing but its head and the addresses of its apex.

        Both servers serve it when this returns. Raises `OSError` where the primary refuses it or the secondary does not
        follow.
        """
        for zone in self._zones:
            update = dns.update.UpdateMessage(f"{zone}.", keyring=self._keyring)
            own = [f"{name}." for name in self._names]
            update.add("@", _TTL, "NS", *own)
            for name, rdataset in self._transferred(zone).iterate_rdatasets():
                if name == dns.name.empty and rdataset.rdtype in _HEAD:
                    # A server keeps the last name server of a zone, so they go one by one.
                    gone = [rdata for rdata in rdataset if rdataset.rdtype == NS and rdata.to_text() not in own]
                    for rdata in gone:
                        update.delete(name, rdata)
                else:
                    update.delete(name, rdataset.rdtype)
            update.add("@", _TTL, "A", *self._apex)
            answer = dns.query.tcp(update, self.primary, _TIMEOUT, self._port)
            if answer.rcode() != dns.rcode.NOERROR:
                raise OSError(f"the primary did not empty {zone}: {dns.rcode.to_text(answer.rcode())}")
            self._wait_for_the_secondary(zone)

    def _wait_for_the_secondary(self, zone: str) -> None:
        """What it served before must not be taken for what is written next."""
        end = time.monotonic() + _FOLLOWING
        while not (soa := self._soa(self.primary, zone)) or soa != self._soa(self.secondary, zone):
            if time.monotonic() > end:
                raise OSError(f"the secondary did not follow in {_FOLLOWING:g} s: {zone}")
            time.sleep(0.01)

    def holds(self, zone: str) -> list[dict[str, Any]]:
        """The record sets of a zone. `KeyError` for an unknown one."""
        if zone not in self._zones:
            raise KeyError(zone)
        return [
            {
                "name": name.to_text(),
                "type": dns.rdatatype.to_text(rdataset.rdtype),
                "ttl": rdataset.ttl,
                "records": sorted(rdata.to_text() for rdata in rdataset),
            }
            for name, rdataset in self._transferred(zone, relativize=False).iterate_rdatasets()
        ]

    def _transferred(self, zone: str, relativize: bool = True) -> dns.zone.Zone:
        found = dns.zone.Zone(f"{zone}.", relativize=relativize)
        query = dns.message.make_query(f"{zone}.", dns.rdatatype.AXFR)
        query.use_tsig(self._keyring)
        dns.query.inbound_xfr(self.primary, found, query, self._port, _TIMEOUT)
        return found

    def _serves_all(self, address: str) -> bool:
        return all(self._serves(address, zone) for zone in self._zones)

    def _serves(self, address: str, zone: str) -> bool:
        return bool(self._soa(address, zone))

    def _soa(self, address: str, zone: str) -> str:
        """The SOA record that a server serves; empty where it serves none."""
        try:
            answer = dns.query.tcp(dns.message.make_query(f"{zone}.", "SOA"), address, _TIMEOUT, self._port)
        except (OSError, EOFError, dns.exception.DNSException):
            return ""
        return answer.answer[0].to_text() if answer.rcode() == dns.rcode.NOERROR and answer.answer else ""

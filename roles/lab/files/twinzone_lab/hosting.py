# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which provider serves which zone, and to whom the parents delegate it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import dns.name
import dns.rdataset
from dns.rdatatype import RdataType

from .addresses import Addresses
from .dns.served import ServedZone
from .world import World

_CONTACT = dns.name.from_text("dns.lab.invalid.")


class Hosting:
    """The zones of all providers as their name servers know them."""

    def __init__(self, addresses: Addresses, world: World) -> None:
        self._world = world
        self._names = {
            provider: tuple(dns.name.from_text(name + ".") for name in servers)
            for provider, servers in addresses.name_servers.items()
        }
        self.zones: dict[str, dict[dns.name.Name, ServedZone]] = {provider: {} for provider in self._names}
        """Provider → its zones; the inner mappings stay the same objects."""
        self._delegated: dict[dns.name.Name, frozenset[str]] = {}
        self._ds: dict[dns.name.Name, tuple[str, ...]] = {}
        self._lock = threading.Lock()
        self._flattening = threading.local()
        self._many = False

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """The parents learn at the end of all that is made, withdrawn and delegated meanwhile."""
        self._many = True
        try:
            yield
        finally:
            with self._lock:
                self._many = False
                self._tell_parents()

    def zone(self, provider: str, origin: dns.name.Name) -> ServedZone:
        """The zone at this provider, made and delegated to it if it is new."""
        with self._lock:
            zones = self.zones[provider]
            if origin not in zones:
                zones[origin] = ServedZone(origin, self._names[provider][0], _CONTACT)
                self._tell_parents()
            return zones[origin]

    def withdraw(self, provider: str, origin: dns.name.Name) -> None:
        """The provider serves it no longer."""
        with self._lock:
            self.zones[provider].pop(origin, None)
            self._tell_parents()

    def delegate(self, origin: dns.name.Name, providers: Iterable[str] | None, ds: Sequence[str] = ()) -> None:
        """Delegate a zone to the servers of these providers only, or (`None`) of all that have it, with these DS
        records. `LookupError` for an unknown provider."""
        chosen = frozenset(self._names if providers is None else providers)
        if unknown := chosen - set(self._names):
            raise LookupError(f"no provider {', '.join(sorted(unknown))}; there are: {', '.join(self._names)}")
        with self._lock:
            self._delegated[origin] = chosen
            self._ds[origin] = tuple(ds)
            self._tell_parents()

    def serving(self, name: dns.name.Name) -> list[str]:
        """The providers that the closest zone of a name is delegated to; none when no provider has one."""
        origins = {origin for zones in self.zones.values() for origin in tuple(zones) if name.is_subdomain(origin)}
        return self._providers(max(origins, key=len)) if origins else []

    def addresses(self, name: dns.name.Name, rdtype: RdataType) -> dns.rdataset.Rdataset | None:
        """Addresses of a name in or outside the providers' zones, for a provider that flattens a CNAME to it. What such
        a zone flattens itself is not followed further."""
        serving = self.serving(name)
        if not serving or getattr(self._flattening, "is_under_way", False):
            return None if serving else self._world.addresses(name, rdtype)
        zones = self.zones[serving[0]]
        closest = max((origin for origin in tuple(zones) if name.is_subdomain(origin)), key=len)
        self._flattening.is_under_way = True
        try:
            answer = zones[closest].snapshot.answer(name, rdtype).answer
        finally:
            self._flattening.is_under_way = False
        if not answer:
            return None
        if answer[-1].rdtype == RdataType.CNAME:
            return self._world.addresses(answer[-1][0].target, rdtype)
        return answer[-1].to_rdataset()

    def _providers(self, origin: dns.name.Name) -> list[str]:
        chosen = self._delegated.get(origin, frozenset(self._names))
        return [provider for provider, zones in self.zones.items() if origin in zones and provider in chosen]

    def _tell_parents(self) -> None:
        if self._many:
            return
        origins = {origin for zones in self.zones.values() for origin in zones}
        self._world.delegate(
            {
                origin: [name for provider in self._providers(origin) for name in self._names[provider]]
                for origin in origins
            },
            self._ds,
        )

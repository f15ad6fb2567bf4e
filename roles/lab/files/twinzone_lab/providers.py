# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two emulated providers with their zones, and the third one on real servers."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import dns.name

from .addresses import DNS_PORT, Addresses
from .cloudflare.access import Credentials, Limiter
from .cloudflare.api import CloudflareApi
from .desec.api import DesecApi
from .dns.propagation import Propagation
from .dns.served import RRsets, ServedZone
from .hosting import Hosting
from .options import Options
from .third.provider import Third
from .web.api import Emulator
from .world import World

ORIGIN_ADDRESS = "203.0.113.10"


class Providers:
    """Cloudflare and deSEC, each with an API over zones that its name servers serve, and perhaps a third provider."""

    def __init__(self, options: Options, addresses: Addresses, world: World) -> None:
        self._options = options
        self._edge = addresses.fronts["cloudflare"]
        self.tokens = {"cloudflare": secrets.token_urlsafe(30), "desec": secrets.token_urlsafe(21)}
        self.credentials = Credentials(
            token=self.tokens["cloudflare"],
            read_only_token=secrets.token_urlsafe(30),
            email="user@lab.test",
            key=secrets.token_hex(19)[:37],
        )
        self.hosting = Hosting(addresses, world)
        self._at_cloudflare: dict[str, ServedZone] = {}
        self.cloudflare = CloudflareApi(
            credentials=self.credentials,
            name_servers=tuple(addresses.name_servers["cloudflare"]),
            edge=self._edge,
            publish=Propagation(self._at_cloudflare, options.propagation).publish,
            outside=self.hosting.addresses,
            limiter=Limiter(options.throttle_limit, options.throttle_window) if options.throttle else None,
            record_quota=options.record_quota,
        )
        self.desec = DesecApi(
            self._publish_desec,
            token=self.tokens["desec"],
            minimum_ttl=options.minimum_ttl,
            throttle=options.throttle,
            withdraw=partial(self.hosting.withdraw, "desec"),
        )
        self._emulators: Mapping[str, Emulator] = {"cloudflare": self.cloudflare, "desec": self.desec}
        self.third: Third | None = None
        """The provider `own`, if there is one."""
        with self.hosting.at_once():
            for zone in options.zones:
                self.add_zone(zone)
        if options.third:
            self.third = Third(options.directory / "own", options.zones, addresses.real_servers, DNS_PORT, self._edge)
            for zone in options.zones:
                self.hosting.zone("own", dns.name.from_text(zone + "."))

    def close(self) -> None:
        """End what runs outside this process."""
        if self.third:
            self.third.close()

    @property
    def zones(self) -> tuple[str, ...]:
        """The zones that both providers have."""
        return tuple(self._at_cloudflare)

    def emulator(self, provider: str) -> Emulator:
        """A provider's API. `LookupError` for an unknown one."""
        return self._emulators[provider]

    def holds(self, provider: str, zone: str) -> list[dict[str, Any]]:
        """What a provider holds of a zone. `LookupError` for an unknown one."""
        return self.third.holds(zone) if self.third and provider == "own" else self.emulator(provider).holds(zone)

    def add_zone(self, name: str) -> None:
        """A zone at both providers as it is on the first day: the apex proxied at Cloudflare, and the edge addresses at
        deSEC. One that exists is put back into that state."""
        origin = dns.name.from_text(name + ".")
        self._at_cloudflare[name] = self.hosting.zone("cloudflare", origin)
        self.hosting.delegate(origin, None)
        self.cloudflare.add_zone(name)
        # As the owner of a zone with two providers sets it.
        self.cloudflare.adjust(name, {"multi_provider": "true"})
        self.desec.add_zone(name)
        apex = {"name": "@", "type": "A", "content": ORIGIN_ADDRESS, "ttl": 1, "proxied": True}
        self.cloudflare.seed(name, [apex])
        self.desec.seed(name, [{"subname": "", "type": "A", "ttl": 3600, "records": list(self._edge)}])

    def reset(self) -> None:
        """Only the zones of the start, each as on its first day."""
        with self.hosting.at_once():
            self.desec.reset()
            if self.third:
                self.third.reset()
            for name in set(self.zones) - set(self._options.zones):
                self.cloudflare.remove_zone(name)
                self.hosting.withdraw("cloudflare", self._at_cloudflare.pop(name).origin)
            for name in self._options.zones:
                self.add_zone(name)

    def delegate(self, zone: str, providers: Sequence[str], ds: Sequence[str] = ()) -> None:
        """Let the parent delegate a zone to these providers only, with these DS records. `LookupError` for an unknown
        provider."""
        self.hosting.delegate(dns.name.from_text(zone + "."), providers, ds)

    def _publish_desec(self, origin: dns.name.Name, source: Callable[[], RRsets]) -> None:
        self.hosting.zone("desec", origin).publish(source)

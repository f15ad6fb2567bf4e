# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab as a whole: every part, wired up, in one process."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, suppress
from functools import partial

import dns.name

from . import clock
from .addresses import API_PORT, DNS_PORT, FRONT_PORT, IPV6, Addresses
from .dns.name_server import NAME_SERVER_KINDS, Cache, NameServer
from .dns.resolver import RESOLVER_KINDS, Resolver
from .dns.server import DnsServer, Responder
from .options import Options
from .providers import Providers
from .switchboard import Switchboard
from .third.relay import RELAY_KINDS, Relay
from .web.api import Response
from .web.ca import CertificateAuthority
from .web.faults import (
    API_KINDS,
    DESEC_KINDS,
    EDGE_KINDS,
    FRONT_KINDS,
    OFFLINE_KINDS,
    api_spoilers,
    desec_spoilers,
    edge_spoilers,
    front_spoilers,
)
from .web.fronts import Certificates, bunny_headers, cloudflare_headers, front_handler
from .web.request_log import RequestLog
from .web.server import WebServer
from .world import SECOND_CDN, SECOND_CDN_KINDS, World


class Laboratory:
    """All parts of a running lab. Thread-safe."""

    def __init__(self, options: Options, addresses: Addresses) -> None:
        """Listens when this returns. Raises `OSError` when an address is taken, and then nothing is left open."""
        self.options = options
        self.addresses = addresses
        self.log = RequestLog()
        self.switchboard = Switchboard()
        authority = CertificateAuthority("twinzone lab CA")
        self.ca_pem = authority.pem
        self._certificates = Certificates(authority, CertificateAuthority("nobody trusts this CA"))
        self._world = World(addresses, self.switchboard.box("second_cdn", SECOND_CDN_KINDS))
        self.fronts_ipv6: dict[str, str] = {}
        """Front → its IPv6 address and port; empty on a machine without IPv6."""
        self.providers = Providers(options, addresses, self._world)
        with ExitStack() as stack:
            stack.callback(self.providers.close)
            self._listen_apis(stack)
            self._listen_dns(stack)
            self._listen_fronts(stack)
            self._listening = stack.pop_all()

    def close(self) -> None:
        """Stop listening everywhere."""
        self._listening.close()

    def reset(self) -> None:
        """Repair everything, set the clock, put the zones back to their first day, forget the log."""
        clock.put_forward(0)
        self.switchboard.repair()
        self.providers.reset()
        self.log.clear()

    def _listen_apis(self, stack: ExitStack) -> None:
        kinds = {"cloudflare": API_KINDS, "desec": DESEC_KINDS}
        spoilers = {"cloudflare": api_spoilers("cloudflare"), "desec": desec_spoilers(self.providers.desec)}
        for provider, address in self.addresses.apis.items():
            server = WebServer(
                (address, API_PORT),
                self.providers.emulator(provider).handle,
                tls=self._certificates.fixed((address,)),
                boxes=(self.switchboard.box(f"{provider}_api", kinds[provider]),),
                spoilers=spoilers[provider],
                record=partial(self.log.add, provider),
                latency=self.options.latency,
            )
            stack.callback(server.close)

    def _listen_dns(self, stack: ExitStack) -> None:
        def listen(address: str, respond: Responder) -> None:
            stack.callback(DnsServer(address, DNS_PORT, respond).close)

        hosting = self.providers.hosting
        servers: dict[str, list[NameServer | Relay]] = {}
        real = self.addresses.real_servers
        for provider, addresses in self.addresses.name_servers.items():
            cache: Cache = {}
            servers[provider] = []
            for name, address in addresses.items():
                box = self.switchboard.box(
                    f"{provider}_ns/{address}", RELAY_KINDS if name in real else NAME_SERVER_KINDS
                )
                server = (
                    Relay(real[name], DNS_PORT, box)
                    if name in real
                    else NameServer(hosting.zones[provider], box, cache)
                )
                servers[provider].append(server)
                listen(address, server.respond)

        def serving(name: dns.name.Name) -> Sequence[NameServer | Relay]:
            return [server for provider in hosting.serving(name) for server in servers[provider]]

        parent = NameServer(self._world.zones, self.switchboard.box("parent", NAME_SERVER_KINDS), {})
        listen(self.addresses.parent, parent.respond)
        resolver = Resolver(self._world.lookup, serving, self.switchboard.box("resolver", RESOLVER_KINDS))
        listen(self.addresses.resolver, resolver.respond)

    def _listen_fronts(self, stack: ExitStack) -> None:
        offline = self.switchboard.box("vantage", OFFLINE_KINDS)
        headers = {"cloudflare": cloudflare_headers, "bunny": bunny_headers}
        kinds = {"cloudflare": EDGE_KINDS, "bunny": FRONT_KINDS}
        for front, addresses in self.addresses.fronts.items():

            def listen(address: str, port: int, front: str = front) -> WebServer:
                return WebServer(
                    (address, port),
                    front_handler(headers[front], self._certificate_names),
                    tls=self._certificates.by_server_name(self._certificate_names),
                    boxes=(self.switchboard.box(f"front_{front}/{address}", kinds[front]), offline),
                    spoilers=edge_spoilers(self.providers.cloudflare.is_proxied),
                )

            for address in addresses:
                stack.callback(listen(address, FRONT_PORT).close)
            # All labs of a machine share the one address.
            with suppress(OSError):
                server = listen(IPV6, 0)
                stack.callback(server.close)
                self.fronts_ipv6[front] = server.place
        independent = WebServer(
            (self.addresses.independent, FRONT_PORT),
            lambda request: Response(200, "ok\n"),
            tls=self._certificates.fixed((self.addresses.independent,)),
            boxes=(self.switchboard.box("control", FRONT_KINDS), offline),
            spoilers=front_spoilers(),
        )
        stack.callback(independent.close)

    def _certificate_names(self, host: str) -> tuple[str, ...]:
        """The names of the certificate for a host: the zone and what lies directly below it; none for a stranger."""
        for zone in (*self.providers.zones, SECOND_CDN.to_text(omit_final_dot=True)):
            if zone in (host, host.partition(".")[2]):
                return (zone, f"www.{zone}", f"*.{zone}")
        return ()

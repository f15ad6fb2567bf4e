# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab as a whole: every part, wired up, in one process."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import dns.name

from .addresses import API_PORT, DNS_PORT, FRONT_PORT, Addresses
from .ca import CertificateAuthority
from .cloudflare import CloudflareApi
from .cloudflare_access import Credentials, Limiter
from .desec import DesecApi
from .dns_server import DnsServer
from .faults import Fault, FaultBox, Kind, make_fault
from .fronts import Certificates, bunny_headers, cloudflare_headers, front_handler
from .hosting import Hosting
from .http_api import Emulator, Request, Response
from .name_server import NAME_SERVER_KINDS, NameServer
from .propagation import Propagation
from .request_log import RequestLog
from .resolver import RESOLVER_KINDS, Resolver
from .served import RRsets, ServedZone
from .web_faults import (
    API_KINDS,
    DESEC_KINDS,
    EDGE_KINDS,
    FRONT_KINDS,
    OFFLINE_KINDS,
    api_spoilers,
    front_spoilers,
)
from .web_server import Delivery, Handler, Spoiler, WebServer
from .world import SECOND_CDN, World

ORIGIN_ADDRESS = "203.0.113.10"


@dataclass(frozen=True)
class Options:
    """What a lab can be started with."""

    directory: Path
    zones: tuple[str, ...] = ("example.com",)
    latency: float = 0.0
    """Seconds that every API request takes at least."""
    throttle: bool = False
    """Whether the providers' request limits are in force."""
    throttle_limit: int = 1200
    """Requests in `throttle_window` seconds at Cloudflare; then everything is refused for as long."""
    throttle_window: float = 300.0
    minimum_ttl: int = 3600
    """deSEC's, in seconds."""
    record_quota: int = 3500
    """Records of one Cloudflare zone."""
    propagation: float = 0.02
    """Seconds from a write at Cloudflare to its name servers."""


class Laboratory:
    """All parts of a running lab. Everything public is thread-safe."""

    def __init__(self, options: Options, addresses: Addresses) -> None:
        """Listens when this returns. Raises `OSError` when an address is taken, and then nothing is left open."""
        self.options = options
        self.addresses = addresses
        self.log = RequestLog()
        self.tokens = {"cloudflare": secrets.token_urlsafe(30), "desec": secrets.token_urlsafe(21)}
        self.credentials = Credentials(
            self.tokens["cloudflare"], secrets.token_urlsafe(30), "user@lab.test", secrets.token_hex(19)[:37]
        )
        self.boxes: dict[str, FaultBox] = {}
        """Part → its fault; parts of several addresses are `part/address`."""
        authority = CertificateAuthority("twinzone lab CA")
        self.ca_pem = authority.pem
        self._certificates = Certificates(authority, CertificateAuthority("nobody trusts this CA"))
        self._world = World(addresses)
        self._hosting = Hosting(addresses, self._world)
        self._cloudflare = self._make_cloudflare()
        self._desec = DesecApi(
            self._publish_desec,
            token=self.tokens["desec"],
            minimum_ttl=options.minimum_ttl,
            throttle=options.throttle,
            withdraw=partial(self._hosting.withdraw, "desec"),
        )
        self._emulators: dict[str, Emulator] = {"cloudflare": self._cloudflare, "desec": self._desec}
        self._zones: list[str] = []
        self._name_servers: dict[str, list[NameServer]] = {}
        with ExitStack() as stack:
            self._listen(stack)
            self._open = stack.pop_all()
        for zone in options.zones:
            self.add_zone(zone)

    def close(self) -> None:
        """Stop listening everywhere."""
        self._open.close()

    # --- Wiring ---

    def _make_cloudflare(self) -> CloudflareApi:
        options = self.options
        self._cloudflare_by_name: dict[str, ServedZone] = {}
        return CloudflareApi(
            credentials=self.credentials,
            name_servers=tuple(self.addresses.name_servers["cloudflare"]),
            edge=self.addresses.fronts["cloudflare"],
            publish=Propagation(self._cloudflare_by_name, options.propagation).publish,
            outside=self._world.addresses,
            limiter=Limiter(options.throttle_limit, options.throttle_window) if options.throttle else None,
            record_quota=options.record_quota,
        )

    def _listen(self, stack: ExitStack) -> None:
        addresses = self.addresses
        offline = self._box("vantage", OFFLINE_KINDS)
        kinds = {"cloudflare": API_KINDS, "desec": DESEC_KINDS}
        spoilers = {"cloudflare": api_spoilers("cloudflare"), "desec": self._desec_spoilers()}
        for provider, address in addresses.apis.items():
            server = WebServer(
                (address, API_PORT),
                self._emulators[provider].handle,
                tls=self._certificates.fixed((address,)),
                boxes=(self._box(f"{provider}_api", kinds[provider]),),
                spoilers=spoilers[provider],
                record=partial(self.log.add, provider),
                latency=self.options.latency,
            )
            stack.callback(server.close)
        for provider, servers in addresses.name_servers.items():
            self._name_servers[provider] = []
            for address in servers.values():
                box = self._box(f"{provider}_ns/{address}", NAME_SERVER_KINDS)
                name_server = NameServer(self._hosting.zones[provider], box)
                self._name_servers[provider].append(name_server)
                stack.callback(DnsServer(address, DNS_PORT, name_server.respond).close)
        parent = NameServer(self._world.parents, self._box("parent", NAME_SERVER_KINDS))
        stack.callback(DnsServer(addresses.parent, DNS_PORT, parent.respond).close)
        resolver = Resolver(self._world.zones, self._servers_for, self._box("resolver", RESOLVER_KINDS))
        stack.callback(DnsServer(addresses.resolver, DNS_PORT, resolver.respond).close)
        front_kinds = {"cloudflare": EDGE_KINDS, "bunny": FRONT_KINDS}
        for front, handler in self._front_handlers().items():
            for address in addresses.fronts[front]:
                server = WebServer(
                    (address, FRONT_PORT),
                    handler,
                    tls=self._certificates.by_server_name(self._certificate_names),
                    boxes=(self._box(f"front_{front}/{address}", front_kinds[front]), offline),
                    spoilers={**front_spoilers(), "proxied_only": self._proxied_only},
                )
                stack.callback(server.close)
        independent = WebServer(
            (addresses.independent, FRONT_PORT),
            lambda request: Response(200, "ok\n"),
            tls=self._certificates.fixed((addresses.independent,)),
            boxes=(self._box("control", FRONT_KINDS), offline),
            spoilers=front_spoilers(),
        )
        stack.callback(independent.close)

    def _front_handlers(self) -> Mapping[str, Handler]:
        def knows(host: str) -> bool:
            return bool(self._certificate_names(host))

        return {
            "cloudflare": front_handler(cloudflare_headers, knows),
            "bunny": front_handler(bunny_headers, knows),
        }

    def _desec_spoilers(self) -> dict[str, Spoiler]:
        def with_flag(flag: str) -> Spoiler:
            def spoil(fault: Fault, request: Request, handle: Handler) -> Delivery:
                setattr(self._desec, flag, True)
                try:
                    return Delivery(handle(request))
                finally:
                    setattr(self._desec, flag, False)

            return spoil

        return {**api_spoilers("desec"), **{flag: with_flag(flag) for flag in ("nsmaster_down", "nslord_down")}}

    def _proxied_only(self, fault: Fault, request: Request, handle: Handler) -> Delivery:
        if self._cloudflare.is_proxied(request.headers.get("host", "").partition(":")[0]):
            return Delivery(handle(request))
        return Delivery(Response(409, "error code: 1001\n", cloudflare_headers(), "text/plain"))

    def _box(self, part: str, kinds: Mapping[str, Kind]) -> FaultBox:
        return self.boxes.setdefault(part, FaultBox(kinds))

    def _certificate_names(self, host: str) -> tuple[str, ...]:
        """The names of the certificate for a host: the zone and what lies directly below it."""
        for zone in (*self._zones, SECOND_CDN.to_text(omit_final_dot=True)):
            if zone in (host, host.partition(".")[2]):
                return (zone, f"www.{zone}", f"*.{zone}")
        return ()

    def _servers_for(self, name: dns.name.Name) -> list[NameServer]:
        return [server for provider in self._hosting.serving(name) for server in self._name_servers[provider]]

    def _publish_desec(self, origin: dns.name.Name, source: Callable[[], RRsets]) -> None:
        self._hosting.zone("desec", origin).publish(source)

    # --- The switch ---

    def add_zone(self, name: str) -> None:
        """A zone at both providers as it is on the first day: the apex proxied at Cloudflare, and the edge addresses at
        deSEC. One that exists is put back into that state."""
        origin = dns.name.from_text(name + ".")
        if name not in self._zones:
            self._zones.append(name)
            self._cloudflare_by_name[name] = self._hosting.zone("cloudflare", origin)
        self._hosting.delegate(origin, None)
        self._cloudflare.add_zone(name)
        self._desec.add_zone(name)
        apex = {"name": "@", "type": "A", "content": ORIGIN_ADDRESS, "ttl": 1, "proxied": True}
        self._cloudflare.seed(name, [apex])
        edge = list(self.addresses.fronts["cloudflare"])
        self._desec.seed(name, [{"subname": "", "type": "A", "ttl": 3600, "records": edge}])

    def break_part(self, part: str, fault: str, options: Mapping[str, str]) -> None:
        """Set a fault. `LookupError` for an unknown part, `UnknownFault` for an unknown fault or option."""
        for name in self._parts(part):
            box = self.boxes[name]
            box.set(make_fault(box.kinds, fault, options))

    def mend(self, part: str = "all") -> list[str]:
        """Take the fault of a part away, or all; the parts that had one. `LookupError` for an unknown part."""
        broken = [name for name in (self.boxes if part == "all" else self._parts(part)) if self.boxes[name].present]
        for name in broken:
            self.boxes[name].set(None)
        return broken

    def reset(self) -> None:
        """Mend everything, empty every zone to its first day, forget the log."""
        self.mend()
        self._desec.reset()
        for zone in self._zones:
            self.add_zone(zone)
        self.log.clear()

    def emulator(self, provider: str) -> Emulator:
        """A provider's API. `LookupError` for an unknown one."""
        return self._emulators[provider]

    def adjust(self, zone: str, values: Mapping[str, str]) -> None:
        """Set plan, status or paused of a Cloudflare zone. `LookupError`, `ValueError`."""
        self._cloudflare.adjust(zone, values)

    def delegate(self, zone: str, providers: Sequence[str]) -> None:
        """Let the parent delegate a zone to these providers only. `LookupError` for an unknown one."""
        self._hosting.delegate(dns.name.from_text(zone + "."), providers)

    def faults(self) -> dict[str, str]:
        """Part → fault that is set."""
        return {part: box.present.kind for part, box in self.boxes.items() if box.present}

    def _parts(self, part: str) -> list[str]:
        """`part`, `part/address` or `part/1`, counted from one."""
        group = [name for name in self.boxes if name.partition("/")[0] == part.partition("/")[0]]
        which = part.partition("/")[2]
        chosen = [name for name in group if name == part or not which]
        if which.isdigit() and 1 <= int(which) <= len(group):
            chosen = [group[int(which) - 1]]
        if not chosen:
            known = sorted({name.partition("/")[0] for name in self.boxes})
            raise LookupError(f"no part {part!r}; there are: {', '.join(known)}, some with /1, /2 or /address")
        return chosen

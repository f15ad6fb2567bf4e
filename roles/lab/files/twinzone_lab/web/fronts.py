# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTPS fronts: what they answer, and the certificates that they show."""

from __future__ import annotations

import secrets
import ssl
import threading
from collections.abc import Callable, Mapping

from ..faults import Fault
from .api import Request, Response
from .ca import CertificateAuthority

HEALTH_PATH = "/health"


def front_handler(
    headers: Callable[[], Mapping[str, str]], certificate_names: Callable[[str], tuple[str, ...]]
) -> Callable[[Request], Response]:
    """A front that answers for the hosts that it has a certificate for; `headers` show which CDN it is."""

    def handle(request: Request) -> Response:
        host = request.headers.get("host", "").partition(":")[0].lower()
        if not certificate_names(host):
            return Response(421, "Misdirected Request\n", headers(), "text/plain")
        if request.path == HEALTH_PATH:
            return Response(200, "ok\n", headers(), "text/plain")
        return Response(200, f"<h1>{host}</h1>\n", headers())

    return handle


def cloudflare_headers() -> dict[str, str]:
    """As Cloudflare's edge sends them."""
    return {"Server": "cloudflare", "CF-Ray": f"{secrets.token_hex(8)}-LAB"}


def bunny_headers() -> dict[str, str]:
    """As the second CDN's edge might send them."""
    return {"Server": "BunnyCDN-LAB", "CDN-RequestId": secrets.token_hex(16)}


class Certificates:
    """TLS contexts by host name and fault, made when first needed."""

    def __init__(self, authority: CertificateAuthority, stranger: CertificateAuthority) -> None:
        """`stranger`: an authority that nobody trusts."""
        self._authority = authority
        self._stranger = stranger
        self._contexts: dict[tuple[object, ...], ssl.SSLContext] = {}
        self._lock = threading.Lock()

    def fixed(self, names: tuple[str, ...]) -> Callable[[Fault | None], ssl.SSLContext]:
        """A server that has one certificate, for these names and addresses."""
        return lambda fault: self._context(names, fault)

    def by_server_name(self, names_for: Callable[[str], tuple[str, ...]]) -> Callable[[Fault | None], ssl.SSLContext]:
        """A server that chooses by SNI; `names_for` gives a certificate's names, none for a host it does not serve.
        Such a handshake, and one without SNI, is refused with an alert."""

        def tls(fault: Fault | None) -> ssl.SSLContext:
            def choose(connection: ssl.SSLObject, host: str | None, context: ssl.SSLContext) -> int | None:
                names = names_for((host or "").lower())
                if not names:
                    return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
                connection.context = self._context(names, fault)
                return None

            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.num_tickets = 0
            context.sni_callback = choose
            return context

        return tls

    def _context(self, names: tuple[str, ...], fault: Fault | None) -> ssl.SSLContext:
        kind = fault.kind if fault else ""
        key = (names, kind, fault.options.get("days") if fault else None)
        with self._lock:
            if key not in self._contexts:
                self._contexts[key] = self._new(names, kind, fault.number("days") if fault and key[2] else 0.0)
            return self._contexts[key]

    def _new(self, names: tuple[str, ...], kind: str, days: float) -> ssl.SSLContext:
        """days: that are left of what expires."""
        if kind == "bad_certificate":
            return self._authority.server_context(("another-host.invalid",))
        if kind == "expired_certificate":
            return self._authority.server_context(names, (-30.0, -1.0))
        if kind == "expiring_certificate":
            return self._authority.server_context(names, (-30.0, days))
        if kind == "untrusted_certificate":
            return self._stranger.server_context(names)
        if kind == "expiring_issuer":
            return CertificateAuthority("Intermediate of the lab", self._authority, (-30.0, days)).server_context(names)
        return self._authority.server_context(names, without=("names",) if kind == "common_name_only" else ())

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An emulator of the deSEC API (v1) that refuses what the real one refuses, in its words.

It holds its zones in memory and hands them to name servers with the delays, and the loss, of the real publication.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import dns.name

from ..web.api import Request, Response
from . import domains, errors, rrsets, tokens
from .backend import Backend
from .http import View, quoted
from .records import check
from .store import Domain, Store, Token, User
from .throttle import Throttles
from .transfers import CallLater, Publish, Transfers, call_later, transfer_seconds

_log = logging.getLogger(__name__)

PREFIX = "/api/v1/"
MAX_BODY = 1024 * 1024
"""Octets the web server in front takes."""

_ID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_ROUTES: tuple[tuple[re.Pattern[str], View], ...] = tuple(
    (re.compile(pattern), view)
    for pattern, view in (
        (r"domains/", domains.DomainList()),
        (r"domains/(?P<name>[^/]+)/", domains.DomainDetail()),
        (r"domains/(?P<name>[^/]+)/zonefile/", domains.ZoneFile()),
        (r"domains/(?P<name>[^/]+)/rrsets/", rrsets.RRsetList()),
        (r"domains/(?P<name>[^/]+)/rrsets/(?P<subname>[^/]*)(?:\.\.\.|@)/(?P<type>[^/]+)/", rrsets.RRsetDetail()),
        (r"domains/(?P<name>[^/]+)/rrsets/(?P<subname>[^/]+)/(?P<type>[^/]+)/", rrsets.RRsetDetail()),
        (r"", tokens.Root()),
        (r"serials/", tokens.Serials()),
        (r"auth/account/", tokens.Account()),
        (r"auth/login/", tokens.Login()),
        (r"auth/logout/", tokens.Logout()),
        (r"auth/tokens/", tokens.TokenList()),
        (rf"auth/tokens/(?P<id>{_ID})/", tokens.TokenDetail()),
        (rf"auth/tokens/(?!{_ID}/)[^/]+/", tokens.UnknownToken()),
        (rf"auth/tokens/(?P<id>{_ID})/policies/rrsets/", tokens.PolicyList()),
        (rf"auth/tokens/(?P<id>{_ID})/policies/rrsets/(?P<policy>{_ID})/", tokens.PolicyDetail()),
    )
)


class DesecApi:
    """One deSEC. Thread-safe. Nothing of it survives the process.

    `users` other than the first exist only if they are added: the lab needs one account."""

    def __init__(
        self,
        publish: Publish,
        *,
        token: str = "lab-desec-token",
        minimum_ttl: int = 3600,
        throttle: bool = False,
        domain_limit: int | None = None,
        clock: Callable[[], float] = time.monotonic,
        transfer_seconds: float | Callable[[int], float] = transfer_seconds,
        call_later: CallLater = call_later,
        withdraw: Callable[[dns.name.Name], None] = lambda zone: None,
    ) -> None:
        """`publish` and `withdraw` tell the name servers; `token` may do everything; `minimum_ttl` in seconds;
        `clock` in seconds is for throttles and transfers only. See `desec_transfers` for the rest."""
        self._lock = threading.RLock()
        self._token = token
        self._domain_limit = domain_limit
        self._minimum_ttl = minimum_ttl
        self._clock = clock
        self._transfers = Transfers(publish, clock, call_later, transfer_seconds)
        self._withdraw = withdraw
        self.throttle = throttle
        """Whether the rate limits are in force; may be switched at any time."""
        self._start()

    def _start(self) -> None:
        self._throttles = Throttles(self._clock)
        self._backend = Backend(
            Store(self._minimum_ttl), self._transfers, lambda zone: self._withdraw(dns.name.from_text(zone))
        )
        self.user = self.add_user("user@lab.test", "password")
        """The owner of the main token and of the zones that are added."""
        self.add_token(
            self.user, self._token, perm_create_domain=True, perm_delete_domain=True, perm_manage_tokens=True
        )

    @property
    def nsmaster_down(self) -> bool:
        """While true, writes are committed and answered with a JSON 500, `published` goes stale, nothing is served."""
        return self._backend.nsmaster_down

    @nsmaster_down.setter
    def nsmaster_down(self, down: bool) -> None:
        self._backend.nsmaster_down = down

    @property
    def nslord_down(self) -> bool:
        """While true, writes that change something are rolled back with an HTML 500; RRsets can be read."""
        return self._backend.nslord_down

    @nslord_down.setter
    def nslord_down(self, down: bool) -> None:
        self._backend.nslord_down = down

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        if len(request.body) > MAX_BODY:
            return errors.too_large()
        with self._lock:
            try:
                response = self._dispatch(request)
            except errors.Crash:
                response = errors.crashed()
            except Exception:  # whatever goes wrong inside the real server is an HTML 500, too
                _log.exception("%s %s", request.method, request.path)
                response = errors.crashed()
        if request.method == "HEAD":
            return Response(response.status, None, response.headers, response.content_type)
        return response

    def _dispatch(self, request: Request) -> Response:
        # The web server in front merges slashes; dns-lexicon relies on it (`…/rrsets//?type=TXT`).
        request = replace(request, path=re.sub("/+", "/", request.path))
        found = _route(request.path)
        if found is None:
            return _moved(request) if _route(request.path + "/") else errors.unrouted()
        view, captured = found
        return view.answer(request, captured, self._backend, self._throttles if self.throttle else None)

    def add_user(self, email: str, password: str) -> User:
        """Another account."""
        with self._lock:
            user = User(email, password, self._domain_limit)
            self._backend.store.users.append(user)
            return user

    def add_token(self, user: User | None = None, secret: str | None = None, **attributes: Any) -> Token:
        """Another token, by default of the first account; `attributes` are those of `Token`."""
        with self._lock:
            return self._backend.store.add_token(user or self.user, secret, **attributes)

    def add_zone(self, name: str, owner: User | None = None, minimum_ttl: int | None = None) -> None:
        """Make a zone in the state of a new one and publish it at once; one that exists is put back into that state.
        `minimum_ttl` in seconds: what support made it for this domain."""
        with self._lock:
            store = self._backend.store
            domain = store.new_domain(name, owner or self.user)
            domain.minimum_ttl = self._minimum_ttl if minimum_ttl is None else minimum_ttl
            name_servers = store.default_ns()
            domain.rrsets[name_servers.key] = name_servers
            store.domains.pop(name, None)
            store.domains[name] = domain
            self._backend.publish_new(domain)

    def remove_zone(self, name: str) -> None:
        """Take a zone away, as its owner could. `KeyError` for an unknown one."""
        with self._lock:
            self._backend.delete_domain(self._backend.store.domains[name])

    def seed(self, zone: str, records: Iterable[Mapping[str, Any]]) -> None:
        """Put RRsets (`subname`, `type`, `ttl`, `records`) into the store and publish them at once. Contents must be
        legal; everything else is allowed, for instance a TTL below the minimum, as dynDNS leaves it behind."""
        with self._lock:
            domain = self._domain(zone)
            store = self._backend.store
            for record in records:
                contents = [check(record["type"], content) for content in record["records"]]
                rrset = store.new_rrset(record["subname"], record["type"], record["ttl"], contents)
                domain.rrsets.pop(rrset.key, None)
                domain.rrsets[rrset.key] = rrset
            self._backend.publish_new(domain)

    def holds(self, zone: str) -> list[dict[str, Any]]:
        """All RRsets of a zone, as a list request would show them, newest first. `KeyError` for an unknown zone."""
        with self._lock:
            domain = self._domain(zone)
            return [domain.shown_rrset(rrset) for rrset in reversed(domain.rrsets.values())]

    def reset(self) -> None:
        """Back to the state after construction: no zones, one account with one token, nothing counted or broken."""
        with self._lock:
            for name in list(self._backend.store.domains):
                self._transfers.forget(name)
                self._withdraw(dns.name.from_text(name))
            self._start()

    def _domain(self, zone: str) -> Domain:
        return self._backend.store.domains[zone]


def _route(path: str) -> tuple[View, dict[str, str]] | None:
    if path.startswith(PREFIX):
        for pattern, view in _ROUTES:
            if match := pattern.fullmatch(path, len(PREFIX)):
                return view, match.groupdict()
    return None


def _moved(request: Request) -> Response:
    """To the same place with a slash. Most clients follow with a GET, whatever they had been doing."""
    query = f"?{urlencode(request.query)}" if request.query else ""
    location = f"{quoted(request.path)}/{query}"
    return Response(301, "", {"Location": location, "Vary": "origin"}, errors.HTML)

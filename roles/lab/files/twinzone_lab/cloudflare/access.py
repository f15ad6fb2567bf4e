# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may ask: tokens, the older key with an e-mail address, and the request limit of each."""

from __future__ import annotations

import math
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..web.api import Request
from .errors import CloudflareError

_TOKEN = re.compile(r"[A-Za-z0-9_-]{40}|cf[ua]t_[A-Za-z0-9_-]{20,}")
"""The older form, and those of 2026: `cfut_` for a user's, `cfat_` for an account's."""

_VERIFY = re.compile(r".*/(user|accounts/[^/]+)/tokens/verify")
_KEY = re.compile(r"[0-9a-f]{37}")


@dataclass(frozen=True)
class Credentials:
    """What the account accepts."""

    token: str
    read_only_token: str
    email: str
    key: str


def authenticate(request: Request, credentials: Credentials) -> str:
    """Who asks, as a word for the limiter. Raises `CloudflareError`."""
    headers = request.headers
    authorization = headers.get("authorization")
    if authorization is not None:
        scheme, _unused, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not _TOKEN.fullmatch(token.strip()):
            raise CloudflareError(400, 6111, "Invalid format for Authorization header")
        if token.strip() not in (credentials.token, credentials.read_only_token):
            if _VERIFY.fullmatch(request.path):
                raise CloudflareError(401, 1000, "Invalid API Token")
            raise CloudflareError(403, 9109, "Invalid access token")
        if (place := _VERIFY.fullmatch(request.path)) and (place[1] == "user") == token.strip().startswith("cfat_"):
            raise CloudflareError(401, 1000, "Invalid API Token")  # each kind is verified at its own place
        if token.strip() == credentials.read_only_token and request.method != "GET":
            raise CloudflareError(403, 10000, "Authentication error")
        return token.strip()
    if "x-auth-key" not in headers or "x-auth-email" not in headers:
        raise CloudflareError(400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers")
    if not _KEY.fullmatch(headers["x-auth-key"]):
        raise CloudflareError(400, 6103, "Invalid format for X-Auth-Key header")
    if (headers["x-auth-email"], headers["x-auth-key"]) != (credentials.email, credentials.key):
        raise CloudflareError(403, 9103, "Unknown X-Auth-Key or X-Auth-Email")
    return headers["x-auth-email"]


class Throttled(CloudflareError):
    """Too many requests; everything is refused for `retry_after` seconds."""

    def __init__(self, limit: int, window: float, retry_after: float) -> None:
        super().__init__(429, 10100, f"More than {limit} requests per {window:.0f} seconds reached. Please wait.")
        self.retry_after = math.ceil(retry_after)


class Limiter:
    """1,200 requests in 5 minutes and token; who exceeds it is blocked for the next 5 minutes."""

    def __init__(self, limit: int, window: float, clock: Callable[[], float] = time.monotonic) -> None:
        """`window` in seconds."""
        self._limit = limit
        self._window = window
        self._clock = clock
        self._seen: dict[str, deque[float]] = {}
        self._blocked: dict[str, float] = {}
        self._lock = threading.Lock()

    def forget(self) -> None:
        """Begin again."""
        with self._lock:
            self._seen.clear()
            self._blocked.clear()

    def count(self, who: str) -> Mapping[str, str]:
        """Count a request; gives the headers that say what is left. Raises `Throttled`."""
        with self._lock:
            now = self._clock()
            if now < self._blocked.get(who, now):
                raise Throttled(self._limit, self._window, self._blocked[who] - now)
            seen = self._seen.setdefault(who, deque())
            while seen and seen[0] <= now - self._window:
                seen.popleft()
            if len(seen) >= self._limit:
                self._blocked[who] = now + self._window
                seen.clear()
                raise Throttled(self._limit, self._window, self._window)
            seen.append(now)
            reset = math.ceil(seen[0] + self._window - now)
            return {
                "Ratelimit": f'"default";r={self._limit - len(seen)};t={reset}',
                "Ratelimit-Policy": f'"default";q={self._limit};w={self._window:.0f}',
            }

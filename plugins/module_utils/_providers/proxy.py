# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proxy between this machine and an API, as the environment names it."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

#: In the order in which requests looks for the proxy of an https URL.
_VARIABLES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")

_PORTS = {"http": 80, "https": 443}

#: Seconds in which it must take a connection.
_PATIENCE = 3.0


@dataclass(frozen=True)
class Proxy:
    """A proxy, without the password that its URL may hold. variable: of the environment, which names it."""

    host: str
    port: int
    variable: str

    def __str__(self) -> str:
        return f"the proxy {self.host}:{self.port} ({self.variable})"

    @property
    def remedy(self) -> str:
        """What to change when it does not work."""
        return f"correct or unset {self.variable}, or put the host of the API into NO_PROXY"

    def fault(self) -> str:
        """Why it takes no connection; empty when it does. Asks it for nothing."""
        try:
            socket.create_connection((self.host, self.port), timeout=_PATIENCE).close()
        except OSError as error:
            return error.strerror or str(error)
        return ""


def of(url: str) -> Proxy | None:
    """The proxy through which requests goes to an https URL; None without one."""
    variable = next((name for name in _VARIABLES if os.environ.get(name)), "")
    if not variable or not url.startswith("https:"):
        return None
    from requests.utils import should_bypass_proxies

    if should_bypass_proxies(url, no_proxy=None):
        return None
    text = os.environ[variable]
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        return Proxy(parts.hostname or "?", parts.port or _PORTS.get(parts.scheme, 1080), variable)
    except ValueError:
        return Proxy("?", 0, variable)

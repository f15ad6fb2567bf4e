# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether an API can be reached from this machine, before it is asked for anything."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from functools import partial
from urllib.parse import urlsplit

from .. import _parallel
from . import proxy

_PORTS = {"http": 80, "https": 443}

#: What to look at.
_REMEDY = "look at the network, the resolver and the firewall of this machine, or name a proxy in HTTPS_PROXY"


def problems(urls: Iterable[str], seconds: float) -> list[str]:
    """What cannot be reached of these URLs, and why. No more than so many seconds are spent on it."""
    wanted = list(dict.fromkeys(urls))
    found = _parallel.run({url: partial(_fault, url, seconds / 2) for url in wanted}, lambda _url: seconds)
    faults = {url: found.get(url, f"it does not answer within {seconds:g} seconds") for url in wanted}
    return [
        f"{_shown(url)} cannot be reached from here: {fault}; {_remedy(url)}" for url, fault in faults.items() if fault
    ]


def _remedy(url: str) -> str:
    between = proxy.of(url)
    return between.remedy if between else _REMEDY


def _shown(url: str) -> str:
    between = proxy.of(url)
    host, port = _endpoint(url)
    return f"{host}:{port}" + (f", through {between}," if between else "")


def _fault(url: str, seconds: float) -> str:
    """Why a server takes no connection; empty when it does. Where there is a proxy, it is that one."""
    if between := proxy.of(url):
        return between.fault()
    host, port = _endpoint(url)
    try:
        socket.create_connection((host, port), timeout=seconds).close()
    except socket.gaierror as error:
        return f"its name leads to no address: {error.strerror}"
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _endpoint(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "?", parts.port or _PORTS.get(parts.scheme, 443)

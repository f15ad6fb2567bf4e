# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Host names, addresses, ports and URLs, as users write them. Pure."""

from __future__ import annotations

import ipaddress
import re
from typing import NamedTuple
from urllib.parse import SplitResult, quote, urlsplit

_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Endpoint(NamedTuple):
    """Where to connect: an IP address in canonical form or a host name in ASCII, and a port."""

    host: str
    port: int


class Url(NamedTuple):
    """A URL, taken apart."""

    tls: bool
    host: str
    """An IP address without brackets, or a host name in ASCII without a trailing dot."""
    port: int
    authority: str
    """For the Host header."""
    path: str
    """With the query."""


def is_address(text: str) -> bool:
    """Whether this is an IP address, without brackets."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def read_host(text: str) -> str:
    """An IP address in canonical form, or a host name in ASCII and lower case; a trailing dot stays.

    Raises ValueError when it is neither.
    """
    if is_address(text):
        return str(ipaddress.ip_address(text))
    try:
        name = text.encode("idna").decode("ascii").lower()
    except UnicodeError:
        name = ""
    labels = name[:-1].split(".") if name.endswith(".") else name.split(".")
    if len(name) > 254 or labels[-1].isdigit() or not all(map(_LABEL.fullmatch, labels)):
        raise ValueError(f"{text!r} is neither a host name nor an address")
    return name


def read_place(text: str) -> tuple[str, int | None]:
    """The host and the port, if there is one, of `address`, `host`, `host:port` or `[IPv6]:port`. Raises ValueError."""
    if is_address(text):
        return read_host(text), None
    match = re.fullmatch(r"(?:\[([^]]*)\]|([^][:]*))(?::(\d{1,5}))?", text)
    if not match or (match[1] is not None and ":" not in match[1]):
        raise ValueError(f"{text!r} is none of address, host, host:port and [IPv6 address]:port")
    return read_host(match[1] or match[2]), _port(match[3]) if match[3] else None


def place_with_port(text: str, port: int | None = None) -> Endpoint:
    """The host and port of `host:port`, or of `host` if there is a default port. Raises ValueError."""
    host, given = read_place(text)
    number = given or port
    if not number:
        raise ValueError(f"{text!r} has no port; write host:port")
    return Endpoint(host, number)


def read_url(text: str) -> Url:
    """A URL of http or https. Raises ValueError saying what is wrong with it."""
    parts, given_port = _split(text)
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise ValueError(f"{text!r} is not an http:// or https:// URL with a host")
    host = read_host(parts.hostname)
    if not is_address(host):
        host = host.rstrip(".")
    port = _DEFAULT_PORTS[parts.scheme] if given_port is None else _port(str(given_port))
    authority = (f"[{host}]" if ":" in host else host) + ("" if given_port is None else f":{port}")
    path = quote(parts.path or "/", safe="/%!$&'()*+,;=:@~")
    query = "?" + quote(parts.query, safe="/%!$&'()*+,;=:@~?") if parts.query else ""
    return Url(parts.scheme == "https", host, port, authority, path + query)


def _split(text: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"is not a URL: {error}") from None
    if parts.username is not None or parts.password is not None:
        raise ValueError("holds a user name or password; put an Authorization header into request_headers instead")
    return parts, port


def _port(text: str) -> int:
    port = int(text)
    if not 0 < port < 65536:
        raise ValueError(f"{text} is not a valid port; they go from 1 to 65535")
    return port

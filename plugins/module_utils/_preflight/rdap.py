# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a registry says about a domain in RDAP (RFC 9083), and whom to ask by IANA's bootstrap file (RFC 9224). Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from .._timestamps import unix_time
from .seen import Registration

_LOCKS = ("client transfer prohibited", "server transfer prohibited", "transfer prohibited")


def server_for(bootstrap: Any, domain: str) -> str:
    """The base URL for a domain in a bootstrap file; empty where it names none. The longest suffix counts."""
    found = ""
    longest = -1
    for suffix, url in _services(bootstrap):
        if (domain == suffix or domain.endswith(f".{suffix}")) and suffix.count(".") > longest:
            found, longest = url, suffix.count(".")
    return found


def _services(bootstrap: Any) -> Iterator[tuple[str, str]]:
    services = bootstrap.get("services") if isinstance(bootstrap, Mapping) else None
    for service in services if isinstance(services, list) else ():
        if isinstance(service, list) and len(service) == 2 and all(isinstance(part, list) for part in service):
            urls = sorted((str(url) for url in service[1]), key=lambda url: not url.startswith("https:"))
            yield from ((str(suffix).lower(), urls[0]) for suffix in service[0] if urls)


def refusal(url: str, addresses: Sequence[str], named: str) -> str:
    """Why a URL is not asked; empty where it may be.

    addresses: of its host. named: the host that the user gave, which may be anywhere. Everybody else must be on the
    Internet, and speak https: a registry cannot lead us into the network of the runner.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if not host or (parts.scheme != "https" and not (parts.scheme == "http" and host == named and _is_loopback(host))):
        return f"{url} is no https URL"
    if host == named:
        return ""
    if not addresses:
        return f"{host} has no address"
    inside = [one for one in addresses if not ipaddress.ip_address(one.partition("%")[0]).is_global]
    return f"{host} is at {inside[0]}, which is not on the Internet" if inside else ""


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def registration(answer: Any, source: str) -> Registration:
    """The registration in an answer about a domain. Raises ValueError for something else."""
    if not isinstance(answer, Mapping) or answer.get("objectClassName") != "domain":
        raise ValueError("it is no answer about a domain")
    states = {str(state).lower() for state in _list(answer.get("status"))}
    return Registration(
        registrar=_registrar(_list(answer.get("entities"))),
        expires=_expiry(_list(answer.get("events"))),
        locked=bool(states & set(_LOCKS)) if states else None,
        source=source,
        error="",
    )


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else []


def _registrar(entities: Sequence[Any]) -> str:
    for entity in entities:
        if isinstance(entity, Mapping) and "registrar" in _list(entity.get("roles")):
            return _called(entity.get("vcardArray")) or str(entity.get("handle") or "")
    return ""


def _called(card: Any) -> str:
    """The full name on a card (jCard, RFC 7095)."""
    fields = card[1] if isinstance(card, list) and len(card) == 2 and isinstance(card[1], list) else []
    return next((str(one[3]) for one in fields if isinstance(one, list) and len(one) == 4 and one[0] == "fn"), "")


def _expiry(events: Sequence[Any]) -> int | None:
    for event in events:
        if isinstance(event, Mapping) and event.get("eventAction") == "expiration":
            return unix_time(event.get("eventDate")) or None
    return None

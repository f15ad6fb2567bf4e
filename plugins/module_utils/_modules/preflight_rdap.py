# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks a registry about a domain. Every redirect is looked at before it is followed."""

from __future__ import annotations

import json
import socket
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urljoin, urlsplit

from ansible.module_utils.urls import open_url

from .._deadline import Deadline
from .._preflight import rdap
from .._preflight.seen import Registration
from .._text import visible

_SECONDS = 5.0
_LARGEST = 1 << 20
_AGENT = "twinzone.edge (Ansible collection)"
_MOVED = (301, 302, 303, 307, 308)

#: Registries lead to registrars, and those to a server of theirs; nobody needs more.
MOST_REDIRECTS = 3


def registration(domain: str, where: str, deadline: Deadline) -> Registration:
    """Where a domain is registered. where: the base URL of an RDAP server, or IANA's bootstrap file."""
    try:
        base = where if "://" in where else rdap.server_for(json.loads(Path(where).read_text("utf-8")), domain)
        if not base:
            return _unknown(f"{where} names no RDAP server for {domain}")
        url, answer = _answer(f"{base.rstrip('/')}/domain/{domain}", urlsplit(where).hostname or "", deadline)
        return rdap.registration(answer, url)
    except (OSError, HTTPException, ValueError, RecursionError) as error:
        return _unknown(visible(f"{where} could not be asked: {error}"))


def _unknown(error: str) -> Registration:
    return Registration(registrar="", expires=None, locked=None, source="", error=error)


def _answer(url: str, named: str, deadline: Deadline) -> tuple[str, Any]:
    """Who answered at last, and what. Raises OSError or ValueError.

    Between the look at a name and the connection to it the name may change. The certificate is checked in any case.
    """
    for _number in range(MOST_REDIRECTS + 1):
        if why_not := rdap.refusal(url, _addresses(url, named), named):
            raise ValueError(why_not)
        try:
            with open_url(
                url,
                headers={"Accept": "application/rdap+json"},
                http_agent=_AGENT,
                timeout=deadline.at_most(_SECONDS),
                follow_redirects="none",
                use_netrc=False,
            ) as answer:
                return url, json.loads(answer.read(_LARGEST))
        except HTTPError as error:
            with error:
                if error.code not in _MOVED or not error.headers.get("Location"):
                    raise
                url = urljoin(url, error.headers["Location"])
    raise ValueError(f"it leads elsewhere more than {MOST_REDIRECTS} times")


def _addresses(url: str, named: str) -> list[str]:
    """The addresses of a URL's host that the user did not name; none where it has none."""
    host = urlsplit(url).hostname or ""
    if not host or host == named:
        return []
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return sorted({str(place[4][0]) for place in found})

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an emulated API and the server in front of it agree on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class Request:
    """One HTTP request, read completely."""

    method: str
    path: str
    """Decoded, without the query, as seen after the host: `/api/v1/domains/`."""
    query: tuple[tuple[str, str], ...] = ()
    """Decoded name and value pairs in their order; a name without `=` has the value ``""``."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case; a header that came twice is joined with ``, ``."""
    body: bytes = b""
    base_url: str = ""
    """`scheme://host:port` as the client saw it, for absolute links."""


@dataclass(frozen=True)
class Response:
    """One HTTP answer."""

    status: int
    body: object = None
    """`None`: no body. `bytes` and `str`: sent as they are. Anything else: sent as JSON."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """`Content-Length` and `Date` are the server's business."""
    content_type: str | None = None
    """Default: `application/json` for objects, `text/html; charset=utf-8` for text."""
    interim: Sequence[int] = ()
    """Statuses of the interim answers that come first, such as 103."""


class Api(Protocol):
    """Answers requests. Called from many threads at once; must not raise."""

    def handle(self, request: Request) -> Response:
        """Answer one request; what it changes is committed when it returns."""


class Emulator(Api, Protocol):
    """A provider's API over its own store of zones. Zone names are written in lower case without the trailing dot."""

    def add_zone(self, name: str) -> None:
        """Make a zone in the state of a new one and publish it at once; one that exists is put back into that state."""

    def seed(self, zone: str, records: Iterable[Mapping[str, Any]]) -> None:
        """Put records in the provider's own form into the store, past every check, and publish them at once."""

    def holds(self, zone: str) -> list[dict[str, Any]]:
        """What the API holds for a zone, in the form in which it lists it. `KeyError` for an unknown zone."""

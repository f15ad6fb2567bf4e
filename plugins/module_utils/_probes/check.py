# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is probed: a front, the check that it must pass, and the controls. Values, already read and converted."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from .places import Endpoint, Url
from .thresholds import Thresholds


@dataclass(frozen=True)
class Check:
    """How a front is asked, and what answer is a healthy one."""

    url: Url
    status: Sequence[int] = (200,)
    contains: Sequence[re.Pattern[str]] = ()
    """All of these must match."""
    headers: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    method: str = "GET"
    request_headers: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 5.0
    """Seconds for the whole try, from resolving the name to the last byte."""
    connect_within: float = float("inf")
    """Seconds of it after which a connection that does not stand is given up."""
    certificate_days: int = 0
    max_seconds: float = float("inf")
    ca_path: str = ""
    """On the probing host: a file or directory that replaces the system's certificate authorities."""
    family: str = "both"

    @property
    def request(self) -> bytes:
        """The request as it is sent."""
        headers = {"Host": self.url.authority, "User-Agent": "twinzone-cdn-health", "Accept": "*/*"}
        headers.update({"Accept-Encoding": "identity", "Connection": "close"})
        given = {name.lower() for name in self.request_headers}
        lines = [f"{self.method} {self.url.path} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in headers.items() if name.lower() not in given]
        lines += [f"{name}: {value}" for name, value in self.request_headers.items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")


class Control(NamedTuple):
    """Something independent of every front. Its answer shows that this vantage is online."""

    text: str
    endpoint: Endpoint
    url: Url | None = None


class Front(NamedTuple):
    """One front to probe."""

    site: str
    name: str
    endpoints: tuple[Endpoint, ...]
    check: Check
    thresholds: Thresholds
    controls: tuple[Control, ...]

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a format makes of an alarm: a request. And how text is cut to what a service takes. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..alarms import Alarm
from ..standing import CRITICAL, ERROR, INFO, WARNING

#: Colours by severity, as numbers; what is over is green.
_COLOURS = {CRITICAL: 0xC62828, ERROR: 0xEF6C00, WARNING: 0xF9A825, INFO: 0x1565C0}
_GREEN = 0x2E7D32


@dataclass(frozen=True)
class Target:
    """Where to send, as the user gave it. token: by which the service knows us. template: the body of a `template`."""

    url: str
    token: str = ""
    template: Any = None


@dataclass(frozen=True)
class Post:
    """A POST request. headers: besides those that every request has."""

    url: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def bearer(target: Target) -> dict[str, str]:
    """The header with the token, if there is one."""
    return {"Authorization": f"Bearer {target.token}"} if target.token else {}


def in_json(target: Target, data: Any, token_in_header: bool = True) -> Post:
    """A request with JSON."""
    headers = {"Content-Type": "application/json", **(bearer(target) if token_in_header else {})}
    return Post(target.url, json.dumps(data).encode(), headers)


def cut(text: str, most: int) -> str:
    """The text, or its beginning with an ellipsis."""
    return text if len(text) <= most else text[: most - 1] + "…"


def without_fence(text: str) -> str:
    """Text that cannot end the block of code in which it is shown."""
    return text.replace("```", "` ` `")


def colour(alarm: Alarm) -> int:
    """The colour of a message."""
    return _GREEN if alarm.is_over else _COLOURS[alarm.severity]

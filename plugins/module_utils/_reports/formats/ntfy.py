# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ntfy: the last part of the URL is the topic.

https://docs.ntfy.sh/publish/#publish-as-json
"""

from __future__ import annotations

from dataclasses import replace

from ..alarms import Alarm
from ..standing import CRITICAL, ERROR
from .post import Post, Target, cut, in_json

_PRIORITIES = {CRITICAL: 5, ERROR: 4}

#: Characters; a message of more than 4096 octets becomes a file.
_LONGEST = 1300


def post(alarm: Alarm, target: Target) -> Post:
    """The request. Raises ValueError where the URL has no topic."""
    server, _slash, topic = target.url.rstrip("/").rpartition("/")
    if not topic or server.endswith("/"):
        raise ValueError("its URL has no topic")
    return in_json(
        replace(target, url=f"{server}/"),
        {
            "topic": topic,
            "title": cut(alarm.title, 200),
            "message": cut(alarm.text, _LONGEST),
            "priority": 3 if alarm.is_over else _PRIORITIES.get(alarm.severity, 3),
            "tags": ["white_check_mark" if alarm.is_over else "rotating_light"],
        },
    )

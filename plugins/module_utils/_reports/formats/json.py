# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain JSON, for programs: the text, the whole report, and what happened."""

from __future__ import annotations

from ..alarms import Alarm
from .post import Post, Target, in_json


def post(alarm: Alarm, target: Target) -> Post:
    """The request."""
    happened = {"event": alarm.event, "severity": alarm.severity, "key": alarm.key}
    return in_json(target, {"text": alarm.text, "result": alarm.report, **happened})

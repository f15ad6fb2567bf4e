# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PagerDuty's Events API v2: the token is the routing key. A move without a fault is no incident.

https://developer.pagerduty.com/docs/send-alert-event
"""

from __future__ import annotations

from ..._timestamps import timestamp
from ..alarms import END, NEWS, Alarm
from .post import Post, Target, cut, in_json

_SUMMARY, _KEY = 1024, 255


def post(alarm: Alarm, target: Target) -> Post | None:
    """The request; None for what is no incident."""
    if alarm.event == NEWS:
        return None
    event = {"routing_key": target.token, "dedup_key": alarm.key[:_KEY]}
    if alarm.event == END:
        return in_json(target, {**event, "event_action": "resolve"}, token_in_header=False)
    payload = {
        "summary": cut(f"{alarm.title}: {alarm.about.reason}", _SUMMARY),
        "source": alarm.about.subject,
        "severity": alarm.severity,
        "timestamp": timestamp(alarm.now),
        "component": "dns",
        "class": alarm.about.outcome,
        "custom_details": {"summary": alarm.text.splitlines(), "run": str(alarm.report.get("run", ""))},
    }
    return in_json(target, {**event, "event_action": "trigger", "payload": payload}, token_in_header=False)

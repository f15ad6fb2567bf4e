# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prometheus' Alertmanager. It forgets an alert that nobody sends again, so every run sends it.

https://prometheus.io/docs/alerting/latest/clients/
"""

from __future__ import annotations

from dataclasses import replace

from ..._timestamps import timestamp
from ..alarms import END, NEWS, Alarm
from .post import Post, Target, in_json

#: Seconds for which an alert stands without another run.
_STANDS = 3600


def post(alarm: Alarm, target: Target) -> Post | None:
    """The request; None for what is no alert."""
    if alarm.event == NEWS:
        return None
    ends = alarm.now if alarm.event == END else alarm.now + _STANDS
    about = alarm.about
    site = {"site": about.subject} if about.kind == "site" else {}
    alert = {
        # A label that differs between two messages would make another alert of it.
        "labels": {"alertname": f"Twinzone{about.kind.capitalize()}", **site},
        "annotations": {"summary": alarm.title, "description": alarm.text, "severity": alarm.severity},
        "startsAt": timestamp(alarm.began),
        "endsAt": timestamp(max(ends, alarm.began)),
    }
    base = target.url.rstrip("/")
    url = base if base.endswith("/alerts") else f"{base}/api/v2/alerts"
    return in_json(replace(target, url=url), [alert])

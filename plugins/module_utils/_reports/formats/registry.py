# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All formats of messages. A new one is a file with a function `post`, and a line here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from ..alarms import Alarm
from . import alertmanager, discord, json, ntfy, pagerduty, slack, teams, template
from .post import Post, Target


class Format(Protocol):
    """A function that makes the request for a service."""

    def __call__(self, alarm: Alarm, target: Target, /) -> Post | None:
        """The request for an alarm; None where the service has no use for it. May raise ValueError."""


FORMATS: Mapping[str, Format] = {
    "alertmanager": alertmanager.post,
    "discord": discord.post,
    "json": json.post,
    "ntfy": ntfy.post,
    "pagerduty": pagerduty.post,
    "slack": slack.post,
    "teams": teams.post,
    "template": template.post,
}

#: Formats whose service must hear from every run of what is wrong.
EVERY_RUN = frozenset({"alertmanager"})

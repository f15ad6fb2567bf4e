# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Slack's incoming webhooks, and what understands the same, such as Mattermost and Rocket.Chat.

https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
"""

from __future__ import annotations

from ..alarms import Alarm
from .post import Post, Target, colour, cut, in_json, without_fence

#: Characters of the text of a section.
_LONGEST = 3000


def post(alarm: Alarm, target: Target) -> Post:
    """The request."""
    text = cut(_escaped(without_fence(alarm.text)), _LONGEST - 6)
    section = {"type": "section", "text": {"type": "mrkdwn", "text": f"```{text}```"}}
    attachment = {"color": f"#{colour(alarm):06x}", "blocks": [section]}
    return in_json(target, {"text": f"*{_escaped(alarm.title)}*", "attachments": [attachment]})


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

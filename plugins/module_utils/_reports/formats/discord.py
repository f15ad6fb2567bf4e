# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Discord's webhooks.

https://docs.discord.com/developers/resources/webhook#execute-webhook
"""

from __future__ import annotations

from ..alarms import Alarm
from .post import Post, Target, colour, cut, in_json, without_fence

_TITLE, _TEXT = 256, 4000


def post(alarm: Alarm, target: Target) -> Post:
    """The request."""
    text = cut(without_fence(alarm.text), _TEXT)
    embed = {"title": cut(alarm.title, _TITLE), "description": f"```\n{text}\n```", "color": colour(alarm)}
    # Nobody is mentioned, whatever a text of somebody else says.
    return in_json(target, {"embeds": [embed], "allowed_mentions": {"parse": []}})

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Microsoft Teams: an adaptive card for the workflow "when a webhook request is received".

https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
"""

from __future__ import annotations

from ..alarms import Alarm
from ..standing import CRITICAL, ERROR, WARNING
from .post import Post, Target, cut, in_json

_COLOURS = {CRITICAL: "attention", ERROR: "attention", WARNING: "warning"}

#: Characters of the text; a message may have 28 KB.
_LONGEST = 6000


def post(alarm: Alarm, target: Target) -> Post:
    """The request."""
    colour = "good" if alarm.is_over else _COLOURS.get(alarm.severity, "accent")
    title = {"type": "TextBlock", "text": _plain(alarm.title), "wrap": True, "weight": "Bolder", "color": colour}
    lines = [
        {"type": "TextBlock", "text": _plain(line), "wrap": True, "fontType": "Monospace", "spacing": "None"}
        for line in cut(alarm.text, _LONGEST).splitlines()
    ]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": [title, *lines],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return in_json(target, {"type": "message", "attachments": [attachment]})


def _plain(text: str) -> str:
    """Text without Markdown: a TextBlock would make links and emphasis of it."""
    return "".join(f"\\{char}" if char in "\\`*_[]" else char for char in text)

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever else there is: the user's own body, with `$words` in it.

A text is sent as such. Of a mapping or a list every text in it is filled in, and it is sent as JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Template
from typing import Any

from ..alarms import Alarm
from .post import Post, Target, bearer, in_json

_OF_THE_STANDING = ("outcome", "reason", "rule", "front")
_OF_THE_ALARM = ("event", "severity", "key", "title", "text")


def post(alarm: Alarm, target: Target) -> Post:
    """The request."""
    words = {name: str(getattr(alarm.about, name)) for name in _OF_THE_STANDING}
    words |= {name: str(getattr(alarm, name)) for name in _OF_THE_ALARM}
    words |= {"site": alarm.about.subject, "run": str(alarm.report.get("run", ""))}
    body = _filled(target.template, words)
    if not isinstance(body, str):
        return in_json(target, body)
    return Post(target.url, body.encode(), {"Content-Type": "text/plain; charset=utf-8", **bearer(target)})


def _filled(template: Any, words: Mapping[str, str]) -> Any:
    """The template with the words in the place of their names; a name that is not known stays as it is."""
    if isinstance(template, str):
        return Template(template).safe_substitute(words)
    if isinstance(template, Mapping):
        return {key: _filled(value, words) for key, value in template.items()}
    if isinstance(template, (list, tuple)):
        return [_filled(value, words) for value in template]
    return template

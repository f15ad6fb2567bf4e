# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The webhooks of a site, as `failover_notify` describes them; nothing of an entry is shown, as it is secret. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .. import _hints
from .._variables import Reader

#: What services understand; the package `_reports.formats` has one file for each.
FORMATS = ("alertmanager", "discord", "json", "ntfy", "pagerduty", "slack", "teams", "template")

_KEYS = ("url", "format", "token", "headers", "repeat_after", "template")

#: What a format cannot do without.
NEEDS = {"pagerduty": "token", "template": "template"}


def problems(entry: Any) -> list[str]:
    """What is wrong with one entry: a URL, or a mapping with one."""
    if isinstance(entry, str):
        return []
    if not isinstance(entry, Mapping):
        return ["is neither a URL nor a mapping with url and format"]
    found = [f"{key!s}: {_hints.unknown(key, _KEYS)}" for key in entry if key not in _KEYS]
    if not isinstance(entry.get("url"), str) or not entry["url"]:
        found.append("url: is missing, or is not text")
    reader = Reader({"format": entry.get("format"), "repeat_after": entry.get("repeat_after")})
    needed = NEEDS.get(reader.choice("format", FORMATS, "json"))
    reader.seconds("repeat_after", 0)
    if needed and not entry.get(needed):
        found.append(f"{needed}: is missing; the format {entry['format']} needs it")
    if not isinstance(entry.get("headers") or {}, Mapping):
        found.append("headers: is not a mapping")
    return found + reader.problems


def usable(entries: Sequence[Any]) -> list[Any]:
    """Those entries that are well described: the others must not keep them, and the reports, from being sent."""
    return [entry for entry in entries if not problems(entry)]

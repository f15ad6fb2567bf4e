# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Cloudflare keeps of a record beside its value: whether it is proxied, a comment, tags, settings. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..._zone.record_sets import Mixed

#: Every attribute, with what it is where a record does not name it.
DEFAULTS: Mapping[str, Any] = {"proxied": False, "comment": "", "tags": [], "settings": {}}


def common(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The attributes that the records of one set have in common, less those that say nothing."""
    found = {name: _in_common([_of(record, name) for record in records]) for name in DEFAULTS}
    return {name: value for name, value in found.items() if value != DEFAULTS[name]}


def merged(wanted: Mapping[str, Any], held: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of a set as they will be: what was declared, on top of what it has."""
    found = {name: _merged(name, given, held.get(name)) for name, given in wanted.items()}
    return {name: value for name, value in found.items() if value != DEFAULTS[name] or name in held}


def differs(name: str, record: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether a record must be changed for a field or attribute to be as wanted."""
    if name == "settings":
        held = record.get(name) or {}
        return any(held.get(key, False) != value for key, value in wanted[name].items())
    if name in DEFAULTS:
        return bool(_of(record, name) != _of(wanted, name))
    return bool(record.get(name) != wanted[name])


def _of(record: Mapping[str, Any], name: str) -> Any:
    """An attribute of a record, without what means nothing: settings that are off, the order of tags."""
    given = record.get(name) or DEFAULTS[name]
    match name:
        case "settings":
            return {key: value for key, value in given.items() if value}
        case "tags":
            return sorted(given, key=_tag)
    return given


def _in_common(values: Sequence[Any]) -> Any:
    """The value that all have, or `Mixed`; settings are compared one by one."""
    if all(value == values[0] for value in values):
        return values[0]
    if isinstance(values[0], dict):
        return {key: _in_common([value.get(key, False) for value in values]) for value in values for key in value}
    return Mixed(f"differs: {list(values)}")


def _merged(name: str, given: Any, held: Any) -> Any:
    """An attribute as it will be: settings are set one by one, tags have no order."""
    if name == "settings":
        base = held if isinstance(held, dict) else {}
        return {key: value for key, value in {**base, **given}.items() if value or key in base}
    if name == "tags":
        return held if isinstance(held, list) and set(map(_tag, held)) == set(map(_tag, given)) else given
    return given


def _tag(tag: str) -> str:
    """What two spellings of a tag have in common: letter case of its name is ignored, and its value may be missing."""
    name, _colon, value = tag.partition(":")
    return f"{name.lower()}:{value}"

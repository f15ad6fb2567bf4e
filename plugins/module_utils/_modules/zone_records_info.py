# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Between Ansible and what providers hold: options and results of the module zone_records_info."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NoReturn

from .. import _parallel
from .._deadline import Deadline
from .._errors import BadInput, ProviderError
from .._providers.base import Settings
from .._providers.registry import PROVIDERS
from .._zone import names as zone_names
from .._zone.plan import Held
from .._zone.reach import reached
from .._zone.record_sets import RecordSet, uniform
from . import options
from .module import checked, fail, make_module

#: Seconds for reading a zone.
_DEADLINE = 60.0

#: Past its own deadline, the seconds in which a provider's thread may say so itself.
_GRACE = 0.25


@dataclass(frozen=True)
class _Wanted:
    """Which record sets to return.

    names: canonical; None for all. follow: whether those to which they lead belong to them.
    """

    names: Collection[str] | None
    follow: bool

    def of(self, zone: str, sets: Collection[RecordSet]) -> list[RecordSet]:
        if self.names is None:
            return list(sets)
        names = reached(self.names, sets, zone) if self.follow else self.names
        return [one for one in sets if one.name in names]


def run() -> NoReturn:
    """The whole module zone_records_info."""
    zone: dict[str, Any] = {
        "zone": {"type": "str"},
        "names": {"type": "list", "elements": "str"},
        "follow": {"type": "bool", "default": False},
        "providers": options.PROVIDERS_LIST,
    }
    zones = {"type": "list", "elements": "dict", "options": {**zone, "zone": {"type": "str", "required": True}}}
    module = make_module(
        {**zone, "zones": zones, "deadline": {"type": "float", "default": _DEADLINE}},
        required_one_of=[("zone", "zones")],
        mutually_exclusive=[("zone", "zones")],
    )
    params = module.params

    def tasks() -> dict[tuple[str, str], tuple[Settings, _Wanted]]:
        return {
            (_zone(entry["zone"]), settings.name): (settings, _Wanted(_names(entry), entry["follow"]))
            for entry in params["zones"] or [params]
            for settings in options.settings(entry["providers"] or params["providers"], params["deadline"])
        }

    work = checked(module, tasks)
    module.no_log_values.update(secret for settings, _wanted in work.values() for secret in settings.secrets)
    done = _parallel.run(
        {key: partial(_read, key[0], settings, wanted) for key, (settings, wanted) in work.items()},
        lambda key: work[key][0].deadline + _GRACE,
    )
    late = ProviderError("deadline", "it did not answer in time")
    found: dict[str, dict[str, Any]] = {}
    for zone_name, provider in work:
        found.setdefault(zone_name, {})[provider] = done.get((zone_name, provider), _failure(late))
    result: dict[str, Any] = {"changed": False}
    if params["zones"]:
        result["zones"] = found
    else:
        result["providers"] = next(iter(found.values()))
    troubles = [
        f"{zone_name} at {provider}: {one['error']['kind']}: {one['error']['message']}"
        for zone_name, providers in found.items()
        for provider, one in providers.items()
        if one["error"]
    ]
    if troubles:
        raise fail(module, "\n".join(troubles), **result)
    module.exit_json(**result)
    raise SystemExit(0)


def _zone(text: str) -> str:
    try:
        return zone_names.zone_name(text)
    except ValueError as error:
        raise BadInput([f"zone: {error}"]) from None


def _names(entry: Mapping[str, Any]) -> Collection[str] | None:
    """The canonical names to return; None for all."""
    if entry["names"] is None:
        return None
    try:
        return {zone_names.written(name, _zone(entry["zone"])) for name in entry["names"]}
    except ValueError as error:
        raise BadInput([f"names: {error}"]) from None


def _read(zone: str, settings: Settings, choice: _Wanted) -> dict[str, Any]:
    provider = PROVIDERS[settings.type](zone, settings, Deadline(settings.deadline))
    try:
        if missing := provider.missing_credentials():
            raise missing
        held = provider.read()
    except ProviderError as error:
        return _failure(error)
    wanted = choice.of(zone, held.sets.values())
    return {
        "result": "ok",
        "records": [_entry(settings.name, one) for one in _sorted(wanted) if not _is_own(held, one)],
        "left_out": [
            {"name": one.name, "type": one.type, "reason": reason}
            for one in _sorted(wanted)
            if (reason := _is_own(held, one))
        ],
        "names": None if choice.names is None else sorted(choice.names),
        "minimum_ttl": held.minimum_ttl,
        "last_changed": [
            {"name": one.name, "type": one.type, "time": held.changed[one.key]}
            for one in _sorted(wanted)
            if held.changed.get(one.key)
        ],
        "error": None,
    }


def _failure(error: ProviderError) -> dict[str, Any]:
    return {
        "result": error.kind,
        "records": [],
        "left_out": [],
        "minimum_ttl": None,
        "last_changed": [],
        "error": error.as_result(),
    }


def _sorted(sets: Sequence[RecordSet]) -> list[RecordSet]:
    return sorted(sets, key=lambda record_set: (record_set.name != "@", record_set.name, record_set.type))


def _is_own(held: Held, record_set: RecordSet) -> str:
    """Why a set belongs to this provider alone; empty when it does not."""
    if record_set.key == ("@", "NS"):
        return "the apex NS set names the provider's own servers"
    if record_set.key in held.fixed:
        return "managed by another product of the provider"
    return ""


def _entry(provider: str, record_set: RecordSet) -> dict[str, Any]:
    """The set in the form in which users declare it."""
    entry: dict[str, Any] = {"name": record_set.name, "type": record_set.type}
    if record_set.ttl is not None:
        entry["ttl"] = record_set.ttl
    entry["values"] = sorted(value.text for value in record_set.values)
    attributes = {key: value for key, value in uniform(record_set.attributes).items() if value}
    return {**entry, "at": {provider: attributes}} if attributes else entry

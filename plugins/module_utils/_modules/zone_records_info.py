# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Between Ansible and what providers hold: options and results of the module zone_records_info."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .. import _parallel
from .._deadline import Deadline
from .._errors import BadInput, ProviderError
from .._providers import reach
from .._providers.base import Provider, Settings
from .._providers.registry import PROVIDERS
from .._providers.shared import Shared
from .._zone import names as zone_names
from .._zone.plan import Held
from .._zone.reach import reached
from .._zone.record_sets import RecordSet, uniform
from . import options
from .module import checked, fail, make_module

#: Seconds for reading a zone.
_DEADLINE = 60.0

#: Past its own deadline, the seconds in which a provider's thread may say so itself.
GRACE = 0.25

#: Types that lead visitors. Where a product of the provider manages such a set, nobody else can answer for its name. An
#: MX or TXT set that is managed, as that of a mail product, has values that every provider can serve.
_LEADING = ("A", "AAAA", "CNAME")


@dataclass(frozen=True)
class Read:
    """What to read of a zone at one provider.

    names: canonical; None for all. follow: whether those to which they lead belong to them. shared: with other zones of
    the account.
    """

    zone: str
    settings: Settings
    names: Collection[str] | None
    follow: bool
    shared: Shared | None = None

    def carry_out(self) -> dict[str, Any]:
        """The provider's part of the module's result."""
        return _read(self)

    def wanted(self, sets: Collection[RecordSet]) -> list[RecordSet]:
        """Those of the zone's sets that are to be returned."""
        if self.names is None:
            return list(sets)
        names = reached(self.names, sets, self.zone) if self.follow else self.names
        return [one for one in sets if one.name in names]


#: By zone and provider.
Reads = Mapping[tuple[str, str], Read]


def reads(entries: Sequence[Mapping[str, Any]], providers: Any, deadline: float) -> Reads:
    """What to read. providers: of entries that name none. deadline: seconds for one provider. Raises BadInput."""
    found = {}
    for entry in entries:
        zone, names = _zone(entry["zone"]), _names(entry)
        for settings in options.settings(entry["providers"] or providers, deadline):
            found[zone, settings.name] = Read(zone, settings, names, entry["follow"])
    return found


def secrets(work: Reads) -> list[str]:
    """All that no result may show."""
    return [secret for read in work.values() for secret in read.settings.secrets]


def by_zone(work: Reads, done: Mapping[tuple[str, str], dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What the providers hold, by zone; of those that were not done in time, that."""
    found: dict[str, dict[str, Any]] = {}
    for zone, provider in work:
        found.setdefault(zone, {})[provider] = done.get((zone, provider), late())
    return found


def late() -> dict[str, Any]:
    """Of a provider that was not done in time."""
    return failure(ProviderError("deadline", "it did not answer in time"))


def run() -> None:
    """The whole module zone_records_info."""
    zone: dict[str, Any] = {
        "zone": {"type": "str"},
        "names": {"type": "list", "elements": "str"},
        "follow": {"type": "bool", "default": False},
        "providers": options.PROVIDERS_LIST,
    }
    zones = {"type": "list", "elements": "dict", "options": {**zone, "zone": {"type": "str", "required": True}}}
    module = make_module(
        {
            **zone,
            "zones": zones,
            "deadline": {"type": "float", "default": _DEADLINE},
            "reach": {"type": "float", "default": 0.0},
        },
        required_one_of=[("zone", "zones")],
        mutually_exclusive=[("zone", "zones")],
    )
    params = module.params
    work = checked(module, lambda: reads(params["zones"] or [params], params["providers"], params["deadline"]))
    module.no_log_values.update(secrets(work))
    if params["reach"] and (unreached := _out_of_reach(params["zones"] or [params], params)):
        raise fail(module, "\n".join(unreached), changed=False)
    done = _parallel.run(
        {key: read.carry_out for key, read in work.items()}, lambda key: work[key].settings.deadline + GRACE
    )
    found = by_zone(work, done)
    result: dict[str, Any] = {"changed": False}
    if params["zones"]:
        result["zones"] = found
    else:
        result["providers"] = next(iter(found.values()))
    troubles = [
        f"{zone_name} at {provider}: {one['error']['kind']}: {one['error']['message']}"
        + (f" ({one['error']['hint']})" if one["error"]["hint"] else "")
        for zone_name, providers in found.items()
        for provider, one in providers.items()
        if one["error"]
    ]
    if troubles:
        raise fail(module, "\n".join(troubles), **result)
    module.exit_json(**result)


def _out_of_reach(entries: Sequence[Mapping[str, Any]], params: Mapping[str, Any]) -> list[str]:
    """The APIs of these zones that take no connection, each with what to look at."""
    providers = [one for entry in entries for one in entry["providers"] or params["providers"] or ()]
    places = [PROVIDERS[one["type"]].written_at(one) for one in providers]
    return reach.problems((one for one in places if "://" in one), params["reach"])


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


def _read(read: Read) -> dict[str, Any]:
    settings = read.settings
    try:
        provider = PROVIDERS[settings.type](read.zone, settings, Deadline(settings.deadline), read.shared)
        return described(read, provider, fetched(provider))
    except ProviderError as error:
        return failure(error)


def fetched(provider: Provider) -> Held:
    """What the provider holds. Raises ProviderError."""
    if missing := provider.missing_credentials():
        raise missing
    return provider.read()


def described(read: Read, provider: Provider, held: Held) -> dict[str, Any]:
    """The provider's part of the module's result."""
    wanted = read.wanted(held.sets.values())
    return {
        "result": "ok",
        "records": [_entry(read.settings.name, one) for one in _sorted(wanted) if not _is_own(held, one)],
        "left_out": [
            {"name": one.name, "type": one.type, "reason": reason}
            for one in _sorted(wanted)
            if (reason := _is_own(held, one))
        ],
        "names": None if read.names is None else sorted(read.names),
        "minimum_ttl": held.minimum_ttl,
        "last_changed": [
            {"name": one.name, "type": one.type, "time": held.changed[one.key]}
            for one in _sorted(wanted)
            if held.changed.get(one.key)
        ],
        "clock_ahead": provider.clock_ahead,
        "error": None,
    }


def failure(error: ProviderError) -> dict[str, Any]:
    """The result of a provider that could not be read."""
    return {
        "result": error.kind,
        "records": [],
        "left_out": [],
        "minimum_ttl": None,
        "last_changed": [],
        "clock_ahead": None,
        "error": error.as_result(),
    }


def _sorted(sets: Sequence[RecordSet]) -> list[RecordSet]:
    return sorted(sets, key=lambda record_set: (record_set.name != "@", record_set.name, record_set.type))


def _is_own(held: Held, record_set: RecordSet) -> str:
    """Why a set belongs to this provider alone; empty when it does not."""
    if record_set.key == ("@", "NS"):
        return "the apex NS set names the provider's own servers"
    if record_set.key in held.fixed or (record_set.type in _LEADING and held.is_fixed(record_set.key)):
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

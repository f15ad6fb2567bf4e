# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads declared entries: every problem of every entry at once, each with the entry and the field. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .. import _hints
from .._errors import BadInput
from . import character_strings, rdata, slips
from . import names as zone_names
from .rdata import Value
from .record_sets import MAX_TTL, Declared, Key, RecordSet

_FIELDS = ("name", "type", "ttl", "values", "at", "only", "state")


@dataclass(frozen=True)
class Context:
    """What entries are checked against.

    providers: every provider name that `at` and `only` may use, with the attributes that its `at` may hold.
    ttl: seconds for entries that name none; None keeps what exists.
    """

    zone: str
    providers: Mapping[str, frozenset[str]]
    ttl: int | None = None


def parse_declared(entries: Sequence[Any], context: Context) -> list[Declared]:
    """The declared entries as values. Raises BadInput with every problem of every entry at once."""
    declared, problems = read_declared(entries, context)
    if problems:
        raise BadInput(problems)
    return declared


def read_declared(entries: Sequence[Any], context: Context) -> tuple[list[Declared], list[str]]:
    """The entries that are in order, as values, and every problem of the others."""
    problems: list[str] = []
    declared: list[Declared] = []
    for index, entry in enumerate(entries):
        reader = _EntryReader(entry, f"records[{index}]", context)
        parsed = reader.read()
        if parsed is not None:
            declared.append(parsed)
        problems.extend(reader.problems)
    return declared, problems + _clashes(declared, context.providers)


def _clashes(declared: Sequence[Declared], providers: Iterable[str]) -> list[str]:
    problems = []
    count = Counter(entry.key for entry in declared)
    several = [entry for entry in declared if count[entry.key] > 1]
    for provider in providers:
        first: dict[Key, Declared] = {}
        for entry in several:
            if not entry.concerns(provider):
                continue
            other = first.setdefault(entry.key, entry)
            if other is not entry:
                problems.append(f"{entry.label}: {other.label} declares the same set; put all its values in one entry")
    return list(dict.fromkeys(problems))


class _EntryReader:
    """Reads one entry and gathers its problems, each with the entry's label and the field."""

    def __init__(self, entry: Any, label: str, context: Context) -> None:
        self.entry = entry
        self.label = label
        self.context = context
        self.problems: list[str] = []
        self.remarks: list[str] = []
        self.undotted: list[str] = []

    def problem(self, where: str, text: str) -> None:
        self.problems.append(f"{self.label}: {where}: {text}" if where else f"{self.label}: {text}")

    def read(self) -> Declared | None:
        if not isinstance(self.entry, Mapping):
            self.problem("", "is not a mapping with name, type and values")
            return None
        self.label = f"{self.label} ({self.entry.get('name', '?')} {self.entry.get('type', '?')})"
        self._refuse_unknown_fields()
        name, rdtype, absent, only = self._name(), self._type(), self._absent(), self._only()
        if name is None or rdtype is None:
            return None
        record_set = RecordSet(name, rdtype, self._common_ttl(), () if absent else self._common_values(rdtype))
        overrides = self._overrides(record_set)
        own = frozenset(provider for provider, over in self._at().items() if "values" in over and provider in overrides)
        if self.problems:
            return None
        remarks, undotted = (tuple(dict.fromkeys(found)) for found in (self.remarks, self.undotted))
        return Declared(self.label, record_set, absent, only, overrides, own, remarks, undotted)

    def _refuse_unknown_fields(self) -> None:
        for unknown in [key for key in self.entry if key not in _FIELDS]:
            if any(unknown in attributes for attributes in self.context.providers.values()):
                self.problem(str(unknown), f"belongs under `at`, for instance at: {{cloudflare: {{{unknown}: …}}}}")
            else:
                self.problem(str(unknown), _hints.unknown(unknown, _FIELDS))

    def _common_ttl(self) -> int | None:
        ttl = self.entry.get("ttl")
        return self.context.ttl if ttl is None else self._ttl(ttl, "ttl")

    def _common_values(self, rdtype: str) -> tuple[Value, ...]:
        """The values for every provider without values of its own; none are needed where `at` gives some."""
        has_own = any(over.get("values") for over in self._at().values())
        return self._values(self.entry.get("values"), rdtype, "values", required=not has_own)

    def _at(self) -> dict[str, Mapping[str, Any]]:
        """The mappings under `at` that are well formed, by provider."""
        given = self.entry.get("at") or {}
        mappings = given.items() if isinstance(given, Mapping) else ()
        return {name: over for name, over in mappings if isinstance(over, Mapping)}

    def _name(self) -> str | None:
        name = self.entry.get("name")
        if name is not None and not isinstance(name, str):
            self.problem("name", f"{name!r} is not text; put it in quotation marks")
            return None
        if not name or not name.strip():
            self.problem("name", "is missing; write `@` (quoted) for the apex")
            return None
        try:
            return zone_names.written(name, self.context.zone)
        except ValueError as error:
            self.problem("name", str(error))
            return None

    def _type(self) -> str | None:
        rdtype = self.entry.get("type")
        if not isinstance(rdtype, str) or not rdtype.strip():
            self.problem("type", "is missing")
            return None
        try:
            return rdata.type_name(rdtype.strip().upper())
        except ValueError as error:
            self.problem("type", str(error))
            return None

    def _absent(self) -> bool:
        state = self.entry.get("state", "present")
        if state not in ("present", "absent"):
            self.problem("state", f"is {state!r}; valid are present, absent")
        return bool(state == "absent")

    def _only(self) -> frozenset[str] | None:
        only = self.entry.get("only")
        if only is None:
            return None
        names = [only] if isinstance(only, str) else only
        if not isinstance(names, Sequence) or not all(isinstance(name, str) for name in names) or not names:
            self.problem("only", "is not a list of provider names")
            return None
        self._known_providers(names, "only")
        return frozenset(names)

    def _known_providers(self, names: Iterable[Any], where: str) -> None:
        for name in names:
            if name not in self.context.providers:
                known = ", ".join(sorted(self.context.providers))
                self.problem(where, f"unknown provider {name!r}; known are {known}")

    def _ttl(self, ttl: Any, where: str) -> int | None:
        try:
            if isinstance(ttl, (bool, float)):
                raise ValueError
            seconds = int(ttl)
        except (TypeError, ValueError):
            self.problem(where, f"{ttl!r} is not a whole number of seconds")
            return None
        if not 0 <= seconds <= MAX_TTL:
            self.problem(where, f"{seconds} is not between 0 and {MAX_TTL} seconds")
            return None
        return seconds

    def _values(self, given: Any, rdtype: str, where: str, required: bool) -> tuple[Value, ...]:
        texts = given if isinstance(given, (list, tuple)) else [] if given is None else [given]
        if not texts and required:
            self.problem(where, "is empty; to remove the set write `state: absent`")
        values: dict[bytes, Value] = {}
        for position, text in enumerate(texts):
            place = f"{where}[{position}]" if len(texts) > 1 else where
            value = self._value(text, rdtype, place)
            if value is not None and values.setdefault(value.key, value) is not value:
                self.problem(place, f"{value.text} is given twice")
        return tuple(values.values())

    def _value(self, text: Any, rdtype: str, place: str) -> Value | None:
        if isinstance(text, bool) or not isinstance(text, (str, int)):
            self.problem(place, f"{text!r} is not text; put it in quotation marks")
            return None
        try:
            value = rdata.parse(rdtype, str(text), self.context.zone)
        except ValueError as error:
            self.problem(place, str(error))
            return None
        if rdtype in rdata.TEXT_TYPES and (remark := character_strings.remark(str(text))):
            self.remarks.append(f"{self.label}: {place}: {remark}")
        if undotted := slips.undotted_target(rdtype, str(text)):
            self.undotted.append(undotted)
        return value

    def _overrides(self, record_set: RecordSet) -> dict[str, RecordSet]:
        given = self.entry.get("at") or {}
        if not isinstance(given, Mapping):
            self.problem("at", "is not a mapping of provider names")
            return {}
        self._known_providers(given, "at")
        return {
            name: self._override(name, over, record_set)
            for name, over in given.items()
            if name in self.context.providers
        }

    def _override(self, provider: str, over: Any, record_set: RecordSet) -> RecordSet:
        where = f"at.{provider}"
        if not isinstance(over, Mapping):
            self.problem(where, "is not a mapping")
            return record_set
        attributes = self.context.providers[provider]
        valid = sorted({"ttl", "values"} | attributes)
        for unknown in [key for key in over if key not in valid]:
            self.problem(f"{where}.{unknown}", _hints.unknown(unknown, valid))
        changed = replace(record_set, attributes={key: over[key] for key in over if key in attributes})
        if over.get("ttl") is not None:
            changed = replace(changed, ttl=self._ttl(over["ttl"], f"{where}.ttl"))
        if "values" in over:
            changed = replace(changed, values=self._values(over["values"], record_set.type, f"{where}.values", True))
        return changed

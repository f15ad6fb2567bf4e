# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any DNS host for which octoDNS has a provider: https://github.com/octodns/octodns#providers.

octoDNS promises little about a write: it may be several requests, of which some take effect. So the marker of a router
goes before the router itself, what the zone holds is read again right before a write and right after it, and nothing is
written where octoDNS would change anything else than was asked.
"""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, ClassVar

from ..._deadline import Deadline
from ..._dns import comparison
from ..._errors import BadInput, ProviderError
from ..._text import few
from ..._zone import character_strings, rdata, routers
from ..._zone.plan import Change, Held
from ..._zone.record_sets import DEFAULT_TTL, MAX_TTL, Key, RecordSet
from .. import self_hosted
from ..base import Kind, Provider, Settings, Write, common_settings
from ..entry_options import Option
from ..shared import Shared
from . import audit, fields
from .client import Client, load
from .entry import OCTODNS, TOKEN_ENV

_PATH = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")
_ARGUMENT = re.compile(r"[A-Za-z_]\w*")

#: An argument of this form is taken from the environment, as in octoDNS' own configuration.
_FROM_ENVIRONMENT = re.compile(r"env/([A-Za-z_]\w*)")

#: Names of arguments that hold secrets.
_SECRET = re.compile(
    r"(^|_)(token|secret|password|passwd|passphrase|credentials?)(_|$)|(api|access|secret|private|auth)_?key$", re.I
)


@dataclass(frozen=True)
class OctodnsSettings(Settings):
    """The entry of an octoDNS provider.

    path: of its class. options: its arguments as they were written. secret_options: the values of those that came from
    the environment, None where it has none, and of the token.
    """

    path: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    secret_options: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def secrets(self) -> tuple[str, ...]:
        return tuple(secret for secret in self.secret_options.values() if secret)

    @property
    def place(self) -> str:
        return f"{self.path} {json.dumps(self.options, sort_keys=True, default=str)}"

    @property
    def arguments(self) -> dict[str, Any]:
        """What the class is made with."""
        return {**deepcopy(dict(self.options)), **self.secret_options}


class Octodns(Provider):
    type: ClassVar[str] = OCTODNS.type
    title: ClassVar[str] = OCTODNS.title
    secret_env: ClassVar[tuple[str, ...]] = OCTODNS.secret_env
    max_ttl: ClassVar[int] = MAX_TTL
    record_types: ClassVar[frozenset[str]] = fields.TYPES
    requests_of_a_read: ClassVar[int] = 1
    atomic_type_change: ClassVar[bool] = False
    atomic_writes: ClassVar[bool] = False
    status_note: ClassVar[str] = (
        "octoDNS may write a router and its marker in several requests, without comparing; a run that ends between "
        "them leaves the router to the next run, and a change by hand looks the same."
    )
    options: ClassVar[Mapping[str, Option]] = OCTODNS.options
    settings: OctodnsSettings

    def __init__(self, zone: str, settings: OctodnsSettings, deadline: Deadline, shared: Shared | None = None) -> None:
        super().__init__(zone, settings, deadline, shared)
        self._client = Client(settings.path, settings.arguments, settings.secrets, deadline, self.count)

    @classmethod
    def read_settings(cls, entry: Mapping[str, Any], deadline: float) -> OctodnsSettings:
        path, options = str(entry.get("class") or ""), dict(entry.get("options") or {})
        token = str(entry.get("token") or os.environ.get(TOKEN_ENV, "")).strip()
        taker = str(entry.get("token_option") or "token")
        problems = [*_option_problems(options), *_entry_problems(entry, path, taker)]
        if token and taker in options:
            problems.append(f"options.{taker}: is given by `token` already")
        if problems:
            raise BadInput(problems)
        secret = {**_from_environment(options), **({taker: token} if token else {})}
        return OctodnsSettings(**common_settings(entry, deadline), path=path, options=options, secret_options=secret)

    @classmethod
    def written_at(cls, entry: Mapping[str, Any]) -> str:
        options = entry.get("options") or {}
        return str(options.get("host") or options.get("endpoint") or "")

    @classmethod
    def audit(cls, record_set: RecordSet) -> list[str]:
        return [*cls.audit_common(record_set), *audit.problems(record_set)]

    @classmethod
    def audit_at(cls, settings: Settings, record_set: RecordSet) -> list[str]:
        problems = cls.audit(record_set)
        # What cannot be loaded is reported when the provider is to work.
        if isinstance(settings, OctodnsSettings):
            with suppress(ProviderError):
                problems += _class_problems(load(settings.path), record_set)
        return problems

    @classmethod
    def of_entry(cls, entry: Mapping[str, Any]) -> Kind:
        """The same with the record types of its class, where that can be loaded."""
        try:
            types = getattr(load(str(entry.get("class") or "")), "SUPPORTS", None)
        except ProviderError:
            return cls
        known = cls.record_types & types if isinstance(types, (set, frozenset)) else cls.record_types
        return type(cls.__name__, (cls,), {"record_types": frozenset(known)})

    @classmethod
    def served_as(cls, record_set: RecordSet, at_name: Iterable[RecordSet] = ()) -> str:
        """Where a long text is cut depends on the provider."""
        is_long = any(len(value.wire) > character_strings.STRING_BYTES for value in record_set.values)
        return comparison.JOINED if record_set.type in rdata.TEXT_TYPES and is_long else comparison.EXACT

    def missing_credentials(self) -> ProviderError | None:
        missing = [name for name, value in self.settings.secret_options.items() if value is None]
        if missing:
            variables = few([str(self.settings.options[name]).removeprefix("env/") for name in missing])
            return ProviderError("unauthorized", f"{few(missing)}: not in the environment", hint=f"set {variables}")
        try:
            load(self.settings.path)
        except ProviderError as error:
            return error
        return None

    def fetch(self) -> Held:
        zone = self._client.call(self._populated)
        return self._held(zone)

    def _populated(self, provider: Any) -> Any:
        """octoDNS' zone with all that the provider holds. Raises ProviderError where there is no zone."""
        from octodns.zone import Zone

        zone = Zone(f"{self.zone}.", [])
        if provider.populate(zone, target=True, lenient=True) is False:
            message = f"{self.settings.path} knows no zone {self.zone}"
            raise ProviderError("not_found", message, hint="create the zone there, or check the provider's options")
        return zone

    def _held(self, zone: Any) -> Held:
        sets: dict[Key, RecordSet] = {}
        fixed = set()
        for record in zone.records:
            if record._type not in self.record_types:
                continue
            found = self._record_set(record)
            sets[found.key] = found
            if getattr(record, "dynamic", None) or getattr(record, "geo", None):
                fixed.add(found.key)
        return Held(sets, minimum_ttl=0, fixed=frozenset(fixed), facts={"zone": zone})

    def _record_set(self, record: Any) -> RecordSet:
        given = record.values if hasattr(record, "values") else [record.value]
        values = tuple(fields.from_data(record._type, getattr(one, "data", one), self.zone) for one in given)
        return RecordSet(record.name or "@", record._type, record.ttl, values)

    def adapt(self, wanted: RecordSet, held: RecordSet | None) -> RecordSet:
        if problems := _class_problems(load(self.settings.path), wanted):
            raise ProviderError("rejected", f"{wanted.name} {wanted.type}: {problems[0]}")
        return wanted

    def writes(self, changes: Sequence[Change], held: Held) -> list[OctodnsWrite]:
        """The markers before the routers: a run that ends between them has left its intent, for the next one."""
        markers = [change for change in changes if routers.router_of(change.key[0])]
        others = [change for change in changes if change not in markers]
        return [OctodnsWrite(tuple(some), held.facts["zone"]) for some in (markers, others) if some]

    def send(self, write: Write) -> None:
        if not isinstance(write, OctodnsWrite):
            raise TypeError("a write of another provider")
        plan = self._client.call(lambda provider: self._plan(provider, write))

        def apply(provider: Any) -> None:
            if self.deadline.passed():
                raise ProviderError("deadline", "no time was left to write", nothing_applied=True)
            provider.apply(plan)

        self._client.call(apply, writes=True)
        self._refuse_what_is_missing(self.fetch(), write)

    def _plan(self, provider: Any, write: OctodnsWrite) -> Any:
        """octoDNS' plan, which must be the changes and nothing else. Raises ProviderError."""
        plan = provider.plan(_changed(write))
        found = {_key(one.record): one for one in (plan.changes if plan else ())}
        wanted = {change.key: change for change in write.changes}
        odd = [key for key, one in found.items() if key not in wanted or self._differs(one, wanted[key])]
        if odd:
            why = "the zone has changed since it was read, or octoDNS would change more than what was asked for"
            raise ProviderError(
                "conflict", f"{why}: {few(list(map(' '.join, odd)))}", passing=True, nothing_applied=True
            )
        if missing := [" ".join(key) for key in wanted if key not in found]:
            message = f"octoDNS would not change what cannot be expressed at this provider: {few(missing)}"
            raise ProviderError("rejected", message, nothing_applied=True)
        return plan

    def _differs(self, planned: Any, change: Change) -> bool:
        """Whether octoDNS would change something else than what was read."""
        before = self._record_set(planned.existing) if planned.existing else None
        return _meaning(before) != _meaning(change.before) or bool(planned.new) != bool(change.after)

    def _refuse_what_is_missing(self, held: Held, write: Write) -> None:
        """Raise ProviderError where the provider does not hold what it was given."""
        missing = [
            " ".join(change.key)
            for change in write.changes
            if _meaning(held.sets.get(change.key)) != _meaning(change.after)
        ]
        if missing:
            raise ProviderError(
                "rejected",
                f"octoDNS reported success, but the provider holds something else: {few(missing)}",
                hint="it may take a while there, or refuse the data in silence",
                passing=True,
            )

    def by_hand(self, sets: Sequence[RecordSet], held: Held | None = None) -> list[str]:
        script = "; ".join(self._script(sets))
        return [f"python3 -c {shlex.quote(script)}"]

    @property
    def hand_variables(self) -> tuple[str, ...]:
        return tuple(self._variables().values()) or super().hand_variables

    def _variables(self) -> dict[str, str]:
        """The environment variable of each secret argument: as its entry names it, else the one of the token."""
        (token,) = super().hand_variables
        written = {option: str(self.settings.options.get(option, "")) for option in self.settings.secret_options}
        return {option: name.removeprefix("env/") or token for option, name in written.items()}

    def _script(self, sets: Sequence[RecordSet]) -> Iterator[str]:
        """Statements of Python that write the sets by octoDNS alone."""
        module, _dot, name = self.settings.path.rpartition(".")
        variables = self._variables()
        arguments = [
            f"{option}={value!r}" for option, value in self.settings.options.items() if option not in variables
        ]
        arguments += [f"{option}=os.environ[{variable!r}]" for option, variable in variables.items()]
        yield "import os, octodns.record, octodns.zone"
        yield f"from {module} import {name}"
        given = ", ".join(["'by-hand'", *arguments])
        yield f"provider = {name}({given})"
        yield f"zone = octodns.zone.Zone({f'{self.zone}.'!r}, [])"
        yield "provider.populate(zone, target=True, lenient=True)"
        yield "there = {(one.name, one._type): one for one in zone.records}"
        yield "desired = zone.copy()"
        for one in sets:
            key = (_relative(one.name), one.type)
            if one.values:
                data = _data(one if one.ttl is not None else one.with_ttl(DEFAULT_TTL))
                yield (
                    f"desired.add_record(octodns.record.Record.new(desired, {key[0]!r}, {data!r}, lenient=True), "
                    "replace=True, lenient=True)"
                )
            else:
                yield f"{key!r} in there and desired.remove_record(there[{key!r}])"
        yield "plan = provider.plan(desired)"
        yield "print(plan and plan.changes)"
        yield "plan and provider.apply(plan)"

    def own_servers(self, held: Held) -> Sequence[str]:
        return self_hosted.own_servers(self.settings.nameservers, held)


@dataclass(frozen=True)
class OctodnsWrite(Write):
    """Changes of a zone. zone: octoDNS', as it was read."""

    zone: Any


def _entry_problems(entry: Mapping[str, Any], path: str, taker: str) -> Iterator[str]:
    if not _PATH.fullmatch(path):
        yield "class: is needed: the dotted path of octoDNS' class, such as octodns_bind.Rfc2136Provider"
    if not _ARGUMENT.fullmatch(taker):
        yield f"token_option: {taker!r} is not the name of an argument"
    if not entry.get("nameservers"):
        yield "nameservers: are needed, as the servers of this type have no names in common"


def _option_problems(options: Mapping[str, Any]) -> Iterator[str]:
    for name, value in options.items():
        if not _ARGUMENT.fullmatch(str(name)) or name == "id":
            yield f"options.{name}: is not the name of an argument"
        elif _SECRET.search(str(name)) and not _FROM_ENVIRONMENT.fullmatch(str(value)):
            yield (
                f"options.{name}: is a secret by its name; give it as `token`, with `token_option: {name}`, or write "
                "env/NAME with the environment variable that holds it"
            )


def _from_environment(options: Mapping[str, Any]) -> dict[str, str | None]:
    """The arguments that are written as a variable of the environment, with its value; None where it has none."""
    found = {name: _FROM_ENVIRONMENT.fullmatch(str(value)) for name, value in options.items()}
    return {name: os.environ.get(match[1]) for name, match in found.items() if match}


def _class_problems(kind: Any, record_set: RecordSet) -> list[str]:
    """What a class of octoDNS cannot hold beyond what all cannot."""
    types = getattr(kind, "SUPPORTS", None)
    name = f"{kind.__module__}.{kind.__qualname__}"
    if isinstance(types, (set, frozenset)) and record_set.type not in types:
        return [f"type: {record_set.type} is not supported by {name}"]
    if record_set.key == ("@", "NS") and getattr(kind, "SUPPORTS_ROOT_NS", True) is False:
        return [f"type: NS at the apex is not supported by {name}"]
    if record_set.type == "PTR" and len(record_set.values) > 1 and not getattr(kind, "SUPPORTS_MULTIVALUE_PTR", True):
        return [f"values: several PTR values are not supported by {name}"]
    return []


def _relative(name: str) -> str:
    """A name as octoDNS has it."""
    return "" if name == "@" else name


def _key(record: Any) -> Key:
    return record.name or "@", record._type


def _record(zone: Any, key: Key) -> Any:
    return next((one for one in zone.records if _key(one) == key), None)


def _data(record_set: RecordSet) -> dict[str, Any]:
    """A set as octoDNS takes it."""
    values = [fields.to_data(record_set.type, value) for value in record_set.values]
    named = {"value": values[0]} if record_set.type in fields.SINGLE else {"values": values}
    return {"type": record_set.type, "ttl": record_set.ttl, **named}


def _changed(write: OctodnsWrite) -> Any:
    """octoDNS' zone as it is to be."""
    desired = write.zone.copy()
    for change in write.changes:
        before = _record(write.zone, change.key)
        if change.after is None:
            desired.remove_record(before)
        else:
            desired.add_record(_new_record(desired, change.after, before), replace=True, lenient=True)
    return desired


def _new_record(zone: Any, record_set: RecordSet, before: Any) -> Any:
    """The set as octoDNS' record, with what the provider keeps beside the values of the one before."""
    from octodns.record import Record

    data = _data(record_set)
    if beside := getattr(before, "octodns", None):
        data["octodns"] = deepcopy(beside)
    return Record.new(zone, _relative(record_set.name), data, lenient=True)


def _meaning(record_set: RecordSet | None) -> tuple[int | None, frozenset[bytes]] | None:
    return None if record_set is None else (record_set.ttl, frozenset(value.key for value in record_set.values))

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any DNS host for which octoDNS has a provider: https://github.com/octodns/octodns#providers.

octoDNS promises little about a write: it may be several requests, of which some take effect. So the marker of a router
goes before the router itself, what the zone holds is read again right before a write and right after it, and nothing is
written where octoDNS would change anything else than was asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar

from ..._deadline import Deadline
from ..._dns import comparison
from ..._errors import ProviderError
from ..._text import few
from ..._zone import character_strings, rdata, routers
from ..._zone.plan import Change, Held
from ..._zone.record_sets import MAX_TTL, Key, RecordSet
from .. import self_hosted
from ..base import Kind, Provider, Settings, Write
from ..entry_options import Option
from ..shared import Shared
from . import audit, by_hand, fields, records
from .client import Client, load
from .entry import OCTODNS
from .settings import OctodnsSettings, read


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
        return read(entry, deadline)

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
                problems += audit.of_class(load(settings.path), record_set)
        return problems

    @classmethod
    def of_entry(cls, entry: Mapping[str, Any]) -> Kind:
        """This class with the record types of octoDNS' own, where that can be loaded."""
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
            found = records.record_set(record, self.zone)
            sets[found.key] = found
            if getattr(record, "dynamic", None) or getattr(record, "geo", None):
                fixed.add(found.key)
        return Held(sets, minimum_ttl=0, fixed=frozenset(fixed), facts={"zone": zone})

    def adapt(self, wanted: RecordSet, held: RecordSet | None) -> RecordSet:
        if problems := audit.of_class(load(self.settings.path), wanted):
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
        plan = provider.plan(records.changed(write.zone, write.changes))
        found = {records.key(one.record): one for one in (plan.changes if plan else ())}
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
        before = records.record_set(planned.existing, self.zone) if planned.existing else None
        return records.meaning(before) != records.meaning(change.before) or bool(planned.new) != bool(change.after)

    def _refuse_what_is_missing(self, held: Held, write: Write) -> None:
        """Raise ProviderError where the provider does not hold what it was given."""
        missing = [
            " ".join(change.key)
            for change in write.changes
            if records.meaning(held.sets.get(change.key)) != records.meaning(change.after)
        ]
        if missing:
            raise ProviderError(
                "rejected",
                f"octoDNS reported success, but the provider holds something else: {few(missing)}",
                hint="it may take a while there, or refuse the data in silence",
                passing=True,
            )

    def by_hand(self, sets: Sequence[RecordSet], held: Held | None = None) -> list[str]:
        return [by_hand.command(self.zone, self.settings, self._token_variable, sets)]

    @property
    def hand_variables(self) -> tuple[str, ...]:
        return tuple(by_hand.variables(self.settings, self._token_variable).values()) or super().hand_variables

    @property
    def _token_variable(self) -> str:
        (variable,) = super().hand_variables
        return variable

    def own_servers(self, held: Held) -> Sequence[str]:
        return self_hosted.own_servers(self.settings.nameservers, held)


@dataclass(frozen=True)
class OctodnsWrite(Write):
    """Changes of a zone. zone: octoDNS', as it was read."""

    zone: Any

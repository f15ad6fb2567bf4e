# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A zone taken from one of its providers: what is read and asked for it, and what is made of that."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from .. import _parallel
from .._engine.job import Network
from .._errors import BadInput
from .._providers.base import Settings
from .._providers.shared import Accounts
from .._sync import mirror
from .._sync.data import Answer, Entry, Held, Mirrored
from .._zone import names
from . import served_info, zone_records_info
from .zone_records_info import Read

#: Seconds for reading the other providers: without them, copies are recognised by the proxies' published networks.
_OTHERS = 20.0

_ADDRESSES = ("A", "AAAA")


@dataclass(frozen=True)
class Origin:
    """A zone and the provider that it is taken from.

    entries: of all providers. kinds: their types by name. accounts: what the zone shares with others of the run.
    """

    zone: str
    source: str
    entries: Sequence[Settings]
    kinds: Mapping[str, type[mirror.Kind]]
    network: Network
    accounts: Accounts

    def taken(self) -> Mirrored:
        """The records of the zone as the provider holds them, for all its providers. Raises BadInput."""
        found = self._read()
        held = found.pop(self.source, zone_records_info.late())
        if error := held["error"]:
            raise BadInput([f"{self.zone} at {self.source}: {error['kind']}: {error['message']}"])
        is_alias = ("@", "CNAME") in [(one["name"], one["type"]) for one in held["records"]]
        suspects = {one["name"] for name, other in found.items() for one in _proxied_at(name, cast("Held", other))}
        return translated(
            cast("Held", held),
            self.zone,
            self.source,
            self.kinds,
            self._asked(True, ["@"] if is_alias else []),
            cast("dict[str, Held]", found),
            self._asked(False, sorted(suspects)),
        )

    def _read(self) -> dict[str, dict[str, Any]]:
        """What every provider holds that answers in time, by its name."""
        reads = {entry.name: self._to_read(entry) for entry in self.entries}
        return _parallel.run(
            {name: one.carry_out for name, one in reads.items()},
            lambda name: reads[name].settings.deadline + zone_records_info.GRACE,
        )

    def _to_read(self, entry: Settings) -> Read:
        shared = self.accounts.of(entry)
        if entry.name != self.source:
            entry = replace(entry, deadline=min(entry.deadline, _OTHERS))
        return Read(self.zone, entry, None, False, shared)

    def _asked(self, source: bool, relative: Sequence[str]) -> list[Answer]:
        """What the servers of the source, or of all others, answer for A and AAAA of these names."""
        if not relative:
            return []
        entries = [entry for entry in self.entries if (entry.name == self.source) == source]
        questions = [(names.owner(name, self.zone), rdtype) for name in relative for rdtype in _ADDRESSES]
        return cast("list[Answer]", served_info.asked(self.zone, entries, questions, self.network))


def translated(
    read: Held,
    zone: str,
    source: str,
    kinds: Mapping[str, type[mirror.Kind]],
    answers: Sequence[Answer],
    others: Mapping[str, Held],
    proxied: Sequence[Answer],
) -> Mirrored:
    """What to declare for all providers, and notes on what is translated or left out. Raises BadInput.

    read: what zone_records_info returned for the source. kinds: of all providers by name. answers: of the source's name
    servers for A and AAAA of the apex. others: what was read of the others, as far as they answered. proxied: what the
    others' name servers answer for A and AAAA of names that they may proxy.
    """
    apex: dict[str, Sequence[str]] = {}
    for answer in answers:
        if answer["values"]:
            apex.setdefault(answer["type"], answer["values"])
    theirs = [entry for name, other in others.items() for entry in _proxied_at(name, other)]
    known = mirror.Elsewhere(theirs, _by_name(proxied, zone, {entry["name"] for entry in theirs}))
    try:
        return mirror.mirrored(zone, source, read, kinds, apex, known)
    except BadInput as error:
        raise BadInput([f"{zone} cannot be taken from {source}:", *error.problems]) from None


def _proxied_at(name: str, other: Held) -> list[Entry]:
    """The entries that a provider proxies. other: what zone_records_info returned for it."""
    return [entry for entry in other["records"] if entry.get("at", {}).get(name, {}).get("proxied")]


def _by_name(answers: Sequence[Answer], zone: str, wanted: Collection[str]) -> dict[str, frozenset[str]]:
    """The addresses that were answered for the wanted names, by relative name."""
    found: dict[str, frozenset[str]] = {}
    for answer in answers:
        name = names.relative(f"{answer['name'].rstrip('.')}.", zone)
        if name in wanted:
            found[name] = found.get(name, frozenset()) | frozenset(answer["values"])
    return found

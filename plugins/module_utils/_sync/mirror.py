# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One provider's zone as records for all; what cannot exist elsewhere is translated or left out, with a note. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from .._dns import comparison
from .._errors import BadInput
from .._zone import entries as zone_entries
from .._zone.entries import Context
from .._zone.origins import ADDRESS_TYPES
from .._zone.proxy import all_within
from .._zone.record_sets import Declared, RecordSet
from .data import Entry, Held, Mirrored

#: The keys of the source's own signer; another provider has its own.
_KEY_TYPES = ("DNSKEY", "CDS", "CDNSKEY")

#: TTL in seconds of addresses that stand for an alias whose own TTL is not known.
_ADDRESSES_TTL = 300


class Kind(Protocol):
    """What must be known of a type of provider."""

    attributes: ClassVar[frozenset[str]]
    special_ttls: ClassVar[Mapping[int, int]]
    proxy_networks: ClassVar[tuple[str, ...]]

    @classmethod
    def audit(cls, record_set: RecordSet) -> list[str]:
        """Why this provider cannot hold the set."""

    @classmethod
    def served_as(cls, record_set: RecordSet, at_name: Iterable[RecordSet] = ()) -> str:
        """How its servers answer a set that it holds."""


@dataclass(frozen=True)
class Elsewhere:
    """What is known of the other providers.

    proxied: the entries that one of them proxies, as its API shows them. answers: what its servers answer for their
    names: addresses by canonical name.
    """

    proxied: Sequence[Entry] = ()
    answers: Mapping[str, frozenset[str]] = field(default_factory=dict)


def mirrored(
    zone: str,
    source: str,
    read: Held,
    kinds: Mapping[str, type[Kind]],
    apex: Mapping[str, Sequence[str]],
    elsewhere: Elsewhere = Elsewhere(),
) -> Mirrored:
    """The records to declare, and `notes` on what is translated or left out.

    read: what zone_records_info returned for the source. kinds: the types of all providers, the source's included, by
    their names. apex: the addresses by type that the source's servers answer for the apex, for an apex CNAME.
    Raises BadInput with every set that cannot be translated.
    """
    made = _Mirror(zone, source, kinds, apex, elsewhere)
    for entry in read["records"]:
        made.add(entry)
    if made.problems:
        raise BadInput(made.problems)
    left_out = [f"{one['name']} {one['type']}: left out: {one['reason']}" for one in read["left_out"]]
    return Mirrored(records=made.records, notes=left_out + made.notes)


class _Mirror:
    def __init__(
        self,
        zone: str,
        source: str,
        kinds: Mapping[str, type[Kind]],
        apex: Mapping[str, Sequence[str]],
        elsewhere: Elsewhere,
    ) -> None:
        self.source = source
        self.kinds = kinds
        self.targets = [name for name in kinds if name != source]
        self.apex = apex
        self.elsewhere = elsewhere
        self.context = Context(zone, {name: kind.attributes for name, kind in kinds.items()})
        self.records: list[Entry] = []
        self.notes: list[str] = []
        self.problems: list[str] = []
        self.replaced: set[str] = set()

    def add(self, entry: Entry) -> None:
        """Add what stands for a set of the source."""
        label = f"{entry['name']} {entry['type']}"
        try:
            (declared,) = zone_entries.parse_declared([entry], self.context)
        except BadInput as error:
            # Stays as it is where it stands: prune leaves what it cannot read.
            self.notes += [f"{label}: left out: {problem.partition(': ')[2]}" for problem in error.problems]
            return
        proxied = declared.at(self.source).attributes.get("proxied")
        if entry["name"] == "@" and entry["type"] in _KEY_TYPES:
            self._only_at_the_source(entry, f"the keys of {self.source}'s own signer")
        elif entry["name"] == "@" and entry["type"] == "CNAME" and not proxied:
            self._add_apex_cname(entry)
        elif self._is_copy(declared):
            self._add_what_is_proxied(entry)
        else:
            # What others publish for a proxied set is not its own values.
            self._add_where_it_can_be(entry, declared, [] if proxied else self.targets)

    def _only_at_the_source(self, entry: Entry, reason: str) -> None:
        if self.targets:
            self.notes.append(f"{entry['name']} {entry['type']}: left out elsewhere: {reason}")
        self.records.append({**entry, "only": [self.source]} if self.targets else entry)

    def _add_apex_cname(self, entry: Entry) -> None:
        """An apex CNAME exists only at the source; elsewhere the addresses that it leads to stand for it."""
        if self.targets and not any(self.apex.values()):
            self.problems.append(f"@ CNAME: the servers of {self.source} answer no address that could stand for it")
            return
        self._only_at_the_source(entry, "it becomes the addresses that it leads to")
        seconds = entry.get("ttl", _ADDRESSES_TTL)
        ttl = self.kinds[self.source].special_ttls.get(seconds, seconds)
        self.records += [
            {"name": "@", "type": rdtype, "ttl": ttl, "values": list(texts), "only": self.targets}
            for rdtype, texts in self.apex.items()
            if texts and self.targets
        ]

    def _is_copy(self, declared: Declared) -> bool:
        """Whether a set holds the addresses of another provider's proxies."""
        # A source that proxies shows what is proxied itself.
        if declared.key[1] not in ADDRESS_TYPES or self.kinds[self.source].proxy_networks:
            return False
        addresses = {value.text for value in declared.record_set.values}
        networks = [network for name in self.targets for network in self.kinds[name].proxy_networks]
        return addresses <= self.elsewhere.answers.get(declared.key[0], frozenset()) or all_within(addresses, networks)

    def _add_what_is_proxied(self, entry: Entry) -> None:
        """Add what the other provider proxies in place of a copy of its addresses, if that is known."""
        name = entry["name"]
        label = f"{name} {entry['type']}"
        originals = [one for one in self.elsewhere.proxied if one["name"] == name]
        if not originals:
            self.notes.append(
                f"{label}: left out: it is a copy of a proxy's addresses; declare what lies behind the proxy, with "
                "`proxied: true` under `at`, or import from the provider that proxies it"
            )
        elif name not in self.replaced:
            self.replaced.add(name)
            self.notes.append(f"{label}: a copy of a proxy's addresses; written as it is proxied there")
            self.records += originals

    def _add_where_it_can_be(self, entry: Entry, declared: Declared, publishing: Sequence[str]) -> None:
        label = f"{entry['name']} {entry['type']}"
        if "ttl" not in entry:
            self.notes.append(f"{label}: its records differ in their TTL, so none is named here; name one for all")
        if self.targets and self.kinds[self.source].served_as(declared.at(self.source)) == comparison.SUBSET:
            self.notes.append(f"{label}: the servers of {self.source} answer more for it than its API shows")
        unable = {name: why for name in publishing if (why := self.kinds[name].audit(declared.at(name)))}
        self.notes += [f"{label}: left out at {name}: {'; '.join(why)}" for name, why in unable.items()]
        able = [name for name in self.targets if name not in unable]
        only = {"only": [self.source, *able]} if unable else {}
        self.records.append({**entry, **only, **self._with_seconds(entry, able)})

    def _with_seconds(self, entry: Entry, able: Sequence[str]) -> Entry:
        """An automatic TTL as the seconds that it stands for, where that is not known."""
        ttl = entry.get("ttl")
        seconds = self.kinds[self.source].special_ttls.get(ttl) if ttl is not None else None
        plain = [name for name in able if ttl not in self.kinds[name].special_ttls]
        if seconds is None or not plain:
            return {}
        return {"at": {**entry.get("at", {}), **{name: {"ttl": seconds} for name in plain}}}

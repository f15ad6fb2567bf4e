# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One provider's zone as what all shall hold; what cannot exist elsewhere is translated or left out, and said. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._dns import comparison
from .._errors import BadInput
from .._providers.base import Provider
from .._providers.registry import PROVIDERS
from .._zone import entries as zone_entries
from .._zone.entries import Context
from .._zone.record_sets import Declared

#: The keys of the source's own signer; another provider has its own.
_KEY_TYPES = ("DNSKEY", "CDS", "CDNSKEY")

#: The seconds for which Cloudflare's "automatic" TTL stands.
_AUTOMATIC_SECONDS = 300

Entry = Mapping[str, Any]


def mirrored(
    zone: str,
    source: str,
    read: Mapping[str, Any],
    providers: Sequence[Mapping[str, Any]],
    apex: Mapping[str, Sequence[str]],
) -> dict[str, list[Any]]:
    """The records to declare, and `notes` on what is translated or left out.

    read: what zone_records_info returned for the source. providers: all entries, the source's included.
    apex: the addresses by type that the source's servers answer for the apex, for an apex CNAME.
    Raises BadInput with every set that cannot be declared.
    """
    types = {entry["name"]: PROVIDERS[entry["type"]] for entry in providers}
    made = _Mirror(zone, source, types, apex)
    for entry in read["records"]:
        made.add(entry)
    if made.problems:
        raise BadInput(made.problems)
    left_out = [f"{one['name']} {one['type']}: left out: {one['reason']}" for one in read["left_out"]]
    return {"records": made.records, "notes": left_out + made.notes}


class _Mirror:
    def __init__(
        self, zone: str, source: str, types: Mapping[str, type[Provider]], apex: Mapping[str, Sequence[str]]
    ) -> None:
        self.source = source
        self.types = types
        self.targets = [name for name in types if name != source]
        self.apex = apex
        self.context = Context(zone, {name: provider.attributes for name, provider in types.items()})
        self.records: list[Entry] = []
        self.notes: list[str] = []
        self.problems: list[str] = []

    def add(self, entry: Entry) -> None:
        """Add what stands for a set of the source."""
        label = f"{entry['name']} {entry['type']}"
        try:
            (declared,) = zone_entries.parse_declared([entry], self.context)
        except BadInput as error:
            self.problems += [f"{label}: {problem.partition(': ')[2]}" for problem in error.problems]
            return
        proxied = declared.at(self.source).attributes.get("proxied")
        if entry["name"] == "@" and entry["type"] in _KEY_TYPES:
            self._only_at_the_source(entry, f"the keys of {self.source}'s own signer")
        elif entry["name"] == "@" and entry["type"] == "CNAME" and not proxied:
            self._add_apex_cname(entry)
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
        seconds = entry.get("ttl")
        ttl = _AUTOMATIC_SECONDS if seconds in (None, *self.types[self.source].special_ttls) else seconds
        self.records += [
            {"name": "@", "type": rdtype, "ttl": ttl, "values": list(texts), "only": self.targets}
            for rdtype, texts in self.apex.items()
            if texts and self.targets
        ]

    def _add_where_it_can_be(self, entry: Entry, declared: Declared, publishing: Sequence[str]) -> None:
        label = f"{entry['name']} {entry['type']}"
        if "ttl" not in entry:
            self.notes.append(f"{label}: its records differ in their TTL, so none is named here; name one for all")
        unable = {name: why for name in publishing if (why := self.types[name].audit(declared.at(name)))}
        self.notes += [f"{label}: left out at {name}: {'; '.join(why)}" for name, why in unable.items()]
        if self.targets and self.types[self.source].served_as(declared.at(self.source)) == comparison.SUBSET:
            self.notes.append(f"{label}: the servers of {self.source} answer more for it than its API shows")
        able = [name for name in self.targets if name not in unable]
        found = {**entry, "only": [self.source, *able]} if unable else dict(entry)
        # An automatic TTL becomes the seconds that it stands for where that is not known.
        plain = [name for name in able if entry.get("ttl") not in self.types[name].special_ttls]
        if entry.get("ttl") in self.types[self.source].special_ttls and plain:
            found["at"] = {**entry.get("at", {}), **{name: {"ttl": _AUTOMATIC_SECONDS} for name in plain}}
        self.records.append(found)

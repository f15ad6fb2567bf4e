# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Record sets as values: what a user declares, what a provider holds, and what will stand at one provider. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .rdata import Value

#: The key of a record set within its zone: canonical relative name and type.
Key = tuple[str, str]

#: TTL in seconds of a new record set for which nobody named one; deSEC's default minimum.
DEFAULT_TTL = 3600

MAX_TTL = 2**31 - 1  # RFC 2181 section 8


class Mixed(str):
    """Stands for an attribute, or a part of one, in which a provider's records of one set differ."""


def uniform(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes without those, and without those parts, in which the records of the set differ."""
    return {
        name: uniform(value) if isinstance(value, Mapping) else value
        for name, value in attributes.items()
        if not isinstance(value, Mixed)
    }


@dataclass(frozen=True)
class RecordSet:
    """All records of one name and type.

    ttl: seconds; None when nothing is declared, or when the records of a provider differ in it.
    attributes: what only this provider knows, such as `proxied`; for a declared set only what was declared.
    """

    name: str
    type: str
    ttl: int | None
    values: tuple[Value, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> Key:
        return self.name, self.type

    def with_ttl(self, ttl: int | None) -> RecordSet:
        return replace(self, ttl=ttl)

    def as_entry(self) -> dict[str, Any]:
        """The set in the form in which users declare it, values sorted, for results and diffs."""
        return {"ttl": self.ttl, "values": sorted(value.text for value in self.values), **self.attributes}


@dataclass(frozen=True)
class Declared:
    """One declared entry, checked.

    overrides: what differs at one provider, by the provider's name. own_values: the providers for which `at` gives
    values; they publish these, whatever another provider proxies. remarks: what to say about values that were taken.
    undotted: targets as they were written that look absolute and lack the trailing dot.
    """

    label: str
    record_set: RecordSet
    absent: bool = False
    only: frozenset[str] | None = None
    overrides: Mapping[str, RecordSet] = field(default_factory=dict)
    own_values: frozenset[str] = frozenset()
    remarks: tuple[str, ...] = ()
    undotted: tuple[str, ...] = ()

    @property
    def key(self) -> Key:
        return self.record_set.key

    def concerns(self, provider: str) -> bool:
        return self.only is None or provider in self.only

    def at(self, provider: str) -> RecordSet:
        """The set that will stand at the provider."""
        return self.overrides.get(provider, self.record_set)

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies behind a name: the addresses at the ends of its CNAME chains, through wildcards too. Pure.

A target that is itself proxied hides no origin, so only the ends of a chain count, not what its links resolve to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

from . import names as zone_names
from .record_sets import RecordSet

ADDRESS_TYPES = ("A", "AAAA")


@dataclass(frozen=True)
class Ends:
    """Where the chains of a name end.

    addresses: those of address sets in the zone. elsewhere: absolute names that the zone does not lead to an address;
    what they resolve to must be asked.
    """

    addresses: frozenset[str]
    elsewhere: frozenset[str]


class Contents:
    """Record sets of one zone by name. More than one set of a key is fine: what stands, and what will stand."""

    def __init__(self, zone: str, sets: Iterable[RecordSet]) -> None:
        self.zone = zone
        self._by_name: dict[str, list[RecordSet]] = {}
        for record_set in sets:
            self._by_name.setdefault(record_set.name, []).append(record_set)
        self._existing = {above for name in self._by_name for above in _with_ancestors(name)}

    def at(self, name: str) -> Sequence[RecordSet]:
        """The sets that answer for a canonical relative name: its own, else those of the wildcard that covers it."""
        if name in self._existing:
            return self._by_name.get(name, [])
        return self._by_name.get(covering_wildcard(name, self._existing), [])

    def ends(self, name: str) -> Ends:
        """Where the name leads in the end."""
        addresses: set[str] = set()
        elsewhere: set[str] = set()
        waiting, seen = [name], {name}
        while waiting:
            for record_set in self.at(waiting.pop()):
                if record_set.type in ADDRESS_TYPES:
                    addresses |= {value.text for value in record_set.values}
                for target in self.targets(record_set):
                    link = self._within(target)
                    if link is None:
                        elsewhere.add(target)
                    elif link not in seen:
                        seen.add(link)
                        waiting.append(link)
        return Ends(frozenset(addresses), frozenset(elsewhere))

    @staticmethod
    def targets(record_set: RecordSet) -> list[str]:
        """The absolute names that a CNAME set leads to, in lower case."""
        return [value.text.lower() for value in record_set.values] if record_set.type == "CNAME" else []

    def _within(self, target: str) -> str | None:
        """The target as a relative name, if the zone leads it to an address or to another name."""
        try:
            name = zone_names.relative(target, self.zone)
        except ValueError:
            return None
        leads = any(one.type in (*ADDRESS_TYPES, "CNAME") for one in self.at(name))
        return name if leads else None


def covering_wildcard(name: str, existing: Set[str]) -> str:
    """The wildcard at the closest existing name above a name that does not exist (RFC 4592)."""
    while name != zone_names.APEX:
        name = name.partition(".")[2] or zone_names.APEX
        if name in existing:
            break
    return "*" if name == zone_names.APEX else f"*.{name}"


def _with_ancestors(name: str) -> list[str]:
    """The name, and every name between it and the apex: they exist too, as empty names."""
    labels = name.split(".")
    return [".".join(labels[start:]) for start in range(len(labels))] if name != zone_names.APEX else [name]

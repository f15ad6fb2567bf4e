# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Record sets as octoDNS' own records, and back."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from ..._zone.plan import Change
from ..._zone.record_sets import Key, RecordSet
from . import fields


def key(record: Any) -> Key:
    """The key of the set that is one of octoDNS' records."""
    return record.name or "@", record._type


def record_set(record: Any, zone: str) -> RecordSet:
    """The set that is one of octoDNS' records. zone: the name of its zone."""
    given = record.values if hasattr(record, "values") else [record.value]
    values = tuple(fields.from_data(record._type, getattr(one, "data", one), zone) for one in given)
    return RecordSet(*key(record), record.ttl, values)


def relative(name: str) -> str:
    """A name as octoDNS has it."""
    return "" if name == "@" else name


def data(record_set: RecordSet) -> dict[str, Any]:
    """A set as octoDNS takes it."""
    values = [fields.to_data(record_set.type, value) for value in record_set.values]
    named = {"value": values[0]} if record_set.type in fields.SINGLE else {"values": values}
    return {"type": record_set.type, "ttl": record_set.ttl, **named}


def changed(zone: Any, changes: Sequence[Change]) -> Any:
    """octoDNS' zone as it is to be. zone: the same as it was read."""
    desired = zone.copy()
    for change in changes:
        before = next((one for one in zone.records if key(one) == change.key), None)
        if change.after is None:
            desired.remove_record(before)
        else:
            desired.add_record(_new(desired, change.after, before), replace=True, lenient=True)
    return desired


def _new(zone: Any, record_set: RecordSet, before: Any) -> Any:
    """The set as octoDNS' record, with what the provider keeps beside the values of the one before."""
    from octodns.record import Record

    found = data(record_set)
    if beside := getattr(before, "octodns", None):
        found["octodns"] = deepcopy(beside)
    return Record.new(zone, relative(record_set.name), found, lenient=True)


def meaning(record_set: RecordSet | None) -> tuple[int | None, frozenset[bytes]] | None:
    """What two sets have in common that say the same in different spellings."""
    return None if record_set is None else (record_set.ttl, frozenset(value.key for value in record_set.values))

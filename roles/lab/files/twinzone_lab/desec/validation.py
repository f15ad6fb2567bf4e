# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validation of what clients write to RRsets, one by one or in bulk: raw JSON in, `Item`s or `Invalid` out.

Nothing is changed here. The order of the checks is the server's, because it decides which complaint is reported.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from . import fields
from .errors import Crash, Invalid, Refusal, non_field
from .fields import MISSING
from .records import ContentError, check, folded
from .store import Domain, Key, RRset

MAX_MESSAGE = 65535
"""Octets of a DNS message: the limit for an RRset."""
ALONGSIDE_CNAME = "(No other RRsets are allowed alongside CNAME.)"


@dataclass(frozen=True)
class Item:
    """A validated write to one RRset. `None`: not said. Empty records: to be deleted."""

    subname: str | None
    type: str
    ttl: int | None
    records: tuple[str, ...] | None

    @property
    def empty(self) -> bool:
        """Whether the RRset is to be deleted."""
        return self.records == ()


@dataclass(frozen=True)
class Writing:
    """What the checks need to know about the request."""

    domain: Domain
    method: str
    may_write: Callable[[str, str, str], bool]
    """(domain, subname, type) → whether the token's policies allow it."""


def single(writing: Writing, data: object, instance: RRset | None) -> Item:
    """A POST (without instance), PUT or PATCH of one RRset."""
    partial = writing.method == "PATCH"
    return _item(writing, fields.as_object(data), instance, partial=partial, many=False)


def bulk(writing: Writing, data: object, known: Mapping[Key, RRset]) -> list[Item]:
    """A list of RRsets. `known`: those regarded as existing (for a POST none)."""
    if data is None:
        raise non_field("No data provided")
    if not isinstance(data, list):
        raise non_field(f"Expected a list of items but got {type(data).__name__}.")
    errors = [_wrong_types(item) for item in data]
    positions = _positions(writing.domain, data, errors)
    remaining = _without_deletions(positions, data, errors)
    items: list[Item] = []
    for index, item in enumerate(data):
        if errors[index]:
            continue
        try:
            items.append(_bulk_item(writing, index, item, known, positions, remaining))
        except Invalid as invalid:
            errors[index] = invalid.errors
    if any(errors):
        raise Invalid(list(errors))
    return items


def _wrong_types(item: object) -> Any:
    """Complaints in a shape of their own: plain strings instead of lists."""
    if not isinstance(item, dict):
        return {"non_field_errors": f"Expected a dictionary, but got {type(item).__name__}."}
    return {
        field: f"Expected a string, but got {type(item[field]).__name__}."
        for field in ("subname", "type")
        if not isinstance(item.get(field), str | None)
    }


_Positions = dict[Any, dict[Any, set[int | None]]]
"""subname → type → positions in the request; `None` is the position of what the database holds."""


def _positions(domain: Domain, data: list[Any], errors: list[Any]) -> _Positions:
    existing: dict[str, list[str]] = defaultdict(list)
    for subname, rtype in domain.rrsets:
        existing[subname].append(rtype)
    positions: _Positions = {}
    for index, item in enumerate(data):
        if not errors[index]:
            subname, rtype = _key(item)
            if subname not in positions:
                positions[subname] = {present: {None} for present in existing.get(subname, ())}
            positions[subname].setdefault(rtype, set()).add(index)
    return positions


def _without_deletions(positions: _Positions, data: list[Any], errors: list[Any]) -> _Positions:
    remaining = {subname: {rtype: set(found) for rtype, found in types.items()} for subname, types in positions.items()}
    for index, item in enumerate(data):
        if not errors[index] and item.get("records") == []:
            subname, rtype = _key(item)
            remaining[subname][rtype] -= {index, None}
    return remaining


def _key(item: dict[str, Any]) -> tuple[Any, Any]:
    return item.get("subname"), item.get("type")


def _bulk_item(
    writing: Writing,
    index: int,
    item: dict[str, Any],
    known: Mapping[Key, RRset],
    positions: _Positions,
    remaining: _Positions,
) -> Item:
    subname, rtype = _key(item)
    others = sorted(position for position in positions[subname][rtype] if position is not None and position != index)
    if others:
        where = ", ".join(map(str, others))
        raise non_field(f"Same subname and type as in position(s) {where}, but must be unique.")
    empty = item.get("records") == []
    if not empty and (conflicts := _conflicts(remaining[subname], rtype)):
        raise non_field(f"RRset with conflicting type present at same subname: {conflicts}. {ALONGSIDE_CNAME}")
    instance = known.get((subname, rtype))
    partial = writing.method == "PATCH" and (instance is not None or empty)
    return _item(writing, item, instance, partial=partial, many=True)


def _conflicts(types: dict[Any, set[int | None]], rtype: str | None) -> str:
    """`0 (A), 3 (MX, TXT), database (AAAA)`"""
    by_position: dict[int | None, list[str]] = defaultdict(list)
    for present, found in types.items():
        if (present == "CNAME") != (rtype == "CNAME"):
            for position in found:
                by_position[position].append(str(present))
    order = sorted(by_position, key=lambda position: (position is None, position or 0))
    return ", ".join(
        f"{'database' if position is None else position} ({', '.join(sorted(by_position[position]))})"
        for position in order
    )


def _item(writing: Writing, data: dict[str, Any], instance: RRset | None, *, partial: bool, many: bool) -> Item:
    domain = writing.domain
    subname_optional = not many and (instance is None or partial)

    def read(field: str, read_value: Callable[[object], object], optional: bool = partial) -> Callable[[], Any]:
        value = data.get(field, MISSING)
        if value is not MISSING:
            return lambda: read_value(value)
        return lambda: None if optional else _required()

    values = fields.collect(
        {
            "subname": read(
                "subname",
                lambda value: _unchanged(fields.subname(value, domain.name), instance.subname if instance else None),
                subname_optional or partial,
            ),
            "records": read("records", lambda value: fields.records(value, may_be_empty=writing.method != "POST")),
            "ttl": read("ttl", lambda value: fields.ttl(value, domain.minimum_ttl)),
            "type": read("type", lambda value: _type(value, instance)),
        }
    )
    said_subname: str | None = values["subname"]
    if said_subname is None and not many and instance is None:
        said_subname = ""
    subname = instance.subname if instance else said_subname
    rtype = instance.type if instance else values["type"]
    if rtype is None:
        raise Invalid({"type": [fields.REQUIRED]})
    if not writing.may_write(domain.name, subname or "", rtype):
        raise Refusal(403, {"detail": "Insufficient token permissions."})
    _refuse_conflicts_with_database(domain, (subname, rtype), instance, many=many)
    contents = None if values["records"] is None else _contents(domain, said_subname or "", rtype, values["records"])
    _refuse_delegation_change(domain, said_subname, rtype, contents, instance)
    return Item(subname, rtype, values["ttl"], contents)


def _required() -> None:
    raise Invalid([fields.REQUIRED])


def _unchanged(value: str, before: str | None) -> str:
    if before is not None and value != before:
        raise Invalid([fields.READ_ONLY])
    return value


def _type(value: object, instance: RRset | None) -> str:
    return _unchanged(fields.type_name(value), instance.type) if instance else fields.rrset_type(value)


def _refuse_conflicts_with_database(
    domain: Domain, key: tuple[str | None, str], instance: RRset | None, *, many: bool
) -> None:
    """What exists although it is not regarded as known; and, for a single write, what a CNAME would meet (in bulk that
    has been judged already, together with the rest of the request)."""
    subname, rtype = key
    messages: list[object] = []
    if instance is None and key in domain.rrsets:
        messages.append("Another RRset with the same subdomain and type exists for this domain. (Try modifying it.)")
    if not many:
        present: dict[Any, set[int | None]] = {
            other: {None} for name, other in domain.rrsets if name == subname and other != rtype
        }
        if conflicts := _conflicts(present, rtype):
            messages.append(f"RRset with conflicting type present at same subname: {conflicts}. {ALONGSIDE_CNAME}")
    if messages:
        raise Invalid({"non_field_errors": messages})


def _contents(domain: Domain, subname: str, rtype: str, contents: list[str]) -> tuple[str, ...]:
    try:
        canonical = tuple(check(rtype, content) for content in contents)
        unique = len(canonical) < 2 or len({folded(rtype, content) for content in canonical}) == len(canonical)
    except ContentError as error:
        raise non_field(str(error)) from None
    if not unique:
        raise non_field("Duplicate: records must be semantically unique")
    # the server's own estimate: a fixed part per set and per record, and some room for a signature
    length = 32 + len(domain.fqdn(subname)) + sum(12 + len(content) for content in canonical) + 256
    if length > MAX_MESSAGE:
        raise non_field(f"Total length of RRset exceeds limit by {length - MAX_MESSAGE} bytes.")
    return canonical


def _refuse_delegation_change(
    domain: Domain, said_subname: str | None, rtype: str, contents: tuple[str, ...] | None, instance: RRset | None
) -> None:
    """NS below dedyn.io: fixed, except that a set which is not at the apex may be deleted."""
    if rtype != "NS" or not domain.locally_registrable:
        return
    if contents == ():
        if instance is None:
            raise Crash  # the server looks at the subname of an RRset that it does not have
        if said_subname or instance.subname:
            return
    raise Invalid({"type": ["Cannot modify NS records for this domain."]})


def late_errors(domain: Domain, rtype: str, subname: str, contents: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """The second look, when the records are stored: (complaints, contents to store). The complaints come without any
    hint which RRset they are about, unless they are about one record."""
    errors: list[str] = []
    if rtype in ("CNAME", "DNAME") and len(contents) > 1:
        errors.append(f"{rtype} RRset cannot have multiple records.")
    if rtype in ("CNAME", "DS") and not subname:
        errors.append(f"{rtype} RRset cannot have empty subname.")
    if rtype == "DNSKEY" and subname:
        errors.append(f"{rtype} RRset must have empty subname.")
    stored: list[str] = []
    for content in contents:
        try:
            again = check(rtype, content)
        except ContentError as error:
            problem = str(error)
        else:
            if again not in stored:
                stored.append(again)
                continue
            problem = f"Duplicate record content: this is identical to '{again}'"
        errors.append(f"Record content of {rtype} {domain.fqdn(subname)} invalid: '{content}': {problem}")
    return errors, stored

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes of record sets as operations of Cloudflare's batches, each of which is about one record. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..._zone import names
from ..._zone.plan import Change, Held
from ..._zone.rdata import Value
from ..._zone.record_sets import Key, RecordSet, uniform
from ..http_provider import HttpWrite
from . import attributes
from .fields import fields, value_of

#: TTL of 1 second means `automatic`; proxied records have no other.
AUTOMATIC = 1

#: An operation of a batch: its kind (deletes, patches, posts) and its body.
Operation = tuple[str, dict[str, Any]]


def operations(change: Change, held: Held, zone: str) -> list[Operation]:
    """The change as operations of a batch. The ids of records are kept where values change."""
    spare = [record for record in held.native.get(change.key, []) if not is_read_only(record)]
    least_ttl = min((record["ttl"] for record in spare), default=AUTOMATIC)
    records = {value_of(record, zone).key: record for record in spare}
    found: list[Operation] = []
    fresh = []
    for key, body in _bodies(change.after, held, zone):
        if (record := records.get(key)) is None:
            fresh.append(body)
            continue
        spare.remove(record)
        found += _patch(record, {name: body[name] for name in ("ttl", *attributes.DEFAULTS) if name in body})
    for body in fresh:
        found += _patch(spare.pop(), body) if spare else [("posts", {"ttl": least_ttl, **body})]
    return found + [("deletes", {"id": record["id"]}) for record in spare]


def _bodies(after: RecordSet | None, held: Held, zone: str) -> Iterator[tuple[bytes, dict[str, Any]]]:
    """The records of a set that can be written, each with the key of its value."""
    if after is None:
        return
    locked = {value.key for value in held.locked.get(after.key, ())}
    for value in after.values:
        if value.key not in locked:
            yield value.key, _body(after, value, zone)


def _body(after: RecordSet, value: Value, zone: str) -> dict[str, Any]:
    """The whole record; an attribute in which the set's records differ is left out, and stays as it is."""
    name = names.owner(after.name, zone).rstrip(".")
    ttl = {} if after.ttl is None else {"ttl": after.ttl}
    return {"name": name, "type": after.type, **fields(after.type, value), **ttl, **uniform(after.attributes)}


def _patch(record: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[Operation]:
    """A PATCH of what differs: a PUT would reset what is not declared."""
    different = {name: value for name, value in wanted.items() if attributes.differs(name, record, wanted)}
    if "settings" in different:
        different["settings"] = {**(record.get("settings") or {}), **different["settings"]}
    return [("patches", {"id": record["id"], **different})] if different else []


def batches(
    planned: Sequence[tuple[Change, Sequence[Operation]]], limit: int
) -> Iterator[list[tuple[Change, Operation]]]:
    """Batches of at most `limit` operations, each with the change that it belongs to, those of one name kept together.

    Only a name that needs more operations than a batch may hold is divided.
    """
    by_name: dict[str, list[tuple[Change, Operation]]] = {}
    for change, operations in planned:
        by_name.setdefault(change.key[0], []).extend((change, operation) for operation in operations)
    batch: list[tuple[Change, Operation]] = []
    for group in by_name.values():
        if batch and len(batch) + len(group) > limit:
            yield batch
            batch = []
        batch += group
        while len(batch) > limit:
            yield batch[:limit]
            batch = batch[limit:]
    if batch:
        yield batch


def request(path: str, batch: Sequence[tuple[Change, Operation]]) -> HttpWrite:
    about: dict[str, list[tuple[Key, dict[str, Any]]]] = {}
    for change, (kind, operation) in batch:
        about.setdefault(kind, []).append((change.key, operation))
    body = {kind: [operation for _key, operation in operations] for kind, operations in about.items()}
    changes = {change.key: change for change, _operation in batch}
    return HttpWrite(tuple(changes.values()), "POST", path, body, about)


def is_read_only(record: Mapping[str, Any]) -> bool:
    """Records of R2 buckets, Workers, Email Routing and Web3 gateways are shown but refuse every change."""
    return bool(record.get("locked") or (record.get("meta") or {}).get("read_only"))

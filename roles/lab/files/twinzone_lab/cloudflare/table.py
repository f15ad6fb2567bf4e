# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The records of one Cloudflare zone: tables, and the transactions that lead from one to the next."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any

import dns.name

from .errors import CloudflareError, invalid, no_such_record
from .records import Plan, Record, created, patched, replaced

_ADDRESSES = frozenset({"A", "AAAA"})
_MAX_TXT_TOTAL = 8192


class Table:
    """Records by identifier and by owner name. Copied by every transaction, never changed once committed."""

    def __init__(self, origin: dns.name.Name, records: Mapping[str, Record] | None = None) -> None:
        self.origin = origin
        self._records = dict(records or {})
        self._owners: dict[dns.name.Name, tuple[Record, ...]] = {}
        for record in self._records.values():
            self._owners[record.owner] = (*self._owners.get(record.owner, ()), record)

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records.values())

    def get(self, identity: str) -> Record:
        """Raises `CloudflareError` when there is none."""
        if record := self._records.get(identity):
            return record
        raise no_such_record()

    def at(self, owner: dns.name.Name) -> tuple[Record, ...]:
        """All records of a name."""
        return self._owners.get(owner, ())

    def copy(self) -> Table:
        """A table of its own with the same records."""
        table = Table(self.origin)
        table._records = dict(self._records)
        table._owners = dict(self._owners)
        return table

    def put(self, record: Record) -> None:
        """Add a record, or replace the one of the same identifier."""
        if old := self._records.get(record.id):
            self._disown(old)
        self._records[record.id] = record
        self._owners[record.owner] = (*self.at(record.owner), record)

    def remove(self, record: Record) -> None:
        """Take a record out."""
        del self._records[record.id]
        self._disown(record)

    def _disown(self, record: Record) -> None:
        rest = tuple(other for other in self.at(record.owner) if other.id != record.id)
        if rest:
            self._owners[record.owner] = rest
        else:
            del self._owners[record.owner]


#: Networks of the real Cloudflare that stand for all of them.
_NETWORKS = tuple(map(ipaddress.ip_network, ("104.16.0.0/13", "172.64.0.0/13", "188.114.96.0/20", "2606:4700::/32")))


def _is_cloudflares(address: str) -> bool:
    return any(ipaddress.ip_address(address) in network for network in _NETWORKS)


class Transaction:
    """Changes to a copy of a table; the first refused one raises, and the copy is thrown away."""

    def __init__(self, table: Table, plan: Plan, quota: int, edge: frozenset[str], own: frozenset[str]) -> None:
        """`edge`: the addresses that proxied names are answered with; no record may hold one of them. `own`: the
        zone's name servers."""
        self.table = table.copy()
        self._plan = plan
        self._quota = quota
        self._edge = edge
        self._own = own

    def post(self, body: Mapping[str, Any]) -> Record:
        """Create a record."""
        record = created(body, self.table.origin, self._plan)
        if len(self.table) >= self._quota:
            raise CloudflareError(400, 81045, "Record quota exceeded.")
        return self._store(record)

    def put(self, identity: str, body: Mapping[str, Any]) -> Record:
        """Overwrite a record."""
        return self._store(replaced(self._writable(identity), body, self.table.origin, self._plan))

    def patch(self, identity: str, body: Mapping[str, Any]) -> Record:
        """Change some fields of a record."""
        return self._store(patched(self._writable(identity), body, self.table.origin, self._plan))

    def delete(self, identity: str) -> Record:
        """Delete a record."""
        record = self._writable(identity)
        self.table.remove(record)
        return record

    def _writable(self, identity: str) -> Record:
        record = self.table.get(identity)
        if record.read_only:
            raise CloudflareError(403, 1004, "DNS Validation Error: this record is managed by another product")
        return record

    def _store(self, record: Record) -> Record:
        if record.content in self._edge or (record.type in _ADDRESSES and _is_cloudflares(record.content)):
            raise invalid("the content must not be an address of Cloudflare")
        if record.type == "NS" and record.content.lower().rstrip(".") in self._own:
            raise invalid("the zone's own name servers cannot be named in an NS record")
        others = [other for other in self.table.at(record.owner) if other.id != record.id]
        check_neighbours(record, others, apex=record.owner == self.table.origin)
        self.table.put(record)
        return record


def check_neighbours(record: Record, others: list[Record], *, apex: bool) -> None:
    """Refuse a record that cannot stand beside the others of its name. Raises `CloudflareError`."""
    if any(other.type == record.type and other.rdata == record.rdata for other in others):
        raise CloudflareError(400, 81058, "An identical record already exists.")
    types = {other.type for other in others}
    if record.type == "CNAME" and types & {"A", "AAAA", "CNAME"}:
        raise CloudflareError(400, 81053, "An A, AAAA, or CNAME record with that host already exists.")
    if record.type in _ADDRESSES and "CNAME" in types:
        raise CloudflareError(400, 81054, "A CNAME record with that host already exists.")
    if not apex:
        _check_delegation(record, types)
        _check_lone_cname(record, others)
    _check_txt_total(record, others)


def _check_delegation(record: Record, types: set[str]) -> None:
    beside_ns = {"NS", "DS"}
    if record.type == "DS" and "NS" not in types:
        raise invalid("a DS record needs an NS record of the same name first")
    if record.type == "NS" and types - beside_ns:
        raise CloudflareError(400, 81056, "NS records cannot stand beside other records of that host.")
    if "NS" in types and record.type not in beside_ns:
        raise CloudflareError(400, 81056, "NS records with that host already exist.")


def _check_lone_cname(record: Record, others: list[Record]) -> None:
    """A CNAME that is answered as such is alone at its name; a proxied one is not answered as such."""
    if record.type == "CNAME" and not record.proxied and others:
        raise CloudflareError(400, 81053, "Records with that host already exist beside which no DNS-only CNAME can be.")
    if any(other.type == "CNAME" and not other.proxied for other in others):
        raise CloudflareError(400, 81054, "A CNAME record with that host already exists.")


def _check_txt_total(record: Record, others: list[Record]) -> None:
    if record.type == "TXT":
        total = sum(len(other.content) for other in (record, *others) if other.type == "TXT")
        if total > _MAX_TXT_TOTAL:
            raise invalid(f"the TXT records of one name may have at most {_MAX_TXT_TOTAL} characters")

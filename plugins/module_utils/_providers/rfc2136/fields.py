# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Record sets from a transferred zone, and changes as dynamic updates, whose prerequisites are what was read. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from ..._zone import names, rdata
from ..._zone.plan import Change
from ..._zone.record_sets import Key, RecordSet
from .. import chunks as chunked
from .audit import RECORD_OVERHEAD

with suppress(ImportError):  # the modules report a missing library
    import dns.name
    import dns.rdata
    import dns.rdataclass
    import dns.rdataset
    import dns.rdatatype
    import dns.update
    import dns.zone

#: What the server makes itself: the zone's head, and DNSSEC.
SERVER_TYPES = frozenset({"SOA", "RRSIG", "NSEC", "NSEC3", "NSEC3PARAM", "DNSKEY", "CDS", "CDNSKEY", "TYPE65534"})

#: Octets of all changes in one update: a DNS message has 65,535 at most.
_LARGEST_UPDATE = 50_000


def record_sets(zone: dns.zone.Zone, origin: str) -> Iterator[RecordSet]:
    """What a transferred zone holds, without what the server makes itself. origin: the zone, without a trailing dot."""
    for name, node in zone.items():
        for rdataset in node:
            rdtype = dns.rdatatype.to_text(rdataset.rdtype)
            if rdtype not in SERVER_TYPES:
                values = tuple(rdata.from_rdata(one) for one in rdataset)
                yield RecordSet(names.relative(name.to_text(), origin), rdtype, rdataset.ttl, values)


def update(changes: Sequence[Change], zone: str, soa: dns.rdata.Rdata | None = None) -> dns.update.UpdateMessage:
    """The changes as one update, made only while the sets are as they were read. zone: without a trailing dot.

    soa: of the zone as it was read, to compare that in place of the sets.
    """
    message = dns.update.UpdateMessage(zone)
    if soa is not None:
        message.present(dns.name.from_text(zone), dns.rdataset.from_rdata(0, soa))
    for change in changes if soa is None else ():
        owner = dns.name.from_text(names.owner(change.key[0], zone))
        if change.before is None:
            message.absent(owner, change.key[1])
        elif any(value.is_opaque for value in change.before.values):
            message.present(owner, change.key[1])  # what cannot be read cannot be compared either
        else:
            message.present(owner, _rdataset(change.before.with_ttl(0)))
    for change in changes:
        owner = dns.name.from_text(names.owner(change.key[0], zone))
        if change.key == ("@", "NS"):
            _replace_apex_ns(message, owner, change)
            continue
        if change.before is not None:
            message.delete(owner, change.key[1])
        if change.after is not None:
            message.add(owner, _rdataset(change.after))
    return message


def _replace_apex_ns(message: dns.update.UpdateMessage, owner: dns.name.Name, change: Change) -> None:
    """The apex NS set cannot be deleted as a whole (RFC 2136 section 3.4.2.3), so values come and go one by one."""
    new = _rdataset(change.after) if change.after else ()
    if change.after is not None:
        message.add(owner, _rdataset(change.after))
    if change.before is not None:
        old = _rdataset(change.before)
        gone = [one for one in old if one not in new]
        if gone:
            message.delete(owner, dns.rdataset.from_rdata_list(0, gone))


def altered(change: Change, held: Sequence[dns.rdata.Rdata]) -> str:
    """How what the server holds differs from what was sent to it; empty where it does not."""
    sent = change.after.values if change.after is not None else ()
    values = [rdata.from_rdata(one) for one in held]
    if {one.key for one in values} == {one.key for one in sent}:
        return ""
    return (
        f"{' '.join(change.key)}: the server holds {_shown(values)} where {_shown(sent)} was sent; declare what it "
        "holds, as each run would write it again"
    )


def _shown(values: Iterable[rdata.Value]) -> str:
    return ", ".join(one.text for one in values) or "nothing"


def _rdataset(record_set: RecordSet) -> dns.rdataset.Rdataset:
    values = [value.rdata(record_set.type) for value in record_set.values]
    return dns.rdataset.from_rdata_list(record_set.ttl or 0, values)


def chunks(changes: Iterable[Change]) -> Iterator[list[Change]]:
    """The changes in updates that fit into one message each, those of one name together."""
    return chunked.chunks(changes, _size, _LARGEST_UPDATE)


def _size(change: Change) -> int:
    """The octets of a change at most: its prerequisite, and its new values."""
    name = len(change.key[0]) + 2 * RECORD_OVERHEAD
    sides = [side for side in (change.before, change.after) if side is not None]
    return 2 * name + sum(name + len(value.wire) for side in sides for value in side.values)


def by_hand(sets: Sequence[RecordSet], zone: str, ttl: int) -> list[str]:
    """The lines for `nsupdate` and `knsupdate` that lead a name elsewhere. sets: those without values should go."""
    lines = []
    for key in _keys(sets):
        lines.append(f"update delete {names.owner(key[0], zone)} {key[1]}")
    for one in sets:
        owner = names.owner(one.name, zone)
        lines += [f"update add {owner} {one.ttl or ttl} {one.type} {value.text}" for value in one.values]
    return lines


def _keys(sets: Sequence[RecordSet]) -> list[Key]:
    return list(dict.fromkeys(one.key for one in sets))

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One provider's zone as what the others shall hold, with what cannot exist there left out and said. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from . import _records
from ._providers import PROVIDERS
from ._records import Context

#: The keys of the source's own signer; another provider has its own.
_KEY_TYPES = ("DNSKEY", "CDS", "CDNSKEY")

#: Cloudflare's "automatic" TTL, and the seconds that it stands for.
_AUTOMATIC, _AUTOMATIC_SECONDS = 1, 300


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
    """
    types = {entry["name"]: PROVIDERS[entry["type"]] for entry in providers}
    targets = [name for name in types if name != source]
    context = Context(zone, {name: provider.attributes for name, provider in types.items()})
    records: list[Any] = []
    notes = [f"{one['name']} {one['type']}: left out: {one['reason']}" for one in read["left_out"]]
    for entry in read["records"]:
        label = f"{entry['name']} {entry['type']}"
        if entry["name"] == "@" and entry["type"] in _KEY_TYPES:
            notes.append(f"{label}: left out: the keys of {source}'s own signer")
            continue
        if entry["name"] == "@" and entry["type"] == "CNAME":
            notes.append(f"{label}: elsewhere the addresses that it leads to, as an apex CNAME exists only at {source}")
            records += [{**entry, "only": [source]}, *_addresses(entry, targets, apex)]
            continue
        (declared,) = _records.parse_declared([entry], context)
        unable = {name: why for name in targets if (why := types[name].audit(declared.at(name)))}
        notes += [f"{label}: left out at {name}: {'; '.join(why)}" for name, why in unable.items()]
        records.append(_for_all(entry, source, [name for name in types if name not in unable], targets))
    return {"records": records, "notes": notes}


def _for_all(entry: Mapping[str, Any], source: str, able: Sequence[str], targets: Sequence[str]) -> dict[str, Any]:
    """The entry for the providers that can hold it; an automatic TTL becomes the seconds that it stands for."""
    found = {**entry, "only": list(able)}
    if entry.get("ttl") == _AUTOMATIC:
        found["at"] = {**entry.get("at", {}), **{name: {"ttl": _AUTOMATIC_SECONDS} for name in targets if name in able}}
    return found


def _addresses(
    entry: Mapping[str, Any], targets: Sequence[str], apex: Mapping[str, Sequence[str]]
) -> list[dict[str, Any]]:
    ttl = _AUTOMATIC_SECONDS if entry.get("ttl", _AUTOMATIC) == _AUTOMATIC else entry["ttl"]
    return [
        {"name": "@", "type": rdtype, "ttl": ttl, "values": list(texts), "only": list(targets)}
        for rdtype, texts in apex.items()
        if texts and targets
    ]

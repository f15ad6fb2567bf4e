# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Zone files at the emulated deSEC API: import when a domain is created, export of what it holds."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import dns.exception
import dns.name
import dns.rdatatype
import dns.zone
import dns.zonefile

from . import validation
from .errors import Invalid
from .fields import MAXIMUM_TTL
from .records import AUTOMATIC
from .store import Domain, Key, RRset, Store

_NOT_IMPORTED = AUTOMATIC | {"CDS", "CDNSKEY", "DNSKEY"}


def load(domain: Domain, store: Store, text: str) -> dict[Key, RRset]:
    """The RRsets of a zone file; none for an empty one. TTLs are moved into the allowed range; what deSEC manages and
    the apex NS are left out. Raises `Invalid` about the field `zonefile`."""
    if not text:
        return {}
    data = [item for item in _items(domain, text) if _wanted(item)]
    writing = validation.Writing(domain, "POST", lambda name, subname, rtype: True)
    try:
        items = validation.bulk(writing, data, {})
    except Invalid as invalid:
        raise Invalid({"zonefile": list(_sentences(domain, data, invalid.errors))}) from None
    rrsets: dict[Key, RRset] = {}
    for item in items:
        assert item.subname is not None and item.ttl is not None and item.records is not None
        errors, contents = validation.late_errors(domain, item.type, item.subname, item.records)
        if errors:
            raise Invalid(list(errors))
        rrset = store.new_rrset(item.subname, item.type, item.ttl, contents)
        rrsets[rrset.key] = rrset
    return rrsets


def dump(domain: Domain, now: datetime) -> str:
    """The unsigned zone as it is at this moment: a comment that says so, then the SOA record, then the rest."""
    apex = domain.fqdn("")
    heading = f"; Zonefile for {domain.name} exported from desec.test at {now}\n"
    soa = f"{apex}\t300\tIN\tSOA\tget.desec.io. get.desec.io. 1 86400 3600 2419200 3600\n"
    return (
        heading
        + soa
        + "".join(
            f"{domain.fqdn(rrset.subname)}\t{rrset.ttl}\tIN\t{rrset.type}\t{content}\n"
            for rrset in domain.rrsets.values()
            for content in rrset.records
        )
    )


def _items(domain: Domain, text: str) -> list[dict[str, Any]]:
    origin = dns.name.from_text(domain.name)
    try:
        zone = dns.zone.from_text(text, origin, check_origin=False, relativize=False, allow_include=False)
    except dns.zonefile.CNAMEAndOtherData:
        message = "No other records with the same name are allowed alongside a CNAME record."
    except ValueError as error:
        if "has non-origin SOA" not in str(error):
            raise
        message = f"Zonefile includes an SOA record for a name different from {domain.name}."
    except dns.exception.SyntaxError as error:
        place = str(error).split(":")
        message = (
            f"Zonefile contains syntax error in line {place[1]}."
            if len(place) > 1
            else f"Could not parse zonefile: {error}"
        )
    else:
        return [
            {
                "subname": "" if name == origin else name.relativize(origin).to_text(),
                "type": dns.rdatatype.to_text(rdataset.rdtype),
                "ttl": max(domain.minimum_ttl, min(MAXIMUM_TTL, rdataset.ttl)),
                "records": [rdata.to_text() for rdata in rdataset],
            }
            for name, node in zone.nodes.items()
            for rdataset in node.rdatasets
        ]
    raise Invalid({"zonefile": [message]})


def _wanted(item: dict[str, Any]) -> bool:
    return item["type"] not in _NOT_IMPORTED and (item["subname"], item["type"]) != ("", "NS")


def _sentences(domain: Domain, data: list[dict[str, Any]], errors: Any) -> list[str]:
    return [
        f"{domain.fqdn(item['subname']).rstrip('.')}/{item['type']}: {complaint}"
        for item, found in zip(data, errors, strict=True)
        for complaints in found.values()
        for complaint in complaints
    ]

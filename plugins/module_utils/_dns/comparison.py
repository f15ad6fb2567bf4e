# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server answered, compared with what it should. Pure."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass

from .._zone import rdata as zone_rdata
from .._zone.rdata import Value
from .._zone.record_sets import RecordSet

with suppress(ImportError):  # the modules report a missing library
    import dns.message
    import dns.name
    import dns.rcode
    import dns.rdatatype

#: How a provider's servers answer a record set that it holds.
EXACT = "exact"
#: … with more values than its API shows.
SUBSET = "subset"
#: … with something that is its own affair, such as the addresses of its proxies.
HIDDEN = "hidden"

SAME, DIFFERENT, NOT_COMPARABLE, SILENT = "same", "different", "not_comparable", "silent"


@dataclass(frozen=True)
class Reply:
    """What a server said about one name and type.

    rcode: as text; empty when there was no answer, and then `error` says why. values: the rdata of the type asked at
    the end of the CNAME chain. cnames: the chain's targets, from the name asked on. referral: the zone cut it names.
    """

    rcode: str
    values: tuple[Value, ...] = ()
    ttl: int | None = None
    cnames: tuple[str, ...] = ()
    referral: str = ""
    error: str = ""


def reply(message: dns.message.Message | str, name: str, rdtype: str) -> Reply:
    """The reply to a question about the absolute `name`, from a message or from the reason for there being none."""
    if isinstance(message, str):
        return Reply("", error=message)
    rcode = dns.rcode.to_text(message.rcode())
    number = dns.rdatatype.from_text(rdtype)
    records = {(rrset.name, rrset.rdtype): rrset for rrset in message.answer}
    owner, chain = dns.name.from_text(name), []
    while (link := records.get((owner, dns.rdatatype.CNAME))) is not None and number != dns.rdatatype.CNAME:
        owner = link[0].target
        chain.append(owner.to_text().lower())
        if len(chain) > len(records):
            break  # a loop
    rrset = records.get((owner, number))
    cut = ""
    if not message.answer:
        cuts = [found for found in message.authority if found.rdtype == dns.rdatatype.NS]
        cut = cuts[0].name.to_text().lower() if cuts else ""
        if cuts and rdtype == "NS" and cuts[0].name == owner:
            # Name servers answer for a delegation with a referral, whose authority section has the NS set.
            rrset = cuts[0]
    if rrset is None:
        first = message.answer[0].ttl if message.answer else None
        return Reply(rcode, (), first, tuple(chain), cut)
    values = tuple(zone_rdata.from_rdata(rdata) for rdata in rrset)
    return Reply(rcode, values, message.answer[0].ttl if message.answer else rrset.ttl, tuple(chain), cut)


@dataclass(frozen=True)
class Expectation:
    """What the servers of one provider shall serve for a record set; no values when it shall not exist.

    ttl: seconds with which they shall serve it; None where that does not matter.
    """

    provider: str
    name: str  # absolute
    record_set: RecordSet
    served_as: str = EXACT
    absent: bool = False
    ttl: int | None = None


@dataclass(frozen=True)
class Finding:
    """How one server's answer compares.

    detail: what it served, or why that cannot be compared. settling: whether asking again soon may tell more.
    """

    server: str
    expectation: Expectation
    state: str
    detail: str = ""
    values: tuple[str, ...] = ()
    settling: bool = False


def question_type(expectation: Expectation) -> str:
    """The type to ask for. For a CNAME its addresses: the chain shows the CNAME where it is not flattened."""
    return "A" if expectation.record_set.type == "CNAME" else expectation.record_set.type


def compare(server: str, expected: Expectation, got: Reply) -> Finding:
    """Whether the reply to `question_type` is what was expected; a flattened CNAME is left to `compare_flattened`."""
    texts = tuple(sorted(value.text for value in got.values))
    if got.error:
        return Finding(server, expected, SILENT, got.error)
    if got.rcode not in ("NOERROR", "NXDOMAIN"):
        return Finding(server, expected, DIFFERENT, got.rcode)
    if expected.served_as == HIDDEN:
        return Finding(server, expected, NOT_COMPARABLE, "the provider's servers answer with data of their own", texts)
    if got.referral and got.referral != expected.name:
        return Finding(server, expected, NOT_COMPARABLE, f"below the delegation of {got.referral}")
    if expected.ttl is not None and (got.values or got.cnames) and got.ttl != expected.ttl:
        return Finding(server, expected, DIFFERENT, f"a TTL of {got.ttl} seconds in place of {expected.ttl}", texts)
    if expected.record_set.type == "CNAME":
        return _compare_cname(server, expected, got, texts)
    wanted = {value.key for value in expected.record_set.values}
    served = set() if got.cnames else {value.key for value in got.values}
    agrees = wanted <= served if expected.served_as == SUBSET else wanted == served
    shown = (f"CNAME {got.cnames[0]}",) if got.cnames else texts
    return Finding(server, expected, SAME if agrees else DIFFERENT, _shown(got, shown), shown)


def _compare_cname(server: str, expected: Expectation, got: Reply, texts: tuple[str, ...]) -> Finding:
    if got.cnames:
        wanted = expected.record_set.values[0].text.lower() if expected.record_set.values else ""
        state = SAME if got.cnames[0] == wanted else DIFFERENT
        return Finding(server, expected, state, _shown(got, got.cnames[:1]), got.cnames[:1])
    if expected.absent:
        return Finding(server, expected, SAME)
    return Finding(server, expected, DIFFERENT, _shown(got, texts), texts)


def compare_flattened(finding: Finding, served: Collection[str], target: Collection[str]) -> Finding:
    """A server that flattens a CNAME serves it when it answers (some of) the addresses of its target.

    served: the addresses answered for the name; target: those of the CNAME's target.
    """
    texts = tuple(sorted(served))
    if not target:
        # A dangling flattened CNAME is answered with NODATA.
        state = NOT_COMPARABLE if not served else DIFFERENT
        detail = "flattened, and its target has no address"
        return Finding(finding.server, finding.expectation, state, detail, texts, settling=True)
    state = SAME if set(served) & set(target) else DIFFERENT
    return Finding(finding.server, finding.expectation, state, "flattened to " + (", ".join(texts) or "nothing"), texts)


def _shown(got: Reply, texts: tuple[str, ...]) -> str:
    return ", ".join(texts) or ("no such name" if got.rcode == "NXDOMAIN" else "no such record set")

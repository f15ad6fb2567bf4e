# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a server serves what it should. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from operator import attrgetter

from .._zone import rdata
from .._zone.origins import ADDRESS_TYPES
from .._zone.record_sets import RecordSet
from .replies import Reply

#: How a provider's servers answer a record set that it holds.
EXACT = "exact"
#: … with more values than its API shows.
SUBSET = "subset"
#: … with the strings of a text cut elsewhere.
JOINED = "joined"
#: … with data of their own, such as the addresses of its proxies.
HIDDEN = "hidden"

SAME, DIFFERENT, NOT_COMPARABLE, SILENT = "same", "different", "not_comparable", "silent"


@dataclass(frozen=True)
class Expectation:
    """What the servers of one provider should serve for a record set; no values when it should not exist.

    ttl: seconds with which they should serve it; None where that does not matter. flattens: whether these servers may
    answer addresses where the record is a CNAME.
    """

    provider: str
    name: str  # absolute
    record_set: RecordSet
    served_as: str = EXACT
    absent: bool = False
    ttl: int | None = None
    flattens: bool = True


@dataclass(frozen=True)
class Finding:
    """How one server's answer compares.

    detail: what it served, or why that cannot be compared. settling: whether asking again soon may give another answer.
    """

    server: str
    expectation: Expectation
    state: str
    detail: str = ""
    values: tuple[str, ...] = ()
    settling: bool = False


def is_replaced(record_set: RecordSet, at_name: Sequence[RecordSet]) -> bool:
    """Whether a CNAME stands in place of addresses: servers that flatten it go on answering some."""
    return record_set.type in ADDRESS_TYPES and any(one.type == "CNAME" for one in at_name)


def question_type(expectation: Expectation) -> str:
    """The type to ask for. For a CNAME its addresses: the chain shows the CNAME where it is not flattened."""
    return "A" if expectation.record_set.type == "CNAME" else expectation.record_set.type


def compare(server: str, expected: Expectation, got: Reply) -> Finding:
    """Whether the reply to `question_type` is what was expected; a flattened CNAME is left to `compare_flattened`."""
    texts = tuple(sorted(value.text for value in got.values))
    if got.error:
        return Finding(server, expected, SILENT, got.error)
    if got.trouble:
        return Finding(server, expected, DIFFERENT, got.trouble)
    if why_not := _not_comparable(expected, got):
        return Finding(server, expected, NOT_COMPARABLE, why_not, texts if expected.served_as == HIDDEN else ())
    if expected.ttl is not None and (got.values or got.cnames) and got.ttl != expected.ttl:
        return Finding(server, expected, DIFFERENT, f"a TTL of {got.ttl} seconds in place of {expected.ttl}", texts)
    if expected.record_set.type == "CNAME":
        return _compare_cname(server, expected, got, texts)
    shown = (f"CNAME {got.cnames[0]}",) if got.cnames else texts
    return Finding(server, expected, SAME if _agrees(expected, got) else DIFFERENT, _shown(got, shown), shown)


def _not_comparable(expected: Expectation, got: Reply) -> str:
    """Why the reply says nothing about what was expected; empty when it does."""
    if expected.served_as == HIDDEN:
        return "the provider's servers answer with data of their own"
    if got.referral and got.referral.zone != expected.name:
        return f"below the delegation of {got.referral.zone}"
    return ""


def _agrees(expected: Expectation, got: Reply) -> bool:
    meaning = rdata.joined if expected.served_as == JOINED else attrgetter("key")
    wanted = {meaning(value) for value in expected.record_set.values}
    served = set() if got.cnames else {meaning(value) for value in got.values}
    return wanted <= served if expected.served_as == SUBSET else wanted == served


def _compare_cname(server: str, expected: Expectation, got: Reply, texts: tuple[str, ...]) -> Finding:
    if got.cnames:
        wanted = expected.record_set.values[0].text.lower() if expected.record_set.values else ""
        state = SAME if got.cnames[0] == wanted else DIFFERENT
        return Finding(server, expected, state, _shown(got, got.cnames[:1]), got.cnames[:1])
    if expected.absent:
        return Finding(server, expected, SAME)
    return Finding(server, expected, DIFFERENT, _shown(got, texts), texts)


def compare_flattened(finding: Finding, served: Collection[str], target: Collection[str], own: bool = True) -> Finding:
    """A server that flattens a CNAME serves it when it answers (some of) the addresses of its target.

    served: the addresses answered for the name; target: those of the CNAME's target. own: whether the same server gave
    these too; the resolver may get others for the same name, so that no overlap says nothing.
    """
    texts = tuple(sorted(served))
    if not target:
        # A dangling flattened CNAME is answered with NODATA.
        state = NOT_COMPARABLE if not served else DIFFERENT
        detail = "flattened, and its target has no address"
        return Finding(finding.server, finding.expectation, state, detail, texts, settling=True)
    detail = "flattened to " + (", ".join(texts) or "nothing")
    if served and not own and not set(served) & set(target):
        detail = f"{detail}, which are not the addresses that the resolver gets for its target"
        return Finding(finding.server, finding.expectation, NOT_COMPARABLE, detail, texts, settling=True)
    state = SAME if set(served) & set(target) else DIFFERENT
    return Finding(finding.server, finding.expectation, state, detail, texts)


def _shown(got: Reply, texts: tuple[str, ...]) -> str:
    return ", ".join(texts) or ("no such name" if got.rcode == "NXDOMAIN" else "no such record set")

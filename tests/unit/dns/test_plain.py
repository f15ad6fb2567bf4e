# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read without dnspython is what dnspython reads, and questions are packed as it packs them."""

from __future__ import annotations

import dns.exception
import dns.flags
import dns.message
import dns.rrset
from ansible_collections.twinzone.edge.plugins.module_utils._dns import plain, wire
from ansible_collections.twinzone.edge.plugins.module_utils._dns.replies import reply
from hypothesis import example, given
from hypothesis import strategies as st

NAME = "www.example.com."
ADDRESSES = {
    "A": st.ip_addresses(v=4).map(str),
    "AAAA": st.ip_addresses(v=6).map(str),
}


SETS = st.sampled_from(sorted(ADDRESSES)).flatmap(
    lambda rdtype: st.tuples(
        st.just(rdtype),
        st.integers(0, 86400),
        st.lists(ADDRESSES[rdtype], min_size=1, max_size=4, unique=True),
    )
)


def answer(rdtype: str, ttl: int, texts: list[str]) -> bytes:
    """An answer of addresses in wire format."""
    query = dns.message.make_query(NAME, rdtype, id=0)
    query.flags &= ~dns.flags.RD
    made = dns.message.make_response(query)
    made.answer.append(dns.rrset.from_text(NAME, ttl, "IN", rdtype, *texts))
    return made.to_wire()


def question(rdtype: str) -> bytes:
    return dns.message.make_query(NAME, rdtype).to_wire()[plain.HEADER :]


@given(SETS)
def test_a_plain_answer_is_read_as_dnspython_reads_it(one: tuple[str, int, list[str]]) -> None:
    rdtype, octets = one[0], answer(*one)
    read = reply(dns.message.from_wire(octets), NAME, rdtype)
    assert plain.addresses(octets, question(rdtype), rdtype) == (read.ttl, read.values)


@given(SETS, st.data())
def test_whatever_is_changed_is_left_to_dnspython_or_read_as_it_does(
    one: tuple[str, int, list[str]], data: st.DataObject
) -> None:
    """One octet changed, or the end cut off or added to: what counts is what dnspython takes for an answer."""
    rdtype, octets = one[0], answer(*one)
    place = data.draw(st.integers(0, len(octets) - 1))
    changed = data.draw(
        st.one_of(
            st.integers(0, 255).map(lambda octet: octets[:place] + bytes((octet,)) + octets[place + 1 :]),
            st.just(octets[:place]),
            st.binary(min_size=1, max_size=30).map(lambda more: octets + more),
        )
    )
    found = plain.addresses(changed, question(rdtype), rdtype)
    if found is None:
        return
    message = dns.message.from_wire(changed)
    query = dns.message.make_query(NAME, rdtype, id=message.id)
    read = reply(message, NAME, rdtype)
    assert query.is_response(message)
    assert (read.rcode, read.cnames, read.referral) == ("NOERROR", (), "")
    assert (found[0], set(found[1])) == (read.ttl, set(read.values))


@given(st.lists(st.text("ab-_*\\.é0", min_size=1, max_size=70), min_size=1, max_size=5).map(".".join), st.booleans())
@example("a" * 63, True)
@example("a" * 64, True)
@example(".".join(["a" * 62] * 4), True)
def test_questions_are_packed_as_dnspython_packs_them(name: str, absolute: bool) -> None:
    text = name + "." * absolute
    try:
        wanted = dns.message.make_query(text, "TXT", id=0, flags=0).to_wire()[2:]
    except (dns.exception.DNSException, UnicodeError):
        return
    assert wire._packed((text, "TXT")) == wanted


def test_ids_are_all_different() -> None:
    ids = wire._ids(2000)
    assert len(set(ids)) == len(ids) == 2000
    assert all(0 <= one < 1 << 16 for one in ids)

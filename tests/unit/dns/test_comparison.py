# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a server serves what it should, from its answers as they come."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import dns.message
import dns.rcode
import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._dns.comparison import (
    DIFFERENT,
    EXACT,
    HIDDEN,
    NOT_COMPARABLE,
    SAME,
    SILENT,
    SUBSET,
    Expectation,
    Finding,
    compare,
    compare_flattened,
    question_type,
)
from ansible_collections.twinzone.edge.plugins.module_utils._dns.replies import reply
from ansible_collections.twinzone.edge.plugins.module_utils._zone import rdata
from ansible_collections.twinzone.edge.plugins.module_utils._zone.record_sets import RecordSet
from hypothesis import given
from hypothesis import strategies as st
from support.dns_messages import NAME, message

ZONE = "example.com"


def expect(rdtype: str, *texts: str, served_as: str = EXACT, absent: bool = False) -> Expectation:
    values = tuple(rdata.parse(rdtype, text, ZONE) for text in texts)
    return Expectation("desec", NAME, RecordSet("www", rdtype, 300, values), served_as, absent)


def found(expected: Expectation, answered: dns.message.Message | str) -> Finding:
    return compare("ns1", expected, reply(answered, NAME, question_type(expected)))


TWO = message(f"{NAME} 60 IN A 192.0.2.2", f"{NAME} 60 IN A 192.0.2.1")
CHAIN = message(f"{NAME} 9 IN CNAME a.example.org.", "a.example.org. 9 IN A 192.0.2.1")
TWO_AUTHORITIES = message(f'{NAME} 9 IN CAA 0 issue "a"', f'{NAME} 9 IN CAA 0 issue "b"')


@pytest.mark.parametrize(
    ("expected", "answered", "state"),
    [
        (expect("A", "192.0.2.1"), message(f"{NAME} 300 IN A 192.0.2.1"), SAME),
        (expect("A", "192.0.2.1"), message(f"{NAME} 60 IN A 192.0.2.1"), SAME),  # the TTL is not compared
        (expect("A", "192.0.2.1", "192.0.2.2"), TWO, SAME),
        (expect("A", "192.0.2.1"), message(f"{NAME} 300 IN A 192.0.2.2"), DIFFERENT),
        (expect("A", "192.0.2.1"), message(f"{NAME} 300 IN A 192.0.2.1", f"{NAME} 300 IN A 192.0.2.2"), DIFFERENT),
        (expect("A", "192.0.2.1"), message(), DIFFERENT),
        (expect("A", "192.0.2.1"), message(rcode=dns.rcode.NXDOMAIN), DIFFERENT),
        (expect("A", "192.0.2.1"), message(rcode=dns.rcode.REFUSED), DIFFERENT),
        (expect("A", "192.0.2.1"), message(rcode=dns.rcode.SERVFAIL), DIFFERENT),
        (expect("A", "192.0.2.1"), "silent", SILENT),
        (expect("A", "192.0.2.1"), CHAIN, DIFFERENT),
        (expect("MX", "10 Mail.Example.org."), message(f"{NAME} 9 IN MX 10 mail.example.ORG."), SAME),
        (expect("TXT", "Hello"), message(f'{NAME} 9 IN TXT "hello"'), DIFFERENT),
        (expect("A", absent=True), message(rcode=dns.rcode.NXDOMAIN), SAME),
        (expect("A", absent=True), message(), SAME),
        (expect("A", absent=True), message(f"{NAME} 9 IN A 192.0.2.1"), DIFFERENT),
        (expect("A", absent=True), message(f"{NAME} 9 IN CNAME a.example.org."), SAME),
        (expect("A", absent=True), message(rcode=dns.rcode.SERVFAIL), DIFFERENT),
        # A CNAME is asked for with the type A, and its chain tells.
        (expect("CNAME", "A.example.org."), message(f"{NAME} 9 IN CNAME a.example.ORG."), SAME),
        (expect("CNAME", "a.example.org."), message(f"{NAME} 9 IN CNAME b.example.org."), DIFFERENT),
        (expect("CNAME", "a.example.org."), message(f"{NAME} 9 IN A 192.0.2.1"), DIFFERENT),
        (expect("CNAME", "a.example.org."), message(rcode=dns.rcode.NXDOMAIN), DIFFERENT),
        (expect("CNAME", absent=True), message(f"{NAME} 9 IN CNAME b.example.org."), DIFFERENT),
        (expect("CNAME", absent=True), message(rcode=dns.rcode.NXDOMAIN), SAME),
        # What a provider's servers answer in their own way.
        (expect("CAA", "0 issue a", served_as=SUBSET), TWO_AUTHORITIES, SAME),
        (expect("CAA", "0 issue a", served_as=SUBSET), message(f'{NAME} 9 IN CAA 0 issue "b"'), DIFFERENT),
        (expect("A", "203.0.113.1", served_as=HIDDEN), message(f"{NAME} 9 IN A 104.16.0.1"), NOT_COMPARABLE),
        (expect("A", "203.0.113.1", served_as=HIDDEN), "silent", SILENT),
        (expect("A", "203.0.113.1", served_as=HIDDEN), message(rcode=dns.rcode.REFUSED), DIFFERENT),
        # Delegations
        (expect("NS", "ns1.example.org."), message(authority=(f"{NAME} 9 IN NS ns1.example.org.",)), SAME),
        (expect("NS", "ns2.example.org."), message(authority=(f"{NAME} 9 IN NS ns1.example.org.",)), DIFFERENT),
        (expect("NS", "ns1.example.org."), message(f"{NAME} 9 IN NS ns1.example.org."), SAME),
        (expect("A", "192.0.2.1"), message(authority=("example.com. 9 IN SOA a. b. 1 2 3 4 5",)), DIFFERENT),
        (expect("A", "192.0.2.1"), message(authority=("example.com. 9 IN NS ns1.example.org.",)), NOT_COMPARABLE),
    ],
)  # fmt: skip
def test_how_an_answer_compares(expected: Expectation, answered: dns.message.Message | str, state: str) -> None:
    finding = found(expected, answered)
    assert finding.state == state
    assert finding.server == "ns1"
    assert finding.detail or finding.state == SAME


@pytest.mark.parametrize(
    ("served", "target", "state"),
    [
        ({"192.0.2.1"}, {"192.0.2.1"}, SAME),
        ({"192.0.2.1", "2001:db8::1"}, {"192.0.2.1", "192.0.2.2"}, SAME),
        ({"192.0.2.1"}, {"192.0.2.2"}, DIFFERENT),
        (set(), {"192.0.2.2"}, DIFFERENT),
        (set(), set(), NOT_COMPARABLE),
        ({"192.0.2.1"}, set(), DIFFERENT),
    ],
)
def test_a_flattened_cname_is_served_with_the_addresses_of_its_target(
    served: set[str], target: set[str], state: str
) -> None:
    expected = expect("CNAME", "a.example.org.")
    finding = compare_flattened(Finding("ns1", expected, DIFFERENT), served, target)
    assert (finding.state, finding.expectation) == (state, expected)
    assert finding.settling == (not target)


TEXTS = ["192.0.2.1", "192.0.2.2", "192.0.2.3"]
some = st.lists(st.sampled_from(TEXTS), unique=True, max_size=3)


@given(some.filter(bool), some)
def test_a_set_is_the_same_only_if_it_has_exactly_these_values(wanted: list[str], served: list[str]) -> None:
    answered = message(*(f"{NAME} 9 IN A {text}" for text in served))
    assert (found(expect("A", *wanted), answered).state == SAME) == (set(wanted) == set(served))
    assert (found(expect("A", *wanted, served_as=SUBSET), answered).state == SAME) == (set(wanted) <= set(served))


@pytest.mark.parametrize(("rdtype", "text"), [("A", "192.0.2.1"), ("CNAME", "a.example.org.")])
def test_a_ttl_matters_where_one_is_expected(rdtype: str, text: str) -> None:
    wanted = expect(rdtype, text)
    answered = message(f"{NAME} 60 IN {rdtype} {text}", "a.example.org. 5 IN A 192.0.2.1")
    assert found(wanted, answered).state == SAME
    assert found(replace(wanted, ttl=60), answered).state == SAME
    finding = found(replace(wanted, ttl=61), answered)
    assert (finding.state, finding.detail) == (DIFFERENT, "a TTL of 60 seconds in place of 61")
    assert "TTL" not in found(replace(wanted, ttl=61), message(rcode=3)).detail, "of an answer that has one"


records = st.sampled_from(
    [f"{NAME} 9 IN A 192.0.2.1", f"{NAME} 9 IN CNAME a.example.org.", "a.example.org. 9 IN A 192.0.2.1",
     "a.example.org. 9 IN CNAME a.example.org.", f"a.example.org. 9 IN CNAME {NAME}", "a.example.org. 9 IN NS b.",
     f'{NAME} 9 IN TXT "x"', "other.example.com. 9 IN A 192.0.2.9"]
)  # fmt: skip


@given(st.lists(records, max_size=5), st.lists(records, max_size=2), st.sampled_from([0, 2, 3, 5]), st.data())
def test_any_answer_is_judged(answer: list[str], authority: list[str], rcode: int, data: Any) -> None:
    expected = data.draw(
        st.sampled_from([expect("A", "192.0.2.1"), expect("CNAME", "a.example.org."), expect("TXT", absent=True)])
    )
    finding = found(expected, message(*answer, authority=tuple(authority), rcode=rcode))
    assert finding.state in (SAME, DIFFERENT, NOT_COMPARABLE)
    if rcode in (2, 5):
        assert finding.state == DIFFERENT

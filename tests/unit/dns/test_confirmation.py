# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An answer that is recognised by its bytes says what the parser would have found in it."""

from __future__ import annotations

from dataclasses import replace

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rrset
import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._dns import wire
from ansible_collections.twinzone.edge.plugins.module_utils._dns.asker import Wanted
from ansible_collections.twinzone.edge.plugins.module_utils._dns.comparison import (
    EXACT,
    JOINED,
    SAME,
    SUBSET,
    Expectation,
    compare,
)
from ansible_collections.twinzone.edge.plugins.module_utils._dns.replies import reply
from ansible_collections.twinzone.edge.plugins.module_utils._zone import rdata
from ansible_collections.twinzone.edge.plugins.module_utils._zone.record_sets import RecordSet
from hypothesis import example, given
from hypothesis import strategies as st

ZONE, NAME = "example.com", "www.example.com."

SETS = [
    ("A", ["192.0.2.1"]),
    ("A", ["192.0.2.9", "192.0.2.1", "192.0.2.5"]),
    ("AAAA", ["2001:DB8::1", "2001:db8::2"]),
    ("CAA", ['0 issue "ca.example.net"', '128 iodef "mailto:a@example.com"']),
    ("HTTPS", ["1 . alpn=h2,h3 ipv4hint=192.0.2.1", "2 Backup.example.net."]),
    ("LOC", ["52 22 23.000 N 4 53 32.000 E -2.00m 0.57m 10000m 10m"]),
    ("MX", ["10 Mail.Example.org.", "20 mail2"]),
    ("NAPTR", ['100 10 "u" "E2U+sip" "!^.*$!sip:a@example.com!" .']),
    ("NS", ["ns1.example.net."]),
    ("SRV", ["1 2 443 target"]),
    ("SSHFP", ["4 2 " + "ab" * 32]),
    ("TLSA", ["3 1 1 " + "cd" * 32]),
    ("TXT", ['"Hello" "world"', "x" * 300, '"a\\"b;\\\\\\200"']),
    ("URI", ['10 1 "https://example.com/"']),
    ("TYPE65534", ["\\# 3 010203"]),
]


def expectation(rdtype: str, texts: list[str], ttl: int | None = None) -> Expectation:
    values = tuple(rdata.parse(rdtype, text, ZONE) for text in texts)
    return Expectation("desec", NAME, RecordSet("www", rdtype, 300, values), ttl=ttl)


def answered(expected: Expectation, ttl: int, backwards: bool = False) -> bytes:
    """What a name server answers that serves it."""
    rdtype = expected.record_set.type
    query = dns.message.from_wire(wire.packed((NAME, rdtype)))
    made = dns.message.make_response(query)
    made.flags |= dns.flags.AA
    datas = [value.rdata(rdtype) for value in expected.record_set.values]
    made.answer.append(dns.rrset.from_rdata_list(NAME, ttl, datas[::-1] if backwards else datas))
    return made.to_wire(origin=dns.name.from_text(ZONE))


@pytest.mark.parametrize(("rdtype", "texts"), SETS)
@pytest.mark.parametrize("backwards", [False, True])
def test_a_plain_answer_says_what_the_parser_finds_in_it(rdtype: str, texts: list[str], backwards: bool) -> None:
    wanted = Wanted.of(expectation(rdtype, texts))
    answer = answered(wanted.expected, 77, backwards)
    parsed = compare("ns1", wanted.expected, reply(wire.message(answer), NAME, rdtype))
    assert parsed.state == SAME
    if wanted.is_confirmed_by(answer):
        assert wanted.found("ns1") == parsed
    else:
        assert len(texts) > 1 or "example" in str(texts), "compressed, or records of different sizes"


@pytest.mark.parametrize(("rdtype", "texts"), [one for one in SETS if one[0] in ("A", "AAAA", "SSHFP", "TLSA")])
def test_plain_answers_are_recognised(rdtype: str, texts: list[str]) -> None:
    wanted = Wanted.of(expectation(rdtype, texts))
    for backwards in (False, True):
        assert wanted.is_confirmed_by(answered(wanted.expected, 77, backwards))


@given(st.integers(0, 79), st.integers(0, 255), st.integers(0, 80))
@example(3, 3, 80)  # NXDOMAIN, though it has an answer
@example(2, 0x86, 80)  # truncated
def test_what_is_recognised_though_it_was_changed_is_the_same_to_the_parser(place: int, octet: int, size: int) -> None:
    wanted = Wanted.of(expectation("A", ["192.0.2.1", "192.0.2.2"], ttl=300))
    answer = bytearray(answered(wanted.expected, 300))
    answer[place % len(answer)] = octet
    changed = bytes(answer[:size])
    if place > 1 and wanted.is_confirmed_by(changed):
        assert dns.message.from_wire(wire.packed((NAME, "A"))).is_response(wire.message(b"\0\0" + changed[2:]))
        parsed = compare("ns1", wanted.expected, reply(wire.message(changed), NAME, "A"))
        assert wanted.found("ns1") == parsed


@pytest.mark.parametrize("ttl", [299, 301, 0])
def test_another_ttl_is_left_to_the_parser_where_it_matters(ttl: int) -> None:
    wanted = Wanted.of(expectation("A", ["192.0.2.1"], ttl=300))
    assert wanted.is_confirmed_by(answered(wanted.expected, 300))
    assert not wanted.is_confirmed_by(answered(wanted.expected, ttl))


def test_only_what_is_served_exactly_is_recognised() -> None:
    plain = expectation("A", ["192.0.2.1"])
    assert Wanted.of(plain).confirmation is not None
    others = [
        replace(plain, served_as=SUBSET),
        replace(plain, served_as=JOINED),
        replace(plain, absent=True, record_set=replace(plain.record_set, values=())),
        replace(plain, record_set=replace(plain.record_set, values=(rdata.opaque("?"),))),
        expectation("CNAME", ["a.example.net."]),
    ]
    assert [Wanted.of(one).confirmation for one in others] == [None] * len(others)
    assert plain.served_as == EXACT


@given(st.from_regex(r"([a-z0-9_*-]{1,64}\.){1,6}|[ -~]{1,20}\.|\.", fullmatch=True), st.sampled_from(["A", "HTTPS"]))
@example("a" * 63 + ".", "A")
@example(".".join(["a" * 63] * 3) + "." + "a" * 61 + ".", "A")
@example(".".join(["a" * 63] * 3) + "." + "a" * 62 + ".", "A")
def test_a_question_is_packed_as_the_library_packs_it(name: str, rdtype: str) -> None:
    try:
        query = dns.message.make_query(name, rdtype, id=0, flags=0)
    except (dns.exception.DNSException, UnicodeError):
        with pytest.raises((dns.exception.DNSException, UnicodeError)):
            wire.packed((name, rdtype))
    else:
        assert wire.packed((name, rdtype)) == query.to_wire()

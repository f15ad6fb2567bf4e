# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Record contents at the emulated deSEC API: what it stores, what it refuses, where it breaks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.lab_desec import Desec, rrset

HTML_500 = "<h1>Server Error (500)</h1>"
MALFORMED = "Record content for type {} malformed: "
UNQUALIFIED = 'Hostname must be fully qualified (i.e., end in a dot: "example.com.")'
UNQUOTED = "Data for TXT records must be given using quotation marks."
LOC = "51 30 12.748 N 0 7 39.612 W 0.00m"


@pytest.fixture
def desec() -> Desec:
    made = Desec(transfer_seconds=0)
    made.api.add_zone("a.test")
    return made


def stored(desec: Desec, rtype: str, content: str) -> str:
    body = desec.body("POST", "domains/a.test/rrsets/", rrset("x", rtype, content), status=201)
    assert len(body["records"]) == 1
    assert body == desec.body("GET", f"domains/a.test/rrsets/x/{rtype}/")
    return str(body["records"][0])


@pytest.mark.parametrize(
    ("rtype", "given_content", "kept"),
    [
        ("A", "  192.0.2.1 ", "192.0.2.1"),
        ("AAAA", "2001:0DB8::0001", "2001:db8::1"),
        ("AAAA", "::ffff:1.2.3.4", "::ffff:102:304"),
        ("AAAA", "64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
        ("AAAA", "1:0:0:2:0:0:0:3", "1:0:0:2::3"),
        ("AAAA", "1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"),
        ("AAAA", "::", "::"),
        ("CNAME", "Example.COM.", "Example.COM."),
        ("CNAME", "ü.example.", "xn--tda.example."),
        ("CNAME", "*._x.example.", "*._x.example."),
        ("CNAME", ".", "."),
        ("MX", "010  Mail.x.", "10 Mail.x."),
        ("MX", "0 .", "0 ."),
        ("SRV", "0 05 5060 Sip.example.", "0 5 5060 Sip.example."),
        ("PTR", "_x.example.", "_x.example."),
        ("TXT", '"a""b"', '"a" "b"'),
        ("TXT", '"a"  "b" ; comment', '"a" "b"'),
        ("TXT", '"ü\\097\t"', r'"\195\188a\009"'),
        ("TXT", r'"a;b\"\\"', r'"a;b\"\\"'),
        ("TXT", '""', '""'),
        ("SPF", '"v=spf1 -all"', '"v=spf1 -all"'),
        ("CAA", "0 issue letsencrypt.org", '0 issue "letsencrypt.org"'),
        ("CAA", "0 Issue Letsencrypt.org", '0 Issue "Letsencrypt.org"'),
        ("HTTPS", '1 . port=8443 alpn="h2,h3"', "1 . alpn=h2,h3 port=8443"),
        (
            "SVCB",
            "1 x.example. mandatory=port,alpn alpn=h2 port=1 ipv6hint=2001:0DB8::1 key65000=abc",
            '1 x.example. mandatory=alpn,port alpn=h2 port=1 ipv6hint=2001:db8::1 key65000="abc"',
        ),
        ("TLSA", "3 1 1 AB CD", "3 1 1 abcd"),
        ("SSHFP", "1 1 AB CD", "1 1 abcd"),
        ("SMIMEA", "3 1 1 AB CD", "3 1 1 abcd"),
        ("DS", "1 ECDSAP256SHA256 2 " + "AB" * 32, "1 13 2 " + "ab" * 32),
        ("TLSA", r"\# 35 030101" + "AB" * 32, "3 1 1 " + "ab" * 32),
        ("CDS", "0 0 0 00", "0 0 0 00"),
        ("CDNSKEY", "0 3 0 AA==", "0 3 0 AA=="),
        ("CERT", "PKIX 1 RSASHA256 AAAA", "1 1 8 AAAA"),
        ("NAPTR", "1 1 u sip+E2U !x! .", '1 1 "u" "sip+E2U" "!x!" .'),
        ("HINFO", "cpu os", '"cpu" "os"'),
        ("URI", "1 1 https://x.example/", '1 1 "https://x.example/"'),
        ("CSYNC", "66 3 NS A AAAA", "66 3 A NS AAAA"),
        ("EUI48", "AA-BB-CC-DD-EE-FF", "aa-bb-cc-dd-ee-ff"),
        ("L64", "1 2001:0DB8:1140:1000", "1 2001:0db8:1140:1000"),
        ("LOC", f"{LOC} 2m", f"{LOC} 2.00m 10000.00m 10.00m"),
        ("OPENPGPKEY", "AAAA AAAA", "AAAAAAAA"),
        ("APL", "1:192.0.2.0/24 !2:2001:db8::/32", "1:192.0.2.0/24 !2:2001:db8::/32"),
    ],
)
def test_contents_are_stored_in_canonical_form(desec: Desec, rtype: str, given_content: str, kept: str) -> None:
    assert stored(desec, rtype, given_content) == kept


@pytest.mark.parametrize(
    ("rtype", "given_content", "kept"),
    [
        ("A", "192.0.2.1\n192.0.2.2", "192.0.2.1"),
        ("AAAA", "::1 x", "::1"),
        ("CNAME", "x.example. y.example.", "x.example."),
        ("NS", "x.example. y", "x.example."),
        ("MX", "1 x.example. y", "1 x.example."),
        ("SRV", "1 1 1 x.example. y", "1 1 1 x.example."),
    ],
)
def test_text_after_the_last_field_is_dropped_silently(desec: Desec, rtype: str, given_content: str, kept: str) -> None:
    assert stored(desec, rtype, given_content) == kept


@pytest.mark.parametrize(
    ("rtype", "content", "message"),
    [
        ("A", "127.00.0.1", MALFORMED.format("A") + "Text input is malformed."),
        ("A", "1.2.3", MALFORMED.format("A") + "Text input is malformed."),
        ("PTR", "x.example. y", MALFORMED.format("PTR")),
        ("CNAME", "www", UNQUALIFIED),
        ("MX", "10 mail", UNQUALIFIED),
        ("NAPTR", "1 1 u a b x", UNQUALIFIED),
        ("NS", "_x.example.", "Cannot parse record contents: invalid target: _x.example."),
        ("NS", ".", "Cannot parse record contents: invalid target: ."),
        ("MX", "1 _x.example.", "Cannot parse record contents: invalid exchange: _x.example."),
        ("SRV", r"1 1 1 a\.b.example.", r"Cannot parse record contents: invalid target: a\.b.example."),
        ("CNAME", r"a\.b.example.", "Cannot parse record contents: invalid target"),
        ("TXT", "foo", UNQUOTED),
        ("TXT", '"a\nb"', UNQUOTED),
        ("TXT", "; comment", MALFORMED.format("TXT")),
        ("CERT", "1 1 8 A", "Cannot parse hexadecimal or base64 record contents"),
        ("MX", f"1 {'a.' * 130}", "Hostname must be no longer than 255 characters"),
        ("CAA", f"0 {'x' * 256} x", MALFORMED.format("CAA")),
        ("URI", '1 1 ""', MALFORMED.format("URI")),
        ("DS", "1 13 2 ABCD", MALFORMED.format("DS")),
        ("DS", "1 RSASHA1-NSEC3-SHA1 1 " + "AB" * 20, MALFORMED.format("DS")),
        ("TLSA", "DANE-EE SPKI SHA2-256 abcd", MALFORMED.format("TLSA")),
        ("TLSA", "3 1 1 abc", MALFORMED.format("TLSA")),
        ("CAA", "0 iss-ue x", MALFORMED.format("CAA")),
        ("HTTPS", "0 x.example. port=1", MALFORMED.format("HTTPS")),
        ("HTTPS", "1 . port=1 port=2", MALFORMED.format("HTTPS")),
        ("HTTPS", "1 . mandatory=port", MALFORMED.format("HTTPS")),
        ("TXT", f'"{"x" * 64000}"', "Ensure this value has no more than 64000 byte in wire format (it has 64251)."),
    ],
)
def test_malformed_contents_are_refused(desec: Desec, rtype: str, content: str, message: str) -> None:
    body = desec.body("POST", "domains/a.test/rrsets/", rrset("x", rtype, content), status=400)
    assert list(body) == ["non_field_errors"]
    assert body["non_field_errors"][0].startswith(message)
    assert len(desec.api.holds("a.test")) == 1


@pytest.mark.parametrize(
    ("rtype", "content"),
    [
        ("LOC", LOC),
        ("LOC", f"{LOC} 1m 10000m 10m"),
        ("LOC", "3 1 0.000 N 0 7 39.612 W 0.00m 2m"),
        ("APL", "1:192.0.2.1/24"),
        ("SVCB", '1 . dohpath="/q{?dns}"'),
        ("SVCB", "1 . key8"),
        ("HTTPS", "1 . key65000"),
        ("HTTPS", '1 . key65000=""'),
    ],
)
def test_what_powerdns_refuses_is_a_crash_and_nothing_is_kept(desec: Desec, rtype: str, content: str) -> None:
    response = desec("PATCH", "domains/a.test/rrsets/", [rrset("ok", "A", "192.0.2.1"), rrset("x", rtype, content)])
    assert (response.status, response.content_type) == (500, "text/html; charset=utf-8")
    assert HTML_500 in str(response.body)
    assert len(desec.api.holds("a.test")) == 1


@pytest.mark.parametrize(
    ("rtype", "content", "once", "twice"),
    [
        ("CAA", '0 issue "ü"', r'0 issue "\195\131\194\188"', 16),
        ("HINFO", '"ü" "x"', r'"\195\131\194\188" "x"', 16),
        ("NAPTR", '1 1 "ü" "a" "b" .', r'1 1 "\195\131\194\188" "a" "b" .', 16),
    ],
)
def test_octets_from_128_on_grow_at_every_write(desec: Desec, rtype: str, content: str, once: str, twice: int) -> None:
    assert stored(desec, rtype, content) == once
    body = desec.body("PATCH", f"domains/a.test/rrsets/x/{rtype}/", {"records": [once]})
    assert body["records"][0].count("\\") == twice


def test_uri_loses_backslashes(desec: Desec) -> None:
    assert stored(desec, "URI", r'1 1 "a\\b"') == '1 1 "ab"'


def test_a_quotation_mark_in_an_uri_fails_at_the_second_look_without_telling_where(desec: Desec) -> None:
    bulk = [rrset("y", "A", "192.0.2.1"), rrset("x", "URI", r'1 1 "a\"b"')]
    errors = desec.body("PATCH", "domains/a.test/rrsets/", bulk, status=400)
    assert [error.startswith('Record content of URI x.a.test. invalid: \'1 1 "a"b"\': ') for error in errors] == [True]


@pytest.mark.parametrize(
    ("rtype", "records"),
    [
        ("MX", ["10 mail.example.", "10 MAIL.example."]),
        ("AAAA", ["::1", "0::1"]),
        ("TXT", [f'"{"x" * 300}"', f'"{"x" * 255}" "{"x" * 45}"']),
    ],
)
def test_duplicates_after_canonicalisation_are_refused(desec: Desec, rtype: str, records: list[str]) -> None:
    body = desec.body("POST", "domains/a.test/rrsets/", rrset("x", rtype, *records), status=400)
    assert body == {"non_field_errors": ["Duplicate: records must be semantically unique"]}


@pytest.mark.parametrize("records", [['"a"', '"A"'], [f'"{"x" * 300}"', f'"{"x" * 100}" "{"x" * 200}"']])
def test_txt_differs_by_case_and_by_its_cuts(desec: Desec, records: list[str]) -> None:
    assert desec("POST", "domains/a.test/rrsets/", rrset("x", "TXT", *records)).status == 201


def test_writing_a_long_text_cut_or_uncut_is_the_same(desec: Desec) -> None:
    text = stored(desec, "TXT", f'"{"ü" * 200}"')
    assert text == '"' + r"\195\188" * 127 + r'\195" "\188' + r"\195\188" * 72 + '"'
    before = desec.publications
    assert desec("PATCH", "domains/a.test/rrsets/x/TXT/", {"records": [f'"{"ü" * 200}"']}).status == 200
    assert desec.publications == before
    assert desec.served("a.test", "x.a.test", "TXT") == {text}


def test_case_alone_is_a_change(desec: Desec) -> None:
    stored(desec, "CNAME", "x.example.")
    before = desec.publications
    body = desec.body("PATCH", "domains/a.test/rrsets/x/CNAME/", {"records": ["X.example."]})
    assert body["records"] == ["X.example."]
    assert desec.publications == before + 1


def test_an_empty_caa_value_is_served_with_a_nul(desec: Desec) -> None:
    stored(desec, "CAA", '0 issue ""')
    assert desec.served("a.test", "x.a.test", "CAA") == {r'0 issue "\000"'}


def test_keys_are_served_with_a_ttl_of_their_own(desec: Desec) -> None:
    desec.body("POST", "domains/a.test/rrsets/", rrset("", "CDS", "0 0 0 00", ttl=86400), status=201)
    assert {data.ttl for (_unused, rtype), data in desec.published["a.test"].items() if rtype.name == "CDS"} == {3600}
    assert desec.body("GET", "domains/a.test/rrsets/@/CDS/")["ttl"] == 86400


@pytest.mark.parametrize("rtype", ["SOA", "NSEC", "NSEC3", "NSEC3PARAM", "RRSIG", "OPT", "KEY"])
def test_automatic_types(desec: Desec, rtype: str) -> None:
    body = desec.body("POST", "domains/a.test/rrsets/", rrset("x", rtype, "x"), status=400)
    assert body == {"type": [f"You cannot tinker with the {rtype} RR set. It is managed automatically."]}


@pytest.mark.parametrize("rtype", ["ALIAS", "ANAME", "IPSECKEY", "WKS", "ZONEMD", "RKEY", "MR", "MINFO", "NONSENSE"])
def test_unsupported_types(desec: Desec, rtype: str) -> None:
    body = desec.body("POST", "domains/a.test/rrsets/", rrset("x", rtype, "x"), status=400)
    assert body == {"type": [f"The {rtype} RR set type is currently unsupported."]}


def test_the_size_of_an_rrset_is_limited(desec: Desec) -> None:
    fixed = 32 + len("x.a.test.") + 256
    count, rest = divmod(65535 - fixed, 12 + len('"0000"'))
    records = [f'"{number:04}"' for number in range(count)]
    records[0] = f'"0000{"x" * rest}"'
    assert desec("POST", "domains/a.test/rrsets/", rrset("x", "TXT", *records)).status == 201
    records[0] = f'"0000{"x" * (rest + 1)}"'
    body = desec.body("POST", "domains/a.test/rrsets/", rrset("y", "TXT", *records), status=400)
    assert body == {"non_field_errors": ["Total length of RRset exceeds limit by 1 bytes."]}


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=3))
def test_txt_written_back_as_it_was_read_does_not_change(strings: list[bytes]) -> None:
    desec = Desec(transfer_seconds=0)
    desec.api.add_zone("a.test")
    spelled = " ".join('"' + "".join(f"\\{octet:03}" for octet in string) + '"' for string in strings)
    kept = stored(desec, "TXT", spelled)
    before = desec.publications
    assert desec.body("PATCH", "domains/a.test/rrsets/x/TXT/", {"records": [kept]})["records"] == [kept]
    assert desec.publications == before
    (rdata,) = next(data for (_unused, rtype), data in desec.published["a.test"].items() if rtype.name == "TXT")
    assert b"".join(rdata.strings) == b"".join(strings)

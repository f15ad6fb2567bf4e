# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Record data means what its wire format says, in any spelling."""

from __future__ import annotations

from typing import Any

import dns.rdatatype
import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._zone import character_strings
from ansible_collections.twinzone.edge.plugins.module_utils._zone import rdata as zone_rdata
from hypothesis import example, given
from hypothesis import strategies as st
from support.sample_records import SAMPLES, spellings

ZONE = "example.com"


def strings(text: str, rdtype: str = "TXT") -> tuple[bytes, ...]:
    """The character strings that a text value means."""
    rdata: Any = zone_rdata.parse(rdtype, text, ZONE).rdata(rdtype)
    return tuple(rdata.strings)


def quoted(data: bytes) -> str:
    """A character string as a careful writer spells it."""
    return '"' + "".join(chr(byte) if 35 <= byte < 92 else f"\\{byte:03d}" for byte in data) + '"'


@pytest.mark.parametrize("rdtype", SAMPLES)
def test_the_canonical_text_means_the_same(rdtype: str) -> None:
    for text in SAMPLES[rdtype]:
        value = zone_rdata.parse(rdtype, text, ZONE)
        assert zone_rdata.parse(rdtype, value.text, ZONE) == value
        assert zone_rdata.from_rdata(value.rdata(rdtype)).wire == value.wire
        assert zone_rdata.parse_held(rdtype, text, ZONE) == value


@given(spellings())
def test_all_spellings_of_one_value_are_equal(spelled: tuple[str, str, str]) -> None:
    rdtype, one, other = spelled
    assert zone_rdata.parse(rdtype, one, ZONE).key == zone_rdata.parse(rdtype, other, ZONE).key


@given(st.sampled_from([dns.rdatatype.to_text(number) for number in dns.rdatatype.RdataType]), st.text(max_size=60))
@example("NS", "\f")
def test_arbitrary_text_is_a_value_or_a_value_error(rdtype: str, text: str) -> None:
    held = zone_rdata.parse_held(rdtype, text, ZONE)
    try:
        value = zone_rdata.parse(rdtype, text, ZONE)
    except ValueError as error:
        assert str(error).strip()
        assert held.text == text, "what a provider holds is shown as it is"
    else:
        assert held == value
        assert zone_rdata.parse(rdtype, value.text, ZONE) == value


@given(st.text(max_size=40), st.text(max_size=40))
def test_held_data_that_cannot_be_read_is_equal_to_nothing_but_itself(one: str, other: str) -> None:
    keys = {zone_rdata.parse_held("NOTYPE", text, ZONE).key for text in (one, other)}
    assert len(keys) == len({one, other})
    assert zone_rdata.parse_held("TXT", "\ud800", ZONE).text == "\ud800"
    assert zone_rdata.parse_held("NOTYPE", "192.0.2.1", ZONE).key != zone_rdata.parse("A", "192.0.2.1", ZONE).key


@given(st.binary(max_size=700))
def test_text_of_any_length_is_cut_where_both_providers_cut_it(data: bytes) -> None:
    expected = tuple(data[start : start + 255] for start in range(0, len(data) or 1, 255))
    assert strings(quoted(data)) == expected
    assert strings(" ".join(map(quoted, expected))) == expected, "the same text, cut by hand"


@given(st.lists(st.binary(min_size=0, max_size=255), min_size=1, max_size=4))
def test_quoted_strings_stay_apart(parts: list[bytes]) -> None:
    assert strings(" ".join(map(quoted, parts))) == tuple(parts)
    assert strings("".join(map(quoted, parts))) == tuple(parts)


@given(st.text(st.characters(codec="utf-8", exclude_characters='\\\r\n"'), min_size=1, max_size=250))
def test_text_without_quotation_marks_is_one_text_blanks_and_all(text: str) -> None:
    """Those around it are left away, but not what only looks like one, such as the blank that does not break."""
    if kept := text.strip(" \t"):
        assert b"".join(strings(text)) == kept.encode()
        assert zone_rdata.parse("TXT", text, ZONE) == zone_rdata.parse("TXT", f'"{kept}"', ZONE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"v=DMARC1\; p=none", b"v=DMARC1; p=none"),
        (r'"v=DMARC1\; p=none"', b"v=DMARC1; p=none"),
        ("v=DMARC1; p=none", b"v=DMARC1; p=none"),
        (r"\195\188", "ü".encode()),
        ("ü", "ü".encode()),
        (r"say \"hi\"", b'say "hi"'),
        ('say "hi"', b'say "hi"'),
        ('""', b""),
        ("@", b"@"),
        (r"\\", b"\\"),
    ],
)
def test_escapes_mean_the_same_with_and_without_quotation_marks(text: str, expected: bytes) -> None:
    assert strings(text) == strings(text, "SPF") == (expected,)


def test_a_dkim_key_is_one_value_however_it_was_pasted() -> None:
    key = "v=DKIM1; k=rsa; p=" + "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A" * 12
    pasted = [key, f'"{key}"', f'"{key[:255]}" "{key[255:]}"', f'"{key[:255]}""{key[255:]}"', key.replace(";", r"\;")]
    assert len({zone_rdata.parse("TXT", text, ZONE) for text in pasted}) == 1
    # Cut elsewhere it is another record: resolvers hand out the strings as they are.
    assert zone_rdata.parse("TXT", f'"{key[:100]}" "{key[100:]}"', ZONE) != zone_rdata.parse("TXT", key, ZONE)


@pytest.mark.parametrize(
    ("rdtype", "text", "reason"),
    [
        ("A", "", "is not A data"),
        ("A", "1.2.3", "is not A data"),
        ("A", "127.00.0.1", "is not A data"),
        ("A", "192.0.2.1 192.0.2.2", "is not A data"),
        ("A", "192.0.2.1\n192.0.2.2", "line break"),
        ("MX", "10 mail\n20 mail2", "line break"),
        ("MX", "mail", "is not MX data"),
        ("MX", "70000 mail", "is not MX data"),
        ("CNAME", "a b", "is not CNAME data"),
        ("CNAME", "a..b", "is not CNAME data"),
        ("CNAME", "www.example.com", r"write 'www\.example\.com\.'"),
        ("MX", "10 mail.EXAMPLE.com", r"write 'mail\.example\.com\.'"),
        ("HTTPS", "1 www.example.com alpn=h2", r"write 'www\.example\.com\.'"),
        ("RP", "admin.example.com txt.example.com.", r"write 'admin\.example\.com\.'"),
        ("NAPTR", '1 1 "s" "x" "" _sip.example.com', r"write '_sip\.example\.com\.'"),
        ("CAA", "0 issue ca.example.net; account=7", "a semicolon begins a comment"),
        ("CAA", r'0 "is\"sue" a;"b"', "a semicolon begins a comment"),
        ("URI", "10 1 https://www.example.org/a;b", "a semicolon begins a comment"),
        ("NAPTR", '1 1 "s" sip;x "" .', "a semicolon begins a comment"),
        ("CAA", "0 iss-ue x", "is not CAA data"),
        ("TXT", "", "the text is empty"),
        ("TXT", "  ", "the text is empty"),
        ("TXT", "a\nb", "line break"),
        ("TXT", '"a', "is not TXT data"),
        ("TXT", '"a" b', "stands outside the quotation marks"),
        ("TXT", r"\256", "is not TXT data"),
        ("TXT", "x" * 70000, "longer than 65535 bytes"),
        ("NOTYPE", "x", "is not NOTYPE data"),
    ],
)
def test_what_is_not_the_data_of_the_type_is_refused_with_the_reason(rdtype: str, text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        zone_rdata.parse(rdtype, text, ZONE)


def test_a_line_break_at_the_end_or_within_parentheses_is_none() -> None:
    plain = zone_rdata.parse("TLSA", "3 1 1 " + "ab" * 32, ZONE)
    assert zone_rdata.parse("TLSA", "3 1 1 " + "ab" * 32 + "\n", ZONE) == plain
    assert zone_rdata.parse("TLSA", f"3 1 1 (\n  {'ab' * 16}\n  {'ab' * 16}\n)", ZONE) == plain


def test_names_in_data_are_relative_to_the_zone() -> None:
    for text in ("mail", "mail.example.com.", "MAIL.Example.COM."):
        assert zone_rdata.parse("CNAME", text, ZONE).text.lower() == "mail.example.com."
    assert zone_rdata.parse("MX", "10 @", ZONE).text == "10 example.com."
    assert zone_rdata.parse("MX", "0 .", ZONE).text == "0 ."
    assert zone_rdata.parse("CNAME", "bücher", ZONE).text == "xn--bcher-kva.example.com."
    # A relative name that only looks like the zone's.
    assert zone_rdata.parse("CNAME", "example.com.cdn.cloudflare.net", ZONE).text.endswith(
        "cloudflare.net.example.com."
    )


def test_letter_case_is_kept_in_the_text_and_ignored_in_the_key() -> None:
    upper, lower = (zone_rdata.parse("CNAME", text, ZONE) for text in ("Www.Example.ORG.", "www.example.org."))
    assert upper.key == lower.key
    assert upper.wire != lower.wire
    assert upper.text == "Www.Example.ORG."
    assert zone_rdata.parse("TXT", "A", ZONE).key != zone_rdata.parse("TXT", "a", ZONE).key


@pytest.mark.parametrize(
    "text",
    [
        '( "v=DKIM1; " "p=MIIB" )',
        '("v=DKIM1; "\n\t"p=MIIB" )  ; ----- DKIM key of a mail server',
        '( "v=DKIM1; " "p=MIIB" ) ; comment',
        '"v=DKIM1; " "p=MIIB" ; comment',
    ],
)
def test_texts_in_brackets_are_read_as_in_a_zone_file(text: str) -> None:
    assert strings(text) == (b"v=DKIM1; ", b"p=MIIB")
    assert character_strings.remark(text) == ""


@pytest.mark.parametrize("text", ["(hello", "(see www.example.com) or not", '("quoted") and more', '( "a" "b"'])
def test_a_text_that_merely_begins_with_a_bracket_is_kept(text: str) -> None:
    assert b"".join(strings(text)) == text.encode()
    assert "as it is, with the bracket" in character_strings.remark(text)


@pytest.mark.parametrize("rdtype", ["HTTPS", "SVCB"])
@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("1 . ALPN=H2", '1 . alpn="H2"'),
        ('1 Svc.Example.Org. Port=853 ALPN="h2,h3"', '1 Svc.Example.Org. alpn="h2,h3" port="853"'),
        ("1 . MANDATORY=ALPN ALPN=h2 No-Default-ALPN", '1 . mandatory="alpn" alpn="h2" no-default-alpn'),
        ('1 . ALPN="H2" Mandatory="ALPN,PORT" PORT="1"', '1 . mandatory="alpn,port" alpn="H2" port="1"'),
        ('1 . KEY65400="A B=C"', '1 . key65400="A B=C"'),
    ],
)
def test_keys_of_service_bindings_are_read_in_any_case(rdtype: str, text: str, canonical: str) -> None:
    assert zone_rdata.parse(rdtype, text, ZONE).text == canonical


@pytest.mark.parametrize("text", [r"\# 4 03616263", r" \# 4 ( 0361 6263 ) ", r"\# 4 0361 6263"])
def test_a_text_in_the_form_of_rfc_3597_is_no_literal_text(text: str) -> None:
    assert strings(text) == strings(text, "SPF") == (b"abc",)


def test_a_text_that_only_resembles_that_form_is_kept() -> None:
    assert strings(r"\# of the day") == (b"# of the day",)
    with pytest.raises(ValueError, match="is not that of the data"):
        zone_rdata.parse("TXT", r"\# 5 03616263", ZONE)


@pytest.mark.parametrize("angles", ["90 0 0.001 N 4 0 0 E", "4 0 0 N 180 0 0.001 W", "90 59 0 S 4 0 0 E"])
def test_a_location_beyond_the_pole_is_refused(angles: str) -> None:
    with pytest.raises(ValueError, match="an angle is more than"):
        zone_rdata.parse("LOC", f"{angles} 0m", ZONE)


def test_a_location_has_the_sizes_that_its_wire_format_has() -> None:
    value = zone_rdata.parse("LOC", "90 N 180 W 0.57m 12345.67m 1m 0.3m", ZONE)
    assert value.text == "90 0 0.000 N 180 0 0.000 W 0.57m 10000.00m 1.00m 0.30m"
    assert value == zone_rdata.parse("LOC", value.text, ZONE)


@pytest.mark.parametrize("end", ["42849672.96m", "-100000.01m", "0m 90000000.01m", "0m 1m 90000001m", "99999999999m"])
def test_a_location_beyond_its_range_is_refused(end: str) -> None:
    with pytest.raises(ValueError, match=r"altitude|size or precision|out of range"):
        zone_rdata.parse("LOC", f"52 22 23.000 N 4 53 32.000 E {end}", ZONE)


def test_a_location_at_the_ends_of_its_range_is_taken() -> None:
    for end in ("42849672.95m 90000000m 1m 1m", "-100000m 0m 90000000m 90000000m"):
        value = zone_rdata.parse("LOC", f"52 22 23.000 N 4 53 32.000 E {end}", ZONE)
        assert zone_rdata.parse("LOC", value.text, ZONE) == value


@pytest.mark.parametrize(
    ("rdtype", "text", "reason"),
    [
        ("A", "192.0.02.1", "leading zeros are not allowed in an IPv4 address"),
        ("A", "2001:db8::1", "it is an IPv6 address; its type is AAAA"),
        ("AAAA", "192.0.2.1", "it is an IPv4 address; its type is A"),
        ("A", "192.0.2.1 192.0.2.2", "it is more than one address"),
        ("A", "www.example.com", "a name is the target of a CNAME"),
        ("MX", "mail.example.com.", "a number is missing, .*; MX is a preference and a host, such as 10 mail"),
        ("MX", "70000 mail", "70000 is not between 0 and 65535"),
        ("CNAME", "a..b", "two dots in a row"),
        ("CNAME", "a b", "'b' is too much"),
        ("TLSA", "3 1 1 abc", "not an even number"),
        ("TLSA", "3 1 1 zz", "not hexadecimal digits"),
        ("DNSKEY", "257 3 13 ???", "not base64"),
        ("HTTPS", "1 . foo=bar", "a parameter that is not known"),
        ("TXT", '"open', "a quotation mark or bracket is not closed"),
        ("APL", "1:192.0.2.0", "not of the form of this type"),
        ("AAAA", "fe80::1%eth0", "one of a single network"),
        ("SSHFP", "1 1 abcd", "its fingerprint has not the length of its type"),
        ("TLSA", "3 1 1 abcd", "its data has not the length of its matching type"),
        ("SMIMEA", "3 1 1", "a field is missing"),
        ("LOC", "52 60 N 4 E 0m", "out of range: minutes"),
        ("HTTPS", "1 . ech=AAA=", "its ech is not a list of ECH configurations"),
        ("EUI48", "00:00:5e:00:53:2a", "written with hyphens"),
        ("NXT", "x", r"written as \\#, its length"),
        ("TXT", r'"a\300"', "a backslash that is meant as one is written twice"),
        ("CNAME", "\N{GRINNING FACE}.example.org.", "a character that names cannot have"),
    ],
)
def test_what_cannot_be_parsed_is_explained_in_plain_words(rdtype: str, text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        zone_rdata.parse(rdtype, text, ZONE)


def test_what_a_provider_holds_and_we_cannot_parse_is_opaque() -> None:
    held = zone_rdata.parse_held("HTTPS", "1 . ech=notbase64", ZONE)
    assert held.is_opaque
    assert not zone_rdata.parse_held("HTTPS", "1 . alpn=h2", ZONE).is_opaque


def test_a_type_by_its_number_is_that_type() -> None:
    assert zone_rdata.type_name("TYPE65") == "HTTPS"
    for unknown in ("ANY", "AXFR", "NEWTYPE"):
        with pytest.raises(ValueError, match="is not a record type of DNS"):
            zone_rdata.type_name(unknown)

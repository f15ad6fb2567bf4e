# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One spelling for every name, whatever a user or a provider writes."""

from __future__ import annotations

import dns.name
import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._errors import BadInput
from ansible_collections.twinzone.edge.plugins.module_utils._zone import names, rdata, slips
from ansible_collections.twinzone.edge.plugins.module_utils._zone.entries import Context, parse_declared
from hypothesis import assume, given
from hypothesis import strategies as st

ZONE = "example.com"

labels = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_", min_size=1, max_size=20)
relative_names = st.lists(labels, min_size=1, max_size=4).map(".".join)


@given(relative_names, st.sampled_from([str.upper, str.title, str.lower, "  {}  ".format]))
def test_every_spelling_of_a_name_is_one_name(name: str, spelled: object) -> None:
    assert callable(spelled)
    for spelling in (name, f"{name}.{ZONE}."):
        assert names.relative(spelled(spelling), ZONE) == name


@given(relative_names)
def test_owner_and_relative_are_inverse(name: str) -> None:
    assert names.relative(names.owner(name, ZONE), ZONE) == name
    assert names.owner(name, ZONE) == f"{name}.{ZONE}."


@given(st.text(max_size=300))
def test_arbitrary_text_is_a_canonical_name_or_a_value_error(text: str) -> None:
    try:
        name = names.relative(text, ZONE)
    except ValueError:
        return
    assert names.relative(name, ZONE) == name, "a canonical name is its own canonical name"
    assert names.relative(names.owner(name, ZONE), ZONE) == name
    assert name == name.lower()
    assert name.isascii()


@given(st.text(max_size=300))
def test_arbitrary_text_is_a_zone_or_a_value_error(text: str) -> None:
    try:
        zone = names.zone_name(text)
    except ValueError:
        return
    assert zone == names.zone_name(zone) == names.zone_name(f"{zone}.".upper())
    assert names.relative(f"{zone}.", zone) == "@"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@", "@"),
        ("example.com.", "@"),
        ("EXAMPLE.com.", "@"),
        ("*", "*"),
        ("*.dev", "*.dev"),
        ("_dmarc", "_dmarc"),
        ("_443._tcp.www", "_443._tcp.www"),
        ("bücher", "xn--bcher-kva"),
        ("BÜCHER.example.com.", "xn--bcher-kva"),
        ("xn--bcher-kva", "xn--bcher-kva"),
        # As in a zone file: without a trailing dot it is relative.
        ("example.com", "example.com"),
        ("www.example.com", "www.example.com"),
    ],
)
def test_names_as_in_a_zone_file(text: str, expected: str) -> None:
    assert names.relative(text, ZONE) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("www.example.org.", "is not in the zone example.com"),
        ("com.", "is not in the zone example.com"),
        ("notexample.com.", "is not in the zone example.com"),
        ("a..b", "is not a domain name: a name has two dots in a row"),
        (".", "is not in the zone"),
        ("x" * 64, "is not a domain name: a part of a name is longer than 63 characters"),
        (".".join(["x" * 60] * 5), "is not a domain name"),
    ],
)
def test_what_is_no_name_of_the_zone_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        names.relative(text, ZONE)


@pytest.mark.parametrize("text", ["", ".", "@", "a..b"])
def test_what_is_no_zone_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        names.zone_name(text)


def test_the_apex_of_a_relative_target_is_the_zone() -> None:
    assert names.absolute("@", "example.com.") == "example.com."
    assert names.absolute("www", "example.com.") == "www.example.com."
    assert names.absolute("www.example.org.", "example.com.") == "www.example.org."


def test_what_a_person_writes_does_not_end_in_the_zones_name_by_a_slip() -> None:
    assert names.written("WWW.Example.com.", "example.com") == names.written("www", "example.com") == "www"
    assert names.written("www.example.com.example.com.", "example.com") == "www.example.com", "who writes it means it"
    assert names.written("anexample.com", "example.com") == "anexample.com"
    for slip in ("www.example.com", "EXAMPLE.com", " www.example.com "):
        with pytest.raises(ValueError, match=r"without a trailing dot; write '(www\.)?example\.com\.'"):
            names.written(slip, "example.com")


# --- Escapes, internationalised names, and what only looks like a name ---


@given(st.lists(st.binary(min_size=1, max_size=10), min_size=1, max_size=3))
def test_labels_of_any_bytes_are_names_in_the_zone(labels: list[bytes]) -> None:
    assume(labels != [b"@"])  # which is the apex where it is written bare
    name = dns.name.Name(labels).to_text()
    canonical = names.relative(name, ZONE)
    assert dns.name.from_text(canonical, None) == dns.name.Name(labels)
    assert names.relative(f"{name}.{ZONE}.", ZONE) == canonical
    assert names.relative(names.owner(canonical, ZONE), ZONE) == canonical


def test_an_escaped_dot_ends_no_label() -> None:
    assert names.relative(r"a\.b", ZONE) == r"a\.b"
    assert names.relative(r"a\046b", ZONE) == r"a\.b"
    with pytest.raises(ValueError, match="is not in the zone"):
        names.relative(r"a\.example.com.", ZONE)


@pytest.mark.parametrize(
    "spelling", ["bücher", "BÜCHER", "xn--bcher-kva", "XN--BCHER-KVA", "bu\u0308cher", "bücher。example.com。"]
)
def test_an_internationalised_name_in_any_form_is_one_name(spelling: str) -> None:
    assert names.relative(spelling, ZONE) == "xn--bcher-kva"


@pytest.mark.parametrize(
    ("rdtype", "form"),
    [("CNAME", "{}"), ("NS", "{}"), ("MX", "10 {}"), ("SRV", "1 2 3 {}"), ("PTR", "{}"), ("HTTPS", "1 {}")],
)
def test_internationalised_targets(rdtype: str, form: str) -> None:
    unicode, ascii_form = (form.format(f"{label}.example.org.") for label in ("bücher", "xn--bcher-kva"))
    assert rdata.parse(rdtype, unicode, ZONE) == rdata.parse(rdtype, ascii_form, ZONE)
    assert rdata.parse(rdtype, ascii_form, ZONE).text.isascii()


def test_the_zones_own_name_without_a_trailing_dot_is_a_slip_in_any_form() -> None:
    """It would mean www.bücher.example.bücher.example."""
    zone = names.zone_name("bücher.example")
    for written in ("www.bücher.example", "WWW.BÜCHER.example", "www.xn--bcher-kva.example", "bücher.example"):
        with pytest.raises(BadInput, match="name: ends in the zone's name without a trailing dot"):
            parse_declared([{"name": written, "type": "A", "values": "192.0.2.1"}], Context(zone, {}))
        for rdtype, form in (("CNAME", "{}"), ("MX", "10 {}"), ("HTTPS", "1 {} port=8443"), ("RP", "{} txt")):
            with pytest.raises(ValueError, match=r"without a trailing dot; write '(www\.)?xn--bcher-kva.example\.'"):
                rdata.parse(rdtype, form.format(written), zone)
            meant = rdata.parse(rdtype, form.format(written + "."), zone)
            twice = form.format(f"x.{zone}.{zone}.")
            assert rdata.parse(rdtype, twice, zone).key != meant.key, "who writes it in full means it"
            assert rdata.parse(rdtype, rf"\# {len(meant.wire)} {meant.wire.hex()}", zone) == meant


@pytest.mark.parametrize("label", ["straße", "STRASSẞ", "λόγος", "a\u200cb", "a\u200db"])
def test_a_name_with_two_encodings_is_refused(label: str) -> None:
    for refused in (
        lambda: names.relative(label, ZONE),
        lambda: names.zone_name(f"{label}.example"),
        lambda: rdata.parse("CNAME", f"{label}.example.org.", ZONE),
        lambda: rdata.parse("MX", f"10 {label}.example.org.", ZONE),
    ):
        with pytest.raises(ValueError, match="two encodings"):
            refused()
    assert rdata.parse("TXT", label, ZONE).wire[1:] == label.encode(), "a text is not a name"


@pytest.mark.parametrize(
    ("rdtype", "text"),
    [
        ("CNAME", "192.0.2.1"),
        ("CNAME", "192.0.2.1."),
        ("CNAME", "2001:db8::1"),
        ("NS", "192.0.2.1"),
        ("MX", "10 192.0.2.1"),
        ("SRV", "1 2 3 192.0.2.1"),
        ("PTR", "192.0.2.1"),
        ("DNAME", "192.0.2.1"),
    ],
)
def test_an_address_is_no_name(rdtype: str, text: str) -> None:
    """A parser takes it for one, in the zone."""
    with pytest.raises(ValueError, match=f"is an address, and {rdtype} leads to a name"):
        rdata.parse(rdtype, text, ZONE)


def test_numbers_may_be_a_name() -> None:
    assert rdata.parse("CNAME", "1.2", ZONE).text == "1.2.example.com."
    assert rdata.parse("PTR", "1.2.0.192.in-addr.arpa.", ZONE).text == "1.2.0.192.in-addr.arpa."


@pytest.mark.parametrize(
    ("rdtype", "upper"),
    [
        ("CNAME", "WWW.Example.ORG."),
        ("HTTPS", "1 WWW.Example.ORG. alpn=h2"),
        ("SVCB", "1 WWW.Example.ORG. alpn=h2"),
        ("LP", "10 WWW.Example.ORG."),
        ("SRV", "1 2 3 WWW.Example.ORG."),
        ("NAPTR", '1 2 "s" "x" "" WWW.Example.ORG.'),
        ("RP", "WWW.Example.ORG. TXT.Example.ORG."),
        ("DNAME", "WWW.Example.ORG."),
        ("AFSDB", "1 WWW.Example.ORG."),
        ("KX", "1 WWW.Example.ORG."),
    ],
)
def test_letter_case_of_a_name_is_in_the_wire_and_not_in_the_key(rdtype: str, upper: str) -> None:
    lower = upper.replace("WWW.Example.ORG.", "www.example.org.").replace("TXT.Example.ORG.", "txt.example.org.")
    one, other = rdata.parse(rdtype, upper, ZONE), rdata.parse(rdtype, lower, ZONE)
    assert one.key == other.key
    assert one.wire != other.wire


@pytest.mark.parametrize(
    ("rdtype", "text"), [("MX", "10 mail"), ("SRV", "1 2 3 sip"), ("CNAME", "www"), ("NAPTR", '1 2 "s" "x" "" a')]
)
def test_names_in_the_generic_form_are_whole(rdtype: str, text: str) -> None:
    """RFC 3597 section 5. Some versions of dnspython make them relative to the zone."""
    value = rdata.parse(rdtype, text, ZONE)
    assert rdata.parse(rdtype, rf"\# {len(value.wire)} {value.wire.hex()}", ZONE) == value


def test_escapes_that_a_version_of_dnspython_spoils_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """It must not be two bytes in silence."""
    spoilt, plain = r'0 issue "\200"', r'0 issue "\127\059"'
    monkeypatch.setattr(slips, "escapes_are_bytes", lambda: False)
    with pytest.raises(ValueError, match="spoilt by this dnspython"):
        rdata.parse("CAA", spoilt, "a.example")
    assert rdata.parse("CAA", plain, "a.example").wire == b"\0\x05issue\x7f;"
    assert rdata.parse("TXT", r"\200", "a.example").wire == b"\x01\xc8"
    monkeypatch.undo()
    if slips.escapes_are_bytes():
        assert rdata.parse("CAA", spoilt, "b.example").wire == b"\0\x05issue\xc8"

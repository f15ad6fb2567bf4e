# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cloudflare's fields of a record mean the value that was declared, sent and read back."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._providers.cloudflare.fields import fields, value_of
from ansible_collections.twinzone.edge.plugins.module_utils._providers.cloudflare.provider import Cloudflare
from ansible_collections.twinzone.edge.plugins.module_utils._zone import rdata
from hypothesis import given
from hypothesis import strategies as st
from support.sample_records import SAMPLES, spellings

ZONE = "example.com"

#: Types that Cloudflare takes as `content`; all others as `data`.
CONTENT = {"A", "AAAA", "CNAME", "MX", "NS", "OPENPGPKEY", "PTR", "TXT"}


def sent(rdtype: str, text: str) -> dict[str, Any]:
    return {"type": rdtype, **fields(rdtype, rdata.parse(rdtype, text, ZONE))}


def as_answered(rdtype: str, text: str) -> dict[str, Any]:
    """The record as Cloudflare answers it: a service binding's content is presentation format."""
    record = sent(rdtype, text)
    if rdtype in ("HTTPS", "SVCB"):
        data = record["data"]
        record["content"] = f"{data['priority']} {data['target']} {data['value']}"
    return record


@pytest.mark.parametrize("rdtype", sorted(Cloudflare.record_types))
def test_what_is_sent_is_read_back(rdtype: str) -> None:
    for text in SAMPLES[rdtype]:
        record = as_answered(rdtype, text)
        assert ("data" in record) == (rdtype not in CONTENT)
        assert value_of(record, ZONE).key == rdata.parse(rdtype, text, ZONE).key


@given(spellings(lambda rdtype: rdtype in Cloudflare.record_types))
def test_any_value_survives_the_way_there_and_back(spelled: tuple[str, str, str]) -> None:
    rdtype, text, other = spelled
    assert value_of(as_answered(rdtype, text), ZONE).key == rdata.parse(rdtype, other, ZONE).key


printable = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=40)


@given(printable)
def test_texts_in_data_keep_quotation_marks_and_backslashes(text: str) -> None:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    for rdtype, form in (("CAA", '0 issue "{}"'), ("URI", '10 1 "{}"'), ("NAPTR", '1 1 "u" "E2U" "{}" .')):
        value = rdata.parse(rdtype, form.format(escaped), ZONE)
        record = {"type": rdtype, **fields(rdtype, value)}
        assert text in record["data"].values()
        assert value_of(record, ZONE) == value


@given(
    st.integers(0, 89), st.integers(0, 59), st.integers(0, 59999), st.sampled_from("NS"),
    st.integers(0, 179), st.integers(0, 59), st.integers(0, 59999), st.sampled_from("EW"),
    st.integers(-10000000, 10000000), st.sampled_from([0, 1, 2, 10, 10000, 90000000]),
)  # fmt: skip
def test_any_location_survives(
    lat: int, lat_min: int, lat_ms: int, ns: str, long: int, long_min: int, long_ms: int, ew: str, alt: int, size: int
) -> None:
    text = (
        f"{lat} {lat_min} {lat_ms / 1000:.3f} {ns} {long} {long_min} {long_ms / 1000:.3f} {ew} "
        f"{alt / 100:.2f}m {size}m 10000m 10m"
    )
    assert value_of(sent("LOC", text), ZONE).key == rdata.parse("LOC", text, ZONE).key


@pytest.mark.parametrize(
    ("rdtype", "text", "expected"),
    [
        ("CNAME", "www", {"content": "www.example.com"}),
        ("MX", "10 mail.example.org.", {"content": "mail.example.org", "priority": 10}),
        ("MX", "0 .", {"content": ".", "priority": 0}),
        ("TXT", "a b", {"content": '"a b"'}),
        ("SRV", "1 2 3 sip", {"data": {"priority": 1, "weight": 2, "port": 3, "target": "sip.example.com"}}),
        ("SRV", "0 0 0 .", {"data": {"priority": 0, "weight": 0, "port": 0, "target": "."}}),
        ("CAA", '0 issue ""', {"data": {"flags": 0, "tag": "issue", "value": ""}}),
        ("CAA", '0 issue ";"', {"data": {"flags": 0, "tag": "issue", "value": ";"}}),
        ("URI", '10 1 "https://x/"', {"priority": 10, "data": {"weight": 1, "target": "https://x/"}}),
        ("HTTPS", "0 svc.example.org.", {"data": {"priority": 0, "target": "svc.example.org.", "value": ""}}),
        ("HTTPS", "1 . alpn=h2", {"data": {"priority": 1, "target": ".", "value": 'alpn="h2"'}}),
    ],
)
def test_the_form_that_cloudflare_wants(rdtype: str, text: str, expected: dict[str, Any]) -> None:
    assert fields(rdtype, rdata.parse(rdtype, text, ZONE)) == expected


SERVICE = {"priority": 0, "weight": 5, "port": 5060, "target": "sip.example.com"}
POINTER = {"order": 1, "preference": 2, "flags": "s", "service": "x", "regex": "", "replacement": "a.example.org"}


@pytest.mark.parametrize(
    ("record", "rdtype", "text"),
    [
        ({"type": "TXT", "content": "unquoted, of old"}, "TXT", '"unquoted, of old"'),
        ({"type": "TXT", "content": '"a" "b"'}, "TXT", '"a" "b"'),
        ({"type": "SRV", "content": "5 5060 sip", "data": SERVICE}, "SRV", "0 5 5060 sip"),
        ({"type": "CNAME", "content": "www.example.org."}, "CNAME", "www.example.org."),
        ({"type": "HTTPS", "content": "1 svc.example.org port=8443"}, "HTTPS", "1 svc.example.org. port=8443"),
        ({"type": "SVCB", "content": "0 svc.example.org"}, "SVCB", "0 svc.example.org."),
        ({"type": "NAPTR", "data": POINTER}, "NAPTR", '1 2 "s" "x" "" a.example.org.'),
        ({"type": "TLSA", "content": f"3 1 1 {'AB' * 32}"}, "TLSA", f"3 1 1 {'ab' * 32}"),
    ],
)
def test_the_forms_in_which_cloudflare_answers(record: dict[str, Any], rdtype: str, text: str) -> None:
    assert value_of(record, ZONE).key == rdata.parse(rdtype, text, ZONE).key


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.sampled_from([*sorted(Cloudflare.record_types), "NEWTYPE"]),
    st.fixed_dictionaries({}, optional={"content": json, "priority": json, "data": json}),
    st.data(),
)
def test_a_record_of_any_form_is_a_value(rdtype: str, record: dict[str, Any], data: st.DataObject) -> None:
    if rdtype not in CONTENT and rdtype in SAMPLES and data.draw(st.booleans()):
        good = sent(rdtype, SAMPLES[rdtype][0])
        record = {**good, "data": {key: data.draw(json | st.just(value)) for key, value in good["data"].items()}}
    assert value_of({**record, "type": rdtype}, ZONE).text is not None

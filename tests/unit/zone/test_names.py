# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One spelling for every name, whatever a user or a provider writes."""

from __future__ import annotations

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._zone import names
from hypothesis import given
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
        ("a..b", "is not a domain name"),
        (".", "is not in the zone"),
        ("x" * 64, "is not a domain name"),
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

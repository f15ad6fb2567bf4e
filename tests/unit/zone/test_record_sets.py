# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Declared entries: what is accepted, and that every problem is reported at once, each with its entry and field."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._errors import BadInput
from ansible_collections.twinzone.edge.plugins.module_utils._zone import entries as zone_entries
from ansible_collections.twinzone.edge.plugins.module_utils._zone.entries import Context
from ansible_collections.twinzone.edge.plugins.module_utils._zone.record_sets import Declared
from hypothesis import given
from hypothesis import strategies as st
from support.sample_records import SAMPLES, spellings

CONTEXT = Context(
    "example.com", {"cloudflare": frozenset({"proxied", "comment", "tags", "settings"}), "desec": frozenset()}
)


def read(*entries: Any, ttl: int | None = None) -> list[Declared]:
    return zone_entries.parse_declared(entries, Context(CONTEXT.zone, CONTEXT.providers, ttl))


def problems(*entries: Any) -> list[str]:
    with pytest.raises(BadInput) as caught:
        read(*entries)
    return caught.value.problems


def test_an_entry_as_a_value() -> None:
    (entry,) = read({"name": "www", "type": "a", "ttl": "300", "values": "192.0.2.1"})
    assert entry.key == ("www", "A")
    assert entry.record_set.ttl == 300
    assert [value.text for value in entry.record_set.values] == ["192.0.2.1"]
    assert entry.at("cloudflare") == entry.at("desec") == entry.record_set
    assert entry.concerns("cloudflare")
    assert entry.concerns("desec")
    assert not entry.absent


@pytest.mark.parametrize("rdtype", SAMPLES)
def test_one_value_or_a_list_of_values(rdtype: str) -> None:
    first = SAMPLES[rdtype][0]
    assert read({"name": "x", "type": rdtype, "values": first}) == read(
        {"name": "x", "type": rdtype, "values": [first]}
    )
    (entry,) = read({"name": "x", "type": rdtype, "values": list(SAMPLES[rdtype])})
    assert len(entry.record_set.values) == len(SAMPLES[rdtype])


def test_ttl_of_the_task_is_for_entries_without_one() -> None:
    plain = {"name": "a", "type": "A", "values": "192.0.2.1"}
    entries = read(plain, {**plain, "name": "b", "ttl": 60}, ttl=900)
    assert [entry.record_set.ttl for entry in entries] == [900, 60]
    assert read(plain)[0].record_set.ttl is None


def test_what_differs_at_one_provider() -> None:
    (entry,) = read(
        {
            "name": "shop",
            "type": "A",
            "ttl": 300,
            "values": ["203.0.113.10"],
            "at": {"cloudflare": {"proxied": True}, "desec": {"values": "198.51.100.1", "ttl": 3600}},
        }
    )
    assert entry.at("cloudflare").attributes == {"proxied": True}
    assert entry.at("cloudflare").values == entry.record_set.values
    assert entry.at("cloudflare").ttl == 300
    assert entry.at("desec").as_entry() == {"ttl": 3600, "values": ["198.51.100.1"]}


def test_values_may_all_stand_under_at() -> None:
    (entry,) = read({"name": "shop", "type": "A", "at": {"cloudflare": {"values": "192.0.2.1"}}})
    assert entry.at("cloudflare").values
    assert not entry.at("desec").values


def test_one_set_may_have_an_entry_for_each_provider() -> None:
    entries = read(
        {"name": "x", "type": "A", "values": "192.0.2.1", "only": "cloudflare"},
        {"name": "x", "type": "A", "values": "192.0.2.2", "only": ["desec"]},
    )
    assert [entry.concerns("desec") for entry in entries] == [False, True]


def test_a_set_that_shall_go_needs_no_values() -> None:
    (entry,) = read({"name": "old", "type": "A", "state": "absent"})
    assert entry.absent
    assert read({"name": "old", "type": "A", "state": "absent", "values": ["192.0.2.1"]})[0].record_set.values == ()


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ("www", "records[0]: is not a mapping"),
        (["www"], "records[0]: is not a mapping"),
        (None, "records[0]: is not a mapping"),
        ({"type": "A", "values": "192.0.2.1"}, "(? A): name: is missing"),
        ({"name": "", "type": "A", "values": "192.0.2.1"}, "name: is missing"),
        ({"name": 7, "type": "A", "values": "192.0.2.1"}, "name: 7 is not text; put it in quotation marks"),
        ({"name": "a..b", "type": "A", "values": "192.0.2.1"}, "name: 'a..b' is not a domain name"),
        ({"name": "www.example.com", "type": "A", "values": "192.0.2.1"}, "name: ends in the zone's name without a"),
        ({"name": "example.com", "type": "A", "values": "192.0.2.1"}, "write 'example.com.'"),
        ({"name": "www.example.org.", "type": "A", "values": "192.0.2.1"}, "is not in the zone example.com"),
        ({"name": "x", "values": "192.0.2.1"}, "(x ?): type: is missing"),
        ({"name": "x", "type": "NOTYPE", "values": "1"}, "type: NOTYPE is not a record type of DNS"),
        ({"name": "x", "type": "any", "values": "1"}, "type: ANY is not a record type"),
        ({"name": "x", "type": "A"}, "values: is empty; to remove the set write `state: absent`"),
        ({"name": "x", "type": "A", "values": []}, "values: is empty"),
        ({"name": "x", "type": "A", "values": None}, "values: is empty"),
        ({"name": "x", "type": "A", "values": ["192.0.2.1", "192.0.2"]}, "values[1]: '192.0.2' is not A data"),
        ({"name": "x", "type": "A", "values": ["192.0.2.1", "192.0.2.1 "]}, "values[1]: 192.0.2.1 is given twice"),
        ({"name": "x", "type": "MX", "values": ["1 a", "01 A.example.com."]}, "values[1]: 1 A.example.com. is given"),
        ({"name": "x", "type": "TXT", "values": True}, "values: True is not text; put it in quotation marks"),
        ({"name": "x", "type": "TXT", "values": [1.5]}, "values: 1.5 is not text"),
        ({"name": "x", "type": "TXT", "values": {"a": 1}}, "is not text"),
        ({"name": "x", "type": "A", "values": "192.0.2.1", "ttl": "1h"}, "ttl: '1h' is not a whole number of seconds"),
        ({"name": "x", "type": "A", "values": "192.0.2.1", "ttl": True}, "ttl: True is not a whole number"),
        ({"name": "x", "type": "A", "values": "192.0.2.1", "ttl": 1.5}, "ttl: 1.5 is not a whole number"),
        ({"name": "x", "type": "A", "values": "192.0.2.1", "ttl": -1}, "ttl: -1 is not between 0 and"),
        ({"name": "x", "type": "A", "values": "192.0.2.1", "ttl": 2**31}, "ttl: 2147483648 is not between 0 and"),
        ({"name": "x", "type": "A", "values": "192.0.2.1", "state": "gone"}, "state: is 'gone'; valid are present"),
        ({"name": "x", "type": "A", "values": "192.0.2.1", "only": []}, "only: is not a list of provider names"),
        ({"name": "x", "type": "A", "values": "192.0.2.1", "only": [1]}, "only: is not a list of provider names"),
        ({"name": "x", "type": "A", "values": "192.0.2.1", "only": "route53"}, "only: unknown provider 'route53'"),
        ({"name": "x", "type": "A", "values": "192.0.2.1", "vlaues": 1}, "vlaues: is unknown; did you mean values?"),
        ({"name": "x", "type": "A", "values": "192.0.2.1", "proxied": True}, "proxied: belongs under `at`"),
        ({"name": "x", "type": "A", "values": "192.0.2.1", "at": "desec"}, "at: is not a mapping"),
        ({"name": "x", "type": "A", "values": "192.0.2.1", "at": {"r53": {}}}, "at: unknown provider 'r53'; known"),
        ({"name": "x", "type": "A", "values": "192.0.2.1", "at": {"desec": 1}}, "at.desec: is not a mapping"),
        ({"name": "x", "type": "A", "values": "192.0.2.1", "at": {"desec": {"proxied": True}}}, "proxied: is unknown"),
        ({"name": "x", "type": "A", "values": "192.0.2.1", "at": {"desec": {"ttl": -1}}}, "at.desec.ttl: -1 is not"),
        ({"name": "x", "type": "A", "values": "192.0.2.1", "at": {"desec": {"values": []}}}, "at.desec.values: is em"),
        ({"name": "x", "type": "A", "values": "192.0.2.1", "at": {"desec": {"values": "x"}}}, "at.desec.values: 'x'"),
    ],
)  # fmt: skip
def test_bad_input_is_told_with_entry_and_field(entry: Any, problem: str) -> None:
    (reported,) = problems(entry)
    assert reported.startswith("records[0]")
    assert problem in reported


def test_all_problems_are_told_at_once() -> None:
    reported = problems(
        {"name": "x", "type": "A", "values": ["1", "2"], "ttl": "x", "huh": 1, "at": {"desec": {"ttl": -1}}},
        {"name": "y", "type": "A", "values": "192.0.2.1"},
        {"name": "www.example.com", "type": "A", "values": "192.0.2.1"},
    )
    fields = ["huh", "ttl", "values[0]", "values[1]", "at.desec.ttl"]
    assert [line for line in reported if line.startswith("records[0] (x A)")] == reported[: len(fields)]
    assert all(f": {field}: " in line for field, line in zip(fields, reported, strict=False))
    assert [line.partition(":")[0] for line in reported[len(fields) :]] == ["records[2] (www.example.com A)"]


@pytest.mark.parametrize(
    "other",
    [
        {"name": "WWW.example.com.", "type": "a", "values": "192.0.2.2"},
        {"name": "www", "type": "A", "state": "absent"},
        {"name": "www", "type": "A", "values": "192.0.2.2", "only": ["desec"]},
    ],
)
def test_a_set_is_declared_once(other: Any) -> None:
    (reported,) = problems({"name": "www", "type": "A", "values": "192.0.2.1"}, other)
    assert "records[0] (www A) declares the same set" in reported


json = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 2**33) | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
entries_of_any_form = json | st.fixed_dictionaries(
    {},
    optional={
        "name": json | st.sampled_from(["@", "www", "*.x"]),
        "type": json | st.sampled_from(["A", "TXT", "CNAME"]),
        "ttl": json,
        "values": json | st.sampled_from(["192.0.2.1", ["a", "b"]]),
        "at": json | st.dictionaries(st.sampled_from(["cloudflare", "desec", "x"]), json, max_size=2),
        "only": json,
        "state": json | st.sampled_from(["present", "absent"]),
    },
)


@given(st.lists(entries_of_any_form, max_size=4))
def test_input_of_any_form_is_accepted_or_refused_with_reasons(entries: list[Any]) -> None:
    try:
        declared = read(*entries)
    except BadInput as error:
        assert error.problems
        assert all(problem.startswith("records[") for problem in error.problems)
    else:
        assert len(declared) == len(entries)


@given(st.lists(spellings(), min_size=1, max_size=5, unique_by=lambda spelled: spelled[0]))
def test_what_was_read_can_be_declared_again(spelled: list[tuple[str, str, str]]) -> None:
    declared = read(*({"name": "x", "type": rdtype, "ttl": 300, "values": text} for rdtype, text, _other in spelled))
    again = read(*({"name": one.key[0], "type": one.key[1], **one.record_set.as_entry()} for one in declared))
    assert [(one.key, one.record_set) for one in again] == [(one.key, one.record_set) for one in declared]

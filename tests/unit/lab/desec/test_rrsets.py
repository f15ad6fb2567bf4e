# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""RRsets at the emulated deSEC API: fields, bulk requests, what excludes what, and what a write leaves behind."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.lab_desec import Desec, hosts, rrset

RRSETS = "domains/a.test/rrsets/"
NO_PARTNERS = "(No other RRsets are allowed alongside CNAME.)"
REQUIRED = ["This field is required."]
READ_ONLY = ["Can only be written on create."]


@pytest.fixture
def desec() -> Desec:
    made = Desec(transfer_seconds=0)
    made.api.add_zone("a.test")
    return made


def held(desec: Desec) -> dict[tuple[str, str], tuple[int, set[str]]]:
    return {(item["subname"], item["type"]): (item["ttl"], set(item["records"])) for item in desec.api.holds("a.test")}


@pytest.mark.parametrize(
    ("ttl", "outcome"),
    [
        (3600, 3600),
        (3600.0, 3600),
        ("3600", 3600),
        (86400, 86400),
        (3599, "Ensure this value is greater than or equal to 3600."),
        (86401, "Ensure this value is less than or equal to 86400."),
        (3600.5, "A valid integer is required."),
        (True, "A valid integer is required."),
        ("1h", "A valid integer is required."),
        ([3600], "A valid integer is required."),
        (None, "This field may not be null."),
    ],
)
def test_ttl(desec: Desec, ttl: object, outcome: object) -> None:
    accepted = isinstance(outcome, int)
    item = {**rrset("x", "A", "192.0.2.1"), "ttl": ttl}
    body = desec.body("POST", RRSETS, item, status=201 if accepted else 400)
    assert body["ttl"] == (outcome if accepted else [outcome])


def test_a_ttl_below_the_minimum_stays_until_it_is_sent(desec: Desec) -> None:
    desec.api.seed("a.test", [rrset("dyn", "A", "192.0.2.1", ttl=60)])
    assert desec.body("PATCH", RRSETS + "dyn/A/", {"records": ["192.0.2.2"]})["ttl"] == 60
    body = desec.body("PATCH", RRSETS + "dyn/A/", {"ttl": 60}, status=400)
    assert body == {"ttl": ["Ensure this value is greater than or equal to 3600."]}


def test_the_minimum_ttl_is_the_domains_own(desec: Desec) -> None:
    desec.api.add_zone("low.test", minimum_ttl=60)
    assert desec.body("GET", "domains/low.test/")["minimum_ttl"] == 60
    desec.body("POST", "domains/low.test/rrsets/", rrset("x", "A", "192.0.2.1", ttl=60), status=201)


@pytest.mark.parametrize(
    ("records", "complaint"),
    [
        (None, ["This field may not be null."]),
        ("192.0.2.1", {"non_field_errors": ['Expected a list of items but got type "str".']}),
        ([], ["This field must not be empty when using POST."]),
        (["192.0.2.1", ""], [{}, {"content": ["This field may not be blank."]}]),
        (["192.0.2.1\0"], [{"content": ["Null characters are not allowed."]}]),
        ([5], [["Must be a string."]]),
        ([None], [["This field may not be null."]]),
    ],
)
def test_records_of_a_wrong_form(desec: Desec, records: object, complaint: object) -> None:
    item = {**rrset("x", "A"), "records": records}
    assert desec.body("POST", RRSETS, item, status=400) == {"records": complaint}
    assert desec.body("POST", RRSETS, [rrset("y", "A", "192.0.2.1"), item], status=400) == [{}, {"records": complaint}]


@pytest.mark.parametrize("subname", ["www", "_a._b", "*", "*.x", "-a-", "a" * 63, "0", ".".join(["a" * 58] * 3)])
def test_good_subnames(desec: Desec, subname: str) -> None:
    assert desec("POST", RRSETS, rrset(subname, "A", "192.0.2.1")).status == 201
    assert desec("GET", f"{RRSETS}{subname}/A/").body == desec("GET", f"{RRSETS}{subname}@/A/").body
    assert (f"{subname}.a.test" in {name.to_text(True) for name, _unused in desec.published["a.test"]}) is True


@pytest.mark.parametrize("subname", ["@", "a.", ".a", "a..b", "a.*", "*a", "a b", "ü", "a" * 64, "a/b"])
def test_bad_subnames(desec: Desec, subname: str) -> None:
    body = desec.body("POST", RRSETS, rrset(subname, "A", "192.0.2.1"), status=400)
    assert body["subname"][0].startswith("Subname can only use (lowercase) a-z")


def test_a_subname_may_not_be_too_long(desec: Desec) -> None:
    body = desec.body("POST", RRSETS, rrset("a." * 89 + "a", "A", "192.0.2.1"), status=400)
    assert body == {"subname": ["Ensure this field has no more than 178 characters."]}
    domain = "b." * 60 + "test"
    desec.api.add_zone(domain)
    body = desec.body("POST", f"domains/{domain}/rrsets/", rrset("a." * 70 + "a", "A", "192.0.2.1"), status=400)
    assert body == {"subname": ["This field combined with the domain name must not exceed 255 characters."]}


def test_a_single_put_wants_everything_and_renames_nothing(desec: Desec) -> None:
    desec.api.seed("a.test", [rrset("www", "A", "192.0.2.1")])
    address = RRSETS + "www/A/"
    assert desec.body("PUT", address, {}, status=400) == dict.fromkeys(("subname", "records", "ttl", "type"), REQUIRED)
    body = desec.body("PUT", address, rrset("other", "AAAA", "192.0.2.1"), status=400)
    assert body == {"subname": READ_ONLY, "type": READ_ONLY}
    assert desec.body("PUT", address, rrset("www", "A", "192.0.2.2"))["records"] == ["192.0.2.2"]
    assert desec("PUT", address, rrset("www", "A")).status == 204
    assert ("www", "A") not in held(desec)


def test_a_patch_of_nothing_and_of_unknown_fields_is_fine(desec: Desec) -> None:
    desec.api.seed("a.test", [rrset("www", "A", "192.0.2.1")])
    assert desec("PATCH", RRSETS + "www/A/", {}).status == 200
    assert desec("PATCH", RRSETS + "www/A/").status == 200
    assert desec.body("PATCH", RRSETS + "www/A/", {"nonsense": 1, "ttl": 7200})["ttl"] == 7200


def test_single_writes_never_create(desec: Desec) -> None:
    for method in ("PUT", "PATCH"):
        body = desec.body(method, RRSETS + "www/A/", rrset("www", "A", "192.0.2.1"), status=404)
        assert body == {"detail": "No RRset matches the given query."}
    assert desec("DELETE", RRSETS + "www/SOA/").status == 204


@pytest.mark.parametrize("method", ["PUT", "PATCH", "POST"])
def test_a_list_without_items_is_fine_and_no_body_is_not(desec: Desec, method: str) -> None:
    assert desec(method, RRSETS, []).status == (201 if method == "POST" else 200)
    assert desec.body(method, RRSETS, status=400) == {"non_field_errors": ["No data provided"]}
    assert desec.publications == 1


def test_bulk_errors_are_aligned_and_nothing_is_applied(desec: Desec) -> None:
    before = held(desec)
    items = [
        rrset("a", "A", "192.0.2.1"),
        "x",
        {"subname": 5, "type": None, "records": ["192.0.2.1"]},
        {"subname": None, "type": "A", "records": ["192.0.2.1"], "ttl": 3600},
        {"records": ["192.0.2.1"], "ttl": 3600},
        rrset("b", "A", "bogus", "worse"),
        rrset("c", "CNAME", "x.example.", "y.example."),
    ]
    assert desec.body("PATCH", RRSETS, items, status=400) == [
        {},
        {"non_field_errors": "Expected a dictionary, but got str."},
        {"subname": "Expected a string, but got int."},
        {"subname": ["This field may not be null."]},
        {"subname": REQUIRED, "type": REQUIRED},
        {"non_field_errors": ["Record content for type A malformed: Text input is malformed."]},
        {},
    ]
    assert held(desec) == before


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (rrset("c", "CNAME", "x.example.", "y.example."), "CNAME RRset cannot have multiple records."),
        (rrset("c", "DNAME", "x.example.", "y.example."), "DNAME RRset cannot have multiple records."),
        (rrset("", "DS", "1 13 2 " + "ab" * 32), "DS RRset cannot have empty subname."),
        (rrset("c", "DNSKEY", "257 3 13 AAAA"), "DNSKEY RRset must have empty subname."),
    ],
)
def test_late_errors_are_a_flat_list(desec: Desec, item: dict[str, Any], message: str) -> None:
    assert desec.body("POST", RRSETS, item, status=400) == [message]
    for method in ("POST", "PUT", "PATCH"):
        assert desec.body(method, RRSETS, [rrset("a", "A", "192.0.2.1"), item], status=400) == [message]
    assert held(desec).keys() == {("", "NS")}


def test_a_cname_at_the_apex_without_anything_else(desec: Desec) -> None:
    assert desec("DELETE", RRSETS + "@/NS/").status == 204
    body = desec.body("POST", RRSETS, rrset("", "CNAME", "x.example."), status=400)
    assert body == ["CNAME RRset cannot have empty subname."]


def test_a_cname_and_something_else_change_places_in_one_request(desec: Desec) -> None:
    desec.api.seed("a.test", [rrset("w", "A", "192.0.2.1"), rrset("w", "TXT", '"x"')])
    swap = [{"subname": "w", "type": "A", "records": []}, rrset("w", "CNAME", "x.example.")]
    conflict = f"RRset with conflicting type present at same subname: database (TXT). {NO_PARTNERS}"
    assert desec.body("PATCH", RRSETS, swap, status=400) == [{}, {"non_field_errors": [conflict]}]
    swap.append({"subname": "w", "type": "TXT", "records": []})
    assert [item["type"] for item in desec.body("PATCH", RRSETS, swap)] == ["CNAME"]
    back = [rrset("w", "A", "192.0.2.1"), rrset("w", "CNAME")]
    assert [item["type"] for item in desec.body("PUT", RRSETS, back)] == ["A"]
    assert held(desec).keys() == {("", "NS"), ("w", "A")}


def test_conflicts_name_positions_and_the_database(desec: Desec) -> None:
    desec.api.seed("a.test", [rrset("w", "AAAA", "::1")])
    items = [rrset("w", "A", "192.0.2.1"), rrset("w", "CNAME", "x.example."), rrset("w", "MX", "0 .")]
    errors = desec.body("PATCH", RRSETS, items, status=400)
    where = ["1 (CNAME)", "0 (A), 2 (MX), database (AAAA)", "1 (CNAME)"]
    assert errors == [
        {"non_field_errors": [f"RRset with conflicting type present at same subname: {place}. {NO_PARTNERS}"]}
        for place in where
    ]


def test_positions_of_repeated_items(desec: Desec) -> None:
    errors = desec.body("PATCH", RRSETS, [rrset("w", "A", "192.0.2.1")] * 3, status=400)
    assert [error["non_field_errors"] for error in errors] == [
        [f"Same subname and type as in position(s) {others}, but must be unique."]
        for others in ("1, 2", "0, 2", "0, 1")
    ]


def test_a_filter_hides_what_exists_from_a_bulk_write(desec: Desec) -> None:
    desec.api.seed("a.test", [rrset("w", "A", "192.0.2.1")])
    errors = desec.body("PATCH", RRSETS + "?type=TXT", [rrset("w", "A", "192.0.2.2")], status=400)
    text = "Another RRset with the same subdomain and type exists for this domain. (Try modifying it.)"
    assert errors == [{"non_field_errors": [text]}]


def test_a_bulk_response_lists_created_then_updated_and_no_deleted(desec: Desec) -> None:
    desec.api.seed("a.test", [rrset("old", "A", "192.0.2.1"), rrset("gone", "A", "192.0.2.1")])
    items = [
        {"subname": "old", "type": "A", "records": ["192.0.2.2"]},
        {"subname": "gone", "type": "A", "records": []},
        {"subname": "never", "type": "A", "records": []},
        rrset("new", "A", "192.0.2.1"),
    ]
    assert [item["subname"] for item in desec.body("PATCH", RRSETS, items)] == ["new", "old"]
    many = desec.body("PATCH", RRSETS, list(hosts(50)))
    assert [item["subname"] for item in many] != [item["subname"] for item in hosts(50)]


def test_records_come_back_in_an_order_of_their_own(desec: Desec) -> None:
    records = [f"192.0.2.{number}" for number in range(20)]
    shown = desec.body("POST", RRSETS, rrset("x", "A", *records), status=201)["records"]
    assert shown != records and sorted(shown) == sorted(records)
    backwards = desec.body("PATCH", RRSETS + "x/A/", {"records": records[::-1]})["records"]
    assert backwards == shown
    assert desec.publications == 2


def test_touched_lags_unless_a_record_is_added_or_the_ttl_changes(desec: Desec) -> None:
    address = RRSETS + "x/A/"
    touched = desec.body("POST", RRSETS, rrset("x", "A", "192.0.2.1", "192.0.2.2"), status=201)["touched"]
    for change, lags in (
        ({"records": ["192.0.2.2", "192.0.2.1"]}, True),
        ({"records": ["192.0.2.2"]}, True),
        ({"records": ["192.0.2.2", "192.0.2.3"]}, False),
        ({"ttl": 3600}, True),
        ({"ttl": 7200}, False),
    ):
        shown = desec.body("PATCH", address, change)["touched"]
        assert (shown == touched) is lags, change
        now = desec.body("GET", address)["touched"]
        assert now > touched
        touched = now


def test_a_write_without_effect_publishes_nothing(desec: Desec) -> None:
    desec.body("POST", RRSETS, rrset("x", "A", "192.0.2.1"), status=201)
    before = desec.body("GET", "domains/?owns_qname=a.test")[0]
    publications = desec.publications
    desec.body("PATCH", RRSETS, [rrset("x", "A", "192.0.2.1"), {"subname": "y", "type": "A", "records": []}])
    after = desec.body("GET", "domains/?owns_qname=a.test")[0]
    assert (after["published"], desec.publications) == (before["published"], publications)
    assert after["touched"] > before["touched"] == before["published"]


def test_recreated_sets_are_the_newest(desec: Desec) -> None:
    desec.body("POST", RRSETS, [rrset("x", "A", "192.0.2.1"), rrset("y", "A", "192.0.2.1")], status=201)
    assert [item["subname"] for item in desec.body("GET", RRSETS)] == ["y", "x", ""]
    desec("DELETE", RRSETS + "x/A/")
    desec.body("PATCH", RRSETS, [rrset("x", "A", "192.0.2.1"), rrset("y", "A", "192.0.2.2")])
    assert [item["subname"] for item in desec.body("GET", RRSETS)] == ["x", "y", ""]


def test_apex_ns_may_be_changed_and_deleted_but_not_below_dedyn_io(desec: Desec) -> None:
    body = desec.body("PATCH", RRSETS, [rrset("", "NS", "ns1.other.example.")])
    assert body[0]["records"] == ["ns1.other.example."]
    assert desec("PATCH", RRSETS, [rrset("", "NS")]).status == 200
    desec.api.add_zone("x.dedyn.io")
    locked = {"type": ["Cannot modify NS records for this domain."]}
    rrsets = "domains/x.dedyn.io/rrsets/"
    for item in (rrset("", "NS", "ns1.other.example."), rrset("", "NS"), {"subname": "", "type": "NS", "ttl": 7200}):
        assert desec.body("PATCH", rrsets, [item], status=400) == [locked]
    assert desec.body("POST", rrsets, rrset("sub", "NS", "ns1.other.example."), status=400) == locked
    assert desec("PATCH", rrsets, [rrset("sub", "NS")]).status == 500
    desec.api.seed("x.dedyn.io", [rrset("sub", "NS", "ns1.other.example.")])
    assert desec.body("PATCH", rrsets, [rrset("sub", "NS")]) == []


RECORDS = st.sets(st.sampled_from([f"192.0.2.{number}" for number in range(1, 6)]), max_size=3)
CHANGES = st.lists(
    st.dictionaries(
        st.sampled_from("abcdef"),
        st.tuples(st.none() | st.sampled_from([3600, 7200]), st.none() | RECORDS),
        min_size=1,
    ),
    max_size=6,
)


@given(CHANGES)
def test_any_sequence_of_bulk_patches_does_what_a_dict_does(changes: list[dict[str, Any]]) -> None:
    desec = Desec(transfer_seconds=0)
    desec.api.add_zone("a.test")
    model: dict[str, tuple[int, set[str]]] = {}
    for change in changes:
        items = []
        for subname, (ttl, records) in change.items():
            if subname not in model and records != set():
                ttl, records = ttl or 3600, records or {"192.0.2.9"}
            item = {"subname": subname, "type": "A"}
            items.append(
                item | ({} if ttl is None else {"ttl": ttl}) | ({} if records is None else {"records": sorted(records)})
            )
            if records == set():
                model.pop(subname, None)
            else:
                old_ttl, old_records = model.get(subname, (3600, set()))
                model[subname] = (ttl or old_ttl, old_records if records is None else records)
        shown = desec.body("PATCH", RRSETS, items)
        assert {item["subname"]: (item["ttl"], set(item["records"])) for item in shown} == {
            subname: model[subname] for subname in change if subname in model
        }
    listed = desec.body("GET", RRSETS)
    assert {item["subname"]: (item["ttl"], set(item["records"])) for item in listed if item["type"] == "A"} == model
    for subname in "abcdef":
        assert desec.served("a.test", f"{subname}.a.test", "A") == model.get(subname, (0, set()))[1]

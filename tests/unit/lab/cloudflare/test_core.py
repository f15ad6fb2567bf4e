# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Properties of the emulated Cloudflare's record contents, without a socket."""

from __future__ import annotations

import dns.name
import dns.rdata
import dns.rdataset
import pytest
from dns.rdatatype import RdataType
from hypothesis import given
from hypothesis import strategies as st
from twinzone_lab.cloudflare.access import Credentials, authenticate
from twinzone_lab.cloudflare.content import read_content
from twinzone_lab.cloudflare.errors import CloudflareError
from twinzone_lab.cloudflare.records import PLANS, created, patched
from twinzone_lab.cloudflare.served import ServingRules, served_rrsets
from twinzone_lab.cloudflare.text import TxtError, quote_txt
from twinzone_lab.dns.propagation import Propagation
from twinzone_lab.dns.served import Answer, ServedZone, Snapshot
from twinzone_lab.faults import FaultBox, Kind, UnknownFault, make_fault
from twinzone_lab.web.api import Request

ZONE = dns.name.from_text("example.com.")
EDGE = ("192.0.2.80", "192.0.2.81")


def wire_text(stored: str) -> bytes:
    """The bytes of all strings of a stored TXT content, joined."""
    rdata = dns.rdata.from_text("IN", "TXT", stored)
    return b"".join(rdata.strings)  # type: ignore[attr-defined]


PLAIN = st.text(st.characters(exclude_characters='"\\', exclude_categories=("Cs", "Cc")), min_size=1, max_size=700)


@given(PLAIN)
def test_text_without_quotes_keeps_its_bytes(text: str) -> None:
    stored = quote_txt(text)
    assert wire_text(stored) == text.encode()
    assert all(len(string) <= 255 for string in dns.rdata.from_text("IN", "TXT", stored).strings)  # type: ignore[attr-defined]


@given(st.lists(st.binary(max_size=255), min_size=1, max_size=3))
def test_what_a_zone_file_says_is_kept(strings: list[bytes]) -> None:
    """Presentation format of any strings, as a client takes it from a zone file."""
    text = " ".join('"' + "".join(f"\\{byte:03d}" for byte in string) + '"' for string in strings)
    stored = quote_txt(text)
    assert wire_text(stored) == b"".join(strings)
    assert quote_txt(stored) == stored, "what was read can be written back"


@given(PLAIN, st.integers(0, 700))
def test_a_missing_quotation_mark_is_refused(text: str, position: int) -> None:
    with pytest.raises(TxtError):
        quote_txt(text[:position] + '"' + text[position:])


@pytest.mark.parametrize("text", ['"\\256"', '"a\\'])
def test_impossible_escapes_are_refused(text: str) -> None:
    with pytest.raises(TxtError):
        quote_txt(text)


@given(st.ip_addresses(v=6))
def test_addresses_are_canonical(address: object) -> None:
    if "." in str(address):  # newer Pythons write mapped addresses so
        return
    exploded = getattr(address, "exploded", "").upper()
    assert read_content("AAAA", {"content": exploded}).content == getattr(address, "compressed", "")


@given(st.dictionaries(st.sampled_from(["ttl", "content", "proxied", "comment"]), st.none()))
def test_a_patch_without_effect_changes_nothing(body: dict[str, None]) -> None:
    record = created({"name": "x", "type": "A", "content": "192.0.2.1", "ttl": 60, "comment": "c"}, ZONE, PLANS["free"])
    same = {key: getattr(record, key) for key in body}
    after = patched(record, same, ZONE, PLANS["free"])
    assert after.as_json("", "") | {"modified_on": ""} == record.as_json("", "") | {"modified_on": ""}


def test_a_record_keeps_its_type() -> None:
    record = created({"name": "x", "type": "MX", "content": "a.b", "ttl": 60, "priority": 1}, ZONE, PLANS["free"])
    with pytest.raises(CloudflareError, match="Changing the type"):
        patched(record, {"type": "A", "content": "192.0.2.1"}, ZONE, PLANS["free"])
    assert patched(record, {"type": "MX", "priority": 2}, ZONE, PLANS["free"]).priority == 2


# --- Answers ---


def no_outside(name: dns.name.Name, rdtype: RdataType) -> dns.rdataset.Rdataset | None:
    return None


@given(
    st.lists(
        st.tuples(st.sampled_from("abcdef"), st.sampled_from(["a", "b", "c", "d", "e", "f", "gone"]), st.booleans()),
        max_size=6,
        unique_by=lambda edge: edge[0],
    )
)
def test_flattening_always_ends(edges: list[tuple[str, str, bool]]) -> None:
    """Whatever leads to whatever, loops included: an address or nothing, never a CNAME into the zone."""
    bodies = [
        {"name": name, "type": "CNAME", "content": f"{target}.example.com", "ttl": 60, "proxied": proxied}
        for name, target, proxied in edges
    ]
    records = [created(body, ZONE, PLANS["free"]) for body in bodies]
    zone = ServedZone(ZONE, ZONE, ZONE)
    zone.publish(served_rrsets(records, ServingRules(ZONE, ("ns.example.net",), EDGE, no_outside)))
    leads = {name: (target, proxied) for name, target, proxied in edges}
    for name in leads:
        seen, at = set(), name
        while at in leads and not leads[at][1] and at not in seen:
            seen.add(at)
            at = leads[at][0]
        answer = zone.snapshot.answer(dns.name.from_text(name, ZONE), RdataType.A)
        assert answer.rcode == 0, "the name exists"
        assert [rrset.rdtype for rrset in answer.answer] == ([RdataType.A] if at in leads and leads[at][1] else [])


def test_the_source_of_a_snapshot_is_asked_once_and_late() -> None:
    asked = []

    def source() -> dict[tuple[dns.name.Name, RdataType], dns.rdataset.Rdataset]:
        asked.append(1)
        return {}

    zone = ServedZone(ZONE, ZONE, ZONE)
    zone.publish(source)
    assert asked == []
    for _unused in range(3):
        answer = zone.snapshot.answer(ZONE, RdataType.A)
    assert (answer.rcode, asked) == (0, [1])


def test_an_older_state_never_replaces_a_newer_one() -> None:
    zone = ServedZone(ZONE, ZONE, ZONE)
    propagation = Propagation({"example.com": zone}, delay=30)
    propagation.publish("example.com", dict, False)
    waiting = zone.snapshot
    propagation.publish("example.com", dict, True)
    newest = zone.snapshot
    assert newest is not waiting
    propagation._apply("example.com", 1, dict)
    assert zone.snapshot is newest


def answer_of(snapshot: Snapshot, name: str, rdtype: RdataType = RdataType.A) -> Answer:
    return snapshot.answer(dns.name.from_text(name, ZONE), rdtype)


def test_a_ds_belongs_to_the_parent_side_of_a_cut() -> None:
    zone = ServedZone(ZONE, ZONE, ZONE)
    sub = dns.name.from_text("sub", ZONE)
    ns = dns.rdataset.from_text("IN", "NS", 60, "ns.example.net.")
    ds = dns.rdataset.from_text("IN", "DS", 60, f"1 13 2 {'3a' * 32}")
    zone.publish({(sub, RdataType.NS): ns, (sub, RdataType.DS): ds})
    assert [rrset.rdtype for rrset in answer_of(zone.snapshot, "sub", RdataType.DS).answer] == [RdataType.DS]
    assert not answer_of(zone.snapshot, "sub", RdataType.NS).authoritative


# --- Faults ---

KINDS = {"slow": Kind("", {"seconds": float}), "off": Kind("", stage="always"), "tls": Kind("", stage="connection")}


@given(st.integers(0, 5), st.integers(0, 5))
def test_a_fault_passes_skips_and_counts(skip: int, count: int) -> None:
    box = FaultBox(KINDS)
    box.set(make_fault(KINDS, "slow", {"seconds": "1", "skip": str(skip), "count": str(count)}))
    struck = [box.take("request") is not None for _unused in range(12)]
    assert struck == [False] * skip + [True] * count + [False] * (12 - skip - count)


def test_a_fault_strikes_at_its_stage_only() -> None:
    box = FaultBox(KINDS)
    box.set(make_fault(KINDS, "tls", {}))
    assert box.take("request") is None
    assert box.take("connection") is not None
    box.set(make_fault(KINDS, "off", {}))
    assert box.take("request") is None, "nobody comes so far: the port is closed"
    box.set(make_fault(KINDS, "off", {"methods": "GET"}))
    assert box.take("request", "POST") is None
    assert box.take("request", "GET") is not None


def test_faults_are_read_strictly() -> None:
    for name, options in (("slow", {}), ("slow", {"seconds": "x"}), ("slow", {"seconds": "1", "a": "b"}), ("no", {}),
                          ("tls", {"methods": "GET"}), ("off", {"count": "few"})):  # fmt: skip
        with pytest.raises(UnknownFault):
            make_fault(KINDS, name, options)


USERS, ACCOUNTS, OLD = "cfut_" + "u" * 48, "cfat_" + "a" * 48, "o" * 40
VERIFY = {"user": "/client/v4/user/tokens/verify", "account": f"/client/v4/accounts/{'0' * 32}/tokens/verify"}


@pytest.mark.parametrize(("token", "place"), [(USERS, "user"), (OLD, "user"), (ACCOUNTS, "account")])
def test_tokens_of_every_form_are_taken_and_verified_each_at_its_own_place(token: str, place: str) -> None:
    credentials = Credentials(token, "r" * 40, "user@lab.test", "0" * 37)

    def ask(path: str, shown: str = token) -> str:
        headers = {"authorization": f"Bearer {shown}"}
        return authenticate(Request("GET", path, (), headers, b"", "https://lab.test"), credentials)

    assert ask("/client/v4/zones") == ask(VERIFY[place]) == token
    (other,) = VERIFY.keys() - {place}
    for path, shown in ((VERIFY[other], token), (VERIFY[place], token[:-1] + "x"), ("/client/v4/zones", "cfut_short")):
        with pytest.raises(CloudflareError):
            ask(path, shown)

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""deSEC in detail: what passes the audit is taken, kept and equal; what the server refuses or spoils does not pass.

The judge is the lab's emulator, which repeats what was measured at a real server.
"""

from __future__ import annotations

import bisect
import json
from collections.abc import Sequence
from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._engine.job import Job
from ansible_collections.twinzone.edge.plugins.module_utils._engine.lock import ZoneLock
from ansible_collections.twinzone.edge.plugins.module_utils._engine.planning import Planner
from ansible_collections.twinzone.edge.plugins.module_utils._engine.provider_report import Report
from ansible_collections.twinzone.edge.plugins.module_utils._engine.verification import Verification
from ansible_collections.twinzone.edge.plugins.module_utils._errors import BadInput, ProviderError
from ansible_collections.twinzone.edge.plugins.module_utils._providers.desec import errors
from ansible_collections.twinzone.edge.plugins.module_utils._providers.desec import provider as module
from ansible_collections.twinzone.edge.plugins.module_utils._zone import slips
from ansible_collections.twinzone.edge.plugins.module_utils._zone.plan import Change
from ansible_collections.twinzone.edge.plugins.module_utils._zone.record_sets import RecordSet
from hypothesis import example, given
from hypothesis import strategies as st
from support.emulated_providers import Entry, apply, audit, client, desec_api, planned
from twinzone_lab.desec.store import Policy


def entry(rdtype: str, *values: str, name: str = "x") -> Entry:
    return {"name": "@" if rdtype == "DNSKEY" else name, "type": rdtype, "ttl": 3600, "values": list(values)}


def fate(one: Entry) -> str:
    """What becomes of a set that is sent without an audit: kept, refused, or spoilt."""
    desec = client(desec_api())
    try:
        apply(desec, [one])
    except ProviderError:
        return "refused"
    return "spoilt" if planned(desec, desec.read(), [one]).changes else "kept"


def quoted(data: bytes) -> str:
    return '"' + "".join(chr(byte) if 35 <= byte < 92 else f"\\{byte:03d}" for byte in data) + '"'


labels = st.text("abzABZ019-_", min_size=1, max_size=6) | st.sampled_from(["*", r"a\.b", r"a\032b", r"\200", "bücher"])
names = st.lists(labels, min_size=1, max_size=3).map(".".join) | st.just("@")
targets = st.one_of(names, names.map(lambda name: f"{name}.example.org.".replace("@", "a")), st.just("."))
octets = st.integers(0, 255)
shorts = st.integers(0, 65535)
plain = st.text("abcXYZ019 -/:;=!^", max_size=12).map(str.encode)
strings = (plain | st.binary(max_size=12) | st.sampled_from([b'"', b"\\", b'a"b\\c'])).map(quoted)
angles = st.tuples(st.integers(0, 89), st.integers(0, 59), st.integers(0, 59), st.integers(0, 999)).map(
    lambda angle: f"{angle[0]} {angle[1]} {angle[2]}.{angle[3]:03d}"
)
sizes = st.sampled_from(["0m", "1m", "2m", "10m", "30m", "10000m"])
params = st.lists(
    st.sampled_from(
        "alpn=h2 alpn=h3,h2 port=8443 ipv4hint=192.0.2.1 ipv6hint=2001:DB8::1 dohpath=/q{?dns} ohttp key777=abc key778 "
        'key779="" no-default-alpn mandatory=port'.split()
    ),
    max_size=4,
    unique_by=lambda param: param.partition("=")[0],
).map(" ".join)
prefixes = st.tuples(st.binary(min_size=4, max_size=4), st.integers(0, 32)).map(
    lambda item: f"1:{'.'.join(map(str, item[0]))}/{item[1]}"
)

VALUES = {
    **dict.fromkeys(("CNAME", "NS", "PTR", "DNAME"), targets),
    **dict.fromkeys(("MX", "AFSDB", "KX", "LP"), st.tuples(shorts, targets).map("{0[0]} {0[1]}".format)),
    "SRV": st.tuples(shorts, shorts, shorts, targets).map("{0[0]} {0[1]} {0[2]} {0[3]}".format),
    "RP": st.tuples(targets, targets).map(" ".join),
    "CAA": st.tuples(octets, st.sampled_from(["issue", "ISSUE", "iodef"]), strings).map("{0[0]} {0[1]} {0[2]}".format),
    "HINFO": st.tuples(strings, strings).map(" ".join),
    "NAPTR": st.tuples(shorts, shorts, strings, strings, strings, targets).map(
        "{0[0]} {0[1]} {0[2]} {0[3]} {0[4]} {0[5]}".format
    ),
    "URI": st.tuples(shorts, shorts, strings).map("{0[0]} {0[1]} {0[2]}".format),
    "TXT": st.lists(st.binary(max_size=300).map(quoted), min_size=1, max_size=3).map(" ".join),
    "LOC": st.tuples(angles, st.sampled_from("NS"), angles, st.sampled_from("EW"), sizes, sizes, sizes).map(
        "{0[0]} {0[1]} {0[2]} {0[3]} 1.5m {0[4]} {0[5]} {0[6]}".format
    ),
    "APL": st.lists(prefixes, min_size=1, max_size=2).map(" ".join),
    **dict.fromkeys(("SVCB", "HTTPS"), st.tuples(octets, targets, params).map("{0[0]} {0[1]} {0[2]}".format)),
}

#: What the emulator is milder in than the server of which it is known.
MILDER = ["spoil an empty value", "rounds this angle"]
if not slips.escapes_are_bytes():
    MILDER.append("corrupts URI values")  # an old dnspython sends what it is mild in


@given(st.sampled_from(sorted(VALUES)).flatmap(lambda rdtype: st.tuples(st.just(rdtype), VALUES[rdtype])))
@example(("CAA", '128 issue "letsencrypt.org"'))
@example(("NAPTR", '200 200 "u" "E2U+sip" "!^.*$!sip:a@b.c!" .'))
@example(("CNAME", "."))
@example(("URI", '10 1 "https://www.example.org/ü"'))
@example(("URI", '200 200 "https://www.example.org/"'))
def test_the_audit_tells_exactly_what_the_server_refuses_or_spoils(spelled: tuple[str, str]) -> None:
    one = entry(*spelled)
    try:
        reported = audit(client(desec_api()), one)
    except BadInput:
        return  # no value of its type at all
    became = fate(one)
    if not reported:
        assert became == "kept", one
    elif not any(mild in problem for mild in MILDER for problem in reported):
        assert became != "kept", reported


@pytest.mark.parametrize("zero", ["0 0 0.000 N 4 53 32.000 E", "52 22 23.000 N 0 0 0.000 E"])
def test_a_place_on_the_equator_or_the_prime_meridian_is_refused(zero: str) -> None:
    """PowerDNS says 0 S and 0 W where the API says 0 N and 0 E."""
    (reported,) = audit(client(desec_api()), entry("LOC", f"{zero} 0m 2m 9m 9m"))
    assert "rounds this angle" in reported


def many_texts(count: int, length: int) -> Entry:
    return entry("TXT", *(f"{number:04}{'x' * (length - 4)}" for number in range(count)), name="a" * 60)


@pytest.mark.parametrize("length", [250, 255, 256, 3000, 60000])
def test_a_set_is_as_long_as_the_server_takes(length: int) -> None:
    """The most values that pass are taken; a few more do not pass, and are not taken."""
    desec = client(desec_api())
    most = bisect.bisect(range(1, 260), False, key=lambda count: bool(audit(desec, many_texts(count, length))))
    assert fate(many_texts(most, length)) == "kept"
    more = many_texts(most + 1 + 300 // length, length)
    assert any("longer than deSEC takes" in problem for problem in audit(desec, more))
    assert fate(more) == "refused"


def test_a_message_does_not_repeat_a_long_value() -> None:
    (reported,) = audit(client(desec_api()), entry("CAA", f'0 issue "{"x" * 5000}ü"'))
    assert len(reported) < 200


@pytest.mark.parametrize(
    ("name", "rdtype", "values"),
    [
        (".".join(["a" * 59] * 3), "A", ["192.0.2.1"]),
        (".".join(["a" * 59, "a" * 59, "a" * 58]), "A", ["192.0.2.1"]),
        ("x", "DNAME", ["a.example.org.", "b.example.org."]),
        ("@", "CNAME", ["a.example.org."]),
        ("x", "CNAME", ["a.example.org.", "b.example.org."]),
        ("@", "DS", ["1 13 2 " + "ab" * 32]),
        ("x", "DNSKEY", ["257 3 13 " + "A" * 88]),
        ("@", "NS", ["ns1.example.org."]),
        ("@", "CDS", ["0 0 0 00"]),
        ("x", "CDNSKEY", ["0 3 0 AA=="]),
        ("*", "NS", ["ns1.example.org."]),
        ("*.a", "TXT", ["x"]),
        ("a.*", "TXT", ["x"]),
        ("_443._tcp", "TLSA", ["3 1 1 " + "ab" * 32]),
        ("-a-", "A", ["192.0.2.1"]),
        (r"a\.b", "A", ["192.0.2.1"]),
        ("A.B", "A", ["192.0.2.1"]),
        ("bücher", "A", ["192.0.2.1"]),
    ],
)
def test_names_and_types(name: str, rdtype: str, values: Sequence[str]) -> None:
    one = {"name": name, "type": rdtype, "ttl": 3600, "values": values}
    assert (fate(one) == "kept") == (not audit(client(desec_api()), one))


# --- Errors ---


def changes(*keys: tuple[str, str]) -> list[Change]:
    return [Change("create", None, RecordSet(*key, 3600, ())) for key in keys]


TWO = changes(("www", "A"), ("@", "MX"))
MANY = changes(*((f"h{number}", "A") for number in range(4)))


@pytest.mark.parametrize(
    ("body", "sent", "reported"),
    [
        ([{}, {"ttl": ["too low"]}], TWO, "@ MX: ttl: too low"),
        ([{"records": [{}, {"content": ["blank"]}]}, {}], TWO, "www A: records: content: blank"),
        ([{"subname": "Expected a string, but got int."}, {"type": ["no"]}], TWO, "www A: subname: Expected a string"),
        (["CNAME RRset cannot have multiple records."], TWO, "one of www A, @ MX: CNAME RRset cannot have"),
        (["CNAME RRset cannot have multiple records."], TWO[:1], "www A: CNAME RRset cannot have"),
        (["CNAME RRset cannot have multiple records."], MANY, "one of 4 record sets: CNAME RRset cannot have"),
        ({"detail": "Insufficient token permissions."}, TWO, "one of www A, @ MX: Insufficient token permissions."),
        ({"non_field_errors": ["Expected a list"]}, [], "Expected a list"),
        ({"detail": "Not found."}, [], "Not found."),
        ([{}, {}], TWO, "the API answered 400: <body>"),
        ([], TWO, "the API answered 400: <body>"),
        ("odd", TWO[:1], "www A: odd"),
        (7, [], "7"),
    ],
)
def test_errors_of_every_form_name_the_set_as_far_as_it_can_be_known(
    body: Any, sent: list[Change], reported: str
) -> None:
    assert errors.of(400, body, "<body>", sent).message.startswith(reported)


@pytest.mark.parametrize(
    ("status", "kind", "passing"),
    [
        (400, "rejected", False),
        (401, "unauthorized", False),
        (403, "unauthorized", False),
        (404, "not_found", False),
        (406, "rejected", False),
        (409, "conflict", True),
        (413, "rejected", False),
        (301, "rejected", False),
    ],
)
@pytest.mark.parametrize("body", [{"detail": "said"}, None])
def test_kinds_of_errors(status: int, kind: str, passing: bool, body: Any) -> None:
    error = errors.of(status, body, "<html>", TWO)
    assert (error.kind, error.passing, error.status) == (kind, passing, status)
    assert error.hint
    if body is None:
        assert (error.message, "api_url" in error.hint) == (f"the API answered {status}: <html>", True)


def test_a_token_that_may_write_some_sets_only() -> None:
    api = desec_api()
    token = api.add_token(secret="scoped")
    token.policies = [Policy(None, None, None, False), Policy("example.com", "www", "A", True)]
    scoped = client(api, "scoped")
    apply(scoped, [entry("A", "192.0.2.1", name="www")])
    with pytest.raises(ProviderError, match="x A: Insufficient token permissions") as caught:
        apply(scoped, [entry("A", "192.0.2.1")])
    assert (caught.value.kind, caught.value.status) == ("unauthorized", 403)
    assert "policies" in caught.value.hint
    with pytest.raises(ProviderError, match="www A, x A: Insufficient token permissions"):
        apply(scoped, [entry("A", "192.0.2.2", name="www"), entry("A", "192.0.2.1")])
    assert ("x", "A") not in scoped.read().sets


def test_a_token_that_is_wrong_and_a_zone_of_somebody_else() -> None:
    api = desec_api()
    with pytest.raises(ProviderError, match="Invalid token") as caught:
        client(api, "wrong").read()
    assert caught.value.kind == "unauthorized"
    with pytest.raises(ProviderError, match="does not exist at deSEC") as caught:
        client(api, zone="sub.example.com").read()
    assert caught.value.kind == "not_found"


def test_an_apex_ns_set_that_desec_locks_is_refused_before() -> None:
    zone = "mine.dedyn.io"
    desec = client(desec_api(zone=zone), zone=zone)
    held = desec.read()
    with pytest.raises(ProviderError, match="keeps it read-only"):
        planned(desec, held, [entry("NS", "ns1.example.org.", name="@")])
    assert planned(desec, held, [entry("NS", "ns1.desec.io.", "ns2.desec.org.", name="@")]).changes == ()
    assert len(planned(desec, held, [entry("NS", "ns1.example.org.")]).changes) == 1


def test_the_servers_are_not_reminded_by_a_set_that_desec_locks() -> None:
    """Of a write that they missed: by a small change of a set and back."""
    zone = "mine.dedyn.io"
    desec = client(desec_api(zone=zone), zone=zone)
    job = Job(zone, (desec.settings,), ())

    def reminder() -> object:
        held = desec.read()
        prospect = Planner(job, desec, {"desec": desec}).plan(held, {})
        report = Report("desec", desec.deadline, desec.count)
        change = desec.reminder(Verification(job, desec, ZoneLock("x"), report)._may_change(prospect), held)
        return change and change.key

    assert reminder() is None
    apply(desec, [entry("A", "192.0.2.1")])
    assert reminder() == ("x", "A")


def test_no_bulk_is_longer_than_the_web_server_takes() -> None:
    """Quotation marks take twice as much in JSON."""
    sets = [entry("TXT", *(f"{number:03}" + r"\"" * 250 for number in range(90)), name=f"x{n}") for n in range(40)]
    desec = client(desec_api())
    held = desec.read()
    writes = desec.writes(planned(desec, held, sets).changes, held)
    assert len(writes) > 2
    assert max(len(json.dumps(write.body, separators=(",", ":"))) for write in writes) <= 1024 * 1024
    assert [one["subname"] for write in writes for one in write.body] == sorted(one["name"] for one in sets)


def test_a_ttl_below_the_minimum_stays_while_values_change() -> None:
    """dynDNS leaves it behind. Sent back it would be refused, so it is not sent."""
    api = desec_api(minimum_ttl=3600)
    api.seed("example.com", [{"subname": "x", "type": "A", "ttl": 60, "records": ["192.0.2.1"]}])
    desec = client(api)
    apply(desec, [entry("A", "192.0.2.2") | {"ttl": 60}])
    apply(desec, [{"name": "x", "type": "A", "values": "192.0.2.3"}])
    held = desec.read().sets["x", "A"]
    assert (held.ttl, [value.text for value in held.values]) == (60, ["192.0.2.3"])
    apply(desec, [entry("A", "192.0.2.3") | {"ttl": 120}])
    assert desec.read().sets["x", "A"].ttl == 3600


@pytest.mark.parametrize(("count", "pages"), [(0, 1), (499, 1), (500, 2), (1600, 4)])
def test_all_pages_are_read(count: int, pages: int) -> None:
    """A page has 500 sets; the apex NS set is one more."""
    api = desec_api()
    sets = [{"subname": f"h{number}", "type": "A", "ttl": 3600, "records": ["192.0.2.1"]} for number in range(count)]
    api.seed("example.com", sets)
    desec = client(api)
    assert len(desec.read().sets) == count + 1
    assert desec.api.count.requests == 1 + pages


def test_a_change_of_type_is_never_divided(monkeypatch: pytest.MonkeyPatch) -> None:
    """However full a bulk is: the name would be without an answer until the next one is served."""
    monkeypatch.setattr(module, "_BULK_SETS", 5)
    desec = client(desec_api())
    names = [f"h{number}" for number in range(9)]
    apply(desec, [entry("A", "192.0.2.1", name=name) for name in names])
    swaps: list[Entry] = [{"name": name, "type": "A", "state": "absent"} for name in names]
    swaps += [entry("CNAME", "a.example.org.", name=name) for name in names]
    held = desec.read()
    bulks = [
        {one["subname"] for one in write.body} for write in desec.writes(planned(desec, held, swaps).changes, held)
    ]
    assert [len(bulk) for bulk in bulks] == [2, 2, 2, 2, 1]
    assert set().union(*bulks) == set(names)

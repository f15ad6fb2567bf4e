# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for every provider: no answer makes it crash, it takes what it says, and only new meanings are changes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._deadline import Deadline
from ansible_collections.twinzone.edge.plugins.module_utils._errors import RESULTS, ProviderError
from ansible_collections.twinzone.edge.plugins.module_utils._providers.api import Answer, Api
from ansible_collections.twinzone.edge.plugins.module_utils._providers.base import Provider
from ansible_collections.twinzone.edge.plugins.module_utils._providers.http_provider import HttpProvider
from ansible_collections.twinzone.edge.plugins.module_utils._providers.registry import PROVIDERS
from ansible_collections.twinzone.edge.plugins.module_utils._zone import entries as zone_entries
from ansible_collections.twinzone.edge.plugins.module_utils._zone import rdata
from ansible_collections.twinzone.edge.plugins.module_utils._zone.entries import Context
from ansible_collections.twinzone.edge.plugins.module_utils._zone.plan import Change, Held
from ansible_collections.twinzone.edge.plugins.module_utils._zone.rdata import parse
from ansible_collections.twinzone.edge.plugins.module_utils._zone.record_sets import RecordSet
from hypothesis import given, settings
from hypothesis import strategies as st
from support.emulated_providers import ZONE, Entry, apply, client, cloudflare_api, desec_api, done, planned
from support.sample_records import SAMPLES, record_set, spellings


class Scripted(Api):
    """Answers one thing after the other, the last one for ever, without the network."""

    def __init__(self, answers: list[tuple[int, Any]]) -> None:
        super().__init__("https://api.invalid", ("Authorization", "none"), Deadline(0.05))
        self.answers = answers

    def _send(self, method: str, path: str, body: Any) -> Answer:
        self.count.requests += 1
        if self.count.requests > 50:
            raise AssertionError("it asks without an end")
        status, given_body = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return Answer(status, {}, given_body if isinstance(given_body, bytes) else json.dumps(given_body).encode())


def provider(name: str, answers: list[tuple[int, Any]]) -> HttpProvider:
    kind = PROVIDERS[name]
    entry = {
        "name": name,
        "type": name,
        "token": "token",
        "api_url": "https://api.invalid",
        "nameservers": ["192.0.2.53"],
    }
    made = kind(ZONE, kind.read_settings(entry, 0.05), Deadline(0.05))
    assert isinstance(made, HttpProvider)
    made.api = Scripted(answers)
    made.count = made.api.count
    return made


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)

GOOD: Mapping[str, list[Any]] = {
    "cloudflare": [
        {
            "success": True,
            "errors": [],
            "messages": [],
            "result": [
                {
                    "id": "z1",
                    "name": ZONE,
                    "status": "active",
                    "paused": False,
                    "plan": {"legacy_id": "free"},
                    "name_servers": ["a.ns.cloudflare.com"],
                }
            ],
            "result_info": {"page": 1, "per_page": 50, "count": 1, "total_count": 1, "total_pages": 1},
        },
        {
            "success": True,
            "errors": [],
            "messages": [],
            "result": [
                {
                    "id": "r1",
                    "name": f"www.{ZONE}",
                    "type": "A",
                    "content": "192.0.2.1",
                    "ttl": 300,
                    "proxied": False,
                    "comment": None,
                    "tags": [],
                    "settings": {},
                    "meta": {},
                },
                {
                    "id": "r2",
                    "name": ZONE,
                    "type": "SRV",
                    "content": "x",
                    "ttl": 300,
                    "priority": 1,
                    "data": {"priority": 1, "weight": 2, "port": 3, "target": "a.example.org"},
                },
            ],
            "result_info": {"page": 1, "per_page": 50000, "count": 2, "total_count": 2},
        },
    ],
    "desec": [
        [{"name": ZONE, "minimum_ttl": 3600, "created": "x", "published": "x", "touched": "x"}],
        [
            {
                "subname": "www",
                "type": "A",
                "ttl": 3600,
                "records": ["192.0.2.1"],
                "name": f"www.{ZONE}.",
                "domain": ZONE,
            }
        ],
    ],
    "powerdns": [
        {
            "name": f"{ZONE}.",
            "kind": "Master",
            "rrsets": [
                {
                    "name": f"www.{ZONE}.",
                    "type": "A",
                    "ttl": 3600,
                    "records": [
                        {"content": "192.0.2.1", "disabled": False},
                        {"content": "192.0.2.2", "disabled": True},
                    ],
                    "comments": [],
                }
            ],
        }
    ],
}


def places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every part of some JSON."""
    yield path
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield from places(value, (*path, key))


def replaced(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The JSON with something else in one place."""
    if not path:
        return value
    copy = dict(data) if isinstance(data, dict) else list(data)
    copy[path[0]] = replaced(data[path[0]], path[1:], value)
    return copy


@st.composite
def damaged(draw: st.DrawFn, name: str) -> list[tuple[int, Any]]:
    """The answers to a read, of which one has anything at all in one place."""
    answers = list(GOOD[name])
    index = draw(st.integers(0, len(answers) - 1))
    path = draw(st.sampled_from(list(places(answers[index]))))
    answers[index] = replaced(answers[index], path, draw(anything))
    return [(200, answer) for answer in answers]


def read(made: Provider) -> Held | None:
    """What is held; None after an error, which must be one that users can act on."""
    try:
        return made.read()
    except ProviderError as error:
        assert error.kind in RESULTS
        assert error.message
        return None


@pytest.mark.parametrize("name", GOOD)
def test_the_good_answers_are_read(name: str) -> None:
    held = read(provider(name, [(200, answer) for answer in GOOD[name]]))
    assert held is not None
    assert ("www", "A") in held.sets


@pytest.mark.parametrize("name", GOOD)
@given(st.data())
def test_a_damaged_answer_to_a_read_never_crashes(name: str, data: st.DataObject) -> None:
    read(provider(name, data.draw(damaged(name))))


@pytest.mark.parametrize("name", GOOD)
@given(st.integers(200, 599).filter(lambda status: status != 429), anything | st.binary(max_size=50))
def test_any_answer_to_a_read_is_an_error_or_a_zone(name: str, status: int, body: Any) -> None:
    read(provider(name, [(status, body)]))


CHANGE = Change(
    "update",
    RecordSet("www", "A", 300, (parse("A", "192.0.2.1", ZONE),)),
    RecordSet("www", "A", 600, (parse("A", "192.0.2.2", ZONE),)),
)


@pytest.mark.parametrize("name", GOOD)
@given(st.integers(200, 599).filter(lambda status: status != 429), anything | st.binary(max_size=50))
def test_any_answer_to_a_write_is_an_error_or_a_success(name: str, status: int, body: Any) -> None:
    held = read(provider(name, [(200, answer) for answer in GOOD[name]]))
    assert held is not None
    made = provider(name, [(status, body)])
    (write,) = made.writes([CHANGE], held)
    try:
        made.send(write)
    except ProviderError as error:
        assert error.kind in RESULTS
        assert error.message
        assert error.passing or 400 <= status < 500 or status < 400
    else:
        assert 200 <= status < 300


def page(count: int, total: int) -> Any:
    """A page of Cloudflare's list of records that has this many of the total."""
    records = [{**GOOD["cloudflare"][1]["result"][0], "id": f"r{number}"} for number in range(count)]
    return {**GOOD["cloudflare"][1], "result": records, "result_info": {"total_count": total, "total_pages": total}}


@pytest.mark.parametrize("total", [3, 10**9, 1e300])
def test_a_list_that_promises_more_than_there_is_is_malformed_and_asked_for_once_more(total: Any) -> None:
    made = provider("cloudflare", [(200, GOOD["cloudflare"][0]), (200, page(2, total))])
    made.deadline = Deadline(5)
    with pytest.raises(ProviderError, match="malformed") as caught:
        made.read()
    assert (caught.value.kind, caught.value.passing) == ("unreachable", True)
    assert made.api.count.requests <= 6
    assert made.api.count.retries == 1


@pytest.mark.parametrize("info", [{"total_count": 2, "per_page": 2}, {"total_count": 2, "per_page": 2, "count": 2}])
def test_a_list_that_promises_less_than_there_is_is_not_cut(info: dict[str, int]) -> None:
    """The total is that of the page; after a full page the next one is asked for anyway."""

    def some(*names: str) -> Any:
        records = [{**GOOD["cloudflare"][1]["result"][0], "id": name, "name": f"{name}.{ZONE}"} for name in names]
        return (200, {**GOOD["cloudflare"][1], "result": records, "result_info": {**info}})

    made = provider("cloudflare", [(200, GOOD["cloudflare"][0]), some("a", "b"), some("c", "d"), some("e")])
    assert {name for name, _type in made.read().sets} == {"a", "b", "c", "d", "e"}


def test_a_list_whose_pages_do_not_end_is_malformed() -> None:
    class Endless(Scripted):
        def _send(self, method: str, path: str, body: Any) -> Answer:
            self.count.requests += 1
            name = f"n{self.count.requests}"
            if path.startswith("/domains/?"):
                return Answer(200, {}, json.dumps(GOOD["desec"][0]).encode())
            item = {**GOOD["desec"][1][0], "subname": name}
            link = f'<https://api.invalid/?cursor={name}>; rel="next"'
            return Answer(200, {"Link": link}, json.dumps([item]).encode())

    made = provider("desec", [(200, [])])
    made.api = Endless([])
    with pytest.raises(ProviderError, match="malformed"):
        made.read()


def test_a_list_whose_pages_lead_in_a_circle_is_malformed() -> None:
    class Circle(Scripted):
        def _send(self, method: str, path: str, body: Any) -> Answer:
            answer = super()._send(method, path, body)
            return Answer(answer.status, {"Link": '<https://api.invalid/?cursor=a>; rel="next"'}, answer.body)

    made = provider("desec", [])
    made.api = Circle([(200, answer) for answer in GOOD["desec"]])
    with pytest.raises(ProviderError, match="malformed"):
        made.read()
    assert made.api.count.requests < 10


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize(("status", "in_flight"), [(504, True), (524, True), (522, False), (502, False), (500, False)])
def test_a_gateway_that_gave_up_says_nothing_of_the_write(name: str, status: int, in_flight: bool) -> None:
    """The server behind it may go on; a web page in place of an answer is no refusal either."""
    held = read(provider(name, [(200, answer) for answer in GOOD[name]]))
    assert held is not None
    made = provider(name, [(status, b"<html>gateway</html>")])
    (write,) = made.writes([CHANGE], held)
    with pytest.raises(ProviderError) as caught:
        made.send(write)
    error = caught.value
    assert (error.kind, error.passing, error.in_flight) == ("unreachable", True, in_flight)
    assert not error.nothing_applied


FORGED = "no\n\nPLAY RECAP ***\r\x1b[2Kok \u202egnp\ud800"


@pytest.mark.parametrize("name", GOOD)
def test_what_an_api_says_cannot_forge_a_line(name: str) -> None:
    for body in (
        {"errors": [{"code": FORGED, "message": FORGED}], "detail": FORGED},
        FORGED,
        [FORGED],
        b"x\x1b[2K\x9b",
    ):
        with pytest.raises(ProviderError) as caught:
            provider(name, [(403, body)]).read()
        shown = caught.value.as_result()
        assert all(text.isprintable() for text in (shown["message"], shown["hint"], shown["code"] or ""))


def test_a_long_text_of_an_api_is_cut() -> None:
    with pytest.raises(ProviderError) as caught:
        provider("cloudflare", [(403, {"errors": [{"message": "x" * 10**6}]})]).read()
    assert len(caught.value.message) < 5000


# --- Once a value stands there, no other legal spelling of it plans a change ---

#: Types whose values are texts, in which a blank or a parenthesis is what it is.
TEXTS = ("TXT", "SPF")

CASES = [(name, rdtype) for name, provider in PROVIDERS.items() for rdtype in sorted(provider.record_types)]


def generic(rdtype: str, text: str) -> str:
    """The form that RFC 3597 has for data of any type."""
    wire = rdata.parse(rdtype, text, ZONE).wire
    return rf"\# {len(wire)} {wire.hex()}"


def escaped(text: str) -> str:
    """With every character of the quoted strings as its number."""
    return re.sub('"[^"\\\\]*"', lambda string: '"' + "".join(f"\\{ord(c):03d}" for c in string[0][1:-1]) + '"', text)


def forms(rdtype: str, text: str) -> list[str]:
    """Spellings of one value."""
    if rdtype in TEXTS:
        quoted = rdata.parse(rdtype, text, ZONE).text
        return [text, f"  {text}\t", quoted, f" {quoted} ", escaped(quoted)]
    fields = text.split(" ")
    return [
        text,
        f"\t{text}  ",
        text.replace(" ", "   ") if '"' not in text else text,
        f"( {text} )",
        f"{fields[0]} (\n  {' '.join(fields[1:])}\n)" if len(fields) > 1 else text,
        f"{text} ; a comment",
        generic(rdtype, text),
        escaped(text),
        re.sub(r"(\.example\.com)\.$", "", text),
    ]


def zone_of(rdtype: str, *values: str) -> list[Entry]:
    name = "@" if rdtype in ("DNSKEY", "CDS", "CDNSKEY") else "x"
    beside = [{"name": name, "type": "NS", "ttl": 3600, "values": "ns1.example.org."}] if rdtype == "DS" else []
    return [{"name": name, "type": rdtype, "ttl": 3600, "values": list(values)}, *beside]


@pytest.mark.parametrize(("provider", "rdtype"), CASES)
@settings(max_examples=15)
@given(data=st.data())
def test_another_spelling_of_a_sample_plans_nothing(provider: str, rdtype: str, data: st.DataObject) -> None:
    there = client(cloudflare_api() if provider == "cloudflare" else desec_api())
    values = data.draw(st.permutations(SAMPLES[rdtype]))
    first, second = (
        [data.draw(st.sampled_from(forms(rdtype, text))) for text in order] for order in (values, SAMPLES[rdtype])
    )
    apply(there, zone_of(rdtype, *first))
    assert planned(there, there.read(), zone_of(rdtype, *second)).changes == ()


@pytest.mark.parametrize("provider", PROVIDERS)
@given(spellings())
def test_another_spelling_of_any_value_plans_nothing(provider: str, spelled: tuple[str, str, str]) -> None:
    rdtype, one, other = spelled
    there = client(cloudflare_api() if provider == "cloudflare" else desec_api())
    apply(there, zone_of(rdtype, one))
    assert planned(there, there.read(), zone_of(rdtype, other)).changes == ()


@given(st.sampled_from(["CNAME", "MX", "SRV", "NS", "PTR", "HTTPS", "SVCB", "NAPTR"]))
def test_letter_case_of_names_plans_a_change_at_desec_only(rdtype: str) -> None:
    forms = {"MX": "10 {}", "SRV": "1 2 3 {}", "HTTPS": "1 {}", "SVCB": "1 {}", "NAPTR": '1 2 "s" "x" "" {}'}
    lower, upper = (forms.get(rdtype, "{}").format(name) for name in ("host.example.org.", "Host.Example.ORG."))
    for there, expected in ((client(cloudflare_api()), []), (client(desec_api()), [("update", "x", rdtype)])):
        apply(there, zone_of(rdtype, lower))
        assert done(planned(there, there.read(), zone_of(rdtype, upper))) == expected
        apply(there, zone_of(rdtype, upper))
        assert planned(there, there.read(), zone_of(rdtype, upper)).changes == ()


# --- What it takes ---


def usual_name(rdtype: str) -> str:
    return {"DNSKEY": "@", "SRV": "_sip._udp", "TLSA": "_443._tcp.www"}.get(rdtype, "x")


#: octoDNS takes all these types, but not every spelling of them; its own tests say which.
TAKERS = sorted(PROVIDERS.keys() - {"octodns"})


@pytest.mark.parametrize("provider", TAKERS)
def test_all_that_a_provider_takes_passes(provider: str) -> None:
    for rdtype in PROVIDERS[provider].record_types:
        texts = SAMPLES[rdtype]  # a new type needs a sample
        assert PROVIDERS[provider].audit(record_set(usual_name(rdtype), rdtype, *texts)) == []


@pytest.mark.parametrize("provider", TAKERS)
@pytest.mark.parametrize(
    ("name", "rdtype", "text"),
    [
        ("@", "MX", "0 ."),
        ("_sip._udp", "SRV", "0 0 0 ."),
        ("*", "A", "192.0.2.1"),
        ("*.dev", "A", "192.0.2.1"),
        ("_dmarc", "TXT", "v=DMARC1; p=none"),
        ("bücher", "A", "192.0.2.1"),
        ("k1._domainkey", "CNAME", "_x.dkim.example.org."),
        ("-odd-", "A", "192.0.2.1"),
        ("x", "CAA", '0 issue ";"'),
        ("x", "MX", "10 Mail.Example.ORG."),
        ("x", "TXT", "x" * 3000),
        ("x", "TXT", r"a\000b\010c"),
        ("@", "NS", "ns1.example.org."),
    ],
)
def test_what_people_use_passes(provider: str, name: str, rdtype: str, text: str) -> None:
    (entry,) = zone_entries.parse_declared([{"name": name, "type": rdtype, "values": text}], Context(ZONE, {}))
    assert PROVIDERS[provider].audit(entry.record_set) == []


def zones(*states: str) -> Any:
    """The list of zones of one name, with these states."""
    (zone,) = GOOD["cloudflare"][0]["result"]
    found = [{**zone, "id": f"z{number}", "status": status} for number, status in enumerate(states)]
    return {**GOOD["cloudflare"][0], "result": found, "result_info": {"total_count": len(found)}}


def test_of_several_zones_of_one_name_exactly_one_is_active() -> None:
    one = provider("cloudflare", [(200, zones("moved", "active")), (200, GOOD["cloudflare"][1])])
    assert one.read().facts["zone_id"] == "z1"
    for states in (("active", "active"), ("moved", "pending")):
        with pytest.raises(ProviderError, match=r"z0 .*, z1 ") as caught:
            provider("cloudflare", [(200, zones(*states))]).read()
        assert caught.value.kind == "rejected"


@pytest.mark.parametrize("info", [None, {}, {"total_count": None}, {"total_count": 0}, {"total_count": "2"}])
def test_a_list_without_a_usable_total_is_read_to_its_end(info: Any) -> None:
    records = GOOD["cloudflare"][1]
    pages = [{**records, "result": [record], "result_info": info} for record in records["result"]]
    made = provider(
        "cloudflare", [(200, zones("active")), *((200, one) for one in [*pages, {**pages[0], "result": []}])]
    )
    made.deadline = Deadline(5)
    assert len(made.read().sets) == 2


@pytest.mark.parametrize(
    ("status", "body", "hint"),
    [
        (403, b"<html>Just a moment", "not the token"),
        (
            403,
            {"errors": [{"code": 9109, "message": "Cannot use the access token from location: 192.0.2.1"}]},
            "IP filter",
        ),
        (400, {"errors": [{"code": 1038, "message": "not available"}]}, "top-level domain"),
        (400, {"errors": [{"code": 1004, "message": "DNS Validation Error"}]}, "could not be read"),
        (
            400,
            {"errors": [{"code": 1004, "message": "Error", "error_chain": [{"code": 81045, "message": "Quota"}]}]},
            "quota",
        ),
    ],
)
def test_hints_of_cloudflare(status: int, body: Any, hint: str) -> None:
    with pytest.raises(ProviderError) as caught:
        provider("cloudflare", [(status, body)]).read()
    assert hint in caught.value.hint

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that the engine sends keeps to what the APIs document, and so does everything that Cloudflare's emulator
answers to it. One story brings about every kind of request."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
from ansible_collections.twinzone.edge.plugins.module_utils._providers.registry import PROVIDERS
from ansible_collections.twinzone.edge.plugins.module_utils._zone.plan import PlanPolicy
from support import lab_jobs
from support.cloudflare_contract import check_contract, needs_contract, request_errors
from support.lab_api import ZONE
from support.lab_jobs import Entry
from support.sample_records import SAMPLES
from twinzone_lab.client import LabClient, running_lab
from urllib3 import HTTPResponse

FORCE = PlanPolicy(force=True)
WHOLE = PlanPolicy(prune=True, force=True)

#: deSEC's documentation of bulk operations on record sets.
DESEC_FIELDS = {"subname", "type", "ttl", "records"}

#: Types that must stand elsewhere than at a name of their own: where, by provider.
_PLACES = {"DS": "sub", "NS": "sub"}
_PLACES_AT_DESEC = {**_PLACES, "DNSKEY": "@", "CDNSKEY": "@", "CDS": "@"}


@dataclass
class Wire:
    """What went over the wire. asked: the lab's own log, by provider; answers: what the engine got, with headers."""

    asked: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    answers: list[requests.Response] = field(default_factory=list)
    base: str = ""

    def answers_of_cloudflare(self) -> list[requests.Response]:
        return [answer for answer in self.answers if str(answer.request.url).startswith(self.base)]


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Wire:
    """The requests and the answers of the story. Its lab is its own: the story runs once."""
    found = Wire()
    send = requests.Session.send

    def recording(session: requests.Session, prepared: requests.PreparedRequest, **options: Any) -> requests.Response:
        answer = send(session, prepared, **options)
        # The engine reads it as a stream, which can be read once.
        body = answer.raw.read(decode_content=False)
        kept = requests.Response()
        kept.status_code, kept.headers, kept.request, kept.url = (
            answer.status_code,
            answer.headers,
            answer.request,
            answer.url,
        )
        kept.raw = io.BytesIO(body)
        found.answers.append(kept)
        answer.raw = HTTPResponse(io.BytesIO(body), answer.headers, answer.status_code, preload_content=False)
        return answer

    with running_lab(tmp_path_factory.mktemp("lab"), max_seconds=300) as lab, pytest.MonkeyPatch.context() as patch:
        patch.setattr(requests.Session, "send", recording)
        tell(lab)
        found.base = lab.info["providers"]["cloudflare"]["api_url"]
        found.asked = {name: lab.log(name) for name in lab_jobs.BOTH}
    return found


def tell(lab: LabClient) -> None:
    """Every type at each provider; attributes; updates; swapped types; deletes; a switch; failures."""
    lab.adjust(ZONE, plan="pro")
    for provider in lab_jobs.BOTH:
        everything = samples(provider)
        lab_jobs.ok(lab_jobs.run(lab, everything, provider, policy=FORCE))
        assert lab_jobs.ok(lab_jobs.run(lab, everything, provider, policy=WHOLE, check_mode=True)) != []
        lab_jobs.ok(lab_jobs.run(lab, [{**entry, "ttl": 7200} for entry in everything], provider, policy=FORCE))
        others = [{**entry, "values": entry["values"][1:] or [OTHER.get(entry["type"])]} for entry in everything]
        others = [entry for entry in others if entry["values"] != [None]]
        lab_jobs.ok(lab_jobs.run(lab, others, provider, policy=FORCE))
    for entries in ATTRIBUTES:
        lab_jobs.ok(lab_jobs.run(lab, entries, "cloudflare", policy=FORCE))
    # Served before the next is sent: deSEC loses the transfer of a write that follows another too quickly.
    for entries in SWAPS:
        lab_jobs.ok(lab_jobs.run(lab, entries, policy=FORCE, verify_seconds=10.0))
    many = [{"name": f"h{number}", "type": "A", "ttl": 3600, "values": "192.0.2.1"} for number in range(260)]
    lab.adjust(ZONE, plan="free")  # batches of 200
    lab_jobs.ok(lab_jobs.run(lab, many, verify_seconds=10.0))
    lab_jobs.ok(lab_jobs.run(lab, ROUTER, policy=PlanPolicy(switch=True), plan_first=False, verify_seconds=10.0))
    lab_jobs.ok(lab_jobs.run(lab, [{"name": "www", "type": "A", "values": "192.0.2.9"}], policy=WHOLE))
    fail(lab)


def fail(lab: LabClient) -> None:
    """What is refused, and what is sent after that."""
    standing = [{"name": "sub", "type": "NS", "ttl": 3600, "values": "ns1.example.org."}]
    lab_jobs.ok(lab_jobs.run(lab, standing))
    lab.break_("cloudflare_api", "500_after_commit", methods="POST", count=1)
    lab.break_("desec_api", "500_after_commit", methods="PATCH", count=1)
    lab_jobs.ok(lab_jobs.run(lab, [{"name": "www", "type": "A", "values": "192.0.2.10"}]))
    edge = [{"name": "www", "type": "A", "values": lab.info["fronts"]["cloudflare"][0]}]
    assert lab_jobs.run(lab, edge, "cloudflare")["cloudflare"].result == "rejected"
    for fault, result in (("401", "unauthorized"), ("403", "unauthorized")):
        for provider in lab_jobs.BOTH:
            lab.break_(f"{provider}_api", fault)
        reports = lab_jobs.run(lab, standing)
        assert {report.result for report in reports.values()} == {result}
        lab.repair()


def samples(provider: str) -> list[Entry]:
    """A set of every type that the provider takes."""
    places = _PLACES_AT_DESEC if provider == "desec" else _PLACES
    return [
        {
            "name": places.get(rdtype, f"{rdtype.lower()}.x"),
            "type": rdtype,
            "ttl": 3600,
            "values": list(SAMPLES[rdtype]),
        }
        for rdtype in sorted(PROVIDERS[provider].record_types)
    ]


#: Another value for types that have a single sample.
OTHER = {
    "CERT": "PKIX 2 RSASHA256 AAAA",
    "CNAME": "other.example.org.",
    "DNSKEY": "256 3 13 AAAA",
    "DS": f"12345 13 2 {'4b' * 32}",
    "LOC": "52 22 23.500 S 4 53 32.250 W 10.50m 3.00m 200.00m 30.00m",
    "OPENPGPKEY": "AAAA",
    "PTR": "other.example.org.",
    "SMIMEA": f"3 1 1 {'4b' * 32}",
    "SVCB": "2 svc.example.org. port=8853",
    "URI": '20 2 "https://www.example.net/"',
}

#: Cloudflare's attributes, set, changed one by one and taken back.
ATTRIBUTES: list[list[Entry]] = [
    [{"name": "p", "type": "A", "values": "192.0.2.1", "at": {"cloudflare": attributes}}]
    for attributes in (
        {"proxied": True, "comment": "first", "tags": ["env:prod"]},
        {"proxied": True, "comment": "second", "tags": ["env:test", "team"], "settings": {"ipv4_only": True}},
        {"proxied": False, "comment": "", "tags": []},
    )
] + [
    [{"name": "q", "type": "CNAME", "values": "a.example.org.", "at": {"cloudflare": attributes}}]
    for attributes in ({"settings": {"flatten_cname": True}}, {"proxied": True}, {"proxied": False, "ttl": 120})
]

#: One name, its type swapped there and back.
SWAPS: list[list[Entry]] = [
    [
        {"name": "s", "type": "A", "ttl": 3600, "values": ["192.0.2.1", "192.0.2.2"]},
        {"name": "s", "type": "MX", "ttl": 3600, "values": "10 mail"},
    ],
    [
        {"name": "s", "type": "A", "state": "absent"},
        {"name": "s", "type": "MX", "state": "absent"},
        {"name": "s", "type": "CNAME", "ttl": 3600, "values": "www.example.org."},
    ],
    [
        {"name": "s", "type": "CNAME", "state": "absent"},
        {"name": "s", "type": "TXT", "ttl": 3600, "values": "back"},
    ],
]

ROUTER: list[Entry] = [
    {"name": "web-router", "type": "CNAME", "ttl": 60, "values": "example.b-cdn.net."},
    {"name": "_twinzone.web-router", "type": "TXT", "ttl": 60, "values": "v=twinzone1"},
]


def test_the_story_sends_every_kind_of_request(wire: Wire) -> None:
    """The checks below have something to check."""
    assert len(wire.answers) == sum(map(len, wire.asked.values()))
    batches = [entry["body"] for entry in wire.asked["cloudflare"] if entry["method"] == "POST"]
    assert {kind for batch in batches for kind in batch} == {"deletes", "patches", "posts"}
    posted = {operation["type"] for batch in batches for operation in batch.get("posts", ())}
    assert posted == PROVIDERS["cloudflare"].record_types
    patched = {name for batch in batches for operation in batch.get("patches", ()) for name in operation}
    assert patched >= {"id", "content", "data", "priority", "ttl", "proxied", "comment", "tags", "settings"}
    assert max(sum(map(len, batch.values())) for batch in batches) == 200
    assert {entry["status"] for entry in wire.asked["cloudflare"]} >= {200, 400, 401, 403, 500}
    items = [item for entry in wire.asked["desec"] for item in entry["body"] or ()]
    assert {item["type"] for item in items if item.get("records")} == PROVIDERS["desec"].record_types
    assert any(item.get("records") == [] for item in items)
    assert any("ttl" not in item for item in items)


@needs_contract
def test_requests_to_cloudflare_are_documented(wire: Wire) -> None:
    for entry in wire.asked["cloudflare"]:
        path = entry["path"].removeprefix("/client/v4")
        assert request_errors(entry["method"], path, entry["query"], entry["body"]) == [], entry


@needs_contract
def test_patches_are_what_the_type_documents(wire: Wire) -> None:
    """The document's own form of a patch is a whole record: with the fields that are left out, each is one."""
    known: dict[str, dict[str, Any]] = {}
    checked = 0
    for answer in wire.answers_of_cloudflare():
        for patch in json.loads(answer.request.body or b"{}").get("patches", ()):
            old = known[patch["id"]]
            whole = {key: old[key] for key in ("name", "type", "ttl")} | patch
            del whole["id"]
            assert request_errors("POST", f"/zones/{'0' * 32}/dns_records", [], whole) == []
            checked += 1
        if answer.ok:
            known.update({record["id"]: record for record in _records(answer)})
    assert checked > 50


def _records(answer: requests.Response) -> list[dict[str, Any]]:
    """All records that an answer shows."""
    result = answer.json().get("result")
    lists = result.values() if isinstance(result, dict) else [result or []]
    return [record for one in lists if isinstance(one, list) for record in one if "content" in record]


@needs_contract
def test_answers_of_cloudflare_are_documented(wire: Wire) -> None:
    answers = [answer for answer in wire.answers_of_cloudflare() if answer.status_code < 500]
    assert len(answers) > 50
    for answer in answers:
        path = str(answer.request.url).removeprefix(wire.base)
        assert check_contract(str(answer.request.method), path, answer), f"the document does not mention {path}"


def test_headers_are_those_of_each_api(wire: Wire) -> None:
    for answer in wire.answers:
        headers = answer.request.headers
        scheme = "Bearer" if str(answer.request.url).startswith(wire.base) else "Token"
        assert re.fullmatch(rf"{scheme} \S+", headers["Authorization"])
        assert (headers["Accept"], headers["Content-Type"]) == ("application/json", "application/json")
        assert not {"X-Auth-Key", "X-Auth-Email"} & set(headers)  # beside a token they are an error


def test_requests_to_desec_have_only_documented_fields(wire: Wire) -> None:
    documented = {
        ("GET", "/api/v1/domains/"): {"owns_qname", "cursor"},
        ("GET", f"/api/v1/domains/{ZONE}/rrsets/"): {"cursor"},
        ("PATCH", f"/api/v1/domains/{ZONE}/rrsets/"): set(),
    }
    for entry in wire.asked["desec"]:
        assert {name for name, _value in entry["query"]} <= documented[entry["method"], entry["path"]], entry
        if entry["method"] == "GET":
            assert entry["body"] is None
        else:
            _check_bulk(entry["body"])


def _check_bulk(items: Sequence[Mapping[str, Any]]) -> None:
    keys = [(item["subname"], item["type"]) for item in items]
    assert len(set(keys)) == len(keys) <= 500
    for item in items:
        assert {"subname", "type"} <= item.keys() <= DESEC_FIELDS, item
        assert re.fullmatch(r"|(\*\.)?[a-z0-9_.-]+|\*", item["subname"]), item  # the apex is empty, not `@`
        assert repr(item.get("ttl", 1)).isdigit(), item
        records = item.get("records", [])
        assert all(isinstance(record, str) for record in records), item
        assert len(set(records)) == len(records), item

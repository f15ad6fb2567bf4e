# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulated Cloudflare refuses and answers as the facts say."""

from __future__ import annotations

import http.client
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from support.cloudflare_contract import check_contract, needs_contract
from support.lab_api import ZONE, CloudflareCaller
from support.lab_dns import soon
from twinzone_lab.client import LabClient, running_lab

DIGEST = "3a" * 32


def batch(cloudflare: CloudflareCaller, **lists: list[dict[str, Any]]) -> Any:
    return cloudflare.ok("POST", "dns_records/batch", lists)


@needs_contract
def test_the_contract_is_looked_at(cloudflare: CloudflareCaller) -> None:
    response = cloudflare.call("GET", "dns_records")
    assert check_contract("GET", f"/zones/{cloudflare.zone}/dns_records", response)
    response._content = response.content.replace(b'"proxiable":true', b'"proxiable":"yes"')
    with pytest.raises(AssertionError, match="proxiable"):
        check_contract("GET", f"/zones/{cloudflare.zone}/dns_records", response)


def test_the_first_day(lab: LabClient, cloudflare: CloudflareCaller) -> None:
    (apex,) = cloudflare.ok("GET", "dns_records")
    assert (apex["name"], apex["type"], apex["content"], apex["proxied"], apex["ttl"]) == (
        ZONE, "A", "203.0.113.10", True, 1,
    )  # fmt: skip
    edge = lab.info["fronts"]["cloudflare"]
    assert lab.served("cloudflare", ZONE, "A") == dict.fromkeys(
        lab.info["providers"]["cloudflare"]["name_servers"].values(), edge
    )


# --- Access ---


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, (400, 9106)),
        ({"Authorization": "Bearer short"}, (400, 6111)),
        ({"Authorization": f"Token {'x' * 40}"}, (400, 6111)),
        ({"Authorization": f"Bearer {'x' * 40}"}, (403, 9109)),
        ({"X-Auth-Email": "user@lab.test", "X-Auth-Key": "short"}, (400, 6103)),
        ({"X-Auth-Email": "user@lab.test", "X-Auth-Key": "0" * 37}, (403, 9103)),
    ],
)
def test_strangers_are_refused(
    cloudflare: CloudflareCaller, headers: dict[str, str], expected: tuple[int, int]
) -> None:
    del cloudflare.session.headers["Authorization"]
    cloudflare.session.headers.update(headers)
    assert cloudflare.refused("GET", "dns_records") == expected


def test_key_and_email_are_accepted(lab: LabClient, cloudflare: CloudflareCaller) -> None:
    del cloudflare.session.headers["Authorization"]
    cloudflare.session.headers["X-Auth-Email"] = lab.info["cloudflare_email"]
    cloudflare.session.headers["X-Auth-Key"] = lab.info["cloudflare_key"]
    assert cloudflare.ok("GET", "dns_records")


def test_a_read_only_token_reads_only(lab: LabClient, cloudflare: CloudflareCaller) -> None:
    cloudflare.session.headers["Authorization"] = f"Bearer {lab.info['cloudflare_read_only_token']}"
    assert cloudflare.ok("GET", "dns_records")
    assert cloudflare.refused("POST", "dns_records", {"name": "a", "type": "A", "content": "192.0.2.1", "ttl": 1}) == (
        403, 10000,
    )  # fmt: skip


def test_tokens_are_verified(cloudflare: CloudflareCaller) -> None:
    assert cloudflare.ok("GET", "/user/tokens/verify")["status"] == "active"
    cloudflare.session.headers["Authorization"] = f"Bearer {'x' * 40}"
    assert cloudflare.call("GET", "/user/tokens/verify").status_code == 401


# --- Zones ---


def test_zones_are_listed_by_name_and_page(lab: LabClient, cloudflare: CloudflareCaller) -> None:
    lab.add_zone("example.net")
    assert [zone["name"] for zone in cloudflare.ok("GET", "/zones")] == [ZONE, "example.net"]
    assert [zone["name"] for zone in cloudflare.ok("GET", "/zones?name=example.net")] == ["example.net"]
    assert [zone["name"] for zone in cloudflare.ok("GET", "/zones?name=ends_with:.com")] == [ZONE]
    assert cloudflare.ok("GET", "/zones?name=example.org") == []
    page = cloudflare.call("GET", "/zones?per_page=5&page=2").json()
    assert (page["result"], page["result_info"]["total_count"]) == ([], 2)
    assert cloudflare.ok("GET", f"/zones/{cloudflare.zone}")["plan"]["legacy_id"] == "free"
    lab.reset()
    assert [zone["name"] for zone in cloudflare.ok("GET", "/zones")] == [ZONE]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/zones/nonsense/dns_records", (404, 7003)),
        (f"/zones/{'0' * 32}/dns_records", (404, 7003)),
        ("dns_records/nonsense", (404, 7003)),
        (f"dns_records/{'0' * 32}", (404, 81044)),
        ("nothing_here", (404, 7000)),
    ],
)
def test_wrong_identifiers(cloudflare: CloudflareCaller, path: str, expected: tuple[int, int]) -> None:
    assert cloudflare.refused("GET", path) == expected


# --- Records, one by one ---


@pytest.mark.parametrize(
    ("kind", "body", "content", "more"),
    [
        ("A", {"content": "192.0.2.1"}, "192.0.2.1", {"proxiable": True}),
        ("AAAA", {"content": "2001:DB8:0::1"}, "2001:db8::1", {"proxiable": True}),
        ("CNAME", {"content": "Target.Example.Net."}, "Target.Example.Net", {"settings": {"flatten_cname": False}}),
        ("CNAME", {"content": "bücher.example"}, "xn--bcher-kva.example", {}),
        ("MX", {"content": "mail.example.net.", "priority": 10}, "mail.example.net", {"priority": 10}),
        ("MX", {"content": ".", "priority": 0}, ".", {"priority": 0, "proxiable": False}),
        ("NS", {"content": "ns1.example.net."}, "ns1.example.net", {}),
        ("PTR", {"content": "host.example.net."}, "host.example.net", {}),
        ("TXT", {"content": "v=spf1 -all"}, '"v=spf1 -all"', {}),
        ("TXT", {"content": '"a"  "b;c"'}, '"a" "b;c"', {}),
        ("TXT", {"content": "x" * 300}, f'"{"x" * 255}" "{"x" * 45}"', {}),
        ("OPENPGPKEY", {"content": "AAAA"}, "AAAA", {}),
        (
            "SRV",
            {"data": {"priority": 1, "weight": 2, "port": 443, "target": "Sip.example.net."}},
            "2 443 Sip.example.net",
            {"priority": 1, "data": {"priority": 1, "weight": 2, "port": 443, "target": "Sip.example.net"}},
        ),
        (
            "SRV",  # as older clients write it
            {"priority": 1, "data": {"weight": 2, "port": 3, "target": "a.b", "service": "_x", "proto": "_tcp"}},
            "2 3 a.b",
            {"data": {"priority": 1, "weight": 2, "port": 3, "target": "a.b"}},
        ),
        (
            "CAA",
            {"data": {"flags": 0, "tag": "issue", "value": "letsencrypt.org"}},
            '0 issue "letsencrypt.org"',
            {"data": {"flags": 0, "tag": "issue", "value": "letsencrypt.org"}},
        ),
        ("CERT", {"data": {"type": 1, "key_tag": 2, "algorithm": 8, "certificate": "AA AA"}}, "1 2 8 AAAA", {}),
        ("DNSKEY", {"data": {"flags": 257, "protocol": 3, "algorithm": 13, "public_key": "AAAA"}}, "257 3 13 AAAA", {}),
        (
            "HTTPS",
            {"data": {"priority": 1, "target": ".", "value": "port=8443 alpn=h3,h2"}},
            '1 . alpn="h3,h2" port="8443"',
            {"data": {"priority": 1, "target": ".", "value": 'alpn="h3,h2" port="8443"'}},
        ),
        ("SVCB", {"data": {"priority": 0, "target": "pool.example.net.", "value": ""}}, "0 pool.example.net.", {}),
        (
            "LOC",
            {
                "data": {
                    "lat_degrees": 31, "lat_minutes": 58, "lat_seconds": 52.1, "lat_direction": "S",
                    "long_degrees": 115, "long_minutes": 49, "long_seconds": 11.7, "long_direction": "E",
                    "altitude": 20, "size": 10, "precision_horz": 10, "precision_vert": 2,
                }
            },
            "IN LOC 31 58 52.100 S 115 49 11.700 E 20.00m 10.00m 10.00m 2.00m",
            {},
        ),
        (
            "NAPTR",
            {
                "data": {
                    "order": 1, "preference": 2, "flags": "S", "service": "SIP+D2U", "regex": "",
                    "replacement": "_sip._udp.example.net.",
                }
            },
            '1 2 "S" "SIP+D2U" "" _sip._udp.example.net.',
            {},
        ),
        ("SSHFP", {"data": {"algorithm": 4, "type": 2, "fingerprint": DIGEST}}, f"4 2 {DIGEST}", {}),
        (
            "TLSA",
            {"data": {"usage": 3, "selector": 1, "matching_type": 1, "certificate": DIGEST}},
            f"3 1 1 {DIGEST}",
            {},
        ),
        (
            "SMIMEA",
            {"data": {"usage": 3, "selector": 1, "matching_type": 1, "certificate": DIGEST}},
            f"3 1 1 {DIGEST}",
            {},
        ),
        ("URI", {"priority": 10, "data": {"weight": 1, "target": "ftp://a.b/"}}, '1 "ftp://a.b/"', {"priority": 10}),
    ],
)  # fmt: skip
def test_every_type_is_stored_in_its_own_spelling(
    cloudflare: CloudflareCaller, kind: str, body: dict[str, Any], content: str, more: dict[str, Any]
) -> None:
    made = cloudflare.ok("POST", "dns_records", {"name": "x", "type": kind, "ttl": 300, **body})
    assert made["name"] == f"x.{ZONE}"
    assert made["content"] == content
    assert {key: made[key] for key in more} == more
    again = {key: made[key] for key in ("name", "type", "ttl", "content", "data", "priority") if key in made}
    assert cloudflare.refused("POST", "dns_records", again)[1] in (81058, 81053)
    changed = cloudflare.ok("PUT", f"dns_records/{made['id']}", again)
    assert {key: changed[key] for key in again} == again, "what was read is written back unchanged"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"type": "A", "content": "192.0.2"}, 9005),
        ({"type": "A", "content": "192.0.2.01"}, 9005),
        ({"type": "AAAA", "content": "192.0.2.1"}, 9006),
        ({"type": "AAAA", "content": "::ffff:192.0.2.1"}, 9006),
        ({"type": "CNAME", "content": "a..b"}, 9007),
        ({"type": "MX", "content": "a.b"}, 1004),
        ({"type": "MX", "content": f"{'a' * 64}.b", "priority": 1}, 9009),
        ({"type": "TXT", "content": '"open'}, 1004),
        ({"type": "TXT", "content": '"a" b'}, 1004),
        ({"type": "TXT", "content": "x" * 5000}, 1004),
        ({"type": "CAA", "content": '0 issue "a.b"'}, 1004),
        ({"type": "CAA", "data": {"flags": 256, "tag": "issue", "value": "a"}}, 1004),
        ({"type": "TLSA", "data": {"usage": 3, "selector": 1, "matching_type": 1, "certificate": "xy"}}, 1004),
        ({"type": "HTTPS", "data": {"priority": 1, "target": ".", "value": "alpn=h2 alpn=h3"}}, 1004),
        ({"type": "DS", "data": {"key_tag": 1, "algorithm": 13, "digest_type": 2, "digest": DIGEST}}, 1004),
        ({"type": "SOA", "content": "a b 1 2 3 4 5"}, 1004),
        ({"type": "A", "content": "192.0.2.1", "ttl": 59}, 9021),
        ({"type": "A", "content": "192.0.2.1", "ttl": 86401}, 9021),
        ({"type": "A", "content": "192.0.2.1", "ttl": "300"}, 9021),
        ({"type": "A", "content": "192.0.2.1", "name": "a..b"}, 9000),
        ({"type": "A", "content": "192.0.2.1", "name": "a.*"}, 9000),
        ({"type": "A", "content": "192.0.2.1", "name": ""}, 9000),
        ({"type": "A", "content": "192.0.2.1", "proxied": "yes"}, 9003),
        ({"type": "TXT", "content": "a", "proxied": True}, 9004),
        ({"type": "A", "content": "192.0.2.1", "comment": "x" * 101}, 9101),
        ({"type": "A", "content": "192.0.2.1", "comment": "a\nb"}, 9102),
        ({"type": "A", "content": "192.0.2.1", "tags": ["a:b"]}, 1004),
    ],
)
def test_bad_records_are_refused(cloudflare: CloudflareCaller, body: dict[str, Any], code: int) -> None:
    assert cloudflare.refused("POST", "dns_records", {"name": "x", "ttl": 300, **body}) == (400, code)
    assert len(cloudflare.ok("GET", "dns_records")) == 1


def test_a_cloudflare_address_is_no_content(lab: LabClient, cloudflare: CloudflareCaller) -> None:
    body = {"name": "x", "type": "A", "ttl": 1, "content": lab.info["fronts"]["cloudflare"][0]}
    assert cloudflare.refused("POST", "dns_records", body) == (400, 1004)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"1"])
def test_bodies_that_are_no_object(cloudflare: CloudflareCaller, body: bytes) -> None:
    url = f"{cloudflare.base}/zones/{cloudflare.zone}/dns_records"
    response = cloudflare.session.post(url, data=body, timeout=10)
    assert (response.status_code, response.json()["errors"][0]["code"]) == (400, 9207)


@pytest.mark.parametrize("name", ["@", ZONE, f"{ZONE}."])
def test_names_of_the_apex(cloudflare: CloudflareCaller, name: str) -> None:
    assert cloudflare.create(name, "TXT", "a")["name"] == ZONE


@pytest.mark.parametrize(("name", "stored"), [("A.B", "a.b"), (f"w.{ZONE}", "w"), ("*", "*"), ("ü", "xn--tda")])
def test_names_are_completed_and_lowered(cloudflare: CloudflareCaller, name: str, stored: str) -> None:
    assert cloudflare.create(name, "TXT", "a")["name"] == f"{stored}.{ZONE}"


def test_put_forgets_what_patch_keeps(cloudflare: CloudflareCaller) -> None:
    made = cloudflare.create("x", "A", "192.0.2.1", proxied=True, comment="why")
    assert made["ttl"] == 1
    path = f"dns_records/{made['id']}"
    patched = cloudflare.ok("PATCH", path, {"content": "192.0.2.2"})
    assert (patched["proxied"], patched["comment"], patched["content"]) == (True, "why", "192.0.2.2")
    assert patched["comment_modified_on"] == made["comment_modified_on"]
    put = cloudflare.ok("PUT", path, {"name": "x", "type": "A", "content": "192.0.2.2", "ttl": 60})
    assert (put["proxied"], put["ttl"], "comment" in put) == (False, 60, False)
    assert put["created_on"] == made["created_on"]


def test_a_flattening_setting_of_a_proxied_record_is_dropped(cloudflare: CloudflareCaller) -> None:
    settings = {"flatten_cname": True}
    made = cloudflare.create("x", "CNAME", "a.example.net", proxied=True, settings=settings)
    assert made["settings"] == {}
    plain = cloudflare.create("y", "CNAME", "a.example.net", settings=settings)
    assert plain["settings"] == settings


def test_a_patch_of_one_field_of_data(cloudflare: CloudflareCaller) -> None:
    data = {"priority": 1, "weight": 2, "port": 3, "target": "a.b"}
    made = cloudflare.ok("POST", "dns_records", {"name": "_x._tcp", "type": "SRV", "ttl": 60, "data": data})
    assert cloudflare.ok("PATCH", f"dns_records/{made['id']}", {"data": {"port": 4}})["data"] == {**data, "port": 4}
    assert cloudflare.ok("PATCH", f"dns_records/{made['id']}", {"priority": 9})["data"]["priority"] == 9


def test_delete_answers_only_the_identifier(cloudflare: CloudflareCaller) -> None:
    made = cloudflare.create("x", "A", "192.0.2.1")
    assert cloudflare.ok("DELETE", f"dns_records/{made['id']}") == {"id": made["id"]}
    assert cloudflare.refused("DELETE", f"dns_records/{made['id']}") == (404, 81044)


# --- Neighbours ---


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        (("A", "192.0.2.1"), ("A", "192.0.2.1"), 81058),
        (("A", "192.0.2.1"), ("CNAME", "a.b"), 81053),
        (("CNAME", "a.b"), ("CNAME", "c.d"), 81053),
        (("CNAME", "a.b"), ("AAAA", "::1"), 81054),
        (("CNAME", "a.b"), ("TXT", "t"), 81054),
        (("TXT", "t"), ("CNAME", "a.b"), 81053),
        (("NS", "a.b"), ("A", "192.0.2.1"), 81056),
        (("TXT", "t"), ("NS", "a.b"), 81056),
    ],
)
def test_records_that_cannot_be_neighbours(
    cloudflare: CloudflareCaller, first: tuple[str, str], second: tuple[str, str], code: int
) -> None:
    cloudflare.create("x", *first)
    body = {"name": "x", "type": second[0], "content": second[1], "ttl": 60}
    assert cloudflare.refused("POST", "dns_records", body) == (400, code)


def test_neighbours_that_get_on(lab: LabClient, cloudflare: CloudflareCaller) -> None:
    cloudflare.create("x", "CNAME", "origin.example.net", proxied=True)
    cloudflare.create("x", "TXT", "t")
    cloudflare.create("x", "MX", "mail.example.net", priority=1)
    cloudflare.create("@", "NS", "ns1.desec.io")
    cloudflare.create("sub", "NS", "ns1.example.net")
    ds = {"key_tag": 1, "algorithm": 13, "digest_type": 2, "digest": DIGEST}
    cloudflare.ok("POST", "dns_records", {"name": "sub", "type": "DS", "ttl": 60, "data": ds})
    soon(lambda: set(map(tuple, lab.served("cloudflare", f"x.{ZONE}", "TXT").values())), {('"t"',)})


def test_the_quota(tmp_path: Path) -> None:
    with running_lab(tmp_path, record_quota=2) as lab:
        cloudflare = CloudflareCaller(lab)
        cloudflare.create("x", "A", "192.0.2.1")
        assert cloudflare.ok("GET", "dns_records/usage") == {"record_quota": 2, "record_usage": 2}
        body = {"name": "y", "type": "A", "content": "192.0.2.1", "ttl": 60}
        assert cloudflare.refused("POST", "dns_records", body) == (400, 81045)


def test_records_of_other_products_are_read_only(lab: LabClient, cloudflare: CloudflareCaller) -> None:
    lab.seed("cloudflare", ZONE, [{"name": "r2", "type": "CNAME", "content": "public.r2.dev", "ttl": 1,
                                   "proxied": True, "meta": {"read_only": True}}])  # fmt: skip
    (record,) = cloudflare.ok("GET", f"dns_records?name=r2.{ZONE}")
    assert record["meta"] == {"read_only": True}
    path = f"dns_records/{record['id']}"
    for method in ("PATCH", "DELETE"):
        assert cloudflare.refused(method, path, {"comment": "x"})[1] == 1004
    deletes = {"deletes": [{"id": record["id"]}]}
    assert cloudflare.refused("POST", "dns_records/batch", deletes)[1] == 1004


def test_old_records_are_shown_as_they_were_written(lab: LabClient, cloudflare: CloudflareCaller) -> None:
    lab.seed("cloudflare", ZONE, [{"name": "old", "type": "TXT", "content": "no quotes", "ttl": 120}])
    (record,) = cloudflare.ok("GET", f"dns_records?name=old.{ZONE}")
    assert record["content"] == "no quotes"
    assert list(lab.served("cloudflare", f"old.{ZONE}", "TXT").values()) == [['"no quotes"']] * 2
    assert cloudflare.ok("PATCH", f"dns_records/{record['id']}", {"ttl": 60})["content"] == '"no quotes"'


# --- Lists ---


@pytest.fixture
def library(lab: LabClient, cloudflare: CloudflareCaller) -> Iterator[CloudflareCaller]:
    """A zone with a few records to choose from."""
    lab.adjust(ZONE, plan="pro")
    cloudflare.create("a", "A", "192.0.2.1", comment="First", tags=["env:prod", "team"])
    cloudflare.create("b", "A", "192.0.2.2", proxied=True)
    cloudflare.create("a", "TXT", "hello")
    yield cloudflare
    cloudflare.session.close()


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", [ZONE, "a", "b", "a"]),
        ("type=TXT", ["a"]),
        (f"name=A.{ZONE}", ["a", "a"]),
        (f"name.exact=b.{ZONE}", ["b"]),
        ("name.startswith=B", ["b"]),
        (f"name.endswith={ZONE}", [ZONE, "a", "b", "a"]),
        ("content.contains=HELLO", ["a"]),
        ("content=192.0.2.2", ["b"]),
        ("proxied=true", [ZONE, "b"]),
        ("comment.present=", ["a"]),
        ("comment.exact=first", ["a"]),
        ("comment.absent=&type=A", [ZONE, "b"]),
        ("tag=env:prod", ["a"]),
        ("tag.present=", ["a"]),
        ("search=192.0", ["a", "b"]),
        ("type=TXT&content=192.0.2.2&match=any", ["b", "a"]),
        ("type=TXT&content=192.0.2.2", []),
        ("order=type&direction=desc", ["a", ZONE, "a", "b"]),
        ("order=content", ["a", "a", "b", ZONE]),
    ],
)
def test_filters_and_order(library: CloudflareCaller, query: str, names: list[str]) -> None:
    found = [record["name"].removesuffix(f".{ZONE}") for record in library.ok("GET", f"dns_records?{query}")]
    assert found == names


def test_pages(library: CloudflareCaller) -> None:
    first = library.call("GET", "dns_records?per_page=3").json()
    assert first["result_info"] == {"page": 1, "per_page": 3, "count": 3, "total_count": 4, "total_pages": 2}
    assert len(library.ok("GET", "dns_records?per_page=3&page=2")) == 1
    assert library.ok("GET", "dns_records?per_page=3&page=3") == []
    assert library.call("GET", "dns_records?per_page=5000000").json()["result_info"]["per_page"] == 5_000_000


def test_the_export_is_a_zone_file(library: CloudflareCaller) -> None:
    text = library.call("GET", "dns_records/export").text
    assert f'a.{ZONE}.\t60\tIN\tTXT\t"hello"' in text
    assert "; First cf_tags=cf-proxied:false,env:prod,team" in text


# --- Batches ---


def test_a_batch_works_in_its_own_order(cloudflare: CloudflareCaller) -> None:
    one, two = cloudflare.create("one", "A", "192.0.2.1"), cloudflare.create("two", "A", "192.0.2.2")
    done = batch(
        cloudflare,
        posts=[{"name": "one", "type": "CNAME", "content": "a.b", "ttl": 60}],  # stands where the deleted one stood
        patches=[{"id": two["id"], "content": "192.0.2.3"}],
        deletes=[{"id": one["id"]}],
    )
    assert [record["id"] for record in done["deletes"]] == [one["id"]]
    assert done["patches"][0]["content"] == "192.0.2.3"
    assert done["posts"][0]["type"] == "CNAME"
    assert done["puts"] == []


def test_a_batch_is_all_or_nothing(cloudflare: CloudflareCaller) -> None:
    one = cloudflare.create("one", "A", "192.0.2.1")
    before = cloudflare.ok("GET", "dns_records")
    body = {
        "deletes": [{"id": one["id"]}],
        "posts": [
            {"name": "new", "type": "A", "content": "192.0.2.9", "ttl": 60},
            {"name": "bad", "type": "A", "content": "nonsense", "ttl": 60},
            {"name": "worse", "type": "TXT", "content": '"', "ttl": 60},
        ],
    }
    assert cloudflare.refused("POST", "dns_records/batch", body) == (400, 9005)
    assert cloudflare.ok("GET", "dns_records") == before
    cloudflare.create("new", "CNAME", "a.b")  # nothing of the batch stands in the way


def test_a_record_deleted_in_the_batch_cannot_be_patched(cloudflare: CloudflareCaller) -> None:
    one = cloudflare.create("one", "A", "192.0.2.1")
    body = {"deletes": [{"id": one["id"]}], "patches": [{"id": one["id"], "ttl": 60}]}
    assert cloudflare.refused("POST", "dns_records/batch", body) == (404, 81044)


def test_a_batch_of_a_free_zone_has_200_operations(lab: LabClient, cloudflare: CloudflareCaller) -> None:
    posts = [{"name": f"h{n}", "type": "A", "content": "192.0.2.1", "ttl": 60} for n in range(201)]
    assert cloudflare.refused("POST", "dns_records/batch", {"posts": posts})[0] == 400
    assert len(batch(cloudflare, posts=posts[:200])["posts"]) == 200
    lab.reset()
    lab.adjust(ZONE, plan="business")
    assert len(batch(cloudflare, posts=posts)["posts"]) == 201


def test_a_ds_needs_its_ns_first(cloudflare: CloudflareCaller) -> None:
    ds = {"key_tag": 1, "algorithm": 13, "digest_type": 2, "digest": DIGEST}
    posts = [
        {"name": "sub", "type": "NS", "content": "ns.example.net", "ttl": 60},
        {"name": "sub", "type": "DS", "data": ds, "ttl": 60},
    ]
    assert cloudflare.refused("POST", "dns_records/batch", {"posts": posts[::-1]}) == (400, 1004)
    batch(cloudflare, posts=posts)


# --- Settings ---


def test_dns_settings_and_dnssec(cloudflare: CloudflareCaller) -> None:
    assert cloudflare.ok("GET", "dns_settings")["multi_provider"] is True
    assert cloudflare.ok("PATCH", "dns_settings", {"multi_provider": False})["multi_provider"] is False
    assert cloudflare.refused("PATCH", "dns_settings", {"multi_provider": "yes"})[0] == 400
    assert cloudflare.ok("GET", "dnssec")["status"] == "disabled"
    changed = cloudflare.ok("PATCH", "dnssec", {"status": "active", "dnssec_multi_signer": True})
    assert (changed["status"], changed["dnssec_multi_signer"]) == ("active", True)
    assert "DS" in changed["ds"]
    assert cloudflare.ok("DELETE", "dnssec") == ""


# --- Limits ---


def test_throttles(tmp_path: Path) -> None:
    with running_lab(tmp_path, throttle=True, throttle_limit=3, throttle_window=60) as lab:
        cloudflare = CloudflareCaller(lab)
        answers = [cloudflare.call("GET", "dns_records") for _unused in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
        assert "r=1;t=60" in answers[0].headers["Ratelimit"]
        assert 50 <= int(answers[3].headers["Retry-After"]) <= 60
        assert answers[3].json()["errors"][0]["code"] == 10100


def test_the_token_is_not_in_the_log(lab: LabClient, cloudflare: CloudflareCaller) -> None:
    cloudflare.create("x", "TXT", "hello")
    log = lab.log("cloudflare")
    assert [(entry["method"], entry["status"]) for entry in log] == [("GET", 200), ("POST", 200)]
    assert log[1]["body"]["content"] == "hello"
    assert log[0]["query"] == [["name", ZONE]]
    assert lab.info["providers"]["cloudflare"]["token"] not in str(log)
    assert lab.log("desec") == []


def test_curl_can_speak_to_it(lab: LabClient) -> None:
    provider = lab.info["providers"]["cloudflare"]
    command = ["curl", "-sS", "--cacert", lab.info["ca"], "-H", f"Authorization: Bearer {provider['token']}",
               f"{provider['api_url']}/zones"]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    except FileNotFoundError:
        pytest.skip("curl is not installed")
    assert '"name":"example.com"' in done.stdout


def test_one_connection_serves_many_requests(lab: LabClient, cloudflare: CloudflareCaller) -> None:
    url = urlsplit(cloudflare.base)
    context = ssl.create_default_context(cafile=lab.info["ca"])
    connection = http.client.HTTPSConnection(str(url.hostname), url.port, timeout=10, context=context)
    connection.connect()
    ours = connection.sock
    for _unused in range(5):
        connection.request("GET", f"{url.path}/zones", headers={"Authorization": f"Bearer {cloudflare.token}"})
        assert b'"success":true' in connection.getresponse().read()
        assert connection.sock is ours
    connection.close()


@pytest.mark.parametrize(("kind", "content"), [("A", "104.16.1.1"), ("AAAA", "2606:4700::1")])
def test_addresses_of_the_real_cloudflare_are_refused(cloudflare: CloudflareCaller, kind: str, content: str) -> None:
    answer = cloudflare.call("POST", "dns_records", {"name": "www", "type": kind, "content": content, "ttl": 300})
    assert answer.status_code == 400
    assert "address of Cloudflare" in answer.text


def test_a_child_is_not_delegated_to_the_zones_own_servers(cloudflare: CloudflareCaller) -> None:
    (own, *_others) = cloudflare.ok("GET", f"/zones/{cloudflare.zone}")["name_servers"]
    body = {"name": "child", "type": "NS", "content": own, "ttl": 300}
    assert cloudflare.call("POST", "dns_records", body).status_code == 400
    assert cloudflare.call("POST", "dns_records", {**body, "content": "ns1.example.org"}).status_code == 200

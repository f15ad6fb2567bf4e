# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cloudflare's own SDK against the emulator. It is generated from the API's OpenAPI document. Here it
refuses every answer that does not fit its models."""

from __future__ import annotations

from typing import Any

import cloudflare
import pytest
from cloudflare import Cloudflare
from twinzone_lab.client import LabClient

ZONE = "example.com"
DIGEST = "3a" * 32

#: Every type, in the form in which the SDK's models take it, with a field to change afterwards.
RECORDS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"type": "A", "content": "192.0.2.1"}, {"content": "192.0.2.2"}),
    ({"type": "AAAA", "content": "2001:db8::1"}, {"content": "2001:db8::2"}),
    ({"type": "CAA", "data": {"flags": 0, "tag": "issue", "value": "pki.goog"}}, {"data": {"value": "ssl.com"}}),
    (
        {"type": "CERT", "data": {"type": 9, "key_tag": 1, "algorithm": 13, "certificate": "AAAA"}},
        {"data": {"key_tag": 2}},
    ),
    ({"type": "CNAME", "content": "a.example.net"}, {"content": "b.example.net"}),
    (
        {"type": "DNSKEY", "data": {"flags": 257, "protocol": 3, "algorithm": 13, "public_key": "AAAA"}},
        {"data": {"public_key": "BBBB"}},
    ),
    ({"type": "HTTPS", "data": {"priority": 1, "target": ".", "value": 'alpn="h3"'}}, {"data": {"value": 'alpn="h2"'}}),
    (
        {
            "type": "LOC",
            "data": {
                "lat_degrees": 52,
                "lat_minutes": 22,
                "lat_seconds": 23,
                "lat_direction": "N",
                "long_degrees": 4,
                "long_minutes": 53,
                "long_seconds": 32,
                "long_direction": "E",
                "altitude": -2,
                "size": 1,
                "precision_horz": 10000,
                "precision_vert": 10,
            },
        },
        {"data": {"altitude": 3}},
    ),
    ({"type": "MX", "content": "mail.example.net", "priority": 10}, {"priority": 20}),
    (
        {
            "type": "NAPTR",
            "data": {
                "order": 1,
                "preference": 2,
                "flags": "S",
                "service": "SIP+D2T",
                "regex": "",
                "replacement": "a.example.net.",
            },
        },
        {"data": {"order": 3}},
    ),
    ({"type": "NS", "content": "ns1.example.net"}, {"content": "ns2.example.net"}),
    # The SDK's model of this type alone takes no record without a comment.
    ({"type": "OPENPGPKEY", "content": "AAAA", "comment": "key"}, {"content": "BBBB"}),
    ({"type": "PTR", "content": "a.example.net"}, {"content": "b.example.net"}),
    (
        {"type": "SMIMEA", "data": {"usage": 3, "selector": 1, "matching_type": 1, "certificate": DIGEST}},
        {"data": {"usage": 2}},
    ),
    (
        {"type": "SRV", "data": {"priority": 1, "weight": 2, "port": 3, "target": "a.example.net"}},
        {"data": {"port": 4}},
    ),
    ({"type": "SSHFP", "data": {"algorithm": 4, "type": 2, "fingerprint": DIGEST}}, {"data": {"algorithm": 3}}),
    (
        {"type": "SVCB", "data": {"priority": 1, "target": "a.example.net.", "value": "port=1"}},
        {"data": {"priority": 2}},
    ),
    (
        {"type": "TLSA", "data": {"usage": 3, "selector": 1, "matching_type": 1, "certificate": DIGEST}},
        {"data": {"selector": 0}},
    ),
    ({"type": "TXT", "content": '"one"'}, {"content": '"two"'}),
    (
        {"type": "URI", "priority": 10, "data": {"weight": 1, "target": "https://example.net/"}},
        {"data": {"weight": 2}},
    ),
]


@pytest.fixture
def sdk(lab: LabClient) -> Cloudflare:
    """The SDK as its users make it, strict, and without the repetitions that would hide an error of the emulator."""
    provider = lab.info["providers"]["cloudflare"]
    return Cloudflare(
        api_token=provider["token"],
        base_url=provider["api_url"],
        max_retries=0,
        _strict_response_validation=True,
    )


@pytest.fixture
def zone_id(sdk: Cloudflare) -> str:
    (zone,) = sdk.zones.list(name=ZONE)
    assert (zone.name, zone.status) == (ZONE, "active")
    return str(zone.id)


@pytest.mark.parametrize(("body", "change"), RECORDS, ids=[body["type"] for body, _change in RECORDS])
def test_create_list_change_delete(sdk: Cloudflare, zone_id: str, body: dict[str, Any], change: dict[str, Any]) -> None:
    records = sdk.dns.records
    name = f"x.{ZONE}"
    made = records.create(zone_id=zone_id, name=name, ttl=300, **body)
    assert type(made).__name__.lower() == f"{body['type']}Record".lower()  # each type has a model of its own
    assert [one.id for one in records.list(zone_id=zone_id, name={"exact": name}, per_page=5)] == [made.id]
    edited = records.edit(made.id, zone_id=zone_id, name=name, ttl=600, type=body["type"], **change)
    assert (edited.id, edited.ttl) == (made.id, 600)
    _assert_holds(edited, change)
    put = records.update(made.id, zone_id=zone_id, name=name, ttl=120, **body)
    assert (put.id, put.ttl) == (made.id, 120)
    _assert_holds(put, body)
    assert records.get(made.id, zone_id=zone_id) == put
    gone = records.delete(made.id, zone_id=zone_id)
    assert gone is not None
    assert gone.id == made.id
    with pytest.raises(cloudflare.NotFoundError):
        records.get(made.id, zone_id=zone_id)


def _assert_holds(record: Any, fields: dict[str, Any]) -> None:
    """What was sent came back."""
    have = record.to_dict()
    for name, value in fields.items():
        if isinstance(value, dict):
            # The parameters of a service binding come back quoted.
            sent = {key: str(one).replace('"', "") for key, one in value.items() if key != "value"}
            assert sent.items() <= {key: _plain(one) for key, one in have[name].items()}.items()
        else:
            assert have[name] == value


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def test_pages_end(sdk: Cloudflare, zone_id: str) -> None:
    """The SDK asks for pages until one is empty."""
    for number in range(7):
        sdk.dns.records.create(zone_id=zone_id, name=f"h{number}.{ZONE}", type="A", content="192.0.2.1", ttl=300)
    assert len(list(sdk.dns.records.list(zone_id=zone_id, per_page=3))) == 8


def test_a_batch_swaps_types(sdk: Cloudflare, zone_id: str) -> None:
    old = sdk.dns.records.create(zone_id=zone_id, name=f"x.{ZONE}", type="A", content="192.0.2.1", ttl=300)
    new = {"name": f"x.{ZONE}", "type": "CNAME", "content": "a.example.net", "ttl": 300}
    done = sdk.dns.records.batch(zone_id=zone_id, deletes=[{"id": old.id}], posts=[new])
    assert done is not None
    assert [one.id for one in done.deletes or ()] == [old.id]
    assert [one.type for one in done.posts or ()] == ["CNAME"]
    assert [one.type for one in sdk.dns.records.list(zone_id=zone_id, name={"exact": f"x.{ZONE}"})] == ["CNAME"]


def test_refusals_are_the_errors_that_the_sdk_knows(lab: LabClient, sdk: Cloudflare, zone_id: str) -> None:
    with pytest.raises(cloudflare.BadRequestError) as refused:
        sdk.dns.records.create(zone_id=zone_id, name=f"x.{ZONE}", type="A", content="nonsense", ttl=300)
    assert [error.code for error in refused.value.errors] == [9005]
    with pytest.raises(cloudflare.PermissionDeniedError):
        list(sdk.with_options(api_token="x" * 40).zones.list())
    lab.break_("cloudflare_api", "429", retry_after=1, count=1)
    with pytest.raises(cloudflare.RateLimitError):
        list(sdk.zones.list())


def test_settings_usage_export_and_token(sdk: Cloudflare, zone_id: str) -> None:
    assert sdk.user.tokens.verify().status == "active"
    assert sdk.dns.usage.zone.get(zone_id=zone_id).record_usage == 1
    assert "IN\tA\t203.0.113.10" in sdk.dns.records.export(zone_id=zone_id)
    assert sdk.dns.dnssec.get(zone_id=zone_id).status == "disabled"
    # The client still demands `foundation_dns`, which the API has dropped, so its model of the answer is not used.
    changed = sdk.dns.settings.zone.with_raw_response.edit(zone_id=zone_id, multi_provider=True)
    assert changed.http_response.json()["result"]["multi_provider"] is True

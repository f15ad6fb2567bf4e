# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a provider cannot hold is told before anything is sent, and nothing else is."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._engine.job import Job, audit
from ansible_collections.twinzone.edge.plugins.module_utils._providers.registry import PROVIDERS
from ansible_collections.twinzone.edge.plugins.module_utils._zone import entries as zone_entries
from ansible_collections.twinzone.edge.plugins.module_utils._zone import rdata
from ansible_collections.twinzone.edge.plugins.module_utils._zone.entries import Context
from ansible_collections.twinzone.edge.plugins.module_utils._zone.record_sets import RecordSet
from support.sample_records import SAMPLES

ZONE = "example.com"


def a_set(name: str, rdtype: str, *texts: str, ttl: int | None = 3600, **attributes: Any) -> RecordSet:
    return RecordSet(name, rdtype, ttl, tuple(rdata.parse(rdtype, text, ZONE) for text in texts), attributes)


def usual_name(rdtype: str) -> str:
    return {"DNSKEY": "@", "SRV": "_sip._udp", "TLSA": "_443._tcp.www"}.get(rdtype, "x")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_all_that_a_provider_takes_passes(provider: str) -> None:
    for rdtype in PROVIDERS[provider].record_types:
        texts = SAMPLES[rdtype]  # a new type needs a sample
        assert PROVIDERS[provider].audit(a_set(usual_name(rdtype), rdtype, *texts)) == []


@pytest.mark.parametrize("provider", PROVIDERS)
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


@pytest.mark.parametrize(
    ("provider", "record_set", "reason"),
    [
        ("cloudflare", a_set("x", "HINFO", "a b"), "type: HINFO is not supported by cloudflare"),
        ("cloudflare", a_set("x", "A", "192.0.2.1", ttl=86401), "ttl: 86401 is above the maximum of 86400"),
        ("cloudflare", a_set("x", "CNAME", "a.example.org.", "b.example.org."), "values: a CNAME has one value"),
        ("cloudflare", a_set("x", "TXT", "x", proxied=True), "proxied: only A, AAAA, CNAME can be proxied, not TXT"),
        ("cloudflare", a_set("x", "A", "192.0.2.1", proxied="yes"), "proxied: 'yes' is not a bool"),
        ("cloudflare", a_set("x", "A", "192.0.2.1", comment=["x"]), "comment: ['x'] is not a str"),
        ("cloudflare", a_set("x", "A", "192.0.2.1", comment="a\nb"), "comment: has a line break"),
        ("cloudflare", a_set("x", "A", "192.0.2.1", tags="a"), "tags: 'a' is not a list"),
        ("cloudflare", a_set("x", "A", "192.0.2.1", settings=[]), "settings: [] is not a dict"),
        (
            "cloudflare",
            a_set("x", "CNAME", "a.example.org.", proxied=True, settings={"flatten_cname": True}),
            "settings: flatten_cname is silently dropped",
        ),
        ("cloudflare", a_set("@", "DS", f"1 13 2 {'ab' * 32}"), "type: DS belongs into the parent zone"),
        ("cloudflare", a_set("x", "TXT", "x" * 4090), "values: Cloudflare takes at most 4096 bytes in one record"),
        ("desec", a_set("x", "SOA", "a. b. 1 2 3 4 5"), "type: SOA is not supported by desec"),
        ("desec", a_set("x", "A", "192.0.2.1", ttl=86401), "ttl: 86401 is above the maximum of 86400"),
        ("desec", a_set("x", "CNAME", "a.example.org.", "b.example.org."), "values: a CNAME has one value"),
        ("desec", a_set("@", "CNAME", "a.example.org."), "type: deSEC has no CNAME at the apex"),
        ("desec", a_set("x", "DNSKEY", f"257 3 13 {'A' * 88}"), "type: deSEC takes DNSKEY only at the apex"),
        ("desec", a_set("@", "DS", f"1 13 2 {'ab' * 32}"), "type: DS belongs into the parent zone"),
        ("desec", a_set("a.*.b", "A", "192.0.2.1"), "name: deSEC takes letters"),
        ("desec", a_set(r"a\032b", "A", "192.0.2.1"), "name: deSEC takes letters"),
        ("desec", a_set("x", "MX", "10 _x.example.org."), "deSEC takes only host names as the target of MX"),
        ("desec", a_set("x", "NS", "-a.example.org."), "deSEC takes only host names as the target of NS"),
        ("desec", a_set("x", "NS", "."), "deSEC takes only host names as the target of NS"),
        ("desec", a_set("x", "SRV", "1 2 3 a_b.example.org."), "deSEC takes only host names as the target of SRV"),
        ("desec", a_set("x", "CNAME", r"a\.b.example.org."), "deSEC takes only names of letters, digits"),
        ("desec", a_set("x", "CAA", '0 issue "ü"'), "deSEC corrupts CAA values beyond ASCII"),
        ("desec", a_set("x", "CAA", '0 issue ""'), 'deSEC\'s servers spoil an empty value; write ";"'),
        ("desec", a_set("x", "HINFO", '"a" "ü"'), "deSEC corrupts HINFO values beyond ASCII"),
        ("desec", a_set("x", "URI", r'10 1 "a\\b"'), "deSEC loses backslashes"),
        ("desec", a_set("x", "LOC", "52 22 23.000 N 4 53 32.000 E 0m"), "deSEC takes no LOC whose size"),
        ("desec", a_set("x", "LOC", "1 1 0.000 N 4 53 32.001 E 0m 2m 9m 9m"), "rounds this angle"),
        ("desec", a_set("x", "APL", "1:192.0.2.1/24"), "deSEC takes only networks, such as 192.0.2.0/24"),
        ("desec", a_set("x", "HTTPS", "1 . ohttp"), "deSEC does not take the parameter ohttp"),
        ("desec", a_set("x", "SVCB", "1 . key65333"), "deSEC does not take the parameter key65333"),
        ("desec", a_set("x", "TXT", " ".join(['"' + "x" * 255 + '"'] * 251)), "deSEC takes at most 64000 bytes"),
    ],
)
def test_what_a_provider_cannot_hold_is_told(provider: str, record_set: RecordSet, reason: str) -> None:
    told = PROVIDERS[provider].audit(record_set)
    assert any(reason in problem for problem in told), told


def job(*entries: dict[str, Any]) -> Job:
    known = {name: PROVIDERS[name].attributes for name in ("cloudflare", "desec")}
    declared = zone_entries.parse_declared(entries, Context(ZONE, known))
    providers = tuple(PROVIDERS[name].read_settings({"name": name, "type": name, "token": "t"}, 1.0) for name in known)
    return Job(ZONE, providers, tuple(declared))


def test_all_entries_are_audited_at_every_provider_that_they_concern() -> None:
    told = audit(
        job(
            {"name": "@", "type": "CNAME", "values": "a.example.org."},
            {"name": "x", "type": "HINFO", "values": "a b", "only": "desec"},
            {"name": "y", "type": "HINFO", "values": "a b"},
            {"name": "z", "type": "A", "at": {"cloudflare": {"values": "192.0.2.1"}}},
            {"name": "old", "type": "WKS", "state": "absent"},
            {"name": "w", "type": "A", "values": "192.0.2.1", "ttl": 99999},
        )
    )
    assert [line.partition(":")[0] for line in told] == [
        "records[2] (y HINFO)",
        "records[5] (w A)",
        "records[0] (@ CNAME)",
        "records[3] (z A)",
        "records[5] (w A)",
    ]
    assert "records[3] (z A): values: is empty for desec" in told


@pytest.mark.parametrize(
    "target", ["a-.example.org.", "-a.example.org.", r"star\*x.example.org.", "*.a.example.org.", "."]
)
def test_targets_that_desec_stores_and_serves_are_taken(target: str) -> None:
    assert PROVIDERS["desec"].audit(a_set("x", "CNAME", target)) == []

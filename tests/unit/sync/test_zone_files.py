# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""BIND zone files: read as they come, and written so that they make the same zone again."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
import yaml
from ansible_collections.twinzone.edge.plugins.module_utils._errors import BadInput
from ansible_collections.twinzone.edge.plugins.module_utils._providers.registry import PROVIDERS
from ansible_collections.twinzone.edge.plugins.module_utils._sync import bind_reader, bind_writer
from ansible_collections.twinzone.edge.plugins.module_utils._sync.bind_reader import ZoneFile
from ansible_collections.twinzone.edge.plugins.module_utils._zone.entries import Context, parse_declared
from ansible_collections.twinzone.edge.plugins.plugin_utils import zone_variables
from support.emulated_providers import CONTEXT, ZONE, apply, client, cloudflare_api, declare, desec_api, planned
from support.paths import SHARED
from support.sample_records import SAMPLES

#: What an old host and a mail server leave behind.
GROWN = """
$ORIGIN example.com.
$TTL 1h30m
@\t3600\tIN\tSOA\tdns1.previous.example. admin.example.com. (
\t\t2026010203 ; serial
\t\t3h 30m 3w 10m )
\tIN NS\tdns1.previous.example.
\tIN MX\t5 mx
\tIN TXT\t"v=spf1 a mx " "include:_spf.provider.example ~all"
mx\t300\tIN A\t203.0.113.44
\tIN AAAA\t2001:db8::44
selector1._domainkey IN TXT ( "v=DKIM1; h=sha256; "
\t"p=MIIB" )  ; ----- DKIM key selector1 for example.com
$GENERATE 1-3 node$ IN A 203.0.113.$
$GENERATE 8-16/8 x${0,3,d}.$$y 60 TXT "number ${2}"
old\tIN\tTYPE65 \\# 5 0001000001
www\tIN\tCNAME\t@
a 1D CLASS1 TYPE1 \\# 4 C0000201
$ORIGIN sub
b IN CNAME c
@ IN MX 10 b
"""


def no_files(path: str) -> str:
    raise ValueError(f"{path} is not there")


def read(text: str, **more: Any) -> ZoneFile:
    return bind_reader.read(text, ZONE, more.pop("include", no_files), **more)


def by_key(found: ZoneFile) -> dict[tuple[str, str], tuple[int | None, list[str]]]:
    """TTL and canonical values of every set."""
    return {
        entry.key: (entry.record_set.ttl, [value.text for value in entry.record_set.values])
        for entry in declare(*map(dict, found.records))
    }


def test_a_file_as_it_comes() -> None:
    found = read(GROWN)
    assert by_key(found) == {
        ("@", "NS"): (5400, ["dns1.previous.example."]),
        ("@", "MX"): (5400, ["5 mx.example.com."]),
        ("@", "TXT"): (5400, ['"v=spf1 a mx " "include:_spf.provider.example ~all"']),
        ("mx", "A"): (300, ["203.0.113.44"]),
        ("mx", "AAAA"): (5400, ["2001:db8::44"]),
        ("selector1._domainkey", "TXT"): (5400, ['"v=DKIM1; h=sha256; " "p=MIIB"']),
        **{(f"node{number}", "A"): (5400, [f"203.0.113.{number}"]) for number in (1, 2, 3)},
        ("x008.\\$y", "TXT"): (60, ['"number 10"']),
        ("x016.\\$y", "TXT"): (60, ['"number 18"']),
        ("www", "CNAME"): (5400, ["example.com."]),
        ("a", "A"): (86400, ["192.0.2.1"]),
        ("b.sub", "CNAME"): (5400, ["c.sub.example.com."]),
        ("sub", "MX"): (5400, ["10 b.sub.example.com."]),
    }
    soa, old = found.notes
    assert soa == "line 4 (@ SOA): left out, as each provider makes its own"
    assert old.startswith("line 16 (old HTTPS): left out: ")


def test_a_ttl_that_is_not_given_is_that_of_the_record_before_or_of_nobody() -> None:
    found = by_key(read("a IN A 192.0.2.1\nb 60 IN A 192.0.2.1\nc IN A 192.0.2.1\n"))
    assert [found[name, "A"][0] for name in "abc"] == [None, 60, 60]
    differing = read("a 60 A 192.0.2.1\na 90 A 192.0.2.2\n")
    assert by_key(differing)["a", "A"] == (60, ["192.0.2.1", "192.0.2.2"])
    assert differing.notes == ("a A: its records differ in their TTL; the shortest is taken, 60 seconds",)


def test_words_of_a_text_are_strings_of_their_own() -> None:
    assert by_key(read('a IN TXT one "two three"\n'))["a", "TXT"][1] == ['"one" "two three"']


def test_included_files() -> None:
    files = {"inner.zone": "x IN A 192.0.2.7\n$ORIGIN deep\ny IN A 192.0.2.8\n"}
    found = read("$INCLUDE inner.zone in\nz IN A 192.0.2.9\n", include=files.__getitem__)
    assert {name for name, _type in by_key(found)} == {"x.in", "y.deep.in", "z"}
    with pytest.raises(BadInput) as caught:
        read("$INCLUDE inner.zone\n", include=lambda path: "bad IN A 1\n$INCLUDE again\n")
    assert caught.value.problems[0].startswith("inner.zone: line 1: (bad A): '1' is not A data")
    assert "files include each other" in caught.value.problems[-1]


def test_only_files_below_the_folder_are_included(tmp_path: Any) -> None:
    (tmp_path / "zones").mkdir()
    (tmp_path / "zones" / "part.zone").write_text("x IN A 192.0.2.1\n")
    (tmp_path / "secret").write_text("y IN A 192.0.2.1\n")

    def included(name: str) -> Any:
        path = tmp_path / "zones" / "a.zone"
        return read(f"$INCLUDE {name}\n", include=partial(zone_variables.included, path))

    assert {name for name, _type in by_key(included("part.zone"))} == {"x"}
    for name, reason in (("../secret", "is not below"), ("none", "cannot be read"), ("/etc/passwd", "is not below")):
        with pytest.raises(BadInput, match=reason):
            included(name)


def test_every_problem_is_reported_at_once_with_its_line() -> None:
    text = (
        '$TTL soon\na IN A 300.1.2.3\nb IN NOTYPE x\nc.example.com. 1x A 192.0.2.1\nc CH A 192.0.2.1\n$WHAT x\nd IN\n"'
    )
    with pytest.raises(BadInput) as caught:
        read(text)
    assert [problem.partition(": ")[0] for problem in caught.value.problems] == [f"line {n}" for n in range(1, 9)]
    for part in ("'soon' is not a TTL", "(a A)", "NOTYPE is not a record type", "'1X' is not a TTL", "the class CH"):
        assert part in " ".join(caught.value.problems)
    with pytest.raises(BadInput, match=r"has no records of the zone example\.com"):
        read("; nothing\nother.example. IN A 192.0.2.1\n")


def test_a_file_of_windows() -> None:
    found = read('\ufeff$TTL 60\r\n@ IN A 192.0.2.1\r\nwww IN TXT ( "a"\r\n "b" ) ; x\r\n')
    assert by_key(found) == {("@", "A"): (60, ["192.0.2.1"]), ("www", "TXT"): (60, ['"a" "b"'])}


def test_a_file_that_names_its_zone_from_the_root_and_hosts_of_others() -> None:
    """As BIND writes it, and with addresses of name servers elsewhere, which BIND ignores too."""
    found = read(
        "$ORIGIN .\n$TTL 0\nexample.com IN NS ns1.previous.example.\n\tMX 10 mail.example.com\n"
        "ns1.previous.example 60 A 192.0.2.1\n$ORIGIN example.com.\nwww CNAME @\nt TYPE16 \\# 4 03616263\n"
    )
    assert by_key(found) == {
        ("@", "NS"): (0, ["ns1.previous.example."]),
        ("@", "MX"): (0, ["10 mail.example.com."]),
        ("www", "CNAME"): (0, ["example.com."]),
        ("t", "TXT"): (0, ['"abc"']),
    }
    assert found.notes == ("line 5 (ns1.previous.example. A): left out, as it lies outside of the zone",)


def test_a_signed_file_has_the_keys_of_its_signer() -> None:
    """They are left out as its signatures are, of which a note names a few. What a user declares is published."""
    key, signature = f"DNSKEY 257 3 13 {'A' * 88}", "RRSIG A 13 2 60 20300101000000 20200101000000 1 example.com. AAAA"
    hosts = "".join(f"h{number} A 192.0.2.{number}\nh{number} {signature}\n" for number in range(1, 7))
    found = read(f"$TTL 60\n@ {key}\n@ CDS 0 0 0 00\n@ ZONEMD 1 1 1 {'ab' * 48}\nsub DS 1 13 2 {'ab' * 32}\n{hosts}")
    assert set(by_key(found)) == {("sub", "DS"), *((f"h{number}", "A") for number in range(1, 7))}
    assert [note.partition(": ")[0] for note in found.notes] == [
        "line 4 (@ ZONEMD)",
        *(f"line {line} (h{number} RRSIG)" for number, line in ((1, 7), (2, 9), (3, 11))),
        "and 3 more of this type, 6 in all",
        "@ DNSKEY",
        "@ CDS",
    ]
    assert ("@", "DNSKEY") in by_key(read(f"$TTL 60\n@ {key}\n"))


def test_cloudflares_own_export() -> None:
    """What its comments say goes to the providers that can do it; an automatic TTL is seconds at the others."""
    api = cloudflare_api()
    records: list[dict[str, Any]] = [
        {"name": "@", "type": "A", "content": "203.0.113.1", "proxied": True, "ttl": 1},
        {"name": "www", "type": "CNAME", "content": "example.com", "proxied": True, "ttl": 1, "comment": "the site"},
        {"name": "plain", "type": "A", "content": "203.0.113.2", "ttl": 1},
        {"name": "txt", "type": "TXT", "content": '"x; y" "z"', "ttl": 120, "comment": "a; b"},
    ]
    api.seed(ZONE, records)
    provider = client(api)
    held = provider.read()
    path = f"/zones/{held.facts['zone_id']}/dns_records/export"
    text = provider.api.get(path, None, lambda answer: answer.body.decode())
    ttls = {name: PROVIDERS[name].special_ttls for name in NAMES}
    found = read(text, proxying=["cloudflare"], special_ttls=ttls)
    entries = {entry["name"]: entry for entry in found.records}
    assert entries["@"]["at"]["cloudflare"] == {"proxied": True}
    assert entries["www"]["at"]["cloudflare"] == {"proxied": True, "comment": "the site"}
    assert entries["plain"]["at"] == {"desec": {"ttl": 300}}
    assert entries["txt"]["at"] == {"cloudflare": {"comment": "a; b"}}
    for entry in declare(*map(dict, found.records)):
        one, there = entry.at("cloudflare"), held.sets[entry.key]
        assert [value.key for value in one.values] == [value.key for value in there.values]
        assert one.attributes.items() <= there.attributes.items()
    alone = read(text)
    assert "www CNAME: is proxied at Cloudflare, says its comment, and no provider here can do that" in alone.notes


#: The entries of dns_providers.
NAMES = ("cloudflare", "desec")
BOTH = [{"name": name, "type": name} for name in NAMES]

HARD: list[dict[str, Any]] = [
    {"name": "*.wild", "type": "A", "ttl": 60, "values": ["192.0.2.1", "192.0.2.2"]},
    {"name": "t", "type": "TXT", "values": [r'"a \"quoted\" ; text" "\000\255"', '""', "(see below", "plain words; x"]},
    {"name": "o", "type": "A", "values": ["192.0.2.1"], "only": ["desec"]},
    {
        "name": "p",
        "type": "CNAME",
        "ttl": 1,
        "values": ["@"],
        "at": {"cloudflare": {"proxied": True, "comment": "ü; x"}},
    },
    {"name": "q", "type": "A", "ttl": 1, "values": ["192.0.2.1"], "at": {"desec": {"ttl": 300}}},
]


def test_what_is_written_means_the_same() -> None:
    everything = [
        {"name": f"t-{rdtype.lower()}", "type": rdtype, "values": list(SAMPLES[rdtype])} for rdtype in SAMPLES
    ]
    entries = [*everything, *HARD]
    text = bind_writer.write(ZONE, entries, "A heading.")
    ttls = {name: PROVIDERS[name].special_ttls for name in NAMES}
    again = read(text, proxying=["cloudflare"], special_ttls=ttls)
    assert again.notes == ()
    read_again = {entry.key: entry for entry in declare(*map(dict, again.records))}
    assert len(read_again) == len(entries)
    for before in declare(*entries):
        after = read_again[before.key]
        assert (before.key, before.only) == (after.key, after.only)
        for provider in NAMES:
            one, other = before.at(provider), after.at(provider)
            assert (one.ttl, one.attributes) == (other.ttl, other.attributes)
            assert {value.key for value in one.values} == {value.key for value in other.values}


# --- Zones that people have ---


def reaches_both(zone: str, records: Any) -> None:
    """Apply the records at both providers, which then hold what was declared, and need nothing in a second run."""
    cloudflare = cloudflare_api()
    cloudflare.add_zone(zone)
    context = Context(zone, CONTEXT.providers)
    for provider in (client(cloudflare, zone=zone), client(desec_api(zone=zone), zone=zone)):
        apply(provider, records)
        held = provider.read()
        for entry in parse_declared(records, context):
            keys = {value.key for value in held.sets[entry.key].values}
            assert keys == {value.key for value in entry.at(provider.type).values}
        assert planned(provider, held, records).changes == ()


def test_a_grown_file_reaches_both_providers() -> None:
    own = [dict(entry) for entry in read(GROWN).records if (entry["name"], entry["type"]) != ("@", "NS")]
    reaches_both(ZONE, [entry for entry in own if "$" not in entry["name"]])


CASES = SHARED / "cases" / "zones"
needs_cases = pytest.mark.skipif(not CASES.is_dir(), reason="the cases that are kept beside the project are missing")


@needs_cases
@pytest.mark.parametrize("case", sorted(CASES.glob("*.yml")) if CASES.is_dir() else [], ids=lambda path: path.stem)
def test_zones_that_people_have(case: Any) -> None:
    """They go in, and what comes out of a zone file that was written from them means the same."""
    content = yaml.safe_load(case.read_text())
    zone, records = content["domain"], content["records"]
    context = Context(zone, CONTEXT.providers)
    read_again = {
        entry.key: entry
        for entry in parse_declared(
            bind_reader.read(bind_writer.write(zone, records, ""), zone, no_files).records, context
        )
    }
    declared = parse_declared(records, context)
    assert len(read_again) == len(declared)
    for before in declared:
        after = read_again[before.key]
        assert before.record_set == after.record_set
        assert before.overrides == after.overrides
    reaches_both(zone, records)


@needs_cases
def test_a_zone_file_as_a_mail_server_and_an_old_host_leave_it() -> None:
    zone = "mailhost.example"
    found = bind_reader.read((CASES / "opendkim.zone").read_text(), zone, no_files)
    assert [note.partition(": ")[2][:8] for note in found.notes] == ["left out"] * 2, "SOA, and what is malformed"
    reaches_both(zone, [dict(one) for one in found.records if (one["name"], one["type"]) != ("@", "NS")])

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Of every type, at both providers: once it stands there, no other legal spelling plans a change."""

from __future__ import annotations

import re

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._providers.registry import PROVIDERS
from ansible_collections.twinzone.edge.plugins.module_utils._zone import rdata
from hypothesis import given, settings
from hypothesis import strategies as st
from support.emulated_providers import ZONE, Entry, apply, client, cloudflare_api, desec_api, done, planned
from support.sample_records import SAMPLES, spellings

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
def test_another_spelling_plans_nothing(provider: str, rdtype: str, data: st.DataObject) -> None:
    there = client(cloudflare_api() if provider == "cloudflare" else desec_api())
    values = data.draw(st.permutations(SAMPLES[rdtype]))
    first, second = (
        [data.draw(st.sampled_from(forms(rdtype, text))) for text in order] for order in (values, SAMPLES[rdtype])
    )
    apply(there, zone_of(rdtype, *first))
    assert planned(there, there.read(), zone_of(rdtype, *second)).changes == ()


@pytest.mark.parametrize("provider", PROVIDERS)
@given(spellings())
def test_nor_does_one_of_any_value(provider: str, spelled: tuple[str, str, str]) -> None:
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

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A zone of any types and spellings, applied to both providers, imported in both formats, applied again: no change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
import yaml
from ansible_collections.twinzone.edge.plugins.module_utils._modules import zone_records_info
from ansible_collections.twinzone.edge.plugins.module_utils._providers.base import Provider
from ansible_collections.twinzone.edge.plugins.module_utils._providers.registry import PROVIDERS
from ansible_collections.twinzone.edge.plugins.module_utils._sync import declaration
from ansible_collections.twinzone.edge.plugins.module_utils._sync.data import Held
from ansible_collections.twinzone.edge.plugins.module_utils._sync.mirror import mirrored
from ansible_collections.twinzone.edge.plugins.module_utils._zone.plan import PlanPolicy
from ansible_collections.twinzone.edge.plugins.plugin_utils.zone_filters import zone_text
from hypothesis import given, settings
from hypothesis import strategies as st
from support.emulated_providers import ZONE, Entry, apply, audit, client, cloudflare_api, desec_api, planned
from support.sample_records import SAMPLES, spellings

WHOLE = PlanPolicy(prune=True, force=True)
BOTH = ("cloudflare", "desec")
APEX_ONLY = ("DNSKEY", "CDS", "CDNSKEY")

#: Texts that a zone file, YAML or a template could take for something else.
ODD_TEXTS = [
    '( "in" "brackets" ) ; and a comment',
    "(see below",
    "yes",
    "~",
    "1.0",
    "{{ x }}",
    "# no comment",
    "; this",
]
NAMES = ["www", "*", "a.b", "*.wild", "_x._tcp", "bücher", "WWW2.example.com."]


@st.composite
def sets(draw: st.DrawFn) -> Entry:
    """A set of any type, in any spelling."""
    rdtype = draw(st.sampled_from(sorted(SAMPLES.keys() - {"NS", "DS", "SOA"})))
    texts = list(SAMPLES[rdtype])
    if rdtype == "TXT":
        texts += [draw(st.sampled_from(ODD_TEXTS))]
    if draw(st.booleans()):
        wanted = draw(st.sampled_from(["A", "AAAA", "MX", "SRV", "TXT", "CAA", "TLSA", "SSHFP", "HTTPS", "SVCB"]))
        rdtype, text, _other = draw(spellings(lambda kind: kind == wanted))
        texts = [text]
    name = "@" if rdtype in APEX_ONLY else f"{draw(st.sampled_from(NAMES))}"
    values = texts[:1] if rdtype in ("CNAME", "DNAME", "HTTPS", "SVCB") else texts
    more: Entry = {}
    if rdtype in ("A", "AAAA") and draw(st.booleans()):
        more = {
            "ttl": 1,
            "at": {"cloudflare": {"proxied": draw(st.booleans()), "comment": 'by "us"; ü'}, "desec": {"ttl": 300}},
        }
    return {"name": name, "type": rdtype, "ttl": draw(st.sampled_from([60, 3600, 86400])), "values": values, **more}


@st.composite
def zones(draw: st.DrawFn) -> list[Entry]:
    """Sets of one name and type once; what stands alone at its name has a name of its own."""
    found: dict[tuple[str, str], Entry] = {}
    for number, one in enumerate(draw(st.lists(sets(), min_size=1, max_size=12))):
        lonely = one["type"] in ("CNAME", "DNAME")
        found[one["name"].lower(), one["type"]] = {**one, "name": f"only{number}"} if lonely else one
    return [*found.values(), {"name": "child", "type": "NS", "values": list(SAMPLES["NS"])}]


def possible(providers: Mapping[str, Provider], zone: Sequence[Entry]) -> list[Entry]:
    """Each entry at the providers that can hold it, as their audits say; none that nobody can hold."""
    found = []
    for one in zone:
        able = [name for name, provider in providers.items() if not audit(provider, one)]
        if able:
            at = {name: over for name, over in one.get("at", {}).items() if name in able}
            found.append({**one, "only": able, **({"at": at} if "at" in one else {})})
    return found


def shown(provider: Provider) -> Held:
    """What zone_records_info returns for a provider."""
    held = provider.read()
    entries = [zone_records_info._entry(provider.type, one) for one in held.sets.values() if one.key != ("@", "NS")]
    return Held(records=entries, left_out=[])


def through_a_file(entries: Sequence[Entry], form: str) -> list[Entry]:
    """The entries as the role reads them from the file that the import wrote."""
    if form == "bind":
        text, path = zone_text(entries, ZONE, "A zone."), "a.zone"
    else:
        text, path = yaml.safe_dump({"domain": ZONE, "records": list(entries)}), "a.yml"
    kinds = {name: PROVIDERS[name] for name in BOTH}
    found = declaration.read(ZONE, {"zone_sync_file": path}, text, [], kinds)
    assert found["notes"] == []
    return [dict(one) for one in found["records"]]


@pytest.mark.parametrize("form", ["yaml", "bind"])
@settings(max_examples=30)
@given(zone=zones())
def test_what_was_imported_changes_nothing(form: str, zone: list[Entry]) -> None:
    providers = {"cloudflare": client(cloudflare_api()), "desec": client(desec_api())}
    zone = possible(providers, zone)
    for provider in providers.values():
        apply(provider, zone, WHOLE)
        assert planned(provider, provider.read(), zone, WHOLE).changes == ()
    for name, provider in providers.items():
        found = mirrored(ZONE, name, shown(provider), PROVIDERS, {})
        again = through_a_file([dict(one) for one in found["records"]], form)
        assert planned(provider, provider.read(), again, WHOLE).changes == (), name

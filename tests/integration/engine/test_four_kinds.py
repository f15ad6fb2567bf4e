# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A zone of every type and spelling, imported from each kind of provider and applied to the others."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.twinzone.edge.plugins.module_utils._providers.registry import PROVIDERS
from ansible_collections.twinzone.edge.plugins.module_utils._zone.plan import Held, PlanPolicy
from support import lab_jobs, real_servers, stages
from support.lab_jobs import ZONE, Entry
from support.lab_playbooks import Playbooks
from support.sample_records import SAMPLES
from support.stages import Stage
from twinzone_lab.client import LabClient

pytestmark = pytest.mark.skipif(
    bool(real_servers.missing()) and not os.environ.get("CI"), reason=f"real name servers: {real_servers.missing()}"
)

KINDS = ("cloudflare", "desec", "rfc2136", "powerdns", "octodns")
WHOLE = PlanPolicy(prune=True, force=True)


def entry(name: str, rdtype: str, *texts: str, **more: Any) -> Entry:
    return {"name": name, "type": rdtype, "ttl": 3600, "values": list(texts), **more}


#: Where a type cannot stand at a name of its own.
PLACES = {"DNSKEY": "@", "CDS": "@", "CDNSKEY": "@", "DS": "child", "NS": "child"}

EVERY_TYPE = [
    entry(PLACES.get(rdtype, f"t-{rdtype.lower()}"), rdtype, *texts) for rdtype, texts in sorted(SAMPLES.items())
]

#: Spellings that people and other programs use.
SPELLINGS: list[Entry] = [
    entry("@", "MX", "1 ASPMX.L.GOOGLE.EXAMPLE.", "010  Mail.example.org."),
    entry("@", "TXT", "v=spf1 include:_spf.example.net -all", '"two" "strings"', "(see below"),
    entry("hyphen-after", "CNAME", "a-.example.org."),
    entry("hyphen-before", "CNAME", "-a.example.org."),
    entry("star", "CNAME", r"star\*x.example.org."),
    entry("_under", "CNAME", "_x.example.org."),
    entry("capitals", "HTTPS", '1 . ALPN="h2,h3" PORT=8443'),
    entry("generic", "HTTPS", r"\# 10 00010000010003026832"),
    entry("generic", "A", r"\# 4 c0000263"),
    entry("k._domainkey", "TXT", '( "v=DKIM1; k=rsa; " "p=MIIB" ) ; the key of 2026'),
    entry("folded._domainkey", "TXT", '("v=DKIM1; p=' + "x" * 230 + '" "' + "y" * 150 + '")'),
    entry("long", "TXT", "z" * 700, r"v=DMARC1\; p=none", r"\195\188", "ß"),
    entry("bücher", "A", "192.0.2.90"),
    entry("xn--mnchen-3ya", "CNAME", "bücher.example.org."),
    entry("*", "A", "192.0.2.80"),
    entry("*.wild", "CNAME", "wild.example.org."),
    entry("WWW2.example.com.", "AAAA", "2001:0DB8:0:0::2"),
    entry("_sip._tcp", "SRV", "05 9 12345 Sip.example.org."),
    entry("_443._tcp", "TLSA", "3 1 1 " + " ".join(["AB" * 16] * 2)),
    entry("none", "MX", "0 ."),
    entry("mapped", "AAAA", "::ffff:192.0.2.1"),
    entry("zero", "LOC", "0 N 0 E 0.5m"),
    entry("far", "LOC", "52 22 23.123 S 4 53 32.999 W 21374836.47m 12345.67m 40000000m 0m"),
    entry("mailbox", "RP", r"first\.last.example.org. ."),
    entry("at", "PTR", r"a\@b.example.org."),
    entry("bare", "HTTPS", "1 . alpn=h2 key65400"),
    entry("by-number", "TXT", r"\# 4 03616263"),
    entry("odd", "CAA", '128 ISSUE ";"', '255 tbs "Unknown; x=y"'),
    entry("sip", "NAPTR", r'100 10 "U" "E2U+sip" "!^(.*)$!sip:\\1@b.c!" .'),
    entry("deep.below.nothing", "A", "192.0.2.82"),
    entry("brief", "A", "192.0.2.81", ttl=0),
]

#: What only the source can say, and what stands for it elsewhere.
PECULIAR: Mapping[str, list[Entry]] = {
    "cloudflare": [
        entry("@", "CNAME", "example.b-cdn.net."),
        entry("shop", "A", "203.0.113.77", at={"cloudflare": {"proxied": True, "comment": "behind the CDN"}}),
        {"name": "auto", "type": "A", "ttl": 1, "values": ["203.0.113.10"]},
    ]
}


def zone_of(stage: Stage) -> list[Entry]:
    """All that the provider can hold."""
    entries = [*EVERY_TYPE, *SPELLINGS, *PECULIAR.get(stage.type, [])]
    kind = PROVIDERS[stage.type].of_entry(stage.entry)
    return [one for one in entries if not kind.audit(lab_jobs.declare([one])[0].at(stage.type))]


#: What Email Routing adds at Cloudflare, beside a value of somebody else's.
ROUTED = {"name": "routed", "type": "MX", "content": "route1.mx.cloudflare.net", "priority": 10, "ttl": 3600}


@pytest.fixture
def all_kinds(lab: LabClient, playbooks: Playbooks, tmp_path: Path) -> Iterator[dict[str, Stage]]:
    """Every kind of provider, each with the empty zone, in the inventory of the playbooks."""
    found = {kind: stages.at_the_lab(lab, kind) for kind in ("cloudflare", "desec")}
    with ExitStack() as stack:
        for kind, name in (("rfc2136", "rfc2136-knot"), ("powerdns", "powerdns"), ("octodns", "octodns-powerdns")):
            folder = tmp_path / name
            folder.mkdir()
            found[kind] = stack.enter_context(stages.at_real_servers(name, folder))
        playbooks.sites.clear()
        playbooks.common["dns_providers"] = [stage.entry for stage in found.values()]
        yield found


@pytest.mark.parametrize("source", KINDS)
def test_a_zone_moves_to_all_others(
    source: str, all_kinds: dict[str, Stage], playbooks: Playbooks, lab: LabClient
) -> None:
    zone = zone_of(all_kinds[source])
    made = all_kinds[source].run(zone, policy=WHOLE, verify_seconds=20)
    written = {change.key for change in made.changes if change.action != "delete"}
    assert (made.result, written) == ("ok", {lab_jobs.meaning(one)[0] for one in zone}), made.as_result()
    if source == "cloudflare":
        lab.seed(source, ZONE, [{**ROUTED, "meta": {"read_only": True}}])

    imported = playbooks.run("import", zone_sync_import_from=source).ok()
    name = f"zones/{ZONE}.{source}.yml"
    records = yaml.safe_load((Path(playbooks.directory) / name).read_text())["records"]
    for one in records:
        if "only" in one and one["only"] != [kind for kind in KINDS if kind != source]:
            assert f"{one['name']} {one['type']}: left out" in imported.output
    playbooks.zones[ZONE] = {"zone_sync_file": name, "zone_sync_force": True}

    before = all_kinds[source].held().sets
    synced = playbooks.sync("--diff").ok()
    assert f" at {source}\n" not in synced.output, "nothing changes at the source"
    held = {kind: stage.held() for kind, stage in all_kinds.items()}
    assert held[source].sets == before
    for one in records:
        _compare(one, source, held)
    assert len(records) >= len(zone) and (source != "cloudflare" or ("routed", "MX") in held["desec"].sets)
    again = playbooks.sync("--diff").ok()
    assert (again.changed, again.diff) == (0, [])


def _compare(one: Entry, source: str, held: Mapping[str, Held]) -> None:
    """An imported set stands wherever it should, and means the same there."""
    key, meaning = lab_jobs.meaning(one)
    proxied = one.get("at", {}).get(source, {}).get("proxied")
    for kind in [source] if proxied else one.get("only", KINDS):
        stands = held[kind].sets[key]
        assert {value.key for value in stands.values} == meaning, (kind, one)
        ttl = one.get("at", {}).get(kind, {}).get("ttl", one["ttl"])
        assert stands.ttl == (ttl if ttl == 1 else max(ttl, held[kind].minimum_ttl)), (kind, one)
    for kind in set(KINDS) - set(one.get("only", KINDS)):
        assert key not in held[kind].sets, (kind, one)
    if proxied:
        for kind in set(KINDS) - {source}:
            assert key in held[kind].sets, (kind, one)
            assert meaning.isdisjoint(value.key for value in held[kind].sets[key].values), "the origin stays hidden"

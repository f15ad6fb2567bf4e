# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each party that a run listens to, as an adversary: through the real playbooks, on whatever ansible-core is installed.

None of them gets a token, moves a site wrongly, or holds it still, beyond what the page on trust says.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any

import dns.flags
import dns.rcode
import dns.rrset
import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._zone.plan import PlanPolicy
from support import lab_jobs
from support.adversaries import Collector, collector, lying_api, lying_name_server, lying_resolver, replace
from support.chats import Chat
from support.lab_jobs import BOTH
from support.lab_playbooks import SITE, ZONE, Playbooks
from twinzone_lab.client import LabClient

ROUTER, MARKER = f"web-router.{ZONE}.", f"_twinzone.web-router.{ZONE}."


@pytest.fixture
def zone(playbooks: Playbooks) -> Playbooks:
    playbooks.create_zone()
    playbooks.environment["ANSIBLE_NOCOLOR"] = "1"
    return playbooks


@pytest.fixture
def put(zone: Playbooks, lab: LabClient) -> Iterator[Callable[..., str]]:
    """Puts a liar in the place of one of the four name servers; its address."""
    with ExitStack() as liars:

        def place(provider: str, change: Callable[[Any], None]) -> str:
            first, *others = lab.info["providers"][provider]["name_servers"].values()
            port = lab.info["dns_port"]
            liar = liars.enter_context(lying_name_server(first, port, change))
            for one in zone.common["dns_providers"]:
                if one["name"] == provider:
                    one["nameservers"] = [liar, *(f"{address}:{port}" for address in others)]
            return liar

        yield place


@pytest.fixture
def evil() -> Iterator[Collector]:
    with collector() as found:
        yield found


def move_is_possible(zone: Playbooks, lab: LabClient, outcome: str = "unchanged") -> dict[str, Any]:
    """A quiet run does nothing, and when the active front fails, the site moves; the result of the quiet run."""
    lab.log_reset()
    quiet = zone.failover().result(outcome)
    assert quiet["front"] == "cloudflare"
    assert not zone.writes()
    lab.break_("front_cloudflare", "refuse")
    # The liar never serves what was written.
    zone.failover(failover_verify_timeout=2)
    assert set(zone.routers().values()) == {f"cdn2-front.{ZONE}"}
    return quiet


#: What a name server may claim: another front, a pin that freezes, numbers and times without reason.
CLAIMS = (
    "v=twinzone1 seq=900 front=bunny since=1700000000 run=evil",
    "v=twinzone1 seq=900 front=cloudflare since=1700000000 run=evil pin=cloudflare until=0 tag=INC-1",
    "v=twinzone1 seq=999999999999 front=bunny since=1700000000 run=x",
    "v=twinzone1 seq=4 front=cloudflare since=99999999999 run=x",
)


@pytest.mark.parametrize(("provider", "claim"), [*zip(BOTH * 2, CLAIMS, strict=True)])
def test_a_name_server_that_invents_a_marker(
    zone: Playbooks, lab: LabClient, put: Callable[..., str], provider: str, claim: str
) -> None:
    liar = put(provider, lambda answer: replace(answer, MARKER, "TXT", f'"{claim}"'))
    doubts = move_is_possible(zone, lab)["doubts"]
    if "seq=999999999999" in claim:
        assert doubts == [], "a number without reason is no marker"
    else:
        (doubt,) = doubts
        assert doubt.startswith(f"{provider}'s {liar} shows the marker ")
        assert f"{liar} shows the marker " in zone.run("status").output


PUBLISHED = [
    {"name": name, "publish": [{"type": "CNAME", "values": f"{target}.{ZONE}."}]}
    for name, target in (("cloudflare", "cf-front"), ("bunny", "cdn2-front"))
]


@pytest.mark.parametrize("provider", BOTH)
@pytest.mark.parametrize(("rdtype", "text"), [("TXT", '"v=spf1 -all"'), ("MX", "10 mail.example.org.")])
def test_a_name_server_that_invents_a_neighbour(
    zone: Playbooks, lab: LabClient, put: Callable[..., str], provider: str, rdtype: str, text: str
) -> None:
    zone.sites[SITE]["failover_fronts"] = PUBLISHED
    put(provider, lambda answer: replace(answer, ROUTER, rdtype, text))
    move_is_possible(zone, lab)


def test_a_name_server_that_invents_a_circle(zone: Playbooks, lab: LabClient, put: Callable[..., str]) -> None:
    def circle(answer: Any) -> None:
        for rdtype in ("A", "AAAA"):
            (question,) = answer.question
            if question.name.to_text() == f"cdn2-front.{ZONE}." and question.rdtype.name == rdtype:
                answer.answer[:] = [dns.rrset.from_text(f"cdn2-front.{ZONE}.", 60, "IN", "CNAME", ROUTER)]

    put("desec", circle)
    # Those who ask this server would be lost by a move. The others are not held back for that.
    (finding,) = move_is_possible(zone, lab, "unready")["unready"]
    assert finding.startswith("bunny leads nowhere at 127.0.0.1:")


@pytest.mark.parametrize("provider", BOTH)
def test_a_provider_that_turns_against_the_site(zone: Playbooks, lab: LabClient, provider: str) -> None:
    """Its servers and its API agree, and it takes no write. The other one leads its visitors right."""
    other = "desec" if provider == "cloudflare" else "cloudflare"
    evil = [
        {"name": "web-router", "type": "CNAME", "ttl": 3600, "values": ["ns.evil.example."]},
        {
            "name": "_twinzone.web-router",
            "type": "TXT",
            "ttl": 3600,
            "values": ["v=twinzone1 seq=900 front=evil run=x"],
        },
    ]
    lab_jobs.ok(lab_jobs.run(lab, evil, provider, policy=PlanPolicy(switch=True), verify_seconds=10))
    lab.break_(f"{provider}_api", "500", methods="POST,PUT,PATCH,DELETE")
    lab.break_("front_cloudflare", "refuse")
    result = zone.failover(failover_deadline=4, failover_verify_timeout=2).failed().result("partial", "active_down")
    assert result["behind"]
    assert zone.routers()[other] == f"cdn2-front.{ZONE}"


def test_a_standby_that_leads_back_out_of_the_zone(zone: Playbooks, lab: LabClient) -> None:
    """Only that front is not used; the third one is."""
    first, second = zone.sites[SITE]["failover_fronts"]
    bad = {"name": "bad", "target": f"bad-front.{ZONE}."}
    zone.sites[SITE]["failover_fronts"] = [first, bad, second]
    records = [{"name": "bad-front", "type": "CNAME", "values": [ROUTER]}]
    lab_jobs.ok(lab_jobs.run(lab, records, verify_seconds=10))
    move_is_possible(zone, lab)


def test_a_standby_that_leads_out_of_the_zone_and_back(zone: Playbooks, lab: LabClient) -> None:
    """Whoever operates the second CDN's zone lets its name lead to the router; the third front is used."""
    first, second = zone.sites[SITE]["failover_fronts"]
    zone.sites[SITE]["failover_fronts"] = [first, {"name": "bad", "target": f"bad-front.{ZONE}."}, second]
    records = [{"name": "bad-front", "type": "CNAME", "values": ["loop.b-cdn.net."]}]
    lab_jobs.ok(lab_jobs.run(lab, records, verify_seconds=10))
    way = [f"bad-front.{ZONE}.", "loop.b-cdn.net.", ROUTER, f"cf-front.{ZONE}."]

    def circle(answer: Any) -> None:
        (question,) = answer.question
        name = question.name.to_text().lower()
        if name in way[:2] and question.rdtype.name in ("A", "AAAA"):
            links = way[way.index(name) :]
            address = lab.info["fronts"]["cloudflare"][0]
            answer.set_rcode(dns.rcode.NOERROR)
            answer.answer[:] = [dns.rrset.from_text(one, 60, "IN", "CNAME", onward) for one, onward in pairwise(links)]
            if question.rdtype.name == "A":
                answer.answer.append(dns.rrset.from_text(way[-1], 60, "IN", "A", address))

    with lying_resolver(zone.common["dns_resolver"], circle) as resolver:
        zone.common["dns_resolver"] = resolver
        wanted = zone.failover(failover_to="bad").failed().result("refused")
        assert "the target of bad leads through the router itself" in wanted["reason"]
        bad = move_is_possible(zone, lab)["fronts"]["bad"]
    assert (bad["verdict"], bad["clean"]) == ("unknown", False)
    assert "leads through the router itself" in bad["evidence"]


def test_a_resolver_that_does_not_validate(zone: Playbooks, lab: LabClient) -> None:
    """Where it must, its addresses of name servers are not used. A run says so, and moves the site by the APIs."""
    for provider in zone.common["dns_providers"]:
        provider.pop("nameservers", None)
    validates = True

    def stamp(answer: Any) -> None:
        answer.flags |= dns.flags.AD if validates else 0

    with lying_resolver(zone.common["dns_resolver"], stamp) as resolver:
        zone.common.update(dns_resolver=resolver, dns_require_ad=True)
        quiet = zone.failover().ok().result("unchanged")
        assert len(quiet["served"]) == 4
        validates = False
        doubtful = zone.failover().failed().result("unready")
        assert doubtful["unready"] == [
            f"the resolver {resolver} (dns_resolver) does not validate {ZONE}, as dns_require_ad demands"
        ]
        assert doubtful["served"] == {}
        lab.break_("front_cloudflare", "refuse")
        zone.failover(failover_verify_timeout=2)
    assert set(zone.routers().values()) == {f"cdn2-front.{ZONE}"}


GARBAGE: dict[str, dict[str, Any]] = {
    "endless": {"parts": [b'{"success": true, "result": [' + b" " * 65536], "endless": True},
    "bomb": {"parts": [gzip.compress(bytes(200 << 20), 9)], "headers": "Content-Encoding: gzip\r\n"},
    "deep": {"parts": [b"[" * 1_000_000]},
    "nan": {"parts": [b'{"success": true, "result": [NaN]}']},
    "twice": {"parts": [b'{"success": true, "success": true, "result": []}']},
    "pages": {
        "parts": [
            json.dumps(
                {
                    "success": True,
                    "errors": [],
                    "result": [{"id": "x", "name": "other.example"}],
                    "result_info": {"total_count": 10**9, "total_pages": 10**9},
                }
            ).encode()
        ]
    },
}


@pytest.mark.parametrize("garbage", GARBAGE)
def test_an_api_that_answers_without_sense_or_end(zone: Playbooks, lab: LabClient, garbage: str) -> None:
    """The other provider is written anyway, and nothing breaks off."""
    lab.break_("front_cloudflare", "refuse")
    options = {**GARBAGE[garbage]}
    with lying_api(*options.pop("parts"), **options) as url:
        for one in zone.common["dns_providers"]:
            if one["name"] == "cloudflare":
                one["api_url"] = url
        run = zone.failover(failover_deadline=5).failed()
        result = run.result("partial", "active_down")
        assert result["providers"]["desec"]["result"] == "ok"
        error = result["providers"]["cloudflare"]["error"]
        assert "internal" not in error
        assert result["providers"]["cloudflare"]["result"] in ("unreachable", "deadline"), error
        read = zone.run("import", zone_sync_import_from="desec", zone_sync_import_file=zone.directory / "x.yml")
        assert "internal error" not in read.output
    assert zone.routers() == {"cloudflare": f"cf-front.{ZONE}", "desec": f"cdn2-front.{ZONE}"}


FORGED = (
    "no\n\nPLAY RECAP *********\nwww.example.com : ok=9 changed=0 unreachable=0 failed=0\r\x1b[2K\x1b]0;x\x07 \u202eko"
)


def test_an_api_cannot_forge_a_line_or_a_template(zone: Playbooks, lab: LabClient) -> None:
    chat = Chat()
    proof = zone.directory / "proof"
    metrics = zone.directory / "twinzone.prom"
    template = f"{{{{ lookup('ansible.builtin.pipe', 'touch {proof}') }}}} {{% for x in [] %}}"
    text = f"{FORGED} {template}"
    zone.sites[SITE] |= {"failover_notify": [chat.url], "failover_metrics_file": str(metrics)}
    zone.environment["ANSIBLE_SHOW_CUSTOM_STATS"] = "1"
    lab.break_("front_cloudflare", "refuse")
    body = json.dumps({"success": False, "errors": [{"code": text, "message": text}], "detail": text}).encode()
    with lying_api(body, status="403 Forbidden") as url:
        for one in zone.common["dns_providers"]:
            one["api_url"] = url
        runs = [zone.failover("-v").failed()]
        report = runs[0].result("failed")
        runs += [
            zone.run("status", "-v"),
            zone.run("preflight", "-v"),
            zone.run("sync", "-v"),
            zone.run("history", "-v", failover_report_dir=zone.reports),
            zone.run("import", "-v", zone_sync_import_from="cloudflare"),
            zone.run("drill", "-v", drill_site=SITE),
        ]
    chat.close()
    for run in runs:
        recaps = [line for line in run.output.splitlines() if line.startswith("PLAY RECAP")]
        assert len(recaps) <= 1
        assert not set("\x1b\x07\r\u202e") & set(run.output)
        assert "Traceback" not in run.output
    texts = [*texts_of(report), *texts_of(chat.got), *metrics.read_text().splitlines()]
    assert any("touch" in one for one in texts), "the message is shown, and nothing else happens"
    assert all(line.isprintable() for one in texts for line in one.split("\n"))
    assert not any(one.startswith("PLAY RECAP") or "\nPLAY RECAP" in one for one in texts)
    assert not proof.exists()


def texts_of(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, (list, dict)):
        for inner in data.values() if isinstance(data, dict) else data:
            yield from texts_of(inner)


LIE = """#!{python}
import json, sys
print(json.dumps({answer!r}))
"""


def test_a_vantage_gets_no_token_and_has_one_vote(
    zone: Playbooks, lab: LabClient, evil: Collector, tmp_path: Path
) -> None:
    """It says what it likes, facts included; also to a later run, through a cache of facts."""
    overwritten = tmp_path / "overwritten"
    providers = [
        {"name": name, "type": name, "api_url": f"{evil.url}/{name}", "nameservers": ["127.0.0.1:1"]} for name in BOTH
    ]
    down = {"verdict": "down", "clean": False, "reason": FORGED, "addresses": [], "left_out": []}
    answer = {
        "changed": False,
        "vantage": "localhost",
        "fronts": [
            {"site": SITE, "name": "cloudflare", **down},
            {"site": SITE, "name": "bunny", **down, "verdict": "up", "clean": True},
        ],
        "ansible_facts": {
            "dns_providers": providers,
            "failover_providers": providers,
            "failover_metrics_file": str(overwritten),
        },
    }
    lie = tmp_path / "python"
    lie.write_text(LIE.format(python=sys.executable, answer=answer))
    lie.chmod(0o755)
    local = {"ansible_connection": "local"}
    zone.inventory["all"]["children"]["vantages"] = {
        "hosts": {
            "evil": {**local, "ansible_python_interpreter": str(lie)},
            "paris": {**local, "ansible_python_interpreter": sys.executable},
        }
    }
    zone.environment |= {
        "ANSIBLE_CACHE_PLUGIN": "ansible.builtin.jsonfile",
        "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(tmp_path / "facts"),
    }
    lab.log_reset()
    for vantages in (["evil", "paris", "localhost"], ["localhost"]):
        zone.sites[SITE]["failover_vantages"] = vantages
        run = zone.failover("-v").ok()
        assert run.result("unchanged")["front"] == "cloudflare"
        assert len([line for line in run.output.splitlines() if line.startswith("PLAY RECAP")]) == 1
    assert not zone.writes()
    assert evil.got == []
    assert not overwritten.exists()
    assert not any(
        token in path.read_text() for path in (tmp_path / "facts").glob("*") for token in zone.tokens.values()
    )


def test_a_site_with_a_strange_name_stays_in_its_directory(zone: Playbooks) -> None:
    kept = zone.directory / "deep" / "kept"
    zone.sites["../../escaped"] = zone.sites.pop(SITE)
    zone.failover(failover_report_dir=kept)
    assert not list(zone.directory.glob("*escaped*"))
    assert [path for path in kept.rglob("*.json") if "escaped" in path.name]

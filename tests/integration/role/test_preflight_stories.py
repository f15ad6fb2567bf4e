# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""preflight.yml names beforehand what made real failovers fail; and in one world where all is well, it says so.

One run shows many worlds, as it takes ten seconds.
"""

from __future__ import annotations

import json
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dns.dnssec
import dns.rdata
import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._deadline import Deadline
from ansible_collections.twinzone.edge.plugins.module_utils._preflight.registry import IDS
from ansible_collections.twinzone.edge.plugins.module_utils._providers.api import Api
from ansible_collections.twinzone.edge.plugins.module_utils._providers.desec.tokens import Tokens, policies
from support.lab_api import CloudflareCaller, DesecCaller
from support.lab_playbooks import SITE, ZONE, Playbooks
from twinzone_lab.client import LabClient

KEY = "257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ=="
MARKER = "_twinzone.web-router"

#: The checks that no site can pass in which the lab's own apex is proxied, or no front publishes copies: those pass in
#: `test_a_canary_whose_proxy_is_off_is_named`.
ELSEWHERE = {"coverage", "copies"}

Results = dict[tuple[str, str], list[dict[str, Any]]]


def look(playbooks: Playbooks, folder: Path, *words: str, **variables: Any) -> tuple[int, Results]:
    """A run's exit status, and its results by check and subject."""
    extra = ["-e", json.dumps({"preflight_report_dir": str(folder), **variables})]
    run = playbooks.run("preflight", *words, *extra)
    assert (folder / "preflight.json").exists(), run.output
    shown = run.output + (folder / "preflight.json").read_text() + (folder / "preflight.html").read_text()
    assert not any(playbooks.environment[name] in shown for name in ("CLOUDFLARE_API_TOKEN", "DESEC_TOKEN"))
    results: Results = {}
    for one in json.loads((folder / "preflight.json").read_text())["results"]:
        results.setdefault((one["id"], one["subject"]), []).append(one)
    return run.code, results


def check(results: Results, name: str, subject: str, level: str, words: str) -> None:
    """A finding must be there, with a remedy if something is wrong."""
    found = results.get((name, subject), [])
    fitting = [one for one in found if one["level"] == level and words in one["seen"]]
    assert fitting, f"{found or sorted(results)}"
    assert level == "ok" or fitting[0]["remedy"]


def limited_token(lab: LabClient, *names: str) -> tuple[str, str]:
    """The id and the secret of a deSEC token that may write these names only."""
    info = lab.info["providers"]["desec"]
    tokens = Tokens(Api(info["api_url"], ("Authorization", f"Token {info['token']}"), Deadline(20), lab.info["ca"]))
    made, secret = tokens.create("limited")
    tokens.allow(made, policies(ZONE, names))
    return made, secret


def use_token(playbooks: Playbooks, token: tuple[str, str]) -> None:
    (entry,) = [one for one in playbooks.common["dns_providers"] if one["type"] == "desec"]
    entry["token_id"], playbooks.environment["DESEC_TOKEN"] = token


def held(lab: LabClient) -> list[dict[str, Any]]:
    """What both providers hold, without the times of the last write."""
    both = [*lab.zone("cloudflare", ZONE), *lab.zone("desec", ZONE)]
    return [{key: value for key, value in one.items() if key not in ("modified_on", "touched")} for one in both]


def router_at_cloudflare(cloudflare: CloudflareCaller, **fields: Any) -> None:
    (record,) = cloudflare.ok("GET", f"dns_records?name=web-router.{ZONE}&type=CNAME")
    cloudflare.ok("PATCH", f"dns_records/{record['id']}", fields)


@pytest.fixture
def neglected(
    playbooks: Playbooks, lab: LabClient, cloudflare: CloudflareCaller, desec: DesecCaller, tmp_path: Path
) -> Results:
    """Nine real stories in one zone, and what the preflight says."""
    playbooks.create_zone()
    # A name that was forgotten at the standby DNS, and one that is an R2 bucket.
    cloudflare.create("shop", "CNAME", f"web-router.{ZONE}")
    bucket = {"name": "files", "type": "CNAME", "content": "public.r2.dev", "ttl": 1, "proxied": True}
    lab.seed("cloudflare", ZONE, [{**bucket, "meta": {"read_only": True}}])
    playbooks.sites[SITE]["failover_names"] = ["www", "shop", "files"]
    # Terraform writes the router, with a TTL of an hour.
    router_at_cloudflare(cloudflare, ttl=3600, comment="Managed by Terraform")
    # A standby that does not renew its certificate, and an origin that admits only the first CDN.
    expiring, cached = lab.info["fronts"]["bunny"]
    lab.break_(f"front_bunny/{expiring}", "expiring_certificate", days=2)
    lab.break_(f"front_bunny/{cached}", "cached_only")
    # A DS for one signer.
    desec.put("", "DNSKEY", KEY)
    key = dns.rdata.from_text("IN", "DNSKEY", KEY)
    lab.delegate(ZONE, "cloudflare", "desec", ds=[dns.dnssec.make_ds(f"{ZONE}.", key, "SHA256").to_text()])
    # What else can be wrong with the zone.
    desec.put("", "CAA", '0 issue ";"')
    desec.put("_acme-challenge.www", "CNAME", "www.example.com.dcv.cloudflare.com.")
    # A token without the marker; webhooks behind a CDN that is a front. In check mode nothing is sent there.
    use_token(playbooks, limited_token(lab, "web-router"))
    playbooks.sites[SITE]["failover_notify"] = ["https://hooks.b-cdn.net/secret"]
    code, results = look(playbooks, tmp_path, "--check")
    assert code == 2
    return results


def test_the_preflight_names_the_trouble_of_nine_real_stories(neglected: Results) -> None:
    check(neglected, "path", f"{SITE}: shop.{ZONE}.", "fail", "shop")
    check(neglected, "zones_equal", ZONE, "fail", "shop CNAME")
    check(neglected, "ttl_chain", f"{SITE}: cloudflare", "warn", "web-router 3600 s")
    check(neglected, "lock_in", f"{ZONE}: files", "fail", "managed by another product")
    check(neglected, "cert_renewal", f"{SITE}: bunny", "fail", "valid for ")
    check(neglected, "uncached_path", f"{SITE}: bunny", "fail", "status 403")
    check(neglected, "dnssec_two", ZONE, "fail", "ns.cloudflare.com.")
    check(neglected, "tell_people", SITE, "warn", "depend on bunny.net")
    check(neglected, "other_writers", SITE, "warn", "names Terraform")
    check(neglected, "marker_policy", f"{SITE}: desec", "fail", f"allow web-router, not {MARKER}")
    check(neglected, "caa", f"{SITE}: {SITE} bunny", "fail", "of desec allows nobody")
    check(neglected, "acme", f"{ZONE}: _acme-challenge.www", "warn", "dcv.cloudflare.com")


def test_what_is_wrong_around_the_zone_is_named(
    playbooks: Playbooks, lab: LabClient, cloudflare: CloudflareCaller, desec: DesecCaller, tmp_path: Path
) -> None:
    playbooks.create_zone()
    lab.add_zone("example.ch")
    playbooks.zones["example.ch"] = {}
    DesecCaller(lab, "example.ch").put("", "CDS", f"1 13 2 {'ab' * 32}")
    lab.adjust(ZONE, status="pending", multi_provider="false", token_expires="2026-12-01T00:00:00Z")
    account = cloudflare.ok("GET", "/zones")[0]["account"]["id"]
    cloudflare.ok("PATCH", f"/accounts/{account}/dns_settings", {"enforce_dns_only": True})
    cloudflare.create(MARKER, "TXT", '"hello"')
    lab.break_("resolver", "rewrites")
    lab.break_("desec_ns/1", "no_udp")
    lab.break_("front_cloudflare", "wrong_clock", seconds=600)
    lab.break_("front_bunny", "wrong_clock", seconds=600)
    playbooks.sites[SITE]["failover_controls"] = []
    # Of a zone that is not active the name servers answer the origin.
    front = playbooks.sites[SITE]["failover_fronts"][0]
    front |= {"target": f"edge.{ZONE}.", "connect_to": lab.info["fronts"]["cloudflare"]}
    desec.put("edge", "A", "192.0.2.1")
    desec.put("edge", "HTTPS", "1 . alpn=h2 ipv4hint=192.0.2.1")
    cloudflare.create("edge", "A", "192.0.2.1")
    hint = {"priority": 1, "target": ".", "value": 'alpn="h2" ipv4hint="192.0.2.1"'}
    cloudflare.ok("POST", "dns_records", {"name": "edge", "type": "HTTPS", "ttl": 60, "data": hint})
    playbooks.sites[SITE]["preflight_parity"] = {
        "urls": [f"https://{SITE}:{lab.info['front_port']}/"],
        "headers": ["server"],
    }
    playbooks.environment["CLOUDFLARE_API_TOKEN"] = lab.info["cloudflare_read_only_token"]
    # Nothing but a write shows that it may not write the marker, where its id is not given.
    playbooks.environment["DESEC_TOKEN"] = limited_token(lab, "web-router")[1]
    blocked = tmp_path / "file"
    blocked.touch()
    code, results = look(
        playbooks,
        tmp_path,
        failover_metrics_file=str(blocked / "twinzone.prom"),
        preflight_write=True,
        preflight_registrar="Cloudflare, Inc.",
        preflight_runs_per_day=1,
    )
    assert code == 2
    check(results, "zone_state", f"{ZONE}: cloudflare", "fail", "the zone is pending")
    check(results, "delegation", f"{ZONE}: cloudflare", "fail", "(multi_provider)")
    check(results, "registrar", ZONE, "fail", "needs those of desec")
    check(results, "write_proof", f"{SITE}: cloudflare", "fail", "a write of web-router was refused")
    check(results, "write_proof", f"{SITE}: desec", "fail", f"a write of {MARKER} was refused")
    check(results, "marker_policy", f"{SITE}: desec", "fail", f"may write web-router, and not {MARKER}")
    check(results, "tokens", f"{ZONE}: cloudflare", "warn", "the token expires in ")
    check(results, "dnssec_two", "example.ch", "fail", "desec publishes CDS, cloudflare does not")
    check(results, "name_servers", f"{SITE}: desec", "warn", "silent over UDP")
    check(results, "resolver", "this runner: resolver", "fail", "for a name that does not exist")
    check(results, "runner", "this runner: reports", "fail", "is not a directory")
    check(results, "clock", f"{SITE}: localhost", "warn", "its clock is")
    check(results, "vantages", SITE, "warn", "nothing tells")
    check(results, "parity", f"{SITE}: GET https://{SITE}:{lab.info['front_port']}/", "warn", "bunny BunnyCDN")
    check(results, "leftovers", f"{SITE}: cloudflare", "warn", "enforce_dns_only")
    check(results, "coverage", ZONE, "warn", "no site covers")
    check(results, "https_records", f"{SITE}: cloudflare", "warn", "ipv4hint")


def test_what_is_wrong_at_the_fronts_is_named(
    playbooks: Playbooks, lab: LabClient, cloudflare: CloudflareCaller, desec: DesecCaller, tmp_path: Path
) -> None:
    playbooks.create_zone()
    (router,) = cloudflare.ok("GET", f"dns_records?name=web-router.{ZONE}&type=CNAME")
    cloudflare.ok("DELETE", f"dns_records/{router['id']}")
    cloudflare.create("web-router", "A", "192.0.2.9")
    cloudflare.create("shop", "CNAME", "shop.b-cdn.net")
    many = [{"name": f"n{number}", "type": "A", "content": "192.0.2.1", "ttl": 60} for number in range(3000)]
    lab.seed("cloudflare", ZONE, many)
    first, second = playbooks.sites[SITE]["failover_fronts"]
    del first["check"], second["check"]
    # A standby that is the same operator's.
    second |= {"target": "www.example.com.cdn.cloudflare.net.", "connect_to": lab.info["fronts"]["bunny"]}
    # Both APIs are in a network of the first CDN.
    own = tmp_path / "operators.yml"
    urls = [lab.info["providers"][name]["api_url"] for name in ("cloudflare", "desec")]
    own.write_text(json.dumps([{"name": "Cloudflare", "suffixes": [urlsplit(url).hostname for url in urls]}]))
    # A third front, whose target lacks its dot.
    playbooks.sites[SITE]["failover_fronts"].append(
        {
            "name": "third",
            "connect_to": lab.info["fronts"]["bunny"],
            "publish": [{"type": "CNAME", "values": ["example.b-cdn.net"]}],
        }
    )
    code, results = look(playbooks, tmp_path, dependency_operators=str(own))
    assert code == 2
    check(results, "api_hosts", SITE, "warn", "if Cloudflare fails, no provider's API can be reached")
    check(results, "undotted", SITE, "warn", "example.b-cdn.net has no trailing dot")
    check(results, "router_form", f"{SITE}: cloudflare", "fail", "it holds A there")
    check(results, "budget", f"{ZONE}: cloudflare", "warn", "of 3500 records are used")
    check(results, "front_identity", f"{SITE}: bunny", "warn", "does not assert who answered")
    check(results, "standby_dns", f"{SITE}: {SITE}.", "fail", "a failover does not bring it back")
    check(results, "drill_age", SITE, "warn", "no report of a drill")
    check(results, "ns_sets", ZONE, "warn", "list only ns1.desec.io., ns2.desec.org.")


@dataclass
class Outside:
    """A registry and a chat in one. got: the messages."""

    url: str = ""
    got: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture
def outside() -> Iterator[Outside]:
    seen = Outside()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            entity = {"roles": ["registrar"], "vcardArray": ["vcard", [["fn", {}, "text", "Example Registrar"]]]}
            body = {
                "objectClassName": "domain",
                "entities": [entity],
                "events": [{"eventAction": "expiration", "eventDate": "2999-01-01T00:00:00Z"}],
                "status": ["client transfer prohibited"],
            }
            self._answer(json.dumps(body).encode())

        def do_POST(self) -> None:
            seen.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self._answer(b"{}")

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    seen.url = f"http://127.0.0.1:{server.server_port}"
    yield seen
    server.shutdown()
    server.server_close()


def drilled() -> dict[str, Any]:
    """The report of a drill that passed just now."""
    now = datetime.now(UTC).isoformat()
    return {"site": SITE, "outcome": "passed", "finished": now, "legs": [{"leg": "there", "seconds": 40.0}]}


@pytest.fixture
def volume() -> Iterator[Path]:
    """A folder that does not end with a container, if this is one."""
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as name:
        yield Path(name)


def test_a_site_in_good_order_passes_and_is_quiet(
    playbooks: Playbooks, lab: LabClient, outside: Outside, volume: Path
) -> None:
    playbooks.zones[ZONE]["zone_sync_apex_ns"] = "union"
    playbooks.run("sync").ok()
    use_token(playbooks, limited_token(lab, "web-router", MARKER))
    playbooks.inventory["all"].setdefault("hosts", {})["second"] = {"ansible_connection": "local"}
    (volume / f"{SITE}.drill.json").write_text(json.dumps(drilled()))
    playbooks.sites[SITE] |= {
        "failover_vantages": ["localhost", "second"],
        "failover_report_dir": str(volume),
        "preflight_parity": {"urls": [f"https://{SITE}:{lab.info['front_port']}/health"]},
        "failover_notify": [f"{outside.url}/hook"],
    }
    given: dict[str, Any] = {"preflight_write": True, "preflight_rdap": outside.url}
    before = held(lab)
    lab.log_reset()
    code, results = look(playbooks, volume, "-vvv", **given, preflight_test_post=True)
    assert code == 0
    asked = [entry["provider"] for entry in lab.log()]
    assert asked.count("cloudflare") <= 11 and asked.count("desec") <= 7, "one run asks little"
    assert [one["id"] for found in results.values() for one in found if one["level"] == "fail"] == []
    # Every check passes here, but for two whose world is another test's.
    passing = {one["id"] for found in results.values() for one in found if one["level"] == "ok"}
    assert passing == set(IDS) - ELSEWHERE
    check(results, "write_proof", f"{SITE}: cloudflare", "ok", "web-router")
    check(results, "write_proof", f"{SITE}: desec", "ok", f"web-router, {MARKER}")
    check(results, "marker_policy", f"{SITE}: desec", "ok", f"{MARKER}, web-router")
    check(results, "registrar", ZONE, "ok", "Example Registrar")
    check(results, "parity", f"{SITE}: GET https://{SITE}:{lab.info['front_port']}/health", "ok", "2 fronts answer 200")
    check(results, "tokens", f"{ZONE}: desec", "ok", "reads the zone")
    for part in ("zone_state", "delegation"):
        check(results, part, f"{ZONE}: cloudflare", "ok", "")
    check(results, "tell_people", SITE, "ok", "took a message for a test")
    assert held(lab) == before, "nothing was changed"
    assert len(outside.got) == 2, "the test, and what is still to be done"
    look(playbooks, volume, **given)
    assert len(outside.got) == 2, "nothing changed, so nothing is sent"

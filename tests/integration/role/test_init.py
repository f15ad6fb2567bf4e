# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""init.yml: from a zone at Cloudflare and a token to an inventory that `sync --check` and `preflight` accept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from support import lab_jobs
from support.lab_playbooks import Playbooks, Run
from support.paths import SHARED
from twinzone_lab.client import LabClient

PROXIED = {"cloudflare": {"proxied": True}}

#: The commonest zone: `www` is a proxied CNAME of the proxied apex.
COMMON: list[dict[str, Any]] = [
    {"name": "@", "type": "A", "values": ["203.0.113.57"], "at": PROXIED},
    {"name": "www", "type": "CNAME", "values": ["one.example."], "at": PROXIED},
    {"name": "git", "type": "A", "values": ["203.0.113.58"]},
    {"name": "files", "type": "CNAME", "values": ["public.r2.dev."], "at": PROXIED},
    {"name": "*.apps", "type": "A", "values": ["203.0.113.57"], "at": PROXIED},
    {"name": "@", "type": "MX", "values": ["10 mx.mailhost.example."]},
    {"name": "@", "type": "TXT", "values": ["v=spf1 -all"]},
]
#: Addresses in place of CNAMEs, and no TTL of their own.
ADDRESSES: list[dict[str, Any]] = [
    {"name": "@", "type": "A", "values": ["192.0.2.4"], "at": PROXIED},
    {"name": "www", "type": "A", "values": ["192.0.2.4"], "at": PROXIED},
    {"name": "app", "type": "A", "ttl": 1, "values": ["198.51.100.224"], "at": PROXIED},
    {"name": "_sip._tcp", "type": "SRV", "ttl": 60, "values": ["5 9 12345 host.example.net."]},
]

#: Checks that only a person can satisfy after an `init`: they need the registrar, the second CDN or a rehearsal.
FOR_A_PERSON = {
    "delegation",
    "ns_sets",
    "dnssec_two",
    "drill_age",
    "cert_renewal",
    "router",
    "router_form",
    "tell_people",
}

#: Fails in the lab only: its proxies have addresses of loopback, which are not among Cloudflare's published networks.
#: So an answer for the canary looks like that of its target, which is proxied too.
IN_THE_LAB = {"copies"}


class Newcomer:
    """Somebody with a zone at Cloudflare, a token, and an empty folder."""

    def __init__(self, playbooks: Playbooks, zone: str, records: list[dict[str, Any]]) -> None:
        self.playbooks, self.zone = playbooks, zone
        self.lab = playbooks.lab
        self.lab.add_zone(zone)
        lab_jobs.ok(lab_jobs.run(self.lab, records, "cloudflare", zone=zone, verify_seconds=10))
        self.lab.log_reset()
        self.folder = playbooks.directory / "new"
        self.common = {key: playbooks.common[key] for key in ("dns_providers", "dns_resolver", "dns_port")}

    def init(self, *words: str) -> Run:
        given = json.dumps({**self.common, "init_zone": self.zone, "init_second_cdn": "example.b-cdn.net"})
        return self.playbooks.command("twinzone.edge.init", "-e", given, "-e", f"init_dir={self.folder}", *words)

    def inventory(self) -> dict[str, Any]:
        found: dict[str, Any] = yaml.safe_load((self.folder / "inventory.yml").read_text())["all"]
        return found

    @property
    def sites(self) -> dict[str, Any]:
        found: dict[str, Any] = self.inventory()["children"].get("sites", {}).get("hosts", {})
        return found

    def lead_to_the_lab(self) -> None:
        """What is different in the lab lies beside the inventory: the fronts' port, the authority, the controls."""
        info = self.lab.info
        for name, site in self.sites.items():
            for check in (site["failover_check"], *(one.get("check", {}) for one in site["failover_fronts"])):
                if "url" in check:
                    check["url"] = f"https://{urlsplit(check['url']).hostname}:{info['front_port']}/health"
                check["ca_path"] = info["ca"]
            site["failover_controls"] = [urlsplit(info["independent"]).netloc]
            site["failover_policy"] = {"probes": 2, "interval": 0.1, "down_at": 2}
            path = self.folder / "host_vars" / f"{name}.yml"
            path.parent.mkdir(exist_ok=True)
            path.write_text(yaml.safe_dump(site))

    def run(self, name: str, *words: str) -> Run:
        return self.playbooks.command(f"twinzone.edge.{name}", "-i", str(self.folder / "inventory.yml"), *words)

    def first_sync(self) -> None:
        """It fails where Cloudflare's servers do not answer yet what they just got: init says to run it twice."""
        run = self.run("sync")
        assert run.code == 0 or "nothing that leads to an address" in run.output, run.output

    def findings(self) -> dict[str, set[str]]:
        """The subjects of a preflight by check, of what would fail."""
        self.run("preflight", "-e", f"preflight_report_dir={self.playbooks.directory}")
        report = json.loads((self.playbooks.directory / "preflight.json").read_text())
        found: dict[str, set[str]] = {}
        for one in report["results"]:
            if one["level"] == "fail":
                found.setdefault(one["id"], set()).add(f"{one['subject']}: {one['seen']}")
        return found


@pytest.mark.real_command
def test_the_commonest_zone(playbooks: Playbooks) -> None:
    new = Newcomer(playbooks, "one.example", COMMON)
    made = new.init().ok()
    assert not playbooks.writes(), "it reads only"
    assert not [token for token in playbooks.tokens.values() if token in made.output]
    assert not [path for path in new.folder.rglob("*") if path.is_file() and _holds(path, playbooks.tokens.values())]
    assert "layout B" in made.output
    assert "can fail over: www.one.example" in made.output
    for stays in ("one.example is the apex", "files.one.example needs R2", "*.apps.one.example is a wildcard"):
        assert f"stays: {stays}" in made.output
    steps = [line.strip() for line in made.output.splitlines() if line.strip()[:3] in ("1. ", "2. ", "3. ")]
    assert [word in step for step, word in zip(steps, ["sync --check", "sync", "preflight"], strict=True)] == [True] * 3

    assert list(new.sites) == ["www.one.example"]
    new.lead_to_the_lab()
    looked = new.run("sync", "--check", "--diff").ok()
    assert not playbooks.writes()
    assert "at cloudflare" in looked.output, "the canary is new there"
    new.first_sync()
    new.run("sync").ok()
    assert new.run("sync").ok().changed == 0
    found = new.findings()
    assert set(found) <= FOR_A_PERSON | IN_THE_LAB, found
    assert new.run("failover").ok().changed == 0
    moved = new.run("failover", "-e", "failover_to=bunny").ok()
    assert "SWITCHED   cloudflare -> bunny" in moved.output


def test_a_custom_hostname_where_there_is_a_second_domain(playbooks: Playbooks, lab: LabClient) -> None:
    """Layout A: the DNS leaves Cloudflare, and a second zone there has the front."""
    new = Newcomer(playbooks, "one.example", COMMON)
    lab.add_zone("edge.example")
    made = new.init("-e", "init_second_zone=edge.example").ok()
    assert not playbooks.writes()
    assert "layout A: the first CDN serves the public name as a custom hostname" in made.output
    assert "decide about files.one.example" in made.output
    assert list(new.sites) == ["www.one.example"]
    new.lead_to_the_lab()
    new.run("sync", "--check", "--diff").ok()
    assert not playbooks.writes()
    new.run("sync").ok()
    assert new.run("sync").ok().changed == 0
    # What a person does at the registrar.
    lab.delegate("one.example", "desec")
    lab.delegate("edge.example", "cloudflare")
    held = {(one["subname"], one["type"]): one["records"] for one in lab.zone("desec", "one.example")}
    assert held["www-router", "CNAME"] == ["cf-front.edge.example."]
    assert ("files", "CNAME") not in held
    found = new.findings()
    assert set(found) <= FOR_A_PERSON, found
    playbooks.environment["CLOUDFLARE_API_TOKEN"] = ""
    assert "SWITCHED   cloudflare -> bunny" in new.run("failover", "-e", "failover_to=bunny").ok().output


def test_a_steering_zone_where_the_registrar_pins_the_name_servers(playbooks: Playbooks, lab: LabClient) -> None:
    """Layout C: the zone stays at Cloudflare alone, and the name that is switched lies elsewhere."""
    new = Newcomer(playbooks, "one.example", COMMON)
    lab.add_zone("steer.example")
    made = new.init("-e", "init_second_zone=steer.example", "-e", "init_registrar=Cloudflare").ok()
    assert "layout C: the name that is switched lies in a second zone" in made.output
    new.lead_to_the_lab()
    new.run("sync", "--check", "--diff").ok()
    assert not playbooks.writes()
    new.run("sync").ok()
    lab.delegate("one.example", "cloudflare")
    lab.delegate("steer.example", "desec")
    found = new.findings()
    # Its names are answered by Cloudflare's name servers alone.
    assert set(found) <= FOR_A_PERSON | {"standby_dns"}, found
    playbooks.environment["CLOUDFLARE_API_TOKEN"] = ""
    assert "SWITCHED   cloudflare -> bunny" in new.run("failover", "-e", "failover_to=bunny").ok().output


def test_addresses_are_a_persons_work_first(playbooks: Playbooks) -> None:
    new = Newcomer(playbooks, "seven.example", ADDRESSES)
    made = new.init("-e", "init_registrar=Cloudflare").ok()
    assert "make www.seven.example at Cloudflare a CNAME of cf-canary.seven.example" in made.output
    assert "move the domain to another registrar" in made.output
    assert list(new.sites) == ["www.seven.example", "app.seven.example"]
    assert new.inventory()["vars"]["dependency_declared"] == {"registrar": ["Cloudflare"]}
    new.lead_to_the_lab()
    new.run("sync", "--check", "--diff").ok()
    new.first_sync()
    new.run("sync").ok()
    found = new.findings()
    assert set(found) <= FOR_A_PERSON | IN_THE_LAB, found


@pytest.mark.parametrize("name", ["one", "two", "four", "seven"])
def test_zones_that_real_users_have(playbooks: Playbooks, name: str) -> None:
    """Those with a proxied name below the apex get a site; the others are described anyway."""
    path = SHARED / "cases" / "zones" / f"{name}.example.yml"
    if not path.exists():
        pytest.skip(f"{path.name} is not here")
    records = yaml.safe_load(path.read_text())["records"]
    new = Newcomer(playbooks, f"{name}.example", records)
    new.init().ok()
    assert bool(new.sites) == (name != "four")
    new.lead_to_the_lab()
    new.run("sync", "--check", "--diff").ok()
    assert not playbooks.writes()
    new.first_sync()
    new.run("sync").ok()
    if new.sites:
        found = new.findings()
        assert set(found) <= FOR_A_PERSON | IN_THE_LAB, found


def test_nothing_is_written_over(playbooks: Playbooks) -> None:
    """Nor is anything written where the API cannot be reached, which is known at once."""
    new = Newcomer(playbooks, "two.example", ADDRESSES)
    reached = new.common["dns_providers"]
    new.common["dns_providers"] = [{**one, "api_url": "https://127.0.0.1:9/"} for one in reached]
    run = new.init().failed()
    assert "127.0.0.1:9 cannot be reached from here: Connection refused; look at the network" in run.output
    new.common["dns_providers"] = reached
    assert not new.folder.exists()
    new.folder.mkdir()
    (new.folder / ".gitignore").write_text("mine\n")
    assert ".gitignore" in new.init().failed().output
    assert [path.name for path in new.folder.iterdir()] == [".gitignore"]
    (new.folder / ".gitignore").unlink()
    new.init().ok()
    before = (new.folder / "inventory.yml").read_text()
    new.init().failed()
    assert (new.folder / "inventory.yml").read_text() == before


@pytest.mark.parametrize("given", [{}, {"init_zone": "one.example"}])
def test_what_is_missing_is_named(playbooks: Playbooks, lab: LabClient, given: dict[str, str]) -> None:
    assert "-e init_second_cdn=" in playbooks.command("twinzone.edge.init", "-e", json.dumps(given)).failed().output


def _holds(path: Path, secrets: Any) -> bool:
    return any(secret in path.read_text() for secret in secrets)

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""sync.yml and names that Cloudflare proxies: what deSEC publishes for them, and how they leave the proxy again."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml
from support.lab_api import CloudflareCaller, DesecCaller
from support.lab_jobs import held, served, soon, values
from support.lab_playbooks import SITE, ZONE, Playbooks
from support.paths import ROOT
from twinzone_lab.client import LabClient

ORIGIN = "203.0.113.77"
PROXIED = {"cloudflare": {"proxied": True}}

#: The commonest zone, and a name of which deSEC is to publish the origin: what `at` gives equals the common values.
ZONE_FILE: list[dict[str, Any]] = [
    {"name": "@", "type": "A", "values": [ORIGIN], "at": PROXIED},
    {"name": "www", "type": "CNAME", "values": ["@"], "at": PROXIED},
    {"name": "open", "type": "A", "values": [ORIGIN], "at": {**PROXIED, "desec": {"values": [ORIGIN]}}},
    {"name": "hidden", "type": "A", "values": [ORIGIN], "at": PROXIED},
]


def test_the_commonest_zone_and_the_way_out_of_the_proxy(playbooks: Playbooks, lab: LabClient) -> None:
    edge = sorted(lab.info["fronts"]["cloudflare"])
    playbooks.sites.clear()
    playbooks.zone_file(ZONE_FILE)
    playbooks.sync().ok()
    for name in ("@", "www", "open", "hidden"):
        soon(lambda name=name: served(lab, "cloudflare", name, "A"), [edge] * 2)  # type: ignore[misc]
    playbooks.sync().ok()
    published = {name: values(held(lab, "desec"), name, "A") for name in ("@", "www", "hidden", "open")}
    assert published == {"@": edge, "www": edge, "hidden": edge, "open": [ORIGIN]}
    lab.log_reset()
    assert playbooks.sync().ok().changed == 0
    assert playbooks.writes() == []

    routed: list[dict[str, Any]] = [
        {"name": "web-router", "type": "CNAME", "ttl": 60, "values": ["cf-front"]},
        {"name": "cf-front", "type": "CNAME", "values": ["@"], "at": {"cloudflare": {"proxied": False}}},
        {"name": "www", "type": "CNAME", "values": ["web-router"], "at": {"cloudflare": {"proxied": False}}},
    ]
    playbooks.zone_file([*(one for one in ZONE_FILE if one["name"] != "www"), *routed])
    run = playbooks.sync().ok()
    assert "www A: removed, as it was a copy from cloudflare" in " ".join(run.output.split())
    assert values(held(lab, "desec"), "www", "CNAME") == ["web-router.example.com."]
    assert values(held(lab, "desec"), "www", "A") == []
    assert playbooks.sync().ok().changed == 0
    assert playbooks.visitors() == {"cloudflare": ["cloudflare"] * 2, "desec": ["cloudflare"] * 2}


#: An entry for a zone file, or an option, as a refusal names it.
_ENTRY, _OPTION = re.compile(r'{"name": "[^{}]*}'), re.compile(r"\bzone_sync_\w+")


def test_a_refusal_prints_what_solves_it(
    playbooks: Playbooks, cloudflare: CloudflareCaller, desec: DesecCaller
) -> None:
    """Addresses of somebody else stand where a CNAME is declared. What the run prints is copied until it is done."""
    cloudflare.create(SITE, "A", ORIGIN)
    desec.put("www", "A", ORIGIN)
    records = yaml.safe_load((playbooks.directory / "zones" / f"{ZONE}.yml").read_text())["records"]
    known = yaml.safe_load((ROOT / "roles/zone_sync/meta/argument_specs.yml").read_text())
    options = known["argument_specs"]["main"]["options"]

    refused = " ".join(playbooks.sync().failed().output.split())
    assert "CNAME and A cannot stand at one name" in refused
    entries = {json.dumps(json.loads(text.replace('\\"', '"'))) for text in _ENTRY.findall(refused.replace('\\"', '"'))}
    assert entries == {
        json.dumps({"name": "www", "type": "A", "state": "absent", "only": [name]}) for name in ("cloudflare", "desec")
    }
    assert set(_OPTION.findall(refused)) <= set(options)

    playbooks.zone_file([*records, *map(json.loads, sorted(entries))])
    unsafe = " ".join(playbooks.sync().failed().output.split())
    assert "changing A to CNAME may leave the name unanswered for a moment" in unsafe
    (option,) = set(_OPTION.findall(unsafe))
    assert option in options
    playbooks.sync(**{option: "true"}).ok()
    assert playbooks.visitors() == {"cloudflare": ["cloudflare"] * 2, "desec": ["cloudflare"] * 2}
    assert playbooks.sync().ok().changed == 0

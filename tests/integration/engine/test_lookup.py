# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup `served` in a playbook, against the lab's name servers: what each answers, and whether they agree."""

from __future__ import annotations

import json
import threading
from typing import Any

from support.lab_playbooks import SITE, ZONE, Playbooks
from twinzone_lab.client import LabClient

_PLAY = """
- hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.debug:
        msg: "RESULT {{ found | to_json }}"
      vars:
        found: "{{ query('twinzone.edge.served', *terms, **(options | default({}))) }}"
"""


def look_up(playbooks: Playbooks, *terms: str, **options: Any) -> list[dict[str, Any]]:
    """What the lookup returns, with providers and resolver from the inventory, where they are templates."""
    output = output_of(playbooks, *terms, **options)
    lines = [line for line in output.splitlines() if '"msg": "RESULT ' in line]
    assert len(lines) == 1, output
    text: str = json.loads("{" + lines[0] + "}")["msg"]
    found: list[dict[str, Any]] = json.loads(text.removeprefix("RESULT "))
    return found


def output_of(playbooks: Playbooks, *terms: str, **options: Any) -> str:
    play = playbooks.directory / "look_up.yml"
    play.write_text(_PLAY)
    extra = playbooks.directory / "terms.json"
    extra.write_text(json.dumps({"terms": terms, "options": options}))
    run = playbooks.command(str(play), "-i", playbooks.inventory_file(), "-e", f"@{extra}")
    return run.output


def test_every_server_is_asked(playbooks: Playbooks) -> None:
    """Of the zone that the resolver finds; what is served for a CNAME, and for a name that is not there."""
    playbooks.create_zone()
    router, missing = look_up(playbooks, f"web-router.{ZONE}", f"nobody.{ZONE}.", type="TXT")
    assert (router["name"], router["zone"], router["values"]) == (f"web-router.{ZONE}.", ZONE, [])
    assert {one["rcode"] for one in missing["answers"]} == {"NXDOMAIN"}
    assert missing["agreed"]
    (page,) = look_up(playbooks, SITE.removesuffix(f".{ZONE}"), zone=ZONE)
    assert {one["provider"] for one in page["answers"]} == {"cloudflare", "desec"}
    assert len(page["answers"]) == 4
    # Cloudflare's servers answer the CNAMEs of a zone with addresses; deSEC's show them.
    chains = {one["provider"]: one["cnames"] for one in page["answers"]}
    assert chains["desec"][0] == f"web-router.{ZONE}."
    assert page["agreed"] and page["values"]


def test_providers_that_differ(playbooks: Playbooks, lab: LabClient) -> None:
    playbooks.create_zone()
    playbooks.lead("desec", f"cdn2-front.{ZONE}.")
    (page,) = look_up(playbooks, "www", zone=ZONE)
    assert (page["agreed"], page["values"]) == (False, [])
    bunny = set(lab.info["fronts"]["bunny"])
    assert {one["provider"] for one in page["answers"] if set(one["values"]) & bunny} == {"desec"}


def test_a_template_in_the_inventory(playbooks: Playbooks) -> None:
    """As in the README, where `dns_providers` may be made of other variables."""
    playbooks.create_zone()
    playbooks.common["all_of_them"] = playbooks.common["dns_providers"]
    playbooks.common["dns_providers"] = "{{ all_of_them | selectattr('name', 'eq', 'desec') }}"
    (page,) = look_up(playbooks, "www", zone=ZONE)
    # The parent delegates to all four: those of no known provider are asked too.
    assert sorted({one["provider"] for one in page["answers"]}) == ["", "desec"]
    assert len(page["answers"]) == 4


def test_what_cannot_be_looked_up_fails_with_the_reason(playbooks: Playbooks) -> None:
    assert "dns_resolver" in output_of(playbooks, "www", zone=ZONE, dns_resolver="nonsense:x")
    assert "is unknown" in output_of(playbooks, "www", zone=ZONE, providers=[{"name": "a", "kind": "desec"}])


def test_it_waits_for_one_value_among_others(playbooks: Playbooks) -> None:
    """`served_info` as community.dns.wait_for_txt: until every server serves the token, whatever else is there."""
    playbooks.create_zone()
    play = playbooks.directory / "wait.yml"
    play.write_text(
        """
- hosts: localhost
  gather_facts: false
  tasks:
    - twinzone.edge.served_info:
        zone: example.com
        providers: "{{ dns_providers }}"
        expect: [{name: _acme-challenge.www, type: TXT, values: [mine]}]
        expect_mode: "{{ mode }}"
        timeout: "{{ seconds }}"
        dns_resolver: "{{ dns_resolver }}"
        dns_port: "{{ dns_port }}"
"""
    )
    words = [str(play), "-i", playbooks.inventory_file()]
    entry = {"name": "_acme-challenge.www", "type": "TXT", "ttl": 3600, "values": ["another's", "mine"]}

    def write() -> None:
        playbooks.zone_file([entry])
        playbooks.create_zone()

    later = threading.Timer(2, write)
    later.start()
    playbooks.command(*words, mode="subset", seconds=60).ok()
    later.join()
    assert "not as expected" in playbooks.command(*words, mode="exact", seconds=0).failed().output

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the commonest zone to a failover, by the printed steps: import, describe, sync, preflight, failover.

Before, the zone is at Cloudflare alone: the apex is proxied, and www is a proxied CNAME to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
import yaml
from support import guides, lab_jobs
from support.guide_desk import Desk
from support.lab_api import CloudflareCaller, DesecCaller
from support.lab_playbooks import SITE, ZONE, Playbooks, Run
from support.quick_failover import QuickDesk, QuickPlaybooks
from twinzone_lab.client import LabClient

GUIDE = guides.sections("guide_first_setup")
LAYOUTS = guides.sections("guide_layouts")
IMPORT, IMPORT_AT_ALL = (one for one in GUIDE["4. Describe zone and site"].commands if ".import " in one)
CHECK, SYNC, AGAIN = GUIDE["5. Copy the zone, and compare"].commands
PREFLIGHT, NOTHING_TO_DO = GUIDE["9. Ask whether a failover would work"].commands
FAILOVER = "ansible-playbook -i inventory.yml twinzone.edge.failover"
EDGE, STEERING = "example-edge.net", "example-router.net"

Entry = dict[str, Any]


@pytest.fixture
def existing(lab: LabClient) -> LabClient:
    """The zone as it is found: nothing of it is at deSEC."""
    cloudflare = CloudflareCaller(lab)
    cloudflare.ok("POST", "dns_records", {"name": SITE, "type": "CNAME", "content": ZONE, "ttl": 1, "proxied": True})
    cloudflare.ok("POST", "dns_records", {"name": ZONE, "type": "MX", "content": f"mail.{ZONE}", "priority": 10})
    cloudflare.create(ZONE, "TXT", '"v=spf1 -all"')
    DesecCaller(lab).put("", "A")
    return lab


def readme(records: Sequence[Entry]) -> list[Entry]:
    """Layout R, as the README shows it."""
    printed = {
        "web-router": f"cf-front.{ZONE}.",
        "cf-front": f"{ZONE}.",
        "cdn2-front": "example.b-cdn.net.",
    }
    www = {"name": "www", "type": "CNAME", "values": [f"web-router.{ZONE}."], "at": {"cloudflare": {"proxied": False}}}
    fronts = [{"name": name, "type": "CNAME", "ttl": 60, "values": [target]} for name, target in printed.items()]
    return [*(one for one in records if one["name"] != "www"), www, *fronts]


def a_custom_hostname(records: Sequence[Entry]) -> list[Entry]:
    """Cloudflare serves the zone no longer, so nothing of it is proxied there."""
    rest = [one for one in records if one["type"] in ("MX", "TXT")]
    return [*rest, *LAYOUTS["A: Cloudflare as a custom hostname"].yaml("zones/example.com.yml")["records"]]


def of_the_guide(title: str, caption: str) -> Callable[[Sequence[Entry]], list[Entry]]:
    """The zone with the entries of a layout in place of the public name."""

    def described(records: Sequence[Entry]) -> list[Entry]:
        zone = LAYOUTS[title].yaml(caption)["all"]["children"]["zones"]["hosts"][ZONE]
        made = [{**one, **_not_proxied(one)} for one in zone["zone_sync_records"]]
        return [*(one for one in records if one["name"] != "www"), *made]

    return described


def _not_proxied(entry: Entry) -> Entry:
    """Where the public name leaves the proxy, that must be written down: what is not declared stays as it is."""
    return {} if "at" in entry or entry["name"] != "www" else {"at": {"cloudflare": {"proxied": False}}}


def inventory(layout: str, playbooks: Playbooks) -> Mapping[str, Any]:
    """The inventory of a layout, with a zone file in place of records."""
    if layout == "R":
        return playbooks.inventory
    title, caption = LAYOUT_FILES[layout]
    made: dict[str, Any] = LAYOUTS[title].yaml(caption)
    zone = made["all"]["children"]["zones"]["hosts"][ZONE]
    zone.pop("zone_sync_records", None)
    zone["zone_sync_file"] = f"zones/{ZONE}.yml"
    return made


LAYOUT_FILES = {
    "A": ("A: Cloudflare as a custom hostname", "inventory.yml"),
    "B": ("B: the public name itself", "b.yml"),
    "C": ("C: a steering zone", "c.yml"),
}
DESCRIBE: dict[str, Callable[[Sequence[Entry]], list[Entry]]] = {
    "R": readme,
    "A": a_custom_hostname,
    "B": of_the_guide(*LAYOUT_FILES["B"]),
    "C": of_the_guide(*LAYOUT_FILES["C"]),
}

#: The providers that serve the zone in the end.
SERVED_BY = {"R": ("cloudflare", "desec"), "A": ("desec",), "B": ("cloudflare", "desec"), "C": ("cloudflare",)}


def visitors(lab: LabClient, layout: str) -> set[str]:
    """The fronts to which the servers of the zone, and those of the next one, lead the visitors."""
    known = {address: front for front, addresses in lab.info["fronts"].items() for address in addresses}
    known |= {"example.b-cdn.net.": "bunny", f"cf-front.{EDGE}.": "cloudflare"}
    found = set()
    for provider in SERVED_BY[layout]:
        answers = lab.served(provider, SITE, "A").values()
        if layout == "C":
            assert all(answer == [f"www.{STEERING}."] for answer in answers)
            answers = lab.served("desec", f"www.{STEERING}", "A").values()
            known[f"cf-front.{ZONE}."] = "cloudflare"
        for answer in answers:
            found |= {known[text] for text in answer if text in known} or {f"{answer}"}
    return found


class FirstByTheCommand(QuickDesk):
    """A desk at which the first run of every playbook is one of the command itself."""

    def __init__(self, playbooks: QuickPlaybooks, lab: LabClient) -> None:
        super().__init__(playbooks, lab)
        self.seen: set[str] = set()

    def run(self, command: str, **variables: object) -> Run:
        name = next(word for word in command.split() if word.startswith("twinzone.edge."))
        if name in self.seen:
            return super().run(command, **variables)
        self.seen.add(name)
        warm, self.playbooks.warm = self.playbooks.warm, None
        try:
            return Desk.run(self, command, **variables)
        finally:
            self.playbooks.warm = warm


def test_from_a_proxied_zone_to_a_failover(quick: QuickPlaybooks, existing: LabClient) -> None:
    """Every command as it is printed."""
    desk = FirstByTheCommand(quick, existing)
    first_setup(desk, "R")
    assert {name.rpartition(".")[2] for name in desk.seen} == {"import", "sync", "preflight", "failover"}


@pytest.mark.parametrize("layout", ["A", "B", "C"])
def test_the_same_in_a_layout(quick: QuickPlaybooks, existing: LabClient, layout: str) -> None:
    first_setup(QuickDesk(quick, existing), layout)


def first_setup(desk: Desk, layout: str) -> None:
    """Follow the guide to the end."""
    playbooks, lab = desk.playbooks, desk.lab
    if layout == "A":
        lab.add_zone(EDGE)
        lab.delegate(EDGE, "cloudflare")
    if layout == "C":
        domains = f"{DesecCaller(lab).url.partition('/domains/')[0]}/domains/"
        assert DesecCaller(lab).session.post(domains, json={"name": STEERING}, timeout=10).status_code == 201
        lab.delegate(STEERING, "desec")
    lines = yaml.safe_dump(inventory(layout, playbooks), sort_keys=False)
    if layout == "R":
        (desk.directory / "inventory.yml").write_text(lines)
    else:
        desk.write(guides.Section("", [guides.Block("yaml", "inventory.yml", lines)]), "inventory.yml")

    # Import the zone as it is, and describe it as the guide says.
    desk.run(IMPORT_AT_ALL if layout == "A" else IMPORT).ok()
    found = yaml.safe_load((desk.directory / "zones" / f"{ZONE}.cloudflare.yml").read_text())["records"]
    www = next(one for one in found if one["name"] == "www")
    assert (www["type"], www["at"]["cloudflare"]) == ("CNAME", {"proxied": True})
    zone = {"domain": ZONE, "records": DESCRIBE[layout](found)}
    (desk.directory / "zones" / f"{ZONE}.yml").write_text(yaml.safe_dump(zone))
    if layout == "A":
        desk.write(LAYOUTS[LAYOUT_FILES["A"][0]], f"zones/{EDGE}.yml")

    # Copy it, until nothing changes. What is copied from a proxy is there once the proxy answers.
    desk.run(CHECK).ok()
    desk.run(SYNC).ok()
    desk.run(SYNC).ok()
    assert desk.run(AGAIN).ok().changed == 0
    lab.delegate(ZONE, *SERVED_BY[layout])
    lab_jobs.soon(lambda: visitors(lab, layout), {"cloudflare"})

    # Ask, and fail over.
    if layout == "B":
        # The name is the router. A sync leaves it as it was found, which is not what a front publishes.
        assert "no front publishes what it holds" in desk.run(PREFLIGHT).failed().output
        desk.run(f"{FAILOVER} -e failover_to=cloudflare").ok()
    asked = desk.run(PREFLIGHT)
    output = (asked.failed() if layout == "C" else asked.ok()).output
    assert "bypasses" not in output
    if layout == "C":
        # The limit of this layout: Cloudflare's name servers alone answer for the zone.
        assert "1 fail," in output
        assert "FAIL     standby_dns" in output
    assert desk.run(NOTHING_TO_DO).ok().changed == 0
    desk.run(FAILOVER).ok().result("unchanged")
    lab.break_("front_cloudflare", "refuse")
    desk.run(FAILOVER).ok().result("switched", "active_down")
    lab_jobs.soon(lambda: visitors(lab, layout), {"bunny"})
    desk.run(FAILOVER).ok().result("unchanged")

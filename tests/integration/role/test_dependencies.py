# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who can take the lab's site down, as a user asks it: by a playbook, from the inventory as it is."""

from __future__ import annotations

import json

import pytest
from support import lab_example
from support.lab_api import CloudflareCaller
from support.lab_playbooks import SITE, ZONE, Playbooks
from twinzone_lab.client import LabClient


def test_the_inventory_is_enough(playbooks: Playbooks) -> None:
    playbooks.run("sync").ok()
    lab_example.configure(playbooks)
    folder = playbooks.directory / "pages"
    playbooks.common["dependency_irn"] = {"RES-4.3": {"level": "R", "source": "Ada, 2026-11-20"}}
    run = playbooks.run("dependencies", "-vvv", dependencies_report_dir=str(folder)).ok()
    found = json.loads((folder / "dependencies.json").read_text())
    name, apex = found["names"]
    # It is proxied too, and nobody leads it elsewhere.
    assert (apex["name"], apex["why_not"]) == (f"{ZONE}.", "belongs to no site")
    assert (name["name"], name["leads_through"]) == (f"{SITE}.", True)
    assert "Cloudflare" in name["single_points"]["now"]
    roles = {row["operator"]: row["roles"] for row in found["operators"]}
    assert [one["authority"] for one in found["certificates"]] == ["The lab's authority", "The lab's authority"]
    assert roles["The lab's authority"] == {"ca_active": "direct", "ca_standby": "direct"}
    # With one of the two APIs the other provider can still be written.
    apis = [operator for operator, held in roles.items() if held.get("api") == "direct"]
    assert len(apis) == 2
    assert all(name["if_fails"][api]["can_switch"] != "down" for api in apis)
    assert roles["bunny.net"]["cdn_standby"] == "direct"
    assert roles["INWX"]["registrar"] == "direct"
    assert found["headline"].split(".")[0] in run.output
    # Only the host of a webhook is needed; the rest is often its secret.
    assert "secret-path" not in (folder / "dependencies.json").read_text()
    assert (folder / "dependencies.html").read_text().startswith("<!doctype html>")
    # The picture in the documentation is one of this.
    recorded = json.loads(lab_example.FACTS.read_text())
    assert lab_example.stable(found["facts"]) == recorded, "run `make pictures`"
    assert any(line.startswith("describe a site for example.com") for line in found["advice"])
    assert any("zone_sync_apex_ns: union" in line for line in found["advice"])
    sheet = (folder / "dependencies-irn.html").read_text()
    assert "RES-4.3" in sheet and "R (Ada, 2026-11-20)" in sheet
    assert found["irn"]["version"] == "1.1"
    assert playbooks.run("dependencies", dependencies_report_dir=str(folder)).ok().changed == 0


@pytest.mark.real_command
def test_what_a_proxy_hides_is_on_the_page(playbooks: Playbooks, lab: LabClient, cloudflare: CloudflareCaller) -> None:
    """A name on a store, one without a site, and mail: the DNS shows none of them, the API does."""
    playbooks.run("sync").ok()
    bucket = {"name": "files", "type": "CNAME", "content": "public.r2.dev", "ttl": 1, "proxied": True}
    lab.seed("cloudflare", ZONE, [{**bucket, "meta": {"read_only": True}}])
    cloudflare.create("shop", "A", "203.0.113.77", proxied=True)
    cloudflare.create("mail", "MX", "route1.mx.cloudflare.net", priority=10)
    folder = playbooks.directory / "pages"
    playbooks.environment["DESEC_TOKEN"] = "refused"
    run = playbooks.run("dependencies", dependencies_report_dir=str(folder)).ok()
    found = json.loads((folder / "dependencies.json").read_text())
    why_not = {one["name"]: one["why_not"] for one in found["names"]}
    assert why_not[f"files.{ZONE}."] == "managed by another product of the provider"
    assert why_not[f"shop.{ZONE}."] == "belongs to no site"
    products = {(one["name"], one["type"]): one["product"] for one in found["locked"]}
    assert products[f"mail.{ZONE}.", "MX"] == "Email Routing"
    assert f"files.{ZONE}" in run.output
    (unread,) = found["unread"]
    assert unread.startswith(f"{ZONE} at desec: ")
    shop = next(one for one in found["names"] if one["name"] == f"shop.{ZONE}.")
    assert shop["if_fails"]["Cloudflare"]["after"] == "down"
    assert [one["site"] for one in found["certificates"]] == [SITE, SITE]

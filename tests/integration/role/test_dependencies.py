# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who can take the lab's site down, as a user asks it: by a playbook, from the inventory as it is."""

from __future__ import annotations

import json

from support.lab_playbooks import SITE, Playbooks


def test_the_inventory_is_enough(playbooks: Playbooks) -> None:
    playbooks.run("sync").ok()
    playbooks.sites[SITE]["failover_notify"] = [{"url": "https://hooks.example.net/secret-path"}]
    folder = playbooks.directory / "pages"
    playbooks.common["dependency_declared"] = {"registrar": ["Somebody"]}
    run = playbooks.run("dependencies", "-vvv", dependencies_report_dir=str(folder)).ok()
    found = json.loads((folder / "dependencies.json").read_text())
    (name,) = found["names"]
    assert (name["name"], name["leads_through"]) == (f"{SITE}.", True)
    assert "Cloudflare" in name["single_points"]["now"]
    roles = {row["operator"]: row["roles"] for row in found["operators"]}
    # With one of the two APIs the other provider can still be written.
    apis = [operator for operator, held in roles.items() if held.get("api") == "direct"]
    assert len(apis) == 2
    assert all(name["if_fails"][api]["can_switch"] != "down" for api in apis)
    assert roles["bunny.net"]["cdn_standby"] == "direct"
    assert roles["Somebody"]["registrar"] == "direct"
    assert found["headline"].split(".")[0] in run.output
    # Only the host of a webhook is needed; the rest is often its secret.
    assert "secret-path" not in (folder / "dependencies.json").read_text()
    assert (folder / "dependencies.html").read_text().startswith("<!doctype html>")
    assert playbooks.run("dependencies", dependencies_report_dir=str(folder)).ok().changed == 0

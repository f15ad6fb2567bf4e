# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide to AWX: its project run as AWX does, with the inventory in another place; its units and credentials."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ansible_collections.twinzone.edge.plugins.module_utils._providers.registry import PROVIDERS
from support import guides
from support.guide_desk import Desk
from support.lab_playbooks import SITE, Playbooks
from support.paths import ROOT
from twinzone_lab.client import LabClient

GUIDE = guides.sections("guide_awx")
PROJECT = GUIDE["The project"]
UNITS = GUIDE["Without AWX: a systemd timer"]


def test_the_project(playbooks: Playbooks, lab: LabClient) -> None:
    """The zone file is found though the inventory is elsewhere; results reach the next job of a workflow, but no token
    reaches a result."""
    desk = Desk(playbooks, lab)
    desk.write(PROJECT, "failover.yml", "sync.yml", "inventory.yml", "zones/example.com.yml")
    desk.write(GUIDE["Job templates and schedules"], "tell.yml")
    elsewhere = playbooks.directory / "inventory"
    elsewhere.mkdir()
    for name in ("inventory.yml", "group_vars", "host_vars"):
        shutil.move(desk.directory / name, elsewhere / name)
    inventory = str(elsewhere / "inventory.yml")

    assert playbooks.command("sync.yml", "-i", inventory).ok().changed == 1
    lab.break_("front_cloudflare", "status", code=503)
    lab.break_("front_bunny", "refuse")
    results = playbooks.command("failover.yml", "-i", inventory, "--limit", "sites").failed().results
    assert results[SITE]["rule"] == "all_down"
    assert not any(token in json.dumps(results) for token in playbooks.tokens.values())
    handed_on = desk.directory / "artifacts.json"
    handed_on.write_text(json.dumps({"twinzone": results}))
    assert f"{SITE}: held, cloudflare is down" in playbooks.command("tell.yml", "-e", f"@{handed_on}").ok().output


def test_credentials() -> None:
    """What the type injects is what the modules read, from its own fields. The playbook for AWX makes the same type."""
    credentials = GUIDE["Credentials"]
    inputs, injectors = (credentials.yaml(f"credential type, {name}") for name in ("inputs", "injectors"))
    assert set(injectors["env"]) == {one.secret_env[0] for one in PROVIDERS.values() if one.secret_env}
    fields = {field["id"] for field in inputs["fields"]}
    assert fields == set(re.findall(r"{{ (\w+) }}", str(injectors)))
    assert all(field["secret"] for field in inputs["fields"])
    tasks = yaml.safe_load((ROOT / "extensions" / "awx" / "tasks" / "describe.yml").read_text())
    (made,) = [task["awx.awx.credential_type"] for task in tasks if "awx.awx.credential_type" in task]
    raw = {name: f"{{% raw %}}{text}{{% endraw %}}" for name, text in injectors["env"].items()}
    assert (made["inputs"], made["injectors"]) == (inputs, {"env": raw})
    names = {line.partition("=")[0] for line in UNITS.file("/etc/twinzone/tokens").splitlines()}
    assert names <= set(injectors["env"])


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_the_units(tmp_path: Path) -> None:
    ansible = str(Path(sys.executable).with_name("ansible-playbook"))
    for block in UNITS.blocks:
        if block.language == "ini":
            text = block.text.replace("/opt/twinzone/bin/ansible-playbook", ansible)
            (tmp_path / Path(block.caption).name).write_text(text)
    units = sorted(tmp_path.iterdir())
    assert len(units) == 2
    done = subprocess.run(
        ["systemd-analyze", "verify", *units], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")

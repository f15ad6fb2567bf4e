# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The dependency page of the lab's example, and its picture in the documentation.

python -m support.lab_example      measure in a lab, draw the page, and take its picture with a headless Chromium
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.twinzone.edge.plugins.module_utils._dependencies.answers import answers
from ansible_collections.twinzone.edge.plugins.module_utils._dependencies.facts import read
from ansible_collections.twinzone.edge.plugins.module_utils._dependencies.operators import directory
from ansible_collections.twinzone.edge.plugins.module_utils._dependencies.page import to_html
from ansible_collections.twinzone.edge.plugins.module_utils._dependencies.verdicts import World
from twinzone_lab.client import LabClient, running_lab

from support.guides import FOLDER
from support.lab_playbooks import SITE, Playbooks
from support.paths import ROOT

#: What was measured, the picture of the page that is made of it, and the SHA-256 of that page.
FACTS = ROOT / "tests" / "support" / "lab_example.json"
PICTURE = FOLDER / "dependencies.png"
SOURCE = FOLDER / "dependencies.png.sha256"

#: What only its owner knows of the example.
DECLARED = {"registrar": ["INWX"], "origin": ["Hetzner"], "runner": ["Hetzner"]}
WEBHOOK = "https://hooks.slack.com/services/secret-path"

#: What a lab has of its own, and a stable form of it.
_ADDRESS = re.compile(r"127\.\d+\.\d+\.(\d+)")
_TAKEN, _ENDS = "2026-11-28T09:00:00Z", 1_803_000_000

_BROWSER = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-sync")
_SIZE = "1180,930"


def own_operators(lab: LabClient) -> list[dict[str, Any]]:
    """A user's own file of operators: who runs the APIs that the lab has on loopback, and who signs certificates."""
    hosts = {
        name: re.sub(r".*//([\d.]+).*", r"\1", provider["api_url"])
        for name, provider in lab.info["providers"].items()
        if "api_url" in provider
    }
    return _own(hosts["cloudflare"], hosts["desec"])


def _own(cloudflare: str, desec: str) -> list[dict[str, Any]]:
    return [
        {"name": "Cloudflare", "suffixes": [cloudflare]},
        {"name": "deSEC", "suffixes": [desec]},
        {"name": "The lab's authority", "suffixes": ["authority.invalid"], "issuers": ["twinzone lab"]},
    ]


def configure(playbooks: Playbooks) -> None:
    """Describe the example as its owner does."""
    file = playbooks.directory / "operators.yml"
    file.write_text(yaml.safe_dump(own_operators(playbooks.lab)))
    playbooks.sites[SITE]["failover_notify"] = [{"url": WEBHOOK}]
    playbooks.common["dependency_declared"] = DECLARED
    playbooks.common["dependency_operators"] = str(file)


def stable(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts without what differs from lab to lab: its addresses, and when it was."""
    text = _ADDRESS.sub(r"127.0.0.\1", json.dumps({**facts, "taken": _TAKEN}, sort_keys=True))
    plain: dict[str, Any] = json.loads(text)
    for site in plain["sites"]:
        for front in site["fronts"]:
            front["ends"] = front["ends"] and _ENDS
    return plain


def page() -> str:
    """The page of what was measured."""
    facts = json.loads(FACTS.read_text())
    hosts = {one["name"]: one["api_host"].rstrip(".") for site in facts["sites"] for one in site["providers"]}
    shipped = yaml.safe_load((ROOT / "roles" / "failover" / "files" / "operators.yml").read_text())
    known = directory(shipped, _own(hosts["cloudflare"], hosts["desec"]))
    return to_html(answers(World(read(facts), known)))


def fingerprint() -> str:
    """What tells whether the picture is one of this page."""
    return hashlib.sha256(page().encode()).hexdigest()


def measure(folder: Path) -> dict[str, Any]:
    """The facts of a lab that is started for this."""
    with running_lab(folder / "lab", max_seconds=600) as lab:
        playbooks = Playbooks(lab, folder)
        playbooks.run("sync").ok()
        configure(playbooks)
        playbooks.run("dependencies", dependencies_report_dir=str(folder / "pages")).ok()
        return stable(json.loads((folder / "pages" / "dependencies.json").read_text())["facts"])


def photograph(folder: Path) -> None:
    """Write the picture, and of which page it is."""
    file = folder / "page.html"
    file.write_text(page())
    browser = os.environ.get("CHROMIUM") or shutil.which("chromium")
    assert browser, "the picture needs chromium"
    profile = f"--user-data-dir={folder / 'profile'}"
    command = [browser, *_BROWSER, profile, f"--window-size={_SIZE}", f"--screenshot={PICTURE}", file.as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    SOURCE.write_text(f"{fingerprint()}\n")


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        FACTS.write_text(json.dumps(measure(Path(name)), indent=1, sort_keys=True) + "\n")
        photograph(Path(name))


if __name__ == "__main__":
    main()

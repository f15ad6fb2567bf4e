# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab, and a controller in which the playbook of `extensions/awx` has described everything."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml
from support import guides
from support.controller import TOKEN, Controller, running
from support.guide_desk import Desk
from support.lab_playbooks import Playbooks
from support.paths import ROOT
from twinzone_lab.client import LabClient, running_lab

CONFIGURE = ROOT / "extensions" / "awx" / "configure.yml"
COLLECTIONS = os.pathsep.join([str(ROOT / ".cache" / "awx" / "collections"), str(ROOT / ".collections")])
GUIDE = guides.sections("guide_awx")


@dataclass
class Described:
    """The controller, and what the playbook printed each time."""

    controller: Controller
    desk: Desk
    tokens: dict[str, str]
    outputs: list[str] = field(default_factory=list)
    writes: list[list[str]] = field(default_factory=list)


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """A folder that every user may read, which pytest's own are not."""
    with tempfile.TemporaryDirectory(prefix="twinzone-awx-") as name:
        path = Path(name)
        path.chmod(0o755)
        yield path


@pytest.fixture(scope="session")
def lab(folder: Path) -> Iterator[LabClient]:
    with running_lab(folder / "lab", max_seconds=1200) as lab:
        yield lab


@pytest.fixture(scope="session")
def described(lab: LabClient, folder: Path) -> Iterator[Described]:
    """The project of the guide in a Git repository, described twice in a new controller."""
    (folder / "runs").mkdir()
    playbooks = Playbooks(lab, folder / "runs")
    desk = Desk(playbooks, lab)
    desk.write(GUIDE["The project"], "failover.yml", "sync.yml", "inventory.yml", "zones/example.com.yml")
    for name in ("preflight", "status", "drill"):
        (desk.directory / f"{name}.yml").write_text(f"- import_playbook: twinzone.edge.{name}\n")
    git = ["git", "-C", str(desk.directory), "-c", "user.name=somebody", "-c", "user.email=somebody@example.net"]
    for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "Describe the site"]):
        subprocess.run([*git, *words], check=True)
    found = Described(Controller(), desk, playbooks.tokens)
    with running(found.controller) as url:
        for _time in range(2):
            before = len(found.controller.writes)
            found.outputs.append(configure(url, found))
            found.writes.append(found.controller.writes[before:])
        yield found


def configure(url: str, found: Described) -> str:
    """What the command of the guide prints, which must succeed; its file differs in the address of the project."""
    section = GUIDE["All of AWX in one playbook"]
    given = {**section.yaml("awx.yml"), "awx_project_url": str(found.desk.directory)}
    (found.desk.directory / "awx.yml").write_text(yaml.safe_dump(given))
    (command,) = [one for one in section.commands if one.startswith("ansible-playbook ")]
    words = [
        str(CONFIGURE) if word.endswith("/extensions/awx/configure.yml") else word for word in shlex.split(command)
    ]
    assert str(CONFIGURE) in words
    environment = {
        **found.desk.playbooks.environment,
        "ANSIBLE_COLLECTIONS_PATH": COLLECTIONS,
        "CONTROLLER_HOST": url,
        "CONTROLLER_OAUTH_TOKEN": TOKEN,
    }
    done = subprocess.run(
        [Path(sys.executable).with_name(words[0]), *words[1:], "-vv"],
        cwd=found.desk.directory,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr

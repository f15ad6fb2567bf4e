# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-builder and ansible-navigator with the files and the commands of the guide."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from support import guides
from support.lab_playbooks import SITE
from support.paths import ROOT

from .conftest import Described

GUIDE = guides.sections("guide_awx")
FILE = ROOT / "extensions" / "execution-environment.yml"
WATCHER = ROOT / "extensions" / "eda" / "decision-environment.yml"
TOOLS = Path(sys.executable).parent


def test_the_guide_prints_the_image() -> None:
    printed = GUIDE["Execution environment"].yaml("execution-environment.yml")
    assert printed == yaml.safe_load(FILE.read_text())


@pytest.mark.parametrize("file", [FILE, WATCHER], ids=["of AWX", "of the watcher"])
def test_an_image(tmp_path: Path, file: Path) -> None:
    """Every version is chosen, and that of the collection is the one of this tree."""
    words = [f"{TOOLS}/ansible-builder", "create", f"--file={file}", f"--context={tmp_path}/context"]
    words += ["--output-filename=Containerfile"]  # else it depends on what could build it
    subprocess.run(words, check=True, cwd=tmp_path, capture_output=True, timeout=120)
    built = tmp_path / "context" / "_build"
    python = (built / "requirements.txt").read_text().split()
    watcher = {"ansible-rulebook"} if file == WATCHER else set()
    assert {line.partition("==")[0] for line in python} == {"dnspython", "requests", *watcher}
    assert all("==" in line for line in python)
    (collection,) = yaml.safe_load((built / "requirements.yml").read_text())["collections"]
    assert collection["version"] == yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"]
    container = (tmp_path / "context" / "Containerfile").read_text()
    assert re.search(r'ANSIBLE_INSTALL_REFS="ansible-core==\S+ ansible-runner==\S+"', container)


def test_navigator_without_an_image(described: Described) -> None:
    """As the guide says; where nothing was synchronised yet, the site needs a person, and the status says so."""
    playbooks = described.desk.playbooks
    (command,) = [one for one in GUIDE["ansible-navigator"].commands if one.startswith("ansible-navigator")]
    program, *words = command.split()
    done = subprocess.run(
        [TOOLS / program, *words],
        cwd=described.desk.directory,
        env=playbooks.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert SITE in done.stdout, done.stdout + done.stderr
    assert "PLAY RECAP" in done.stdout
    assert not list(described.desk.directory.glob("*artifact*"))

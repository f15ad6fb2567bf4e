# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide to the dependency page: what it prints for a first try, typed into a shell."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from support import guides
from support.paths import ROOT

GUIDE = guides.sections("guide_dependencies")
# The first command is for an inventory of one's own.
TRY = GUIDE["Who can take the site down?"].commands[1:]


def test_a_first_try(tmp_path: Path) -> None:
    """Every command does what the guide says."""
    lab = tmp_path / "lab"
    # Where no demo has run, the environment of the tests is taken, which comes after it on the path.
    lines = [command.replace("/tmp/lab", str(lab)) for command in TRY]
    script = "\n".join(f'{line}\necho "status $?" >&2' for line in lines)
    environment = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".collections"),
        "LC_ALL": "C.UTF-8",
    }
    try:
        done = subprocess.run(
            ["bash"], input=script, capture_output=True, text=True, check=False, cwd=ROOT, env=environment, timeout=600
        )
        assert (lab / "pages" / "dependencies.html").exists(), done.stdout + done.stderr
    finally:
        stop = TRY[-1].replace("/tmp/lab", str(lab)).split()
        subprocess.run([sys.executable, *stop[1:]], cwd=ROOT, check=False, capture_output=True, timeout=60)
    statuses = [line.split()[1] for line in done.stderr.splitlines() if line.startswith("status ")]
    assert statuses == ["0"] * len(lines), done.stdout + done.stderr

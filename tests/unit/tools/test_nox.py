# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`nox` has a session for every check, and each is a target of the Makefile."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from support.paths import ROOT

pytest.importorskip("nox", reason="nox is not installed beside this Python")


def test_every_part_of_the_tests_has_a_session() -> None:
    if not (ROOT / "noxfile.py").exists():
        pytest.skip("this tree has no noxfile.py")
    words = [sys.executable, "-m", "nox", "--noxfile", str(ROOT / "noxfile.py"), "--list"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    sessions = re.findall(r"^[*-] (\S+) -> make (\S+)$", done.stdout, re.MULTILINE)
    makefile = (ROOT / "Makefile").read_text()
    (parts,) = re.findall(r"^PARTS := (.*)$", makefile, re.MULTILINE)
    assert {"test", "galaxy", *parts.split()} <= {name for name, _target in sessions}
    assert all(name == target for name, target in sessions)
    assert re.findall(r"^\* (\S+)", done.stdout, re.MULTILINE) == ["test"]
    documented = set(re.findall(r"^([a-z-]+): .*## ", makefile, re.MULTILINE)) | {*parts.split()}
    assert {target for _name, target in sessions} <= documented | {"test"}

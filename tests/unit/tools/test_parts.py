# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make test` runs its parts with tests/tools/parts.py, which says what fails, what hangs and what is left running."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.paths import ROOT

PARTS = ROOT / "tests" / "tools" / "parts.py"

pytestmark = pytest.mark.skipif(not Path("/proc").exists(), reason="parts.py finds leftovers in /proc")


def start(directory: Path, makefile: str, *words: str) -> subprocess.Popen[str]:
    """Run the targets of a makefile of the test's own."""
    (directory / "Makefile").write_text(makefile)
    return subprocess.Popen(
        [sys.executable, str(PARTS), *words],
        cwd=directory,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run(directory: Path, makefile: str, *words: str) -> tuple[int, str]:
    """The exit status and the output."""
    process = start(directory, makefile, *words)
    output = process.communicate(timeout=120)[0]
    return process.returncode, output


def test_each_part_is_printed_in_one_piece_and_failures_are_listed(tmp_path: Path) -> None:
    makefile = "good:\n\t@echo fine\nbad:\n\t@echo ill; exit 3\n"
    status, output = run(tmp_path, makefile, "good", "bad")
    assert status == 1
    assert "===== good: ok after" in output
    assert "===== bad: FAILED after" in output
    assert output.endswith("===== failed: bad\n")
    assert run(tmp_path, makefile, "good")[1].endswith("===== all 1 parts ok\n")


def test_the_last_lines_say_what_was_skipped_and_why(tmp_path: Path) -> None:
    tests = (
        "import pytest\n\n@pytest.mark.parametrize('n', range(3))\n@pytest.mark.skipif(True, reason='no Knot here')\n"
    )
    (tmp_path / "test_it.py").write_text(tests + "def test_knot(n):\n    pass\n")
    makefile = "a b:\n\t@python -m pytest -q -ra -p no:cacheprovider test_it.py\n"
    assert run(tmp_path, makefile, "a", "b")[1].splitlines()[-2:] == [
        "===== skipped: 6 tests: no Knot here",
        "===== all 2 parts ok",
    ]


def test_what_a_part_leaves_running_is_ended_and_counts_as_a_failure(tmp_path: Path) -> None:
    status, output = run(tmp_path, "leave:\n\t@setsid sleep 600.25 >/dev/null 2>&1 &\n", "leave")
    assert status == 1
    assert "===== left running and ended: sleep 600.25" in output


HANGS = """\
import time
from pathlib import Path

def test_before():
    pass

def test_hangs():
    print("as far as here")
    Path("begun", "once").touch()
    time.sleep(600)

def test_after():
    pass
"""

BOTH_HANG = """\
import time
from pathlib import Path

import pytest

@pytest.mark.parametrize("where", ["here", "there"])
def test_hangs(where):
    print(f"as far as {where}")
    Path("begun", where).touch()
    time.sleep(600)
"""


class _UntilItHangs(subprocess.Popen[bytes]):
    """A process whose time is over at the moment at which all its tests hang, however slow the machine is."""

    hang = 1

    def wait(self, timeout: float | None = None) -> int:
        if timeout != 3600:
            return super().wait(timeout)
        while len(list(Path("begun").iterdir())) < self.hang:
            assert self.poll() is None, "it ended before the tests began"
            time.sleep(0.02)
        raise subprocess.TimeoutExpired("make", timeout)


@pytest.mark.parametrize(
    ("words", "tests", "hang"),
    [
        ("", HANGS, {"test_hangs": "here"}),
        ("-n 2", BOTH_HANG, {"test_hangs[here]": "here", "test_hangs[there]": "there"}),
    ],
    ids=["one process", "two processes"],
)
def test_when_the_time_is_over_the_running_tests_are_named_and_their_output_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str, tests: str, hang: dict[str, str]
) -> None:
    if words:
        pytest.importorskip("xdist")
    spec = importlib.util.spec_from_file_location("parts", PARTS)
    assert spec and spec.loader
    parts = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "parts", parts)
    spec.loader.exec_module(parts)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(subprocess, "Popen", _UntilItHangs)
    monkeypatch.setattr(_UntilItHangs, "hang", len(hang))
    Path("begun").mkdir()
    Path("conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text())
    Path("test_slow.py").write_text(tests)
    Path("Makefile").write_text(f"slow:\n\t@pytest {words} test_slow.py\n")
    part = parts.run("slow", 60.0)
    assert part.status == 1
    ended = part.output.splitlines()[-1]
    assert ended.startswith("Ended after 60 minutes, while it ran")
    assert part.output.count("Failed: The time for these tests is over.") >= len(hang)
    for test, where in hang.items():
        assert f"as far as {where}" in part.output
        # pytest shortens the reason to the width of its line.
        assert f"FAILED test_slow.py::{test} - Failed: The time" in part.output
        assert f"test_slow.py::{test}" in ended


def test_an_end_from_outside_leaves_nothing_running(tmp_path: Path) -> None:
    process = start(tmp_path, "wait:\n\t@echo begun > begun; sleep 600.5\n", "wait")
    while not (tmp_path / "begun").exists():
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode != 0
    running = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert b"sleep\x00600.5\x00" not in running

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run make targets two at a time, print the output of each in one piece, and tell at the end which failed.

    python tests/tools/parts.py TARGET...

They start in the order given: name the slow ones first. What a target leaves running is ended and counts as a failure.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

AT_A_TIME = 2
# Seconds after which a target is given up.
TIME_LIMIT = 1500.0
# Seconds that a target's servers have to end by themselves once all targets are done.
GRACE = 5.0
PR_SET_CHILD_SUBREAPER = 36  # prctl(2)


@dataclass(frozen=True)
class Part:
    """One target that has run; `seconds` is how long it took."""

    target: str
    status: int
    seconds: float
    output: str


def run(target: str) -> Part:
    """Make one target and return what came of it, with both output streams as they were mixed."""
    # Flags of an outer make (a job server's among them) are not for the inner ones.
    environment = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS")}
    environment["NO_COLOR"] = "1"
    began = time.monotonic()
    # A file, not a pipe: a server left behind would hold a pipe open, and reading it would never end.
    with tempfile.TemporaryFile() as output:
        try:
            status = subprocess.run(
                ["make", "--no-print-directory", target],
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                timeout=TIME_LIMIT,
            ).returncode
        except subprocess.TimeoutExpired:
            output.write(b"Ended: it took too long.\n")
            status = 1
        output.seek(0)
        return Part(target, status, time.monotonic() - began, output.read().decode(errors="replace"))


def adopt_orphans() -> None:
    """Let orphaned descendants become children of this process, so that they can be found (Linux only)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def children() -> Iterator[tuple[int, str]]:
    """Yield the id and the command of every living child of this process; none where there is no /proc."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            # "pid (name) state ppid …", where the name may hold anything.
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            if int(parent) == os.getpid() and state != "Z":
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                yield int(folder.name), command


def end_leftovers() -> list[str]:
    """End what is still running after a grace period and return the commands; a fresh orphan may have children."""
    deadline = time.monotonic() + GRACE
    while list(children()) and time.monotonic() < deadline:
        time.sleep(0.1)
    commands = []
    while left := list(children()):
        for pid, command in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            commands.append(command)
        time.sleep(0.1)
    return commands


def main(targets: list[str]) -> int:
    """Run the targets and print what came of them; return the exit status."""
    adopt_orphans()
    parts = []
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        for future in as_completed([pool.submit(run, target) for target in targets]):
            part = future.result()
            parts.append(part)
            result = "ok" if part.status == 0 else "FAILED"
            print(f"===== {part.target}: {result} after {part.seconds:.0f} s =====", part.output, sep="\n", flush=True)
    leftovers = end_leftovers()
    for command in leftovers:
        print(f"===== left running and ended: {command}")
    failed = [part.target for part in parts if part.status != 0]
    print(f"===== failed: {', '.join(failed)}" if failed else f"===== all {len(parts)} parts ok")
    return 1 if failed or leftovers else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

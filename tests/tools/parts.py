# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run make targets two at a time, print the output of each in one piece, and list at the end which failed.

    python tests/tools/parts.py [--limit MINUTES] TARGET...

They start in the order given: name the slow ones first. A target that takes longer than the limit is ended: the tests
that it was running are named, and fail with the output that they had until then. What a target leaves running is ended
and counts as a failure.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

AT_A_TIME = 2
# Minutes after which a target is ended.
TIME_LIMIT = 60.0
# Seconds that a target has to report what it was doing when its time is over.
LAST_WORDS = 120.0
# Seconds that a target's servers have to end by themselves once all targets are done.
GRACE = 5.0
# pytest's summary: how many, where, and why.
_SKIPPED = re.compile(r"^SKIPPED \[(\d+)\] \S+: (.*)$", re.MULTILINE)
PR_SET_CHILD_SUBREAPER = 36  # prctl(2)


@dataclass(frozen=True)
class Part:
    """One target that has run; `seconds` is how long it took."""

    target: str
    status: int
    seconds: float
    output: str


def run(target: str, limit: float) -> Part:
    """Make one target, for so many minutes at most; its output holds both streams as they were mixed."""
    # Flags of an outer make (a job server's among them) are not for the inner ones.
    environment = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS")}
    environment["NO_COLOR"] = "1"
    began = time.monotonic()
    # A file, not a pipe: a server left behind would hold a pipe open, and reading it would never end.
    with tempfile.TemporaryFile() as output, tempfile.TemporaryDirectory() as running:
        # tests/conftest.py notes there which test each process runs.
        environment["TWINZONE_RUNNING_TESTS"] = running
        process = subprocess.Popen(
            ["make", "--no-print-directory", target],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )
        status, note = _wait(process, limit, Path(running))
        output.seek(0)
        text = output.read().decode(errors="replace") + note
    return Part(target, status, time.monotonic() - began, text)


def _wait(process: subprocess.Popen[bytes], limit: float, running: Path) -> tuple[int, str]:
    """The exit status of a target, and a note if it had to be ended."""
    try:
        return process.wait(limit * 60), ""
    except subprocess.TimeoutExpired:
        tests = dict(_running(running))
    for pid in tests:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(LAST_WORDS if tests else 0)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    doing = "".join(f", while it ran {test}" for test in tests.values())
    return 1, f"Ended after {limit:g} minutes{doing}.\n"


def _running(folder: Path) -> Iterator[tuple[int, str]]:
    """Process and test of each note; one that ends meanwhile takes its note away."""
    for path in folder.glob("[0-9]*"):
        with contextlib.suppress(FileNotFoundError):
            yield int(path.name), path.read_text()


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


def run_all(targets: list[str], limit: float) -> list[Part]:
    """Run the targets, and print the output of each as soon as it has ended."""
    parts = []
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        futures = [pool.submit(run, target, limit) for target in targets]
        try:
            for future in as_completed(futures):
                part = future.result()
                parts.append(part)
                result = "ok" if part.status == 0 else "FAILED"
                heading = f"===== {part.target}: {result} after {part.seconds:.0f} s ====="
                print(heading, part.output, sep="\n", flush=True)
        except KeyboardInterrupt:
            # The targets are sessions of their own: the terminal's signal has not reached them.
            pool.shutdown(wait=False, cancel_futures=True)
            for pid, _command in children():
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(pid, signal.SIGTERM)
            raise
    return parts


def skipped(parts: list[Part]) -> Counter[str]:
    """How many tests were skipped, by the reason that pytest prints."""
    found: Counter[str] = Counter()
    for part in parts:
        for count, reason in _SKIPPED.findall(part.output):
            found[reason] += int(count)
    return found


def main(words: list[str]) -> int:
    """Run the targets named on the command line; return the exit status."""
    parser = argparse.ArgumentParser(description="Run make targets two at a time.")
    parser.add_argument("--limit", type=float, default=TIME_LIMIT, help="minutes after which a target is ended")
    parser.add_argument("targets", nargs="+")
    options = parser.parse_args(words)
    adopt_orphans()
    # An end from outside is like one from the keyboard: nothing is left running.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        parts = run_all(options.targets, options.limit)
    finally:
        leftovers = end_leftovers()
    for command in leftovers:
        print(f"===== left running and ended: {command}")
    for reason, count in skipped(parts).most_common():
        print(f"===== skipped: {count} tests: {reason}")
    failed = [part.target for part in parts if part.status != 0]
    print(f"===== failed: {', '.join(failed)}" if failed else f"===== all {len(parts)} parts ok")
    return 1 if failed or leftovers else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit("===== interrupted")

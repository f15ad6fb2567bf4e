# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab as a process: run in the foreground, started in the background, found again and stopped."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from .addresses import CONTROL_PORT, Addresses
from .control import control_handler
from .files import STATE_FILE, read_state, write_files
from .laboratory import Laboratory
from .options import Options
from .web.server import WebServer

_ATTEMPTS = 20
_POLL = 0.02


class LabError(Exception):
    """The lab cannot be started or reached; the text says why."""


def serve(options: Options, max_seconds: float, parent_pid: int | None) -> None:
    """Run a lab until a signal, the time limit or the parent's end. Raises `OSError` when nothing can be bound."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_unused: ended.set())
    lab = _open_lab(options)
    control = WebServer((lab.addresses.control, CONTROL_PORT), control_handler(lab))
    write_files(lab)
    try:
        deadline = time.monotonic() + max_seconds
        while not ended.wait(0.2) and time.monotonic() < deadline and (parent_pid is None or is_running(parent_pid)):
            pass
    finally:
        (options.directory / STATE_FILE).unlink(missing_ok=True)
        control.close()
        lab.close()


def _open_lab(options: Options) -> Laboratory:
    """Draws networks until one is free."""
    for attempt in range(_ATTEMPTS):
        try:
            return Laboratory(options, Addresses.random(options.third))
        except OSError as error:
            if error.errno != errno.EADDRINUSE or attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


def is_running(pid: int) -> bool:
    """Whether a process exists and has not ended; one that nobody has waited for has ended."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def running_pid(directory: Path) -> int | None:
    """The process of the lab in this directory, if it runs; a number that now is another process's does not count."""
    state = read_state(directory)
    if state is None or not is_running(state["pid"]):
        return None
    command = Path(f"/proc/{state['pid']}/cmdline").read_bytes().split(b"\0")
    return int(state["pid"]) if os.fsencode(directory) in command else None


def launch(directory: Path, serve_arguments: Sequence[str], patience: float = 20.0) -> subprocess.Popen[bytes]:
    """Start `serve` in a session of its own and wait until it is ready. Raises `LabError` with what it said."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / STATE_FILE).unlink(missing_ok=True)
    program = str(Path(__file__).parent.parent / "lab.py")
    log = directory / "lab.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, program, "serve", "--dir", str(directory), *serve_arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    deadline = time.monotonic() + patience
    while read_state(directory) is None:
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            process.wait()
            raise LabError(f"the lab did not start:\n{log.read_text()[-2000:]}")
        time.sleep(_POLL)
    return process


def stop(directory: Path, patience: float = 5.0) -> bool:
    """End the lab of this directory; whether there was one."""
    pid = running_pid(directory)
    if pid is None:
        (directory / STATE_FILE).unlink(missing_ok=True)
        return False
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + patience
    while is_running(pid):
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
        time.sleep(_POLL)
    (directory / STATE_FILE).unlink(missing_ok=True)
    return True

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No process outlives the demo, however it ends.

Ansible's workers lead sessions of their own, so an interrupt from the keyboard does not reach the modules that they
run; and the lab is in a session of its own by design. All of them are
descendants, and Linux lets a process adopt those.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from twinzone_lab.process import running_pid

_PR_SET_CHILD_SUBREAPER = 36  # prctl(2)
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
#: Seconds that a process has to end by itself when asked to.
_PATIENCE = 3.0


class Interrupted(BaseException):
    """A signal asked the demo to end. Not an `Exception`, so that nothing on the way takes it for a failure."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.status = 128 + number
        """The exit status that a shell gives a process that a signal ended."""


@contextlib.contextmanager
def none_left(spared: Path | None = None) -> Iterator[None]:
    """End every descendant that still runs when the block ends; a signal becomes `Interrupted`.

    spared: the directory of a lab that goes on, unless a signal ended the block.
    """
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    for number in _SIGNALS:
        signal.signal(number, _interrupt)
    try:
        try:
            yield
        finally:
            _ignore_signals()
    except Interrupted:
        spared = None
        raise
    finally:
        _end_children(running_pid(spared) if spared else None)


def _interrupt(number: int, frame: FrameType | None) -> None:
    # Once is enough: a second one must not break into the cleaning up.
    _ignore_signals()
    raise Interrupted(number)


def _ignore_signals() -> None:
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _end_children(spared: int | None) -> None:
    """Ask them to end, then make them. A process that loses its parent is the next child."""
    asked: dict[int, float] = {}
    while children := [pid for pid in _children() if pid != spared]:
        for pid in children:
            with contextlib.suppress(ProcessLookupError):
                if pid not in asked:
                    asked[pid] = time.monotonic()
                    os.kill(pid, signal.SIGTERM)
                elif time.monotonic() > asked[pid] + _PATIENCE:
                    os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)


def _children() -> list[int]:
    """The living children of this process; the dead ones are buried."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            # "pid (name) state ppid …", where the name may hold anything.
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            if int(parent) == os.getpid() and state != "Z":
                found.append(int(folder.name))
    return found

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs ansible-playbook from a process that has loaded it once: a run costs half of the processor time.

Such a run differs from one of the command in its start alone: it has its own process, environment, folder and streams.
Folders that Ansible takes from HOME when it is imported, where it looks for plugins, are those of the warm process:
they are empty.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

#: Variables that Python and Ansible read when they start.
AT_THE_START = ("ANSIBLE_", "PYTHON", "LC_", "LANG", "COLUMNS", "NO_COLOR", "PATH")


class WarmAnsible:
    """A server for runs of ansible-playbook that have the same settings. environment: whose settings."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._settings = _settings(environment)
        self._home = tempfile.TemporaryDirectory()
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("warm_server.py")), str(theirs.fileno())],
                cwd=self._home.name,
                env={**self._settings, "HOME": self._home.name},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        self._turn = threading.Lock()

    def knows(self, environment: Mapping[str, str], cwd: Path) -> bool:
        """Whether a run there would have the settings that the server has."""
        files = (cwd / "ansible.cfg", Path(environment["HOME"]) / ".ansible.cfg")
        return _settings(environment) == self._settings and not any(map(Path.exists, files))

    def run(self, words: Sequence[str], environment: Mapping[str, str], cwd: Path, seconds: float) -> tuple[int, str]:
        """The exit status of a run and what it wrote to both streams. It is ended after so many seconds."""
        request = json.dumps({"argv": list(words), "cwd": str(cwd), "environment": dict(environment)}).encode()
        ours, theirs = socket.socketpair()
        with ours, tempfile.TemporaryFile() as output, ours.makefile("r") as report:
            with theirs, self._turn, Path(os.devnull).open("rb") as nothing:
                streams = [nothing.fileno(), output.fileno(), output.fileno(), theirs.fileno()]
                socket.send_fds(self._socket, [len(request).to_bytes(4, "big")], streams)
                self._socket.sendall(request)
            run = int(report.readline())
            ours.settimeout(seconds)
            try:
                status = int(report.readline())
            except TimeoutError:
                with suppress(ProcessLookupError):
                    os.kill(run, signal.SIGKILL)
                raise subprocess.TimeoutExpired(list(words), seconds) from None
            output.seek(0)
            return status, output.read().decode()

    def close(self) -> None:
        """End the server."""
        self._socket.close()
        self._process.wait()
        self._home.cleanup()


def _settings(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(AT_THE_START)}

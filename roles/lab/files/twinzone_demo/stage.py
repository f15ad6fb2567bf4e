# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the story plays: the lab's directory, the environment of all commands, and how one is run and shown."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

from twinzone_lab.client import LabClient

from . import screen
from .ansible_output import is_heading, shortened
from .screen import Astray

#: The collection: a clone, or where it is installed.
ROOT = Path(__file__).resolve().parents[4]
_PROGRAMS = {"python": [sys.executable], "ansible-playbook": [sys.executable, "-m", "ansible", "playbook"]}
# What only a shell can do with itself; `Stage` does it for all commands.
_SHELL = (".", "export")


class Stage:
    """A directory in which one lab runs or will run."""

    def __init__(self, directory: Path, parent_pid: int | None) -> None:
        """parent_pid: the process that the lab ends with; `None`: it goes on."""
        self.directory = directory
        self._parent_pid = parent_pid

    @property
    def lab(self) -> LabClient:
        """The running lab. Raises `LabError` when none runs."""
        return LabClient(self.directory)

    def run(self, line: str, status: int = 0) -> str:
        """Run a command line as it is shown, and return what was shown of its output. Raises `Astray` when its exit
        status is another than `status`."""
        if self._parent_pid is None:
            line = line.replace(" --parent-pid $$", "")
        screen.command(line)
        meant = line.replace("$LAB", shlex.quote(str(self.directory))).replace("$$", str(self._parent_pid))
        words = shlex.split(meant)
        if words[0] in _SHELL:
            return ""
        shown = []
        began = time.monotonic()
        with subprocess.Popen(
            _PROGRAMS[words[0]] + words[1:],
            cwd=ROOT,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        ) as process:
            for text in shortened(process.stdout or ()):
                if is_heading(text):
                    screen.progress(text)
                    continue
                screen.line(text)
                shown.append(text)
        if process.returncode != status:
            raise Astray(f"exit status {process.returncode} in place of {status}: {line}")
        if words[0] == "ansible-playbook":
            expected = ", as expected," if status else ""
            screen.note(f"exit status {status}{expected} after {time.monotonic() - began:.1f} s")
        return "\n".join(shown)

    def _environment(self) -> dict[str, str]:
        """What the user's environment holds, without any setting of Ansible; and what the story's shell words say."""
        mine = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
        return {
            **mine,
            # Ansible refuses to start in a locale that is not UTF-8.
            "LC_ALL": "C.UTF-8",
            # A proxy does not lead to a loopback address.
            "no_proxy": "127.0.0.0/8",
            "NO_PROXY": "127.0.0.0/8",
            # Removed in the end, with all that is put there.
            "TMPDIR": str(self.directory),
            "ANSIBLE_HOME": str(self.directory / "ansible"),
            "ANSIBLE_REMOTE_TEMP": str(self.directory / "ansible" / "tmp"),
            "ANSIBLE_COLLECTIONS_PATH": str(_collections()),
            "ANSIBLE_NOCOWS": "1",
            "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false",
            "ANSIBLE_FORCE_COLOR": str(screen.colourful()),
            "ANSIBLE_INVENTORY": str(self.directory / "inventory.yml"),
            **self._tokens(),
        }

    def _tokens(self) -> dict[str, str]:
        file = self.directory / "env"
        lines = file.read_text().splitlines() if file.exists() else []
        return dict(line.removeprefix("export ").split("=", 1) for line in lines)


def _collections() -> Path:
    """The path under which Ansible finds the collection: a clone holds a link to itself."""
    link = ROOT / ".collections"
    return link if link.exists() else ROOT.parents[2]

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts on loopback that Ansible reaches over SSH, each a real sshd of its own, and ways in which they fail."""

from __future__ import annotations

import os
import pwd
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from support.paths import ROOT

_FIND_SSHD = ROOT / "tests" / "tools" / "sshd.sh"

#: What runs a command in a network namespace of its own, in which there is no route to anywhere.
_WITHOUT_NETWORK = ("unshare", "--net", "--map-root-user")

_CONFIGURATION = """\
ListenAddress 127.0.0.1:{port}
HostKey {keys}/host
AuthorizedKeysFile {keys}/user.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
Subsystem sftp internal-sftp
"""

#: Nothing of the user's own: no configuration, no known hosts, no other keys.
_SSH = "-F none -o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no -o IdentitiesOnly=yes -o LogLevel=ERROR"


class Vantage:
    """A host: one sshd on a port of its own, and a folder for what Ansible leaves there."""

    def __init__(self, sshd: str, keys: Path, folder: Path, python: str, command: str) -> None:
        folder.mkdir()
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self._keys = keys
        self._python = python
        configuration = folder / "sshd_config"
        configuration.write_text(_CONFIGURATION.format(port=self._port, keys=keys) + command)
        with (folder / "sshd.log").open("wb") as log:
            self._process = subprocess.Popen(
                [sshd, "-D", "-e", "-f", str(configuration)], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self._wait()

    def _wait(self) -> None:
        for _try in range(200):
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", self._port), timeout=5).close()
                return
            time.sleep(0.05)
        raise RuntimeError((self.folder / "sshd.log").read_text())

    @property
    def variables(self) -> dict[str, Any]:
        """The host's variables in an inventory."""
        return {
            "ansible_connection": "ssh",
            "ansible_host": "127.0.0.1",
            "ansible_port": self._port,
            "ansible_user": pwd.getpwuid(os.getuid()).pw_name,
            "ansible_ssh_private_key_file": str(self._keys / "user"),
            "ansible_ssh_common_args": _SSH,
            "ansible_ssh_args": "-o ControlMaster=auto -o ControlPersist=5s",
            "ansible_ssh_timeout": 2,
            "ansible_remote_tmp": str(self.folder / "tmp"),
            "ansible_async_dir": str(self.folder / "jobs"),
            "ansible_python_interpreter": self._python,
        }

    @property
    def jobs(self) -> list[str]:
        """What background jobs have left behind."""
        folder = self.folder / "jobs"
        return [path.name for path in folder.iterdir()] if folder.exists() else []

    def freeze(self) -> None:
        """Still accepts connections, and says nothing any more."""
        self._process.send_signal(signal.SIGSTOP)

    def kill(self) -> None:
        """Refuses connections from now on, and those that there are break."""
        # One process for each connection.
        with suppress(OSError):
            children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text()
            for child in children.split():
                os.kill(int(child), signal.SIGKILL)
        self._process.kill()
        self._process.wait()


class Vantages:
    """Makes hosts, for the time of a test. sockets: a folder with a short path, for the connections of ssh."""

    def __init__(self, directory: Path, sockets: str) -> None:
        found = subprocess.run([str(_FIND_SSHD)], stdout=subprocess.PIPE, text=True, check=False)
        if found.returncode:
            pytest.skip("no sshd is here, and none can be installed without harm (tests/tools/sshd.sh)")
        self._sshd = found.stdout.splitlines()[0]
        if os.getuid() == 0:
            # Where sshd locks itself in before the login; an init script makes it otherwise.
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        self._directory = directory
        self._sockets = sockets
        self._keys = directory / "keys"
        self._keys.mkdir(mode=0o700)
        for name in ("host", "user"):
            path = str(self._keys / name)
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
        self.made: dict[str, Vantage] = {}

    def add(self, name: str, python: str = sys.executable, command: str = "") -> Vantage:
        """A host that sees what this machine sees. python: what its inventory entry names as the interpreter."""
        made = Vantage(self._sshd, self._keys, self._directory / name, python, command)
        self.made[name] = made
        return made

    def add_without_network(self, name: str) -> Vantage:
        """A host that can be reached, but reaches nothing: each of its commands runs in an empty network namespace."""
        probe = subprocess.run([*_WITHOUT_NETWORK, "true"], check=False, capture_output=True, text=True)
        if probe.returncode:
            pytest.skip(f"no network namespaces here: {probe.stderr.strip()}")
        command = f'ForceCommand exec {shlex.join(_WITHOUT_NETWORK)} /bin/sh -c "$SSH_ORIGINAL_COMMAND"\n'
        return self.add(name, command=command)

    def add_hanging(self, name: str, module: str) -> Vantage:
        """A host on which this module never ends, as on one whose disk is gone."""
        script = self._directory / f"{name}-python"
        script.write_text(
            f'#!/bin/sh\ncase "$*" in *_{module}.py*) exec sleep 600;; esac\nexec {sys.executable} "$@"\n'
        )
        script.chmod(0o755)
        return self.add(name, python=str(script))

    @property
    def inventory(self) -> dict[str, Any]:
        """The hosts as a group of an inventory."""
        return {
            "hosts": {name: vantage.variables for name, vantage in self.made.items()},
            "vars": {"ansible_control_path_dir": self._sockets},
        }


@contextmanager
def vantages(directory: Path) -> Iterator[Vantages]:
    """Hosts for the time of a `with` block."""
    # The path of a socket has a hundred characters at most, and that of a test's own folder may be longer.
    with tempfile.TemporaryDirectory(prefix="twinzone-ssh-") as sockets:
        made = Vantages(directory, sockets)
        try:
            yield made
        finally:
            for vantage in made.made.values():
                vantage.kill()

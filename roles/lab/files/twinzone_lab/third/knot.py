# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Knot DNS without privileges: its configuration, its first zone files, and its process."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

KEY_NAME, ALGORITHM = "edge", "hmac-sha256"

_START = 20.0
"""Seconds that a server may take until it answers."""

_CONF = """
server:
  listen: {address}@{port}
  rundir: "{folder}"
log:
  - target: stderr
    any: info
database:
  storage: "{folder}"
key:
  - id: {key}
    algorithm: {algorithm}
    secret: "{secret}"
remote:
  - id: other
    address: {other_address}@{other_port}
    via: {address}
acl:
  - id: edge
    key: {key}
    action: [update, transfer, notify]
  - id: copy
    address: {other_address}
    action: [transfer, notify]
template:
  - id: default
    storage: "{folder}"
    file: "%s.zone"
    acl: [edge, copy]
    {role}: other
zone:
"""


class Missing(OSError):
    """The server is not installed; the text says what to install."""


@dataclass(frozen=True)
class Place:
    """Where a server runs, as what, and beside which other one. secret: of the key for updates and transfers."""

    folder: Path
    address: str
    port: int
    other_address: str
    other_port: int
    zones: Sequence[str]
    secret: str
    is_primary: bool

    def files(self, servers: Sequence[str]) -> dict[str, str]:
        """The files of its folder by name. servers: the host names in the NS set of a new zone."""
        conf = _CONF.format(
            **vars(self), key=KEY_NAME, algorithm=ALGORITHM, role="notify" if self.is_primary else "master"
        )
        files = {"knot.conf": conf + "".join(f"  - domain: {zone}\n" for zone in self.zones)}
        if self.is_primary:
            files |= {f"{zone}.zone": zone_file(zone, servers) for zone in self.zones}
        return files

    def command(self) -> list[str]:
        """Starts it in the foreground. Raises `Missing`."""
        if (knotd := program("knotd")) is None:
            raise Missing("knotd is not installed; Debian has it in the package knot")
        return [knotd, "-c", str(self.folder / "knot.conf")]


def zone_file(zone: str, servers: Sequence[str]) -> str:
    """A zone with nothing but its head."""
    head = f"{zone}. 3600 IN SOA ns1.{zone}. hostmaster.{zone}. 1 3600 600 86400 60\n"
    return head + "".join(f"{zone}. 3600 IN NS {server}.\n" for server in servers)


def program(name: str) -> str | None:
    """The path of a server's program, which Debian keeps where only root looks."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


class Server:
    """A running server."""

    def __init__(self, place: Place, servers: Sequence[str], is_ready: Callable[[], bool]) -> None:
        """Runs when this returns. Raises `OSError` when it does not."""
        command = place.command()
        place.folder.mkdir(parents=True, exist_ok=True)
        for name, text in place.files(servers).items():
            (place.folder / name).write_text(text)
        # Ends with its parent, however that ends.
        guard = [setpriv, "--pdeathsig", "TERM"] if (setpriv := program("setpriv")) else []
        log = place.folder / "log"
        with log.open("wb") as output:
            self._process = subprocess.Popen([*guard, *command], stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        end = time.monotonic() + _START
        while not is_ready():
            if self._process.poll() is not None or time.monotonic() > end:
                self.close()
                raise OSError(f"knotd did not start: {log.read_text(errors='replace')[-1000:]}")
            time.sleep(0.02)

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

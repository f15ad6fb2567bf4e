# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lock between the processes of one machine: neither API has transactions that span a read and a write."""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .._deadline import Deadline
from .._errors import ProviderError

_PAUSE = 0.05  # seconds between two tries


class ZoneLock:
    """The lock for writes to one zone at one provider.

    It is held for a write only, never while waiting for others or for servers: a failover must not wait for a sync that
    waits for a provider which is down. Whoever looks before reading the zone learns whether somebody had it in between.
    """

    def __init__(self, subject: str) -> None:
        self._name = hashlib.sha256(subject.encode()).hexdigest()[:32] + ".lock"
        self._seen: str | None = None

    @property
    def _path(self) -> Path:
        return _directory() / self._name

    def look(self) -> None:
        """Remember who had it last; the zone is read after this. Raises ProviderError when there can be no lock."""
        self._seen = self._last()

    def _last(self) -> str:
        """The mark of whoever had it last, another one each time."""
        try:
            return self._path.read_text(encoding="ascii")
        except FileNotFoundError:
            return ""

    @contextmanager
    def hold(self, deadline: Deadline) -> Iterator[bool]:
        """Hold the lock, waiting for it within the deadline; yield whether somebody else had it since the last `look`.

        The kernel frees it with the process, however that ends. Raises ProviderError `deadline`.
        """
        with self._path.open("a+", encoding="ascii") as file:
            while not _taken(file.fileno()):
                if not deadline.sleep(_PAUSE):
                    raise ProviderError(
                        "deadline", "another run on this machine has been writing this zone all the time"
                    )
            overtaken = self._seen is not None and self._last() != self._seen
            mark = f"{os.getpid()} {time.time_ns()}"
            # At once, so that it is true even if this process is killed while it writes.
            file.truncate(0)
            file.write(mark)
            file.flush()
            if not overtaken:
                self._seen = mark
            yield overtaken


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _directory() -> Path:
    """Where this user's locks lie. Raises ProviderError when somebody else made that directory."""
    directory = Path(tempfile.gettempdir()) / f"twinzone-{os.getuid()}"
    directory.mkdir(mode=0o700, exist_ok=True)
    if directory.stat().st_uid != os.getuid():
        raise ProviderError("rejected", f"{directory} belongs to somebody else", hint="remove it, or set TMPDIR")
    return directory

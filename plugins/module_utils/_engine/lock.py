# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lock between the processes of one machine: neither API has transactions that span a read and a write."""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .._deadline import Deadline
from .._errors import ProviderError

_PAUSE = 0.05  # seconds between two tries

#: Where everybody may make a directory, for those without a home that they can write to. It is checked.
_SHARED = Path("/tmp")  # nosec B108

#: Octets of a mark; a longer file is not ours.
_MARK = 100


class NoPlace(Exception):
    """Every directory for a lock could be changed by another user."""


class ZoneLock:
    """The lock for writes to one zone at one provider.

    It is held for a write only, never while waiting for others or for servers: a failover must not wait for a sync that
    waits for a provider which is down. Whoever looks before reading the zone learns whether somebody had it in between.

    required: whether nothing may be written without it. missing: why there is none, where it is not required.
    """

    def __init__(self, subject: str, required: bool = True) -> None:
        self._name = hashlib.sha256(subject.encode()).hexdigest()[:32] + ".lock"
        self._required = required
        self._seen: str | None = None
        self.missing = ""

    def look(self) -> None:
        """Remember who had it last; the zone is read after this. Raises ProviderError when there can be no lock."""
        descriptor = self._open()
        if descriptor is not None:
            self._seen = _mark(descriptor)
            os.close(descriptor)

    def _open(self) -> int | None:
        """The open file of the lock; None where there is none and none is required. Raises ProviderError."""
        try:
            return _opened(self._name)
        except NoPlace as error:
            self._refuse(f"there is no safe place for a lock ({error})")
        return None

    @contextmanager
    def hold(self, deadline: Deadline) -> Iterator[bool]:
        """Hold the lock, waiting for it within the deadline; yield whether somebody else had it since the last `look`.

        The kernel frees it with the process, however that ends. Raises ProviderError `deadline`.
        """
        descriptor = self._open()
        if descriptor is None:
            yield False
            return
        try:
            while not self._taken(descriptor):
                if not deadline.sleep(_PAUSE):
                    raise ProviderError(
                        "deadline", "another run on this machine has been writing this zone all the time"
                    )
            overtaken = self._seen is not None and _mark(descriptor) != self._seen
            mark = f"{os.getpid()} {time.time_ns()}"
            with suppress(OSError):  # a full disk: whoever looks next reads the zone once more than needed
                # At once, so that it is true even if this process is killed while it writes.
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, mark.encode("ascii"), 0)
            if not overtaken:
                self._seen = mark
            yield overtaken
        finally:
            os.close(descriptor)

    def _taken(self, descriptor: int) -> bool:
        """Try to take it; also true where the file system knows no locks and none is required."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            self._refuse(f"the file system has no locks: {error.strerror}")
        return True

    def _refuse(self, why: str) -> None:
        self.missing = why
        if self._required:
            raise ProviderError("rejected", why, hint="give the user a home directory that it can write to") from None


def place_problem() -> str:
    """Why there is no safe place for locks; empty where there is one."""
    try:
        os.close(_opened("probe.lock"))
    except NoPlace as error:
        return str(error)
    return ""


def _mark(descriptor: int) -> str:
    """The mark of whoever had it last, another one each time."""
    return os.pread(descriptor, _MARK, 0).decode("ascii", "replace")


def _places() -> list[Path]:
    """Where this user's locks may lie, the best place first.

    The environment has no say: a run from cron and one from a login must find the same place.
    """
    user = os.getuid()
    homes = []
    with suppress(KeyError):  # in a container a user need not have an entry
        homes = [Path(pwd.getpwuid(user).pw_dir) / ".twinzone"]
    return [*homes, _SHARED / f"twinzone-{user}"]


def _opened(name: str) -> int:
    """The open file in the first place that is safe. Raises NoPlace."""
    troubles = []
    for place in _places():
        try:
            return _opened_in(place, name)
        except OSError as error:
            troubles.append(f"{place}: {error.strerror or error}")
    raise NoPlace("; ".join(troubles))


def _opened_in(place: Path, name: str) -> int:
    """The open file in a directory that belongs to this user alone. Raises OSError."""
    with suppress(FileExistsError):
        place.mkdir(mode=0o700)
    if not stat.S_ISDIR(place.lstat().st_mode):
        raise NotADirectoryError(0, "is not a directory of its own")
    directory = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        _check(os.fstat(directory))
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        return _checked_file(os.open(name, flags, 0o600, dir_fd=directory))
    finally:
        os.close(directory)


def _checked_file(descriptor: int) -> int:
    try:
        found = os.fstat(descriptor)
        _check(found)
        if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
            raise OSError(0, "has something else in the place of a lock")
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _check(found: os.stat_result) -> None:
    """Raises PermissionError where somebody else could have made it, or could change it."""
    if found.st_uid != os.getuid():
        raise PermissionError(0, "belongs to somebody else")
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise PermissionError(0, "can be written by others")

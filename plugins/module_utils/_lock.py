# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lock between the processes of one machine: neither API has transactions that span a read and a write."""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ._deadline import Deadline
from ._errors import ProviderError

_PAUSE = 0.05  # seconds between two tries


@contextmanager
def zone_lock(subject: str, deadline: Deadline) -> Iterator[None]:
    """Hold the lock of `subject` (one zone at one provider), waiting for it within the deadline.

    The kernel frees it with the process, however that ends. Raises ProviderError `deadline`.
    """
    directory = Path(tempfile.gettempdir()) / f"twinzone-{os.getuid()}"
    directory.mkdir(mode=0o700, exist_ok=True)
    if directory.stat().st_uid != os.getuid():
        raise ProviderError("rejected", f"{directory} belongs to somebody else", hint="remove it, or set TMPDIR")
    path = directory / (hashlib.sha256(subject.encode()).hexdigest()[:32] + ".lock")
    with path.open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not deadline.sleep(_PAUSE):
                    raise ProviderError(
                        "deadline", "another run on this machine has been writing this zone all the time"
                    ) from None
        yield

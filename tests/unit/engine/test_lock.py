# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writers of one zone at one provider take turns, whichever process they are in."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._deadline import Deadline
from ansible_collections.twinzone.edge.plugins.module_utils._engine.lock import ZoneLock
from ansible_collections.twinzone.edge.plugins.module_utils._errors import ProviderError
from support.paths import ROOT

HOLD = """
import sys
from ansible_collections.twinzone.edge.plugins.module_utils._deadline import Deadline
from ansible_collections.twinzone.edge.plugins.module_utils._engine.lock import ZoneLock
with ZoneLock("desec example.com").hold(Deadline(30)):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def own_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)


@pytest.fixture
def holder() -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock until its input ends."""
    paths = [str(ROOT / ".collections"), *filter(None, sys.path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", HOLD], env=environment, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_another_process_is_waited_for_within_the_deadline(holder: subprocess.Popen[str]) -> None:
    started = time.monotonic()
    with pytest.raises(ProviderError) as caught, ZoneLock("desec example.com").hold(Deadline(0.3)):
        pass
    assert caught.value.kind == "deadline"
    assert time.monotonic() - started < 10
    with ZoneLock("cloudflare example.com").hold(Deadline(0.3)):
        pass  # another provider's lock is free


def test_the_lock_is_free_when_the_holder_ends(holder: subprocess.Popen[str]) -> None:
    assert holder.stdin is not None
    holder.stdin.close()
    with ZoneLock("desec example.com").hold(Deadline(30)):
        pass


def test_the_lock_is_free_when_the_holder_is_killed(holder: subprocess.Popen[str]) -> None:
    holder.kill()
    with ZoneLock("desec example.com").hold(Deadline(30)):
        pass


def test_who_reads_first_learns_that_somebody_wrote_meanwhile() -> None:
    mine, other = ZoneLock("desec example.com"), ZoneLock("desec example.com")

    def overtaken() -> bool:
        with mine.hold(Deadline(5)) as found:
            return found

    assert not overtaken(), "it has not looked yet"
    mine.look()
    assert not overtaken()
    assert not overtaken(), "it had it last itself"
    with other.hold(Deadline(5)):
        pass
    assert overtaken()
    assert overtaken(), "as long as it does not look again"
    mine.look()
    assert not overtaken()
    with other.hold(Deadline(5)):
        pass
    with mine.hold(Deadline(5)) as found:
        assert found
        mine.look()
    assert not overtaken(), "what is read while it is held is up to date"


def test_the_directory_is_our_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ZoneLock("x").hold(Deadline(5)):
        (directory,) = tmp_path.iterdir()
    assert directory.stat().st_mode & 0o077 == 0
    monkeypatch.setattr("os.getuid", lambda: 12345)
    (tmp_path / "twinzone-12345").mkdir()
    lock = ZoneLock("x")
    with pytest.raises(ProviderError, match="belongs to somebody else"):
        lock.look()

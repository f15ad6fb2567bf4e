# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writers of one zone at one provider take turns, whichever process they are in."""

from __future__ import annotations

import os
import pwd
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.twinzone.edge.plugins.module_utils._deadline import Deadline
from ansible_collections.twinzone.edge.plugins.module_utils._engine import lock
from ansible_collections.twinzone.edge.plugins.module_utils._engine.lock import ZoneLock
from ansible_collections.twinzone.edge.plugins.module_utils._errors import ProviderError
from support.paths import ROOT

HOLD = """
import pwd, sys
entry = pwd.getpwuid(0)
pwd.getpwuid = lambda user: pwd.struct_passwd((*entry[:5], sys.argv[1], entry[6]))
from ansible_collections.twinzone.edge.plugins.module_utils._deadline import Deadline
from ansible_collections.twinzone.edge.plugins.module_utils._engine.lock import ZoneLock
with ZoneLock("desec example.com").hold(Deadline(30)):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home that the user database has for this user."""
    entry = pwd.getpwuid(os.getuid())
    made = tmp_path / "home"
    made.mkdir()
    monkeypatch.setattr("pwd.getpwuid", lambda _user: pwd.struct_passwd((*entry[:5], str(made), entry[6])))
    monkeypatch.setattr(lock, "_SHARED", tmp_path)
    return made


@pytest.fixture
def holder(home: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock until its input ends."""
    paths = [str(ROOT / ".collections"), *filter(None, sys.path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home)], env=environment, stdin=pipe, stdout=pipe, text=True
    ) as process:
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


def held_in(*places: Path) -> Path:
    """The one of these directories where a lock was held."""
    with ZoneLock("x").hold(Deadline(5)) as overtaken:
        assert not overtaken
    (place,) = [place for place in places if place.is_dir() and not place.is_symlink() and list(place.glob("*.lock"))]
    return place


def test_there_is_one_place_for_a_user_whatever_the_environment_says(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HOME", "TMPDIR", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "elsewhere"))
    assert held_in(home / ".twinzone", tmp_path / "elsewhere") == home / ".twinzone"
    assert (home / ".twinzone").stat().st_mode & 0o077 == 0
    assert {path.stat().st_mode & 0o077 for path in (home / ".twinzone").iterdir()} == {0}


def squatted(place: Path, how: str, victim: Path) -> None:
    """What another user may do to a place before we come."""
    match how:
        case "file":
            place.write_text("")
        case "symlink to a directory":
            victim.mkdir()
            place.symlink_to(victim)
        case "dangling symlink":
            place.symlink_to(victim)
        case "open to others":
            place.mkdir()
            place.chmod(0o777)


@pytest.mark.parametrize("how", ["file", "symlink to a directory", "dangling symlink", "open to others"])
def test_a_place_that_is_not_safe_is_left_alone(home: Path, tmp_path: Path, how: str) -> None:
    squatted(home / ".twinzone", how, tmp_path / "victim")
    shared = tmp_path / f"twinzone-{os.getuid()}"
    assert held_in(home / ".twinzone", shared, tmp_path / "victim") == shared


@pytest.mark.parametrize("how", ["file", "symlink to a directory", "dangling symlink", "open to others"])
def test_without_a_safe_place_a_switch_goes_on_and_says_so(home: Path, tmp_path: Path, how: str) -> None:
    squatted(home / ".twinzone", how, tmp_path / "victim")
    squatted(tmp_path / f"twinzone-{os.getuid()}", "file", tmp_path)
    optional = ZoneLock("x", required=False)
    optional.look()
    with optional.hold(Deadline(5)) as overtaken:
        assert not overtaken
    assert "no safe place" in optional.missing
    assert str(home) in optional.missing
    with pytest.raises(ProviderError, match="no safe place") as caught:
        ZoneLock("x").look()
    assert caught.value.kind == "rejected"
    assert "home" in caught.value.hint


def test_what_belongs_to_somebody_else_is_not_safe(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / ".twinzone").mkdir(mode=0o700)
    (tmp_path / "twinzone-12345").mkdir(mode=0o700)
    monkeypatch.setattr("os.getuid", lambda: 12345)
    with pytest.raises(ProviderError, match="belongs to somebody else"):
        ZoneLock("x").look()


def test_no_file_of_ours_is_written_through_a_link(home: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    directory = held_in(home / ".twinzone")
    (file,) = directory.iterdir()
    file.unlink()
    for link in (file.symlink_to, file.hardlink_to):
        link(victim)
        with ZoneLock("x", required=False).hold(Deadline(5)):
            pass
        assert victim.read_text() == "precious"
        file.unlink()
    os.mkfifo(file)
    with ZoneLock("x", required=False).hold(Deadline(5)):
        pass  # nobody waits for a reader of the pipe
    assert stat.S_ISFIFO(file.stat().st_mode)


def test_a_user_without_an_entry_has_a_place_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_entry(user: int) -> None:
        raise KeyError(user)

    monkeypatch.setattr("pwd.getpwuid", no_entry)
    assert held_in(tmp_path / f"twinzone-{os.getuid()}")

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports in a directory: the latest of each name side by side, and below `history` those that are kept for good."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from . import reported_run

#: The most that others may do with a report, and with a script; the umask may allow less.
_REPORT, _SCRIPT = 0o640, 0o750

#: Permissions as users write them; without the quotation marks, YAML makes another number of them.
MODE = re.compile(r"0[0-7]{3}")

#: Reports kept of one name. A site whose every run says something new fills that in days, others take years.
_KEPT = 1000

#: What the name of a file may consist of; anything else is replaced.
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@+-]*")
_LONGEST_NAME = 150

#: Bytes of a file that may be a report; ours have a few thousand.
_LARGEST = 1 << 20


def write(path: Path, text: str, mode: int) -> None:
    """Replace the file at once, so that a reader never sees half of it. mode: its permissions, whatever the umask.

    Raises OSError naming the file.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".twinzone-")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            Path(name).chmod(mode)
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None


def write_private(path: Path, text: str) -> None:
    """Replace a file at once; nobody may do more with it than before, or than with a report.

    Raises OSError naming the file.
    """
    mode = masked(_REPORT)
    with suppress(OSError):
        mode &= stat.S_IMODE(path.stat().st_mode)
    write(path, text, mode | stat.S_IRUSR | stat.S_IWUSR)


def masked(mode: int) -> int:
    """The permissions less those that the umask takes away."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mode & ~mask


def latest(directory: Path, name: str) -> Any:
    """The latest report of a name, as it was stored; None where there is none that can be read."""
    try:
        return _read(_latest_of(directory, name))
    except ValueError:
        return None


def store(directory: Path, name: str, report: Mapping[str, Any]) -> list[Path]:
    """Make a report the latest of its name, and keep for good what that makes worth it; the files written."""
    path = _latest_of(directory, name)
    before = latest(directory, name)
    kept = {
        _history_of(directory, name) / reported_run.file_name(one): one for one in reported_run.to_keep(before, report)
    }
    # The latest comes last: it is held against the next report, so nothing must be missing by then.
    files = {**kept, path: report}
    for place, content in files.items():
        _write_json(place, content)
    script = directory / f"{plain(name)}.by-hand.sh"
    if report.get("by_hand"):
        write(script, "\n".join(["#!/bin/sh", *report["by_hand"], ""]), masked(_SCRIPT))
        files[script] = report
    elif not report.get("check_mode"):
        # What an earlier run left to do is done; carried out now, it might undo what came later.
        script.unlink(missing_ok=True)
    if kept:
        _forget_the_oldest(_history_of(directory, name))
    return list(files)


def amend(directory: Path, name: str, report: Mapping[str, Any]) -> None:
    """Replace the latest report of a name by the same one with more in it. Raises OSError naming the file."""
    _write_json(_latest_of(directory, name), report)


def _write_json(path: Path, report: Mapping[str, Any]) -> None:
    write(path, json.dumps(report, indent=2, ensure_ascii=False) + "\n", masked(_REPORT))


def load(
    directory: Path, names: Iterable[str], newest: int | None = None
) -> tuple[list[reported_run.Run], list[tuple[str, str]]]:
    """All runs of which there is a report under these names; and the files that are none, each with the reason.

    newest: how many files of each name are read; None for all.
    """
    runs, left_out = [], []
    for name in names:
        try:
            paths = _files(directory, name)[-(newest or 0) :]
        except OSError as error:
            left_out.append((str(error.filename), str(error.strerror)))
            continue
        for path in paths:
            try:
                runs.append(reported_run.read(_read(path)))
            except ValueError as error:
                left_out.append((str(path), str(error)))
    return runs, left_out


def _files(directory: Path, name: str) -> list[Path]:
    """The files that may be reports of this name. Raises OSError."""
    history, last = _history_of(directory, name), _latest_of(directory, name)
    kept = sorted(path for path in history.iterdir() if path.suffix == ".json") if history.is_dir() else []
    return [*kept, *([last] if last.exists() else [])]


def content(path: Path) -> str:
    """The text of a file; empty where there is none that can be read."""
    try:
        return _octets(path).decode()
    except (OSError, ValueError):
        return ""


def _octets(path: Path) -> bytes:
    """The content of a file. Raises OSError, and ValueError for what is no file or too large."""
    # Whatever else is in its place, such as a pipe, is not waited for.
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError("not a file")
        found = file.read(_LARGEST + 1)
    if len(found) > _LARGEST:
        raise ValueError("too large for a report")
    return found


def _read(path: Path) -> Any:
    """The content of a file in JSON. Raises ValueError for whatever is in the way."""
    try:
        return json.loads(_octets(path))
    except OSError as error:
        raise ValueError(error.strerror or str(error)) from None
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        raise ValueError("not in JSON") from None


def _latest_of(directory: Path, name: str) -> Path:
    return directory / f"{plain(name)}.json"


def _history_of(directory: Path, name: str) -> Path:
    return directory / "history" / plain(name)


def plain(name: str) -> str:
    """A name as the name of a file, which lies in the directory whatever the name is; different for each name."""
    if _PLAIN.fullmatch(name) and len(name) <= _LONGEST_NAME:
        return name
    readable = re.sub(r"[^A-Za-z0-9_-]+", "_", name)[:_LONGEST_NAME]
    return f"{readable}-{hashlib.sha256(name.encode(errors='surrogatepass')).hexdigest()[:8]}"


def _forget_the_oldest(history: Path) -> None:
    ours = sorted(path for path in history.iterdir() if reported_run.KEPT.fullmatch(path.name))
    for path in ours[:-_KEPT]:
        path.unlink(missing_ok=True)

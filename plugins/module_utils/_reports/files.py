# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports in a directory: the latest of each name side by side, the noteworthy ones of all time below `history`."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from . import history as reports_history

#: Reports kept of one name. A site whose every run says something new fills that in days, others take years.
_KEPT = 1000

#: Bytes of a file that may be a report; ours have a few thousand.
_LARGEST = 1 << 20


def write(path: Path, text: str) -> None:
    """Replace the file at once; readable by everybody, as a collector of metrics runs as another user.

    Raises OSError naming the file.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".twinzone-")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            Path(name).chmod(0o644)
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None


def store(directory: Path, name: str, report: Mapping[str, Any]) -> list[Path]:
    """Make a report the latest of its name, and keep for good what that makes worth it; the files written."""
    path = directory / f"{_plain(name)}.json"
    try:
        latest = _read(path)
    except ValueError:
        latest = None
    kept = {
        _history_of(directory, name) / reports_history.file_name(one): one
        for one in reports_history.to_keep(latest, report)
    }
    # The latest comes last: it is held against the next report, so nothing must be missing by then.
    files = {**kept, path: report}
    for place, content in files.items():
        write(place, json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    script = path.with_suffix(".sh")
    if report.get("by_hand"):
        write(script, "\n".join(["#!/bin/sh", *report["by_hand"], ""]))
        files[script] = report
    elif not report.get("check_mode"):
        # What an earlier run left to do is done; carried out now, it might undo what came later.
        script.unlink(missing_ok=True)
    if kept:
        _forget_the_oldest(_history_of(directory, name))
    return list(files)


def load(directory: Path, names: Iterable[str]) -> tuple[list[reports_history.Run], list[tuple[str, str]]]:
    """All runs of which there is a report under these names; and the files that are none, each with the reason."""
    runs, left_out = [], []
    for name in names:
        try:
            paths = _files(directory, name)
        except OSError as error:
            left_out.append((str(error.filename), str(error.strerror)))
            continue
        for path in paths:
            try:
                runs.append(reports_history.read(_read(path)))
            except ValueError as error:
                left_out.append((str(path), str(error)))
    return runs, left_out


def _files(directory: Path, name: str) -> list[Path]:
    """The files that may be reports of this name. Raises OSError."""
    history, latest = _history_of(directory, name), directory / f"{_plain(name)}.json"
    kept = sorted(path for path in history.iterdir() if path.suffix == ".json") if history.is_dir() else []
    return [*kept, *([latest] if latest.exists() else [])]


def _read(path: Path) -> Any:
    """The content of a file in JSON. Raises ValueError for whatever is in the way."""
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise ValueError("too large for a report")
        return json.loads(content)
    except OSError as error:
        raise ValueError(error.strerror or str(error)) from None
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        raise ValueError("not in JSON") from None


def _history_of(directory: Path, name: str) -> Path:
    return directory / "history" / _plain(name)


def _plain(name: str) -> str:
    """A name as the name of a file."""
    return name.replace("/", "_")


def _forget_the_oldest(history: Path) -> None:
    ours = sorted(path for path in history.iterdir() if reports_history.KEPT.fullmatch(path.name))
    for path in ours[:-_KEPT]:
        path.unlink(missing_ok=True)

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the demo on a terminal of its own, and draw what it prints: `make recording`.

python -m support.recording.record PYTHON
"""

from __future__ import annotations

import codecs
import os
import pty
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from support.paths import ROOT

from . import film, terminal

PICTURE = ROOT / "docs" / "docsite" / "rst" / "demo.svg"
DEMO = ROOT / "roles" / "lab" / "files" / "demo.py"
TITLE = (
    "The demo: a CDN front and one provider's API fail at once; one command moves the site, the next one completes it"
)


def events(words: list[str]) -> Iterator[tuple[float, str]]:
    """What a command prints on a terminal, and at which seconds. Raises RuntimeError when it fails."""
    pid, terminal_of_it = pty.fork()
    if pid == 0:
        os.environ.pop("NO_COLOR", None)
        os.environ["TERM"] = "xterm-256color"
        os.execvp(words[0], words)
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    began = time.monotonic()
    while chunk := _read(terminal_of_it):
        yield time.monotonic() - began, decoder.decode(chunk)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if status:
        raise RuntimeError(f"{' '.join(words)} ended with status {status}")


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # the other end of the terminal is closed
        return b""


def main(python: str) -> None:
    os.environ["PATH"] = f"{Path(python).absolute().parent}{os.pathsep}{os.environ['PATH']}"
    recording = terminal.read(events([python, str(DEMO)]), film.COLUMNS)
    PICTURE.write_text(film.draw(recording, TITLE))
    print(f"{PICTURE.relative_to(ROOT)}: {len(recording.rows)} rows, {recording.seconds:.0f} seconds")


if __name__ == "__main__":
    main(sys.argv[1])

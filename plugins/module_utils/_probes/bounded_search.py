# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Searches what a front sent for the patterns of its check, without letting it hold up the probes of other fronts.

Many plain patterns, such as `status.*ok`, take minutes for a text that was made for it, and no other thread of the
process runs meanwhile: the other fronts would seem to be down. So what may take long is searched by another process,
whose computing time is limited. How busy this host is has no influence on that.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess  # nosec B404
import sys
import threading

from .judgement import TooSlow

_SECONDS = 2
"""Of computing time for one search."""
_SHORT = 200
"""Characters in which a pattern without repeated groups is found or not before long."""
_KNOWN = 16
"""Searches that are remembered: the answers of a front are mostly the same."""
_REPEAT = re.compile(r"[*+{]")
_REPEATED_GROUP = re.compile(r"\)\s*[*+{]")
_WORK = f"""
import json, os, re, resource, sys
resource.setrlimit(resource.RLIMIT_CPU, ({_SECONDS}, {_SECONDS}))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
os.nice(5)
pattern, flags, text = json.load(sys.stdin)
sys.stdout.write("found" if re.search(pattern, text, flags) else "none")
"""


class BoundedSearch:
    """Finds patterns in what one front sends. After one search that takes too long all that may are given up."""

    def __init__(self) -> None:
        self._one_at_a_time = threading.Lock()
        self._found: dict[tuple[re.Pattern[str], str], bool] = {}
        self._given_up = False

    def __call__(self, pattern: re.Pattern[str], text: str) -> bool:
        """Whether the pattern is found in the text. Raises TooSlow."""
        if _is_quick(pattern.pattern, text):
            return pattern.search(text) is not None
        with self._one_at_a_time:
            return self._bounded(pattern, text)

    def _bounded(self, pattern: re.Pattern[str], text: str) -> bool:
        if self._given_up:
            raise TooSlow
        key = pattern, text
        if key not in self._found:
            if len(self._found) >= _KNOWN:
                self._found.clear()
            try:
                self._found[key] = _search_elsewhere(pattern, text)
            except TooSlow:
                self._given_up = True
                raise
        return self._found[key]


def _is_quick(pattern: str, text: str) -> bool:
    """Whether the search takes no time to speak of, whatever the text says."""
    if not _REPEAT.search(pattern):
        return True
    return len(text) <= _SHORT and not _REPEATED_GROUP.search(pattern)


def _search_elsewhere(pattern: re.Pattern[str], text: str) -> bool:
    """Whether a process of its own finds it; where none can be started, this one searches. Raises TooSlow."""
    work = json.dumps([pattern.pattern, pattern.flags, text]).encode()
    try:
        done = subprocess.run(  # nosec B603
            [sys.executable or "python3", "-I", "-S", "-c", _WORK],
            input=work,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    except OSError:
        return pattern.search(text) is not None
    if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        raise TooSlow
    if done.returncode:
        return pattern.search(text) is not None
    return done.stdout == b"found"

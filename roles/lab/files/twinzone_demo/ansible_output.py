# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible's output made short enough for a story. Pure.

Left out: blank lines, rows of stars, `ok` lines that say nothing more, the names of roles, the check of their
arguments, the files that tasks stand in. A message that Ansible quotes as JSON is given as the text that it is.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterable, Iterator

from .screen import WIDTH

_COLOUR = re.compile(r"\x1b\[[\d;]*m")
_HEADING = re.compile(r"^(\S.*?) \*{3,}$")
_ROLE = re.compile(r"(?<=^TASK \[)[\w.]+ : ")
# `ok: [host]`, `ok: [host -> other]`, `ok: [host] => (item=x)`, and what was skipped. The last two lines of an error
# of ansible-core 2.19 and later are an excerpt of the file: numbered lines and a mark below one of them.
_EMPTY = re.compile(
    r"^$|^(ok|skipping): \[[^]]*\]( => \(item=.*\))?$|^TASK \[[^]]*Validating arguments against arg spec|"
    r"^included: |^\[ERROR\]: Task failed: |^Origin: |^\d+( |$)|^\s+\^ column \d+$"
)
_RESULT = re.compile(r"^(?P<status>(ok|changed|fatal|failed): \[[^]]*\].*?) => (?P<json>\{.*)$")
_RECAP = re.compile(r"^(\S+) +: (ok=.*)$")


def shortened(lines: Iterable[str]) -> Iterator[str]:
    """What is left of the lines, without line ends; colours stay. Lines come out as soon as they can."""
    stream = iter(lines)
    for raw in stream:
        line = raw.rstrip()
        plain = _plain(line)
        if _EMPTY.search(plain):
            continue
        if result := _RESULT.search(plain):
            yield from _result(line, result["status"], result["json"], stream)
        elif heading := _HEADING.search(plain):
            yield _coloured(line, _ROLE.sub("", heading[1]))
        elif recap := _RECAP.search(plain):
            yield _coloured(line, f"{recap[1]}: {' '.join(recap[2].split())}")
        else:
            yield line


def is_heading(line: str) -> bool:
    """Whether a line names the play or the task that begins, or the recap."""
    return _plain(line).startswith(("PLAY [", "TASK [", "PLAY RECAP"))


def _result(line: str, status: str, start: str, stream: Iterator[str]) -> Iterator[str]:
    """One result, whose JSON may go on over the next lines."""
    raw, text = [line], start
    while (result := _parsed(text)) is None and _plain(raw[-1]).rstrip() != "}":
        following = next(stream, None)
        if following is None:
            break
        raw.append(following.rstrip())
        text += _plain(following)
    message = (result or {}).get("msg")
    texts = message.splitlines() if isinstance(message, str) else message
    if result is None or set(result) > {"msg", "changed"} or not isinstance(texts, list):
        yield from raw
        return
    yield _coloured(line, status)
    for text in texts:
        for piece in _folded(str(text)):
            yield _coloured(line, f"    {piece}")


def _parsed(text: str) -> dict[str, object] | None:
    try:
        result: dict[str, object] = json.loads(text)
    except ValueError:
        return None
    return result


def _folded(text: str) -> list[str]:
    """A line of prose within the width. One that is indented is a command to be copied, and stays whole."""
    if text.startswith(" "):
        return [text]
    return textwrap.wrap(text, WIDTH - 4, subsequent_indent=" " * 8, break_long_words=False, break_on_hyphens=False)


def _plain(line: str) -> str:
    return _COLOUR.sub("", line)


def _coloured(like: str, text: str) -> str:
    """A text in the colour in which another line begins."""
    colour = _COLOUR.match(like)
    return f"{colour[0]}{text}\x1b[0m" if colour else text

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the demo itself prints: titles, prose, command lines, notes."""

from __future__ import annotations

import os
import sys
import textwrap

WIDTH = 96


class Astray(Exception):
    """The story did not go as it should; the text says what was expected and what came."""


def colourful() -> bool:
    """Whether the output goes to a terminal whose user wants colours (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def line(text: str = "") -> None:
    """One line, at once: the reader watches."""
    erase = "\x1b[K" if sys.stdout.isatty() else ""
    print(f"{erase}{text}", flush=True)


def progress(text: str) -> None:
    """What goes on now, on a terminal, until the next line takes its place."""
    if sys.stdout.isatty():
        print(f"\r\x1b[K{text[:WIDTH]}\r", end="", flush=True)


def title(text: str) -> None:
    """The head of a step."""
    line()
    line(_styled("1;36", f"=== {text} ".ljust(WIDTH, "=")))


def prose(text: str) -> None:
    """A paragraph."""
    if text:
        line(textwrap.fill(text, WIDTH))


def command(text: str) -> None:
    """A command line, as a person would type it."""
    line(f"{_styled('1', '$ ' + text)}")


def note(text: str) -> None:
    """What the demo has to say about something that it printed."""
    line(_styled("2", textwrap.fill(text, WIDTH, initial_indent="# ", subsequent_indent="# ")))


def _styled(code: str, text: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if colourful() else text

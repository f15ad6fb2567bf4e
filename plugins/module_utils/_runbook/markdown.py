# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A document as Markdown. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .document import Block, Commands, Document, Table, Text

#: What Markdown would read as something else than text. Backticks and asterisks are ours.
_SPECIAL = re.compile(r"([\\_<>\[\]|#])")


def to_markdown(document: Document) -> str:
    """The whole file."""
    return "\n".join(_lines(document))


def _lines(document: Document) -> Iterator[str]:
    yield from (f"# {_text(document.title)}", "")
    for block in document.lead:
        yield from _block(block)
    for section in document.sections:
        yield from (f"## {_text(section.title)}", "")
        for block in section.blocks:
            yield from _block(block)


def _block(block: Block) -> Iterator[str]:
    match block:
        case Text(text):
            yield from (_text(text), "")
        case Commands(lines):
            # A fence that no command can end.
            yield from ("````sh", *lines, "````", "")
        case Table(heading, rows):
            yield _row(heading)
            yield _row(("---",) * len(heading))
            yield from map(_row, rows)
            yield ""


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(map(_text, cells))} |" if "---" not in cells else f"| {' | '.join(cells)} |"


def _text(text: str) -> str:
    """Text in which only the backticks and asterisks mean something."""
    parts = text.split("`")
    shown = (
        f"`{part.replace('|', chr(92) + '|')}`" if index % 2 else _SPECIAL.sub(r"\\\1", part)
        for index, part in enumerate(parts)
    )
    return "".join(shown)

# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A page before it has a form: sections of text, commands and tables. Markdown and HTML are made from it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Text:
    """A paragraph; what stands between backticks is code."""

    text: str


@dataclass(frozen=True)
class Commands:
    """What somebody pastes into a shell, a command in each line."""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """Rows of cells, all as long as the heading; cells are like the text of a `Text`."""

    heading: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Block: TypeAlias = "Text | Commands | Table"


@dataclass(frozen=True)
class Section:
    """One thing to do, under its title."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Document:
    """The whole page. lead: what stands above all sections."""

    title: str
    lead: tuple[Block, ...]
    sections: tuple[Section, ...]

    def commands(self) -> Iterator[str]:
        """Every command, in the order of the page."""
        for blocks in (self.lead, *(section.blocks for section in self.sections)):
            for block in blocks:
                if isinstance(block, Commands):
                    yield from block.lines

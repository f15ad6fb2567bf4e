# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guides of the documentation, taken apart: so that what is printed is what is tested."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from support.paths import ROOT

FOLDER = ROOT / "docs" / "docsite" / "rst"

_BLOCK = re.compile(r"^( *)\.\. code-block:: (\S+)$")
_CAPTION = re.compile(r"^ +:caption: (.*)$")
_ROW = re.compile(r"^ {3}\* - (.*)$")
_COMMAND = "$ "


@dataclass(frozen=True)
class Block:
    """A code block. caption: the name of a file, or empty."""

    language: str
    caption: str
    text: str


@dataclass
class Section:
    """A section of a guide, with its subsections."""

    title: str
    blocks: list[Block] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    """The first cell of every row of its tables, headings left out."""

    def file(self, caption: str) -> str:
        """The code block with this caption."""
        (found,) = [block.text for block in self.blocks if block.caption == caption]
        return found

    def yaml(self, caption: str) -> Any:
        """The code block with this caption, parsed as YAML."""
        return yaml.safe_load(self.file(caption))

    @property
    def commands(self) -> list[str]:
        """What a reader types into a shell, a command in one line."""
        texts = [block.text.replace("\\\n", " ") for block in self.blocks if block.language == "console"]
        lines = [line for text in texts for line in text.splitlines()]
        return [line.removeprefix(_COMMAND) for line in lines if line.startswith(_COMMAND)]


def sections(guide: str) -> dict[str, Section]:
    """The sections of a guide by their titles; what comes before the first has the title of the guide."""
    lines = (FOLDER / f"{guide}.rst").read_text().splitlines()
    found: dict[str, Section] = {}
    for title, body in _parts(lines):
        found[title] = Section(title, list(_blocks(body)), list(_rows(body)))
    return found


def in_form(text: str) -> list[str]:
    """The lines of an output without what differs from run to run: moments, numbers, runs, who it was, and columns."""
    for pattern, name in (
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "MOMENT"),
        (r"\b(drill-)?r\d+\b( by \w+)?", "RUN"),
        (r"\d+(\.\d+)?", "N"),
        (r"[ \t]+", " "),
    ):
        text = re.sub(pattern, name, text)
    return [line.strip() for line in text.splitlines()]


def check_fault(fault: str, result: Mapping[str, Any]) -> None:
    """The guide to faults has a row for a fault, with the outcome and the rule of this result."""
    text = " ".join((FOLDER / "guide_faults.rst").read_text().split())
    assert f"* - {fault} - ``{result['outcome']}``, ``{result['rule']}`` -" in text


def _parts(lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    starts = [
        number
        for number, line in enumerate(lines[:-1])
        if line and re.fullmatch(r"=+|-+", lines[number + 1]) and len(line) == len(lines[number + 1])
    ]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        yield lines[start], lines[start + 2 : end]


def _blocks(lines: list[str]) -> Iterator[Block]:
    for number, line in enumerate(lines):
        if (match := _BLOCK.match(line)) is None:
            continue
        inside = len(match[1]) + 3
        body = []
        for following in lines[number + 1 :]:
            if following.strip() and not following.startswith(" " * inside):
                break
            body.append(following[inside:])
        caption = _CAPTION.match(lines[number + 1])
        text = "\n".join(body[1:] if caption else body).strip("\n") + "\n"
        yield Block(match[2], caption[1] if caption else "", text)


def _rows(lines: list[str]) -> Iterator[str]:
    in_heading = False
    for line in lines:
        if ":header-rows: 1" in line:
            in_heading = True
        elif match := _ROW.match(line):
            if not in_heading:
                yield match[1]
            in_heading = False

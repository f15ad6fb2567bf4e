# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a program prints on a terminal, as rows with the times at which they stand there. Pure.

Knows what the demo uses: colours, the end of a line, and a line that takes the place of the one before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_TOKEN = re.compile(r"\r*\n|\r|\x1b\[K|\x1b\[(?P<style>[\d;]*)m|[^\r\n\x1b]+")

#: Seconds that nothing may happen; a longer pause is cut to them.
PATIENCE = 0.8


@dataclass(frozen=True)
class Span:
    """Text in one style: the numbers of a colour sequence, empty for plain text."""

    style: str
    text: str


@dataclass(frozen=True)
class Row:
    """A row and the second at which it is there. continues: whether it is the rest of one that was too long."""

    at: float
    spans: tuple[Span, ...]
    continues: bool = False

    @property
    def text(self) -> str:
        return "".join(span.text for span in self.spans)


@dataclass(frozen=True)
class Recording:
    """rows: those that stay. passing: those that another one replaced, the last of them empty. seconds: how long."""

    rows: Sequence[Row]
    passing: Sequence[Row]
    seconds: float


def read(events: Iterable[tuple[float, str]], columns: int) -> Recording:
    """The recording of what was printed at which seconds, on a terminal with so many columns."""
    rows: list[Row] = []
    passing: list[Row] = []
    spans: list[Span] = []
    style, now, before = "", 0.0, 0.0
    for at, text in events:
        now += min(max(0.0, at - before), PATIENCE)
        before = at
        for token in _TOKEN.finditer(text):
            if token["style"] is not None:
                style = "" if token["style"] in ("", "0") else token["style"]
            elif token[0].endswith("\n"):
                rows += _wrapped(Row(now, tuple(spans)), columns)
                if passing and passing[-1].spans:
                    passing.append(Row(now, ()))
                spans = []
            elif token[0] == "\r":
                if spans:
                    passing.append(Row(now, tuple(spans)))
                spans = []
            elif not token[0].startswith("\x1b"):
                spans.append(Span(style, token[0]))
    return Recording(rows, passing, now)


def _wrapped(row: Row, columns: int) -> list[Row]:
    """The row, and what does not fit into its columns as further ones."""
    found, spans, room = [], list[Span](), columns
    for span in row.spans:
        text = span.text
        while len(text) > room:
            found.append((*spans, Span(span.style, text[:room])))
            text, spans, room = text[room:], [], columns
        if text:
            spans.append(Span(span.style, text))
            room -= len(text)
    found.append(tuple(spans))
    return [Row(row.at, one, continues=number > 0) for number, one in enumerate(found)]


def lines(rows: Sequence[Row]) -> list[str]:
    """The lines as they were printed, long ones in one piece."""
    found: list[str] = []
    for row in rows:
        if row.continues:
            found[-1] += row.text
        else:
            found.append(row.text)
    return found
